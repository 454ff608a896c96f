// TLS as a client, over OpenSSL: contexts, sessions on a socket, and what a session tells.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_TLS_SESSION_H_
#define NARTHEX_EXPORTERS_BLACKBOX_TLS_SESSION_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/http_client/http_settings.h"
#include "exporters/blackbox/deadline.h"
#include "exporters/blackbox/failure.h"
#include "exporters/blackbox/probe_metrics.h"

namespace narthex::blackbox {

// What was agreed upon, and whose certificate was shown. Texts are as Go's crypto/x509 prints them.
struct TlsDetails {
  std::string version;                  // "TLS 1.3"
  std::string cipher;                   // "TLS_AES_128_GCM_SHA256"
  int64_t earliest_expiry_seconds = 0;  // Unix time, of the certificates that were sent
  // Unix time, of the chain up to a trusted root; kNoChain where nothing was verified.
  int64_t chain_expiry_seconds = 0;
  std::string fingerprint_sha256, subject, issuer, dns_names, serial;  // of the peer's own

  static constexpr int64_t kNoChain = -62135596800;  // the year 1, as the original shows it
};

// Of a session whose handshake is over.
TlsDetails DetailsOf(SSL* session);

// Which metrics a prober shows of a session.
struct TlsMetricsChoice {
  bool chain_expiry = true;
  bool cipher = false;
  bool days_until_failure = false;
};
void ShowTls(const TlsDetails& details, const TlsMetricsChoice& choice, int64_t now_ms,
             ProbeMetrics& metrics);

// Why a certificate was not taken, by OpenSSL's number; kHandshake where it was.
Reason ReasonOfVerification(long verify_result);

// Settings of TLS, made ready. Immutable; safe from many threads.
class TlsClient {
 public:
  // kInvalidArgument for certificates or keys that cannot be read.
  static Result<std::shared_ptr<const TlsClient>> Make(const HttpSettings::Ready& ready);

  // Has another context, of libcurl, trust the same roots, take the same versions and check that
  // name. `trusted`: the peer may see the client certificate.
  void ApplyTo(SSL_CTX* context, const std::string& name, bool trusted) const;

  SSL_CTX* context() const { return context_.get(); }
  const std::string& server_name() const { return server_name_; }  // of the configuration
  bool verifies() const { return verifies_; }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  std::unique_ptr<SSL_CTX, Free> context_;
  std::string server_name_;
  bool verifies_ = true;
  bool takes_old_ciphers_ = false;
};

// A session on a connected socket that does not block.
class TlsSession {
 public:
  // Shakes hands. `name` is asked for and checked, unless the settings have another.
  static Outcome Connect(std::shared_ptr<const TlsClient> client, int fd, const std::string& name,
                         const Deadline& deadline, std::unique_ptr<TlsSession>& session);

  // Appends what there is, at most 4 kB; `ended` where the peer has ended the session.
  Outcome Read(std::string& to, bool& ended, const Deadline& deadline);
  Outcome Write(std::string_view data, const Deadline& deadline);

  TlsDetails Details() const { return DetailsOf(session_.get()); }

 private:
  struct Free {
    void operator()(SSL* session) const { SSL_free(session); }
  };
  TlsSession(std::shared_ptr<const TlsClient> client, int fd);

  Outcome ShakeHands(const std::string& name, const Deadline& deadline);
  // After a call that gave `result`: nothing once it may be tried again, else why not.
  Outcome Await(int result, Phase phase, std::string_view action, const Deadline& deadline);
  Failure HandshakeFailure() const;

  std::shared_ptr<const TlsClient> client_;
  std::unique_ptr<SSL, Free> session_;
  const int fd_;
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_TLS_SESSION_H_
