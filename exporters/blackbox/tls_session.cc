#include "exporters/blackbox/tls_session.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "exporters/blackbox/certificate_text.h"

namespace narthex::blackbox {
namespace {

using config::TlsVersion;

constexpr size_t kReadBytes = 4096;  // on the stack of each probe that waits
constexpr const char* kOldCiphers = "DEFAULT@SECLEVEL=0";

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

Bio Reading(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::string LastError() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "unknown error of OpenSSL";
}

int VersionNumber(TlsVersion version) {
  constexpr int kNumbers[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
  return kNumbers[static_cast<size_t>(version)];
}

Status TrustRoots(SSL_CTX* context, const std::string& pem) {
  if (pem.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return {};
  }
  const Bio bio = Reading(pem);
  int count = 0;
  while (const Certificate root{PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr)}) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root.get());
    ++count;
  }
  ERR_clear_error();  // the end of the text is an error to the reader
  if (count == 0) return InvalidArgument("tls_config: no certificate in ca_file");
  return {};
}

// The first certificate is our own, what follows is its chain.
Status ShowOwn(SSL_CTX* context, const HttpSettings::Ready& ready) {
  if (ready.cert.empty()) return {};
  const Bio bio = Reading(ready.cert);
  const Certificate own{PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr)};
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1)
    return InvalidArgument("tls_config: certificate: ", LastError());
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    SSL_CTX_add0_chain_cert(context, next);
  ERR_clear_error();
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  const Bio key_bio = Reading(ready.key);
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return InvalidArgument("tls_config: key: ", LastError());
  return {};
}

bool IsAddress(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

// Names are those of the extension alone: the subject has not counted for long.
void CheckName(X509_VERIFY_PARAM* parameters, const std::string& name) {
  X509_VERIFY_PARAM_set_hostflags(
      parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (IsAddress(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(parameters, name.data(), name.size());
  }
}

std::string VersionText(int version) {
  switch (version) {
    case TLS1_VERSION:
      return "TLS 1.0";
    case TLS1_1_VERSION:
      return "TLS 1.1";
    case TLS1_2_VERSION:
      return "TLS 1.2";
    case TLS1_3_VERSION:
      return "TLS 1.3";
    default:
      return "unknown";
  }
}

int64_t EarliestExpiry(const STACK_OF(X509) * chain, int64_t otherwise) {
  int64_t earliest = otherwise;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const int64_t expiry = NotAfterSeconds(sk_X509_value(chain, i));
    earliest = i == 0 ? expiry : std::min(earliest, expiry);
  }
  return earliest;
}

}  // namespace

TlsDetails DetailsOf(SSL* session) {
  TlsDetails details;
  details.version = VersionText(SSL_version(session));
  const SSL_CIPHER* cipher = SSL_get_current_cipher(session);
  const char* cipher_name = cipher == nullptr ? nullptr : SSL_CIPHER_standard_name(cipher);
  if (cipher_name != nullptr) details.cipher = cipher_name;
  details.earliest_expiry_seconds =
      EarliestExpiry(SSL_get_peer_cert_chain(session), TlsDetails::kNoChain);
  const bool verified = (SSL_get_verify_mode(session) & SSL_VERIFY_PEER) != 0;
  details.chain_expiry_seconds =
      verified ? EarliestExpiry(SSL_get0_verified_chain(session), TlsDetails::kNoChain)
               : TlsDetails::kNoChain;
  const X509* own = SSL_get0_peer_certificate(session);
  if (own == nullptr) return details;
  details.fingerprint_sha256 = FingerprintSha256(own);
  details.subject = NameText(X509_get_subject_name(own));
  details.issuer = NameText(X509_get_issuer_name(own));
  details.dns_names = DnsNamesText(own);
  details.serial = SerialText(own);
  return details;
}

void ShowTls(const TlsDetails& details, const TlsMetricsChoice& choice, int64_t now_ms,
             ProbeMetrics& metrics) {
  metrics.Set(kEarliestExpiry, static_cast<double>(details.earliest_expiry_seconds));
  metrics.Set(kTlsVersion, 1, {{"version", details.version}});
  if (choice.cipher) metrics.Set(kTlsCipher, 1, {{"cipher", details.cipher}});
  if (choice.chain_expiry)
    metrics.Set(kChainExpiry, static_cast<double>(details.chain_expiry_seconds));
  metrics.Set(kChainInfo, 1,
              {{"fingerprint_sha256", details.fingerprint_sha256},
               {"issuer", details.issuer},
               {"serialnumber", details.serial},
               {"subject", details.subject},
               {"subjectalternative", details.dns_names}});
  if (!choice.days_until_failure) return;
  // Clients build the verified chain, and certificates that were sent beside it do not trouble
  // them.
  const int64_t end = details.chain_expiry_seconds != TlsDetails::kNoChain
                          ? details.chain_expiry_seconds
                          : details.earliest_expiry_seconds;
  metrics.Set(kDaysUntilFailure,
              (static_cast<double>(end) - static_cast<double>(now_ms) / 1000) / 86'400);
}

Reason ReasonOfVerification(long verify_result) {
  switch (verify_result) {
    case X509_V_OK:
      return Reason::kHandshake;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Reason::kCertExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Reason::kCertNotYetValid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Reason::kCertName;
    default:
      return Reason::kCertUntrusted;
  }
}

Result<std::shared_ptr<const TlsClient>> TlsClient::Make(const HttpSettings::Ready& ready) {
  auto client = std::make_shared<TlsClient>();
  const TlsClientConfig& config = ready.config.tls_config;
  client->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = client->context_.get();
  if (context == nullptr) return Unavailable("TLS: ", LastError());
  client->server_name_ = config.server_name;
  client->verifies_ = !config.insecure_skip_verify;
  SSL_CTX_set_verify(context, client->verifies_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_min_proto_version(context, VersionNumber(config.min_version));
  if (config.max_version)
    SSL_CTX_set_max_proto_version(context, VersionNumber(*config.max_version));
  // Debian's default level forbids what old versions are made of; who asks for them gets them.
  client->takes_old_ciphers_ = config.min_version < TlsVersion::kTls12;
  if (client->takes_old_ciphers_) SSL_CTX_set_cipher_list(context, kOldCiphers);
  // Many peers end without saying so.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  RETURN_IF_ERROR(TrustRoots(context, ready.ca));
  RETURN_IF_ERROR(ShowOwn(context, ready));
  return std::shared_ptr<const TlsClient>(std::move(client));
}

void TlsClient::ApplyTo(SSL_CTX* context, const std::string& name, bool trusted) const {
  SSL_CTX* own = context_.get();
  SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(own));
  SSL_CTX_set_min_proto_version(context, static_cast<int>(SSL_CTX_get_min_proto_version(own)));
  SSL_CTX_set_max_proto_version(context, static_cast<int>(SSL_CTX_get_max_proto_version(own)));
  if (takes_old_ciphers_) SSL_CTX_set_cipher_list(context, kOldCiphers);
  SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(own), nullptr);
  if (verifies_) CheckName(SSL_CTX_get0_param(context), name);
  if (!trusted || SSL_CTX_get0_certificate(own) == nullptr) return;
  SSL_CTX_use_certificate(context, SSL_CTX_get0_certificate(own));
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(own, &chain);
  SSL_CTX_set1_chain(context, chain);
  SSL_CTX_use_PrivateKey(context, SSL_CTX_get0_privatekey(own));
}

TlsSession::TlsSession(std::shared_ptr<const TlsClient> client, int fd)
    : client_(std::move(client)), session_(SSL_new(client_->context())), fd_(fd) {}

Outcome TlsSession::Connect(std::shared_ptr<const TlsClient> client, int fd,
                            const std::string& name, const Deadline& deadline,
                            std::unique_ptr<TlsSession>& session) {
  const std::string& wanted = client->server_name().empty() ? name : client->server_name();
  if (wanted.empty() && client->verifies()) {
    return Failed(Phase::kTls, Reason::kConfiguration,
                  "TLS: there is no name to check; give server_name or insecure_skip_verify");
  }
  std::unique_ptr<TlsSession> made(new TlsSession(std::move(client), fd));
  if (!made->session_ || SSL_set_fd(made->session_.get(), fd) != 1)
    return Failed(Phase::kTls, Reason::kSystem, "TLS: " + LastError());
  if (Outcome failure = made->ShakeHands(wanted, deadline)) return failure;
  session = std::move(made);
  return {};
}

Outcome TlsSession::ShakeHands(const std::string& name, const Deadline& deadline) {
  SSL* ssl = session_.get();
  if (client_->verifies()) CheckName(SSL_get0_param(ssl), name);
  if (!name.empty() && !IsAddress(name)) SSL_set_tlsext_host_name(ssl, name.c_str());
  for (;;) {
    ERR_clear_error();
    const int result = SSL_connect(ssl);
    if (result == 1) return {};
    if (Outcome failure = Await(result, Phase::kTls, "TLS handshake", deadline)) return failure;
  }
}

Failure TlsSession::HandshakeFailure() const {
  const long verified = SSL_get_verify_result(session_.get());
  if (verified != X509_V_OK && client_->verifies()) {
    ERR_clear_error();
    return Failed(Phase::kTls, ReasonOfVerification(verified),
                  std::string("TLS: certificate: ") + X509_verify_cert_error_string(verified));
  }
  return Failed(Phase::kTls, Reason::kHandshake, "TLS handshake: " + LastError());
}

Outcome TlsSession::Await(int result, Phase phase, std::string_view action,
                          const Deadline& deadline) {
  const int system_error = errno;
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ: {
      const Status waited = deadline.WaitFor(fd_, POLLIN);
      return waited.ok() ? Outcome() : FailedWait(phase, waited.Prefixed(action));
    }
    case SSL_ERROR_WANT_WRITE: {
      const Status waited = deadline.WaitFor(fd_, POLLOUT);
      return waited.ok() ? Outcome() : FailedWait(phase, waited.Prefixed(action));
    }
    case SSL_ERROR_ZERO_RETURN:
      return Failed(phase, Reason::kClosed, std::string(action) + ": the peer ends the session");
    case SSL_ERROR_SYSCALL:
      if (system_error != 0) return FailedSystem(phase, action, system_error);
      return Failed(phase, Reason::kClosed, std::string(action) + ": the peer ends the connection");
    default:
      if (phase == Phase::kTls) return HandshakeFailure();
      return Failed(phase, Reason::kProtocol, std::string(action) + ": " + LastError());
  }
}

Outcome TlsSession::Read(std::string& to, bool& ended, const Deadline& deadline) {
  std::array<char, kReadBytes> buffer{};
  for (;;) {
    ERR_clear_error();
    const int count = SSL_read(session_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (count > 0) {
      to.append(buffer.data(), static_cast<size_t>(count));
      return {};
    }
    Outcome failure = Await(count, Phase::kReceive, "receive", deadline);
    ended = failure && failure->reason == Reason::kClosed;
    if (ended) return {};
    if (failure) return failure;
  }
}

Outcome TlsSession::Write(std::string_view data, const Deadline& deadline) {
  while (!data.empty()) {
    ERR_clear_error();
    const int count = SSL_write(session_.get(), data.data(), static_cast<int>(data.size()));
    if (count > 0) {
      data.remove_prefix(static_cast<size_t>(count));
    } else if (Outcome failure = Await(count, Phase::kSend, "send", deadline)) {
      return failure;
    }
  }
  return {};
}

}  // namespace narthex::blackbox
