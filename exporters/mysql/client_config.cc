#include "exporters/mysql/client_config.h"

#include <algorithm>
#include <optional>

#include "common/bytes/numbers.h"

namespace narthex::exporters {
namespace {

constexpr std::string_view kUnixPrefix = "unix://";
constexpr std::string_view kTlsVersions[] = {"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"};

// The options of a section and, behind them, those of the sections that it is a part of.
class Options {
 public:
  Options(const OptionFile& file, std::string_view section,
          const std::function<std::string(const std::string&)>& variable)
      : variable_(variable) {
    for (std::string_view name = section;;) {
      const auto found = file.sections.find(name);
      if (found != file.sections.end()) parts_.push_back(&found->second);
      const size_t dot = name.rfind('.');
      if (dot == std::string_view::npos) break;
      name = name.substr(0, dot);
    }
  }

  bool Has(std::string_view name) const { return Find(name) != nullptr; }

  std::string Get(std::string_view name) const {
    const config::Secret* value = Find(name);
    return value == nullptr ? "" : ExpandVariables(value->reveal(), variable_);
  }

  Result<bool> IsSet(std::string_view name) const {
    constexpr std::string_view kTrue[] = {"1",   "t",   "T", "TRUE", "true", "True", "YES",
                                          "yes", "Yes", "y", "ON",   "on",   "On"};
    constexpr std::string_view kFalse[] = {"",   "0",  "f",  "F", "FALSE", "false", "False",
                                           "NO", "no", "No", "n", "OFF",   "off",   "Off"};
    const std::string value = Get(name);
    if (std::find(std::begin(kTrue), std::end(kTrue), value) != std::end(kTrue)) return true;
    if (std::find(std::begin(kFalse), std::end(kFalse), value) != std::end(kFalse)) return false;
    return InvalidArgument(name, ": want true or false");
  }

 private:
  const config::Secret* Find(std::string_view name) const {
    for (const OptionFile::Section* part : parts_) {
      const auto found = part->find(name);
      if (found != part->end()) return &found->second;
    }
    return nullptr;
  }

  std::vector<const OptionFile::Section*> parts_;
  const std::function<std::string(const std::string&)>& variable_;
};

// Whether it may stand in a URL of the client's, which would end at any of these.
bool IsHost(std::string_view name) {
  return name.find_first_of(std::string_view("/,[]@?#\0", 8)) == std::string_view::npos;
}

std::optional<size_t> TlsVersionIndex(std::string_view version) {
  const auto* found = std::find(std::begin(kTlsVersions), std::end(kTlsVersions), version);
  if (found == std::end(kTlsVersions)) return std::nullopt;
  return static_cast<size_t>(found - std::begin(kTlsVersions));
}

// The versions from one to another; either may be empty.
Result<std::string> TlsVersions(const Options& options) {
  size_t bounds[] = {0, std::size(kTlsVersions) - 1};
  constexpr std::string_view kNames[] = {"tls-min-version", "tls-max-version"};
  bool is_set = false;
  for (size_t i = 0; i < 2; ++i) {
    const std::string version = options.Get(kNames[i]);
    if (version.empty()) continue;
    const auto index = TlsVersionIndex(version);
    if (!index) return InvalidArgument(kNames[i], ": want TLSv1.0, TLSv1.1, TLSv1.2 or TLSv1.3");
    bounds[i] = *index;
    is_set = true;
  }
  if (bounds[0] > bounds[1]) return InvalidArgument("tls-min-version is above tls-max-version");
  std::string list;
  if (!is_set) return list;
  for (size_t i = bounds[0]; i <= bounds[1]; ++i)
    list.append(list.empty() ? "" : ",").append(kTlsVersions[i]);
  return list;
}

Result<TlsSettings::Mode> ReadMode(const std::string& text) {
  using enum TlsSettings::Mode;
  if (text == "preferred") return kPreferred;
  if (text == "skip-verify") return kUnverified;
  if (text == "true" || text == "True" || text == "TRUE" || text == "1") return kVerified;
  if (text.empty() || text == "false" || text == "False" || text == "FALSE" || text == "0")
    return kOff;
  return InvalidArgument("tls: want true, false, preferred or skip-verify");
}

Result<TlsSettings> ReadTls(const Options& options, bool skip_verify, const std::string& host) {
  TlsSettings tls;
  tls.ca = options.Get("ssl-ca");
  tls.cert = options.Get("ssl-cert");
  tls.key = options.Get("ssl-key");
  ASSIGN_OR_RETURN(tls.versions, TlsVersions(options));
  ASSIGN_OR_RETURN(tls.mode, ReadMode(options.Get("tls")));
  const std::string name = options.Get("tls-server-name");
  if (!name.empty() && name != host)
    return InvalidArgument(
        "tls-server-name: the certificate is checked against the host connected to, and no other "
        "name can be given; connect by the name that it has");
  // As the original: any of these asks for TLS, and for checks.
  if (!tls.ca.empty() || !tls.versions.empty() || !name.empty())
    tls.mode = TlsSettings::Mode::kVerified;
  // That is how the original spells it.
  ASSIGN_OR_RETURN(const bool skips, options.IsSet("ssl-skip-verfication"));
  if (skip_verify || skips) tls.mode = TlsSettings::Mode::kUnverified;
  return tls;
}

Result<ServerSettings> ReadSection(const Options& options, bool skip_verify) {
  ServerSettings server;
  server.user = options.Get("user");
  if (server.user.empty()) return InvalidArgument("there is no user");
  server.password = config::Secret(options.Get("password"));
  server.socket = options.Get("socket");
  if (const std::string host = options.Get("host"); !host.empty()) server.host = host;
  if (!IsHost(server.host)) return InvalidArgument("host: want a name or an address");
  if (const std::string port = options.Get("port"); !port.empty() && port != "0") {
    const auto number = ParseUnsigned(port);
    if (!number || *number > UINT16_MAX) return InvalidArgument("port: want 1 to 65535");
    server.port = static_cast<uint16_t>(*number);
  }
  ASSIGN_OR_RETURN(server.allows_cleartext, options.IsSet("enable-cleartext-plugin"));
  ASSIGN_OR_RETURN(server.tls, ReadTls(options, skip_verify, server.host));
  return server;
}

// Gives [client] what flags and the environment say and it has not.
Status AddDefaults(const ClientDefaults& defaults, OptionFile::Section& client) {
  ServerSettings address;
  RETURN_IF_ERROR(address.SetAddress(defaults.address).Prefixed("flag --mysqld.address"));
  const auto add = [&](const char* name, const std::string& value) {
    config::Secret& present = client[name];
    if (present.empty()) present = config::Secret(value);
  };
  if (address.socket.empty()) {
    add("host", address.host);
    add("port", std::to_string(address.port));
  } else {
    add("socket", address.socket);
  }
  add("user", defaults.user);
  return {};
}

}  // namespace

std::string ServerSettings::Name() const {
  if (!socket.empty()) return socket;
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Status ServerSettings::SetAddress(std::string_view address) {
  if (address.starts_with(kUnixPrefix)) {
    socket = address.substr(kUnixPrefix.size());
    if (socket.empty()) return InvalidArgument("unix:// wants the path of a socket");
    return {};
  }
  const auto broken = [] { return InvalidArgument("want host:port or unix:///path"); };
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return broken();
  std::string_view name = address.substr(0, colon);
  const auto number = ParseUnsigned(address.substr(colon + 1));
  if (!number || *number == 0 || *number > UINT16_MAX) return broken();
  const bool has_brackets = name.starts_with('[') && name.ends_with(']');
  if (has_brackets) name = name.substr(1, name.size() - 2);
  if (!has_brackets && name.find(':') != std::string_view::npos) return broken();
  if (!IsHost(name)) return broken();
  host = name.empty() ? "127.0.0.1" : std::string(name);
  port = static_cast<uint16_t>(*number);
  socket.clear();
  return {};
}

Result<ClientConfig> MakeClientConfig(
    OptionFile file, const ClientDefaults& defaults,
    const std::function<std::string(const std::string&)>& variable) {
  OptionFile::Section& client = file.sections["client"];
  RETURN_IF_ERROR(AddDefaults(defaults, client));
  ClientConfig config;
  config.notes = std::move(file.notes);
  for (const auto& [name, section] : file.sections) {
    const Options options(file, name, variable);
    auto server = ReadSection(options, defaults.skip_verify);
    if (!server.ok()) {
      config.unusable.emplace(name, server.status());
      continue;
    }
    const bool is_of_client = name == "client" || name.starts_with("client.");
    if (is_of_client && !options.Has("password")) server->password = defaults.password;
    config.sections.emplace(name, std::move(*server));
  }
  if (config.sections.empty())
    return InvalidArgument(
        "section [client]: ", config.unusable.at("client").message(),
        "; --config.my-cnf names a file that has it, --mysqld.username the user");
  return config;
}

Result<ServerSettings> ServerOfRequest(const ClientConfig& config, std::string_view target,
                                       std::string_view section) {
  const auto found = config.sections.find(section);
  if (found == config.sections.end()) {
    const auto broken = config.unusable.find(section);
    if (broken == config.unusable.end())
      return InvalidArgument("there is no section [", section, "] in the configuration");
    return broken->second.Prefixed("section [" + std::string(section) + "]");
  }
  ServerSettings server = found->second;
  if (target.empty()) return server;
  server.socket.clear();
  RETURN_IF_ERROR(server.SetAddress(target).Prefixed("target"));
  return server;
}

}  // namespace narthex::exporters
