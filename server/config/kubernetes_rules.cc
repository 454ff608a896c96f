// Fields, roles and rules: discovery/kubernetes of Prometheus 3.14. Selectors: "Labels and
// Selectors" and "Field Selectors" in the documentation of Kubernetes.
#include "server/config/kubernetes_rules.h"

#include <algorithm>
#include <set>

#include "common/config/bind.h"

namespace narthex::server {
namespace {

struct Selector {
  std::string role;
  std::string label;
  std::string field;

  void Describe(auto& fields) {
    fields.Optional("role", role);
    fields.Optional("label", label);
    fields.Optional("field", field);
  }
};

struct Namespaces {
  bool own_namespace = false;
  std::vector<std::string> names;

  void Describe(auto& fields) {
    fields.Optional("own_namespace", own_namespace);
    fields.Optional("names", names);
  }
};

struct AttachMetadata {
  bool node = false;
  bool of_namespace = false;
  bool deployment = false;
  bool job = false;
  bool cronjob = false;

  void Describe(auto& fields) {
    fields.Optional("node", node);
    fields.Optional("namespace", of_namespace);
    fields.Optional("deployment", deployment);
    fields.Optional("job", job);
    fields.Optional("cronjob", cronjob);
  }
};

// The objects that a role reads, and so may select among.
struct Role {
  std::string_view name;
  std::vector<std::string_view> selectors;
};

const std::vector<Role>& Roles() {
  static const std::vector<Role> kRoles = {
      {"node", {"node"}},
      {"pod", {"pod", "node"}},
      {"service", {"service"}},
      {"endpoints", {"pod", "service", "endpoints"}},
      {"endpointslice", {"pod", "service", "endpointslice"}},
      {"ingress", {"ingress"}},
  };
  return kRoles;
}

// "a=b", "a!=b", "a==b", "a", "!a", "a in (b,c)", "a notin (b)": a rough look that finds what the
// API server would refuse outright.
bool IsLabelSelector(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (depth < 0 || depth > 1) return false;
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') ||
                         std::string_view("-_./=!,() <>\t").find(c) != std::string_view::npos;
    if (!allowed) return false;
  }
  return depth == 0;
}

// "field=value", "field!=value", "field==value", between commas.
bool IsFieldSelector(std::string_view text) {
  while (!text.empty()) {
    size_t comma = 0;
    while (comma < text.size() && text[comma] != ',') comma += text[comma] == '\\' ? 2 : 1;
    const std::string_view term = text.substr(0, comma);
    if (!term.empty() && term.find('=') == std::string_view::npos) return false;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

void CheckSelectors(SectionReader& section, const Role& role) {
  const config::Node* node = section.Take("selectors");
  if (node == nullptr) return;
  std::vector<Selector> selectors;
  section.Keep(config::Bind(*node, selectors));
  std::set<std::string_view> seen;
  for (const Selector& selector : selectors) {
    if (!seen.insert(selector.role).second)
      section.Refuse("selectors: role " + Quote(selector.role) + " comes twice");
    if (std::find(role.selectors.begin(), role.selectors.end(), selector.role) ==
        role.selectors.end()) {
      std::string known;
      for (const std::string_view name : role.selectors)
        known.append(known.empty() ? "" : ", ").append(name);
      section.Refuse("selectors: role " + std::string(role.name) + " takes those of " + known +
                     " only, got " + Quote(selector.role));
    }
    if (!IsLabelSelector(selector.label))
      section.Refuse("selectors: not a label selector: " + Quote(selector.label));
    if (!IsFieldSelector(selector.field))
      section.Refuse("selectors: not a field selector: " + Quote(selector.field));
  }
}

bool HasHttpSettings(const SectionReader& section) {
  constexpr std::string_view kFields[] = {"basic_auth",
                                          "authorization",
                                          "oauth2",
                                          "bearer_token",
                                          "bearer_token_file",
                                          "tls_config",
                                          "proxy_url",
                                          "no_proxy",
                                          "proxy_from_environment",
                                          "http_headers",
                                          "proxy_connect_header"};
  const bool any = std::any_of(std::begin(kFields), std::end(kFields),
                               [&](std::string_view field) { return section.Has(field); });
  // These two differ from their defaults when they are off.
  const auto off = [&](std::string_view field) {
    bool on = true;
    return !config::FromText(section.TextOr(field, "true"), on).ok() || !on;
  };
  return any || off("follow_redirects") || off("enable_http2");
}

}  // namespace

void CheckKubernetes(SectionReader& section) {
  section.Require("role");
  section.OneOf("role", {"node", "pod", "service", "endpoints", "endpointslice", "ingress"});
  section.Text("kubeconfig_file");
  const bool http = HasHttpSettings(section);
  section.Http();
  Namespaces namespaces;
  if (const config::Node* node = section.Take("namespaces"))
    section.Keep(config::Bind(*node, namespaces));
  if (const config::Node* node = section.Take("attach_metadata")) {
    AttachMetadata attach;
    section.Keep(config::Bind(*node, attach));
  }
  const bool server = section.Has("api_server"), kubeconfig = section.Has("kubeconfig_file");
  if (server) {
    section.Url("api_server");
  } else {
    section.Text("api_server");
  }
  section.Exclude(server && kubeconfig, "kubeconfig_file and api_server");
  section.Exclude(kubeconfig && http, "kubeconfig_file and settings of HTTP");
  if (!server && http) section.Refuse("settings of HTTP need api_server");
  section.Exclude(server && namespaces.own_namespace, "api_server and namespaces.own_namespace");
  section.Exclude(kubeconfig && namespaces.own_namespace,
                  "kubeconfig_file and namespaces.own_namespace");
  const std::string name = section.TextOr("role", "");
  for (const Role& role : Roles()) {
    if (role.name == name) CheckSelectors(section, role);
  }
}

}  // namespace narthex::server
