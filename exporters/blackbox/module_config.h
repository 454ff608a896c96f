// blackbox.yml as structs. Fields, defaults and rules follow blackbox_exporter 0.28 and, for the
// websocket prober, its main branch; `ip_policy` is ours.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_MODULE_CONFIG_H_
#define NARTHEX_EXPORTERS_BLACKBOX_MODULE_CONFIG_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/config/go_duration.h"
#include "common/config/names.h"
#include "common/http_client_config/http_client_config.h"
#include "exporters/blackbox/cel_program.h"
#include "exporters/blackbox/search_pattern.h"

namespace narthex::blackbox {

enum class IpProtocol : unsigned char { kIp4, kIp6 };
Status FromText(std::string_view text, IpProtocol& protocol);
std::string ToText(IpProtocol protocol);

// Which address of a target is probed.
struct IpChoice {
  IpProtocol preferred = IpProtocol::kIp6;
  bool fallback = true;  // to the other protocol, where the preferred one has no address

  void Describe(auto& fields) {
    fields.Optional("preferred_ip_protocol", preferred);
    fields.Optional("ip_protocol_fallback", fallback);
  }
};

// One step of a conversation: waits for a text, then says one, then turns to TLS, as far as each is
// given.
struct QueryResponse {
  struct LabelTemplate {
    std::string name, value;

    void Describe(auto& fields) {
      fields.Optional("name", name);
      fields.Optional("value", value);
    }
  };

  SearchPattern expect;
  std::string expect_bytes;
  std::vector<LabelTemplate> labels;  // of probe_expect_info; values are templates
  std::string send;                   // a template
  bool starttls = false;

  void Describe(auto& fields) {
    fields.Optional("expect", expect);
    fields.Optional("expect_bytes", expect_bytes);
    fields.Optional("labels", labels);
    fields.Optional("send", send);
    fields.Optional("starttls", starttls);
  }
  Status Validate() const;
};

struct HeaderMatch {
  std::string header;
  SearchPattern regexp;
  bool allow_missing = false;

  void Describe(auto& fields) {
    fields.Optional("header", header);
    fields.Optional("regexp", regexp);
    fields.Optional("allow_missing", allow_missing);
  }
  Status Validate() const;
};

struct HttpProbe {
  std::vector<int64_t> valid_status_codes;       // empty: 200 to 299
  std::vector<std::string> valid_http_versions;  // "HTTP/1.1", "HTTP/2.0"
  IpChoice ip;
  bool skip_resolve_phase_with_proxy = false;
  std::optional<bool> no_follow_redirects;  // the old way to say follow_redirects
  bool fail_if_ssl = false;
  bool fail_if_not_ssl = false;
  std::string method;  // empty: GET
  std::map<std::string, std::string> headers;
  std::vector<SearchPattern> fail_if_body_matches_regexp;
  std::vector<SearchPattern> fail_if_body_not_matches_regexp;
  CelProgram fail_if_body_json_matches_cel;
  CelProgram fail_if_body_json_not_matches_cel;
  std::vector<HeaderMatch> fail_if_header_matches;
  std::vector<HeaderMatch> fail_if_header_not_matches;
  std::string body, body_file;
  std::string compression;
  ByteSize body_size_limit;  // 0: none
  bool enable_http3 = false;
  HttpClientConfig client;  // its fields stand among these

  void Describe(auto& fields) {
    fields.Optional("valid_status_codes", valid_status_codes);
    fields.Optional("valid_http_versions", valid_http_versions);
    ip.Describe(fields);
    fields.Optional("skip_resolve_phase_with_proxy", skip_resolve_phase_with_proxy);
    fields.Optional("no_follow_redirects", no_follow_redirects);
    fields.Optional("fail_if_ssl", fail_if_ssl);
    fields.Optional("fail_if_not_ssl", fail_if_not_ssl);
    fields.Optional("method", method);
    fields.Optional("headers", headers);
    fields.Optional("fail_if_body_matches_regexp", fail_if_body_matches_regexp);
    fields.Optional("fail_if_body_not_matches_regexp", fail_if_body_not_matches_regexp);
    fields.Optional("fail_if_body_json_matches_cel", fail_if_body_json_matches_cel);
    fields.Optional("fail_if_body_json_not_matches_cel", fail_if_body_json_not_matches_cel);
    fields.Optional("fail_if_header_matches", fail_if_header_matches);
    fields.Optional("fail_if_header_not_matches", fail_if_header_not_matches);
    fields.Optional("body", body);
    fields.Optional("body_file", body_file);
    fields.Optional("compression", compression);
    fields.Optional("body_size_limit", body_size_limit);
    fields.Optional("enable_http3", enable_http3);
    client.Describe(fields);
  }
  Status Validate() const;
};

struct TcpProbe {
  IpChoice ip;
  std::string source_ip_address;
  std::vector<QueryResponse> query_response;
  bool tls = false;
  TlsClientConfig tls_config;

  void Describe(auto& fields) {
    ip.Describe(fields);
    fields.Optional("source_ip_address", source_ip_address);
    fields.Optional("query_response", query_response);
    fields.Optional("tls", tls);
    fields.Optional("tls_config", tls_config);
  }
  Status Validate() const;
};

struct UnixProbe {
  std::vector<QueryResponse> query_response;
  bool tls = false;
  TlsClientConfig tls_config;

  void Describe(auto& fields) {
    fields.Optional("query_response", query_response);
    fields.Optional("tls", tls);
    fields.Optional("tls_config", tls_config);
  }
};

struct IcmpProbe {
  IpChoice ip;
  std::string source_ip_address;
  int64_t payload_size = 0;  // 0: a short text of ours
  bool dont_fragment = false;
  int64_t ttl = 64;  // 0: the kernel's

  void Describe(auto& fields) {
    ip.Describe(fields);
    fields.Optional("source_ip_address", source_ip_address);
    fields.Optional("payload_size", payload_size);
    fields.Optional("dont_fragment", dont_fragment);
    fields.Optional("ttl", ttl);
  }
  Status Validate() const;
};

// Rules for the records of one section of an answer, as text ("a.test.\t60\tIN\tA\t10.0.0.1").
struct RecordRules {
  std::vector<SearchPattern> fail_if_matches_regexp;
  std::vector<SearchPattern> fail_if_all_match_regexp;
  std::vector<SearchPattern> fail_if_not_matches_regexp;
  std::vector<SearchPattern> fail_if_none_matches_regexp;

  void Describe(auto& fields) {
    fields.Optional("fail_if_matches_regexp", fail_if_matches_regexp);
    fields.Optional("fail_if_all_match_regexp", fail_if_all_match_regexp);
    fields.Optional("fail_if_not_matches_regexp", fail_if_not_matches_regexp);
    fields.Optional("fail_if_none_matches_regexp", fail_if_none_matches_regexp);
  }
};

struct DnsProbe {
  IpChoice ip;
  bool dns_over_tls = false;
  TlsClientConfig tls_config;
  std::string source_ip_address;
  std::string transport_protocol;  // "udp", the default, or "tcp"
  std::string query_class;         // empty: IN
  std::string query_name;
  std::string query_type;  // empty: ANY
  bool recursion_desired = true;
  std::vector<std::string> valid_rcodes;  // empty: NOERROR
  RecordRules validate_answer_rrs, validate_authority_rrs, validate_additional_rrs;

  void Describe(auto& fields) {
    ip.Describe(fields);
    fields.Optional("dns_over_tls", dns_over_tls);
    fields.Optional("tls_config", tls_config);
    fields.Optional("source_ip_address", source_ip_address);
    fields.Optional("transport_protocol", transport_protocol);
    fields.Optional("query_class", query_class);
    fields.Optional("query_name", query_name);
    fields.Optional("query_type", query_type);
    fields.Optional("recursion_desired", recursion_desired);
    fields.Optional("valid_rcodes", valid_rcodes);
    fields.Optional("validate_answer_rrs", validate_answer_rrs);
    fields.Optional("validate_authority_rrs", validate_authority_rrs);
    fields.Optional("validate_additional_rrs", validate_additional_rrs);
  }
  Status Validate() const;
};

struct GrpcProbe {
  std::string service;
  bool tls = false;
  TlsClientConfig tls_config;
  IpChoice ip;
  std::map<std::string, std::vector<std::string>> metadata;

  void Describe(auto& fields) {
    fields.Optional("service", service);
    fields.Optional("tls", tls);
    fields.Optional("tls_config", tls_config);
    ip.Describe(fields);
    fields.Optional("metadata", metadata);
  }
  Status Validate() const;
};

// The values of one header; a scalar is one value.
struct WebsocketHeader {
  HeaderConfig header;
};
Status Bind(const config::Node& node, WebsocketHeader& header);
config::Node ToNode(const WebsocketHeader& header);

struct WebsocketProbe {
  HttpClientConfig http_config;
  std::map<std::string, WebsocketHeader> headers;
  std::vector<QueryResponse> query_response;
  IpChoice ip;

  void Describe(auto& fields) {
    fields.Optional("http_config", http_config);
    fields.Optional("headers", headers);
    fields.Optional("query_response", query_response);
    ip.Describe(fields);
  }
  Status Validate() const;
};

enum class IpPolicy : unsigned char {
  kOne,   // the address that the prober chooses
  kAny,   // one after the other, until one does
  kAll,   // one after the other, until one does not
  kEach,  // all, whatever becomes of them
};
Status FromText(std::string_view text, IpPolicy& policy);
std::string ToText(IpPolicy policy);

struct Module {
  std::string prober;
  GoDuration timeout;  // 0: as long as the scraper waits
  IpPolicy ip_policy = IpPolicy::kOne;
  HttpProbe http;
  TcpProbe tcp;
  IcmpProbe icmp;
  DnsProbe dns;
  GrpcProbe grpc;
  UnixProbe unix_socket;
  WebsocketProbe websocket;

  void Describe(auto& fields) {
    fields.Optional("prober", prober);
    fields.Optional("timeout", timeout);
    fields.Optional("ip_policy", ip_policy);
    fields.Optional("http", http);
    fields.Optional("tcp", tcp);
    fields.Optional("icmp", icmp);
    fields.Optional("dns", dns);
    fields.Optional("grpc", grpc);
    fields.Optional("unix", unix_socket);
    fields.Optional("websocket", websocket);
  }
  Status Validate() const;
};

// A module out of its part of the file.
Result<Module> BindModule(const config::Node& node);

struct BlackboxConfig {
  std::map<std::string, Module> modules;
  std::map<std::string, config::Node> sources;  // of the modules, for requests that change fields
  std::vector<std::string> notes;               // for the operator, a sentence each
};

// kInvalidArgument with place and reason.
Result<BlackboxConfig> ParseBlackboxConfig(std::string_view text, std::string_view file);
Result<BlackboxConfig> LoadBlackboxConfig(const std::string& path);

// As YAML, without secrets.
std::string Show(const BlackboxConfig& config);
std::string Show(const Module& module);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_MODULE_CONFIG_H_
