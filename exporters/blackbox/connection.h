// A stream to a target, plain or by TLS, each step of it within the probe's deadline.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_CONNECTION_H_
#define NARTHEX_EXPORTERS_BLACKBOX_CONNECTION_H_

#include <memory>
#include <string>
#include <string_view>

#include "common/fs/descriptor.h"
#include "exporters/blackbox/address_choice.h"
#include "exporters/blackbox/deadline.h"
#include "exporters/blackbox/failure.h"
#include "exporters/blackbox/tls_session.h"

namespace narthex::blackbox {

class Connection {
 public:
  // `deadline` is borrowed.
  explicit Connection(const Deadline& deadline) : deadline_(deadline) {}

  // `source` is an address to come from, empty for the kernel's choice.
  Outcome ConnectTcp(const Address& address, int port, const std::string& source);
  Outcome ConnectUnix(const std::string& path);
  // Turns to TLS. What was received before and not yet read is forgotten: it was not protected.
  Outcome StartTls(std::shared_ptr<const TlsClient> client, const std::string& name);

  Outcome Write(std::string_view data);

  // The next line, without its end; `found` is false where the peer ends the stream before one
  // begins. kTooLarge beyond 64 kB.
  Outcome ReadLine(std::string& line, bool& found);
  // Exactly so many bytes, or kClosed.
  Outcome ReadBytes(size_t count, std::string& bytes);
  // Everything up to `end`, which is part of it. kTooLarge beyond `max_bytes`, kClosed.
  Outcome ReadUntil(std::string_view end, size_t max_bytes, std::string& text);

  const TlsSession* tls() const { return tls_.get(); }

 private:
  Outcome Connect(int family, const SocketAddress& to, const SocketAddress* from);
  // Adds to buffer_; sets ended_.
  Outcome Receive();

  const Deadline& deadline_;
  std::unique_ptr<Descriptor> socket_;
  std::unique_ptr<TlsSession> tls_;
  std::string buffer_;  // received, not yet read
  bool ended_ = false;  // by the peer
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_CONNECTION_H_
