#include "common/http_server/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <cstring>

#include "common/fs/files.h"

namespace narthex {
namespace {

template <typename T, void (*kFree)(T*)>
struct Free {
  void operator()(T* object) const { kFree(object); }
};
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX, SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Free<SSL, SSL_free>>;
using Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
using AltNames = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES, GENERAL_NAMES_free>>;
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

// The library's first complaint since the last call; it keeps them by thread.
std::string Complaint() {
  const unsigned long error = ERR_peek_error();
  const char* reason = ERR_reason_error_string(error);
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown failure";
}

Bio Reader(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Keys that are encrypted are refused instead of asked about on the terminal.
int NoPassphrase(char* /*to*/, int /*size*/, int /*writing*/, void* /*user*/) { return 0; }

// Each certificate of a PEM text to `take`, which returns whether it could. At least one is wanted.
template <typename Take>
Status ForEachCertificate(const std::string& pem, const std::string& name, Take take) {
  const Bio bio = Reader(pem);
  int count = 0;
  while (
      const Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)}) {
    if (!take(certificate.get(), count++)) return InvalidArgument(name, ": ", Complaint());
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string complaint = Complaint();
  if (!at_end) return InvalidArgument(name, ": ", complaint);
  if (count == 0) return InvalidArgument(name, ": no PEM certificate in it");
  return {};
}

Status UseCertificate(SSL_CTX* context, const std::string& pem, const std::string& name) {
  return ForEachCertificate(pem, name, [context](X509* certificate, int index) {
    return (index == 0 ? SSL_CTX_use_certificate(context, certificate)
                       : SSL_CTX_add1_chain_cert(context, certificate)) == 1;
  });
}

Status UseKey(SSL_CTX* context, const std::string& pem, const std::string& name) {
  const Key key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, NoPassphrase, nullptr));
  if (!key) return InvalidArgument(name, ": no PEM private key in it: ", Complaint());
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return InvalidArgument(name, ": does not belong to the certificate: ", Complaint());
  return {};
}

Status UseClientCa(SSL_CTX* context, const std::string& pem, const std::string& name) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  return ForEachCertificate(pem, name, [context, store](X509* certificate, int /*index*/) {
    return X509_STORE_add_cert(store, certificate) == 1 &&
           SSL_CTX_add_client_CA(context, certificate) == 1;
  });
}

// A PEM text, from its file where one is named, and what to call it in messages.
struct Pem {
  std::string text;
  std::string name;
};
Result<Pem> Load(const std::string& field, const std::string& file, const std::string& inline_pem) {
  if (file.empty()) return Pem{inline_pem, field};
  auto text = ReadFile(file);
  if (!text.ok()) return text.status().Prefixed(field + "_file");
  return Pem{*std::move(text), field + "_file " + Quote(file)};
}

int ProtocolOf(TlsVersion version) {
  constexpr int kProtocols[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
  return kProtocols[static_cast<size_t>(version)];
}

template <typename T>
std::string Joined(const std::vector<T>& entries) {
  std::string joined;
  for (const T& entry : entries) {
    if (!entry.openssl_name.empty()) joined += (joined.empty() ? "" : ":") + entry.openssl_name;
  }
  return joined;
}

Status UseProtocol(SSL_CTX* context, const TlsServerConfig& config) {
  // Debian's default level forbids what TLS 1.0 and 1.1 are made of; who asks for them gets them.
  if (config.min_version < TlsVersion::kTls12) SSL_CTX_set_security_level(context, 0);
  const bool default_ciphers = config.cipher_suites.empty();
  const std::string ciphers =
      Joined(default_ciphers ? DefaultCipherSuites() : config.cipher_suites);
  // A list of TLS 1.3 suites only leaves none for older versions.
  const auto min_version = ciphers.empty() ? TlsVersion::kTls13 : config.min_version;
  if (min_version > config.max_version)
    return InvalidArgument("cipher_suites: none for max_version");
  SSL_CTX_set_min_proto_version(context, ProtocolOf(min_version));
  SSL_CTX_set_max_proto_version(context, ProtocolOf(config.max_version));
  if (!ciphers.empty() && SSL_CTX_set_cipher_list(context, ciphers.c_str()) != 1)
    return InvalidArgument("cipher_suites: ", Complaint());
  const std::string curves = Joined(config.curve_preferences);
  if (!curves.empty() && SSL_CTX_set1_groups_list(context, curves.c_str()) != 1)
    return InvalidArgument("curve_preferences: ", Complaint());
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  if (config.prefer_server_cipher_suites)
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  return {};
}

int ChooseHttp1(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned offered_size, void* /*user*/) {
  static constexpr unsigned char kHttp1[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int outcome =
      SSL_select_next_proto(&chosen, out_size, kHttp1, sizeof kHttp1 - 1, offered, offered_size);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::string TextOf(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

// As Go writes it: IPv4 dotted, IPv6 in its short form.
std::string AddressText(const ASN1_STRING* string) {
  char text[INET6_ADDRSTRLEN] = "";
  const int family = ASN1_STRING_length(string) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(string) != 16) return {};
  ::inet_ntop(family, ASN1_STRING_get0_data(string), text, sizeof text);
  return text;
}

// Whether one of the certificate's alternative names (DNS, e-mail, IP, URI) is in the list.
bool HasAllowedName(const X509* certificate, const std::vector<std::string>& allowed) {
  const AltNames names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    std::string text;
    if (name->type == GEN_DNS) text = TextOf(name->d.dNSName);
    if (name->type == GEN_EMAIL) text = TextOf(name->d.rfc822Name);
    if (name->type == GEN_URI) text = TextOf(name->d.uniformResourceIdentifier);
    if (name->type == GEN_IPADD) text = AddressText(name->d.iPAddress);
    if (!text.empty() && std::find(allowed.begin(), allowed.end(), text) != allowed.end())
      return true;
  }
  return false;
}

class TlsStream : public Stream {
 public:
  TlsStream(Session session, int fd) : session_(std::move(session)), fd_(fd) {}
  // Tells the peer that nothing was cut off; whether it arrives is its affair.
  ~TlsStream() override {
    if (!broken_) SSL_shutdown(session_.get());
    ERR_clear_error();
  }

  Status Handshake(Deadline deadline) {
    return Repeat(deadline, [this] { return SSL_accept(session_.get()); });
  }

  Result<size_t> Read(char* to, size_t size, Deadline deadline) override {
    size_t got = 0;
    const Status status =
        Repeat(deadline, [&] { return SSL_read_ex(session_.get(), to, size, &got); });
    if (!status.ok() && ended_) return size_t{0};
    RETURN_IF_ERROR(status);
    return got;
  }

  Status Write(std::string_view bytes, Deadline deadline) override {
    size_t sent = 0;
    if (bytes.empty()) return {};
    return Repeat(deadline,
                  [&] { return SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &sent); });
  }

  bool PeerGone() const override { return HungUp(fd_); }

 private:
  // Calls `step` until it succeeds, waiting for what it waits for.
  template <typename Step>
  Status Repeat(Deadline deadline, Step step) {
    for (;;) {
      ERR_clear_error();
      errno = 0;
      const int outcome = step();
      if (outcome > 0) return {};
      const int error = SSL_get_error(session_.get(), outcome);
      if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        RETURN_IF_ERROR(WaitFor(fd_, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline));
        continue;
      }
      ended_ = error == SSL_ERROR_ZERO_RETURN;
      broken_ = !ended_;
      if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST)
        return InvalidArgument("the client speaks plain HTTP");
      if (ERR_peek_error() == 0) return Unavailable("TLS: the peer hung up");
      return Unavailable("TLS: ", Complaint());
    }
  }

  const Session session_;
  const int fd_;
  bool ended_ = false;
  bool broken_ = false;
};

}  // namespace

struct TlsContext::State {
  Context context;
  ClientAuth client_auth = ClientAuth::kNone;
  std::vector<std::string> allowed_names;

  // In place of the library's check: what is asked of a certificate that the client sent.
  static int Verify(X509_STORE_CTX* chain, void* user) {
    const auto& self = *static_cast<const State*>(user);
    const bool of_our_ca = self.client_auth == ClientAuth::kVerifyIfGiven ||
                           self.client_auth == ClientAuth::kRequireAndVerify;
    if (of_our_ca && X509_verify_cert(chain) != 1) return 0;
    if (!self.allowed_names.empty() &&
        !HasAllowedName(X509_STORE_CTX_get0_cert(chain), self.allowed_names)) {
      X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
      return 0;
    }
    X509_STORE_CTX_set_error(chain, X509_V_OK);
    return 1;
  }

  void UseClientAuth(const TlsServerConfig& config) {
    client_auth = config.client_auth_type;
    if (client_auth == ClientAuth::kNone) return;
    allowed_names = config.client_allowed_sans;
    const bool required = client_auth == ClientAuth::kRequireAny ||
                          client_auth == ClientAuth::kRequireAndVerify || !allowed_names.empty();
    SSL_CTX_set_verify(context.get(),
                       SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
    SSL_CTX_set_cert_verify_callback(context.get(), Verify, this);
  }
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>> TlsContext::New(const TlsServerConfig& config) {
  ERR_clear_error();
  auto state = std::make_unique<State>();
  state->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = state->context.get();
  if (context == nullptr) return Unavailable("TLS: ", Complaint());
  RETURN_IF_ERROR(UseProtocol(context, config));
  ASSIGN_OR_RETURN(const Pem cert, Load("cert", config.cert_file, config.cert));
  RETURN_IF_ERROR(UseCertificate(context, cert.text, cert.name));
  ASSIGN_OR_RETURN(const Pem key, Load("key", config.key_file, config.key.reveal()));
  RETURN_IF_ERROR(UseKey(context, key.text, key.name));
  if (!config.client_ca.empty() || !config.client_ca_file.empty()) {
    ASSIGN_OR_RETURN(const Pem ca, Load("client_ca", config.client_ca_file, config.client_ca));
    RETURN_IF_ERROR(UseClientCa(context, ca.text, ca.name));
  }
  state->UseClientAuth(config);
  constexpr unsigned char kSessionOwner[] = "narthex";
  SSL_CTX_set_session_id_context(context, kSessionOwner, sizeof kSessionOwner - 1);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // 34 kB of each idle connection
  SSL_CTX_set_alpn_select_cb(context, ChooseHttp1, nullptr);
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(state)));
}

Result<std::unique_ptr<Stream>> TlsContext::Accept(int fd, Deadline deadline) const {
  Session session(SSL_new(state_->context.get()));
  if (!session || SSL_set_fd(session.get(), fd) != 1) return Unavailable("TLS: ", Complaint());
  auto stream = std::make_unique<TlsStream>(std::move(session), fd);
  RETURN_IF_ERROR(stream->Handshake(deadline));
  return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace narthex
