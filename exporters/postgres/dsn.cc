#include "exporters/postgres/dsn.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "common/bytes/trim.h"
#include "common/fs/files.h"

namespace narthex::exporters {
namespace {

constexpr size_t kMaxText = 16UL << 10;

// What libpq 15 takes, but for what we set ourselves.
constexpr std::string_view kKeywords[] = {"application_name",
                                          "channel_binding",
                                          "client_encoding",
                                          "connect_timeout",
                                          "dbname",
                                          "fallback_application_name",
                                          "gssencmode",
                                          "gsslib",
                                          "host",
                                          "hostaddr",
                                          "keepalives",
                                          "keepalives_count",
                                          "keepalives_idle",
                                          "keepalives_interval",
                                          "krbsrvname",
                                          "options",
                                          "passfile",
                                          "port",
                                          "requirepeer",
                                          "service",
                                          "ssl_max_protocol_version",
                                          "ssl_min_protocol_version",
                                          "sslcert",
                                          "sslcompression",
                                          "sslcrl",
                                          "sslcrldir",
                                          "sslkey",
                                          "sslmode",
                                          "sslrootcert",
                                          "sslsni",
                                          "target_session_attrs",
                                          "tcp_user_timeout",
                                          "user"};
static_assert(std::is_sorted(std::begin(kKeywords), std::end(kKeywords)));

// Of lib/pq, about how it talks to the server: means nothing here.
constexpr std::string_view kIdleKeywords[] = {"binary_parameters",
                                              "disable_prepared_binary_result"};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Percent signs resolved; nothing where one is broken or stands for a zero byte.
std::optional<std::string> Decode(std::string_view text, bool plus_is_blank = false) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = high < 0 ? -1 : HexDigit(text[i + 2]);
      if (low < 0 || high + low == 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

// The text up to a character, which is taken away with it; all where there is none.
std::string_view TakeUntil(std::string_view& text, char end) {
  const size_t at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

Status SetDecoded(Dsn& dsn, const std::string& keyword, std::string_view value) {
  if (value.empty()) return {};
  const auto decoded = Decode(value);
  if (!decoded) return InvalidArgument("a broken percent escape in its ", keyword);
  return dsn.Set(keyword, *decoded);
}

// "host", "host:5432", "[::1]:5432".
Status ReadHost(std::string_view text, Dsn& dsn) {
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return InvalidArgument("a host in [ ] without its end");
    port = text.substr(end + 1);
    if (!port.empty() && port[0] != ':') return InvalidArgument("something between host and port");
    text = text.substr(1, end - 1);
    if (!port.empty()) port.remove_prefix(1);
  } else if (const size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    port = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  const bool is_number = std::all_of(port.begin(), port.end(),
                                     [](char c) { return (c >= '0' && c <= '9') || c == ','; });
  if (!is_number) return InvalidArgument("a port that is no number");
  RETURN_IF_ERROR(SetDecoded(dsn, "host", text));
  return SetDecoded(dsn, "port", port);
}

Status ReadQuery(std::string_view text, Dsn& dsn) {
  while (!text.empty()) {
    std::string_view value = TakeUntil(text, '&');
    const auto keyword = Decode(TakeUntil(value, '='), true);
    const auto decoded = Decode(value, true);
    if (!keyword || !decoded) return InvalidArgument("a broken percent escape in its parameters");
    // The user and password before the host win.
    const bool is_given = (*keyword == "user" && dsn.keywords.contains("user")) ||
                          (*keyword == "password" && !dsn.password.empty());
    if (!keyword->empty() && !is_given) RETURN_IF_ERROR(dsn.Set(*keyword, *decoded));
  }
  return {};
}

Result<Dsn> ReadUrl(std::string_view text) {
  Dsn dsn;
  std::string_view rest = text.substr(0, text.find('#'));
  std::string_view before_query = TakeUntil(rest, '?');
  const std::string_view query = rest;
  std::string_view authority = TakeUntil(before_query, '/');
  const std::string_view database = before_query;
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    std::string_view user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const std::string_view name = TakeUntil(user, ':');
    RETURN_IF_ERROR(SetDecoded(dsn, "user", name));
    RETURN_IF_ERROR(SetDecoded(dsn, "password", user));
  }
  RETURN_IF_ERROR(ReadHost(authority, dsn));
  RETURN_IF_ERROR(SetDecoded(dsn, "dbname", database));
  RETURN_IF_ERROR(ReadQuery(query, dsn));
  return dsn;
}

// A value of "key=value", between quotes or up to a blank; \ takes the next character as it is.
Result<std::string> TakeValue(std::string_view& text) {
  std::string value;
  const bool quoted = text.starts_with('\'');
  if (quoted) text.remove_prefix(1);
  while (!text.empty() && (quoted ? text[0] != '\'' : !IsBlank(text[0]))) {
    if (text[0] == '\\' && text.size() > 1) text.remove_prefix(1);
    value += text[0];
    text.remove_prefix(1);
  }
  if (!quoted) return value;
  if (text.empty()) return InvalidArgument("a quoted value without its end");
  text.remove_prefix(1);
  return value;
}

Result<Dsn> ReadPairs(std::string_view text) {
  Dsn dsn;
  for (;;) {
    while (!text.empty() && IsBlank(text[0])) text.remove_prefix(1);
    if (text.empty()) return dsn;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) return InvalidArgument("a word without \"=\" behind it");
    const std::string keyword(TrimBlanks(text.substr(0, equals)));
    if (keyword.empty() || std::any_of(keyword.begin(), keyword.end(), IsBlank))
      return InvalidArgument("a word without \"=\" behind it");
    text.remove_prefix(equals + 1);
    while (!text.empty() && IsBlank(text[0])) text.remove_prefix(1);
    ASSIGN_OR_RETURN(const std::string value, TakeValue(text));
    RETURN_IF_ERROR(dsn.Set(keyword, value));
  }
}

Status CheckText(std::string_view text) {
  if (text.size() > kMaxText) return InvalidArgument("more than 16 KiB");
  if (text.find('\0') != std::string_view::npos) return InvalidArgument("a zero byte in it");
  return {};
}

std::string_view WithoutScheme(std::string_view text) {
  for (const std::string_view scheme : {"postgresql://", "postgres://"}) {
    if (text.starts_with(scheme)) return text.substr(scheme.size());
  }
  return {};
}

// What a variable says, or the file that another names.
Result<std::string> ValueOrFile(const char* variable, const std::string& value,
                                const std::string& file) {
  if (file.empty()) return value;
  auto text = ReadFile(file);
  if (!text.ok()) return text.status().Prefixed(variable);
  return std::string(TrimBlanks(*text));
}

}  // namespace

Status Dsn::Set(const std::string& keyword, const std::string& value) {
  if (keyword == "password") {
    password = config::Secret(value);
  } else if (keyword == "sslpassword") {
    key_password = config::Secret(value);
  } else if (keyword == "sslinline") {
    if (value == "true")
      return InvalidArgument("sslinline: certificates are read from files; give their paths");
  } else if (std::binary_search(std::begin(kKeywords), std::end(kKeywords), keyword)) {
    keywords[keyword] = value;
  } else if (std::find(std::begin(kIdleKeywords), std::end(kIdleKeywords), keyword) ==
             std::end(kIdleKeywords)) {
    const auto is_part = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '.';
    };
    if (keyword.empty() || !std::all_of(keyword.begin(), keyword.end(), is_part))
      return InvalidArgument("a keyword that is no word");
    settings[keyword] = value;
  }
  return {};
}

std::string Dsn::Server() const {
  const auto get = [&](std::string_view keyword, std::string_view otherwise) {
    const auto found = keywords.find(keyword);
    return std::string(found == keywords.end() || found->second.empty() ? otherwise
                                                                        : found->second);
  };
  return get("host", "localhost") + ":" + get("port", "5432");
}

std::string Dsn::Options() const {
  const auto given = keywords.find("options");
  std::string text = given == keywords.end() ? "" : given->second;
  for (const auto& [name, value] : settings) {
    text.append(text.empty() ? "-c " : " -c ").append(name).append("=");
    for (const char c : value) {
      if (IsBlank(c) || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

Result<Dsn> ParseDsn(std::string_view text) {
  RETURN_IF_ERROR(CheckText(text));
  const std::string_view url = WithoutScheme(text);
  return url.data() == nullptr ? ReadPairs(text) : ReadUrl(url);
}

Result<Dsn> ParseTarget(std::string_view text) {
  RETURN_IF_ERROR(CheckText(text));
  if (WithoutScheme(text).data() != nullptr) return ParseDsn(text);
  // As the original tells them apart: pairs begin with a word and "=".
  const size_t word =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ ");
  if (word != std::string_view::npos && text[word] == '=') return ReadPairs(text);
  return ReadUrl(text);
}

DataSourceEnvironment DataSourceEnvironment::FromProcess() {
  const auto get = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
    return std::string(value == nullptr ? "" : value);
  };
  return {get("DATA_SOURCE_NAME"),     get("DATA_SOURCE_URI"),       get("DATA_SOURCE_URI_FILE"),
          get("DATA_SOURCE_USER"),     get("DATA_SOURCE_USER_FILE"), get("DATA_SOURCE_PASS"),
          get("DATA_SOURCE_PASS_FILE")};
}

Result<std::vector<Dsn>> FindDataSources(const DataSourceEnvironment& environment) {
  std::vector<Dsn> found;
  if (!environment.name.empty()) {
    std::string_view names = environment.name;
    while (!names.empty()) {
      ASSIGN_OR_RETURN(Dsn dsn, ParseDsn(TakeUntil(names, ',')).Prefixed("DATA_SOURCE_NAME"));
      found.push_back(std::move(dsn));
    }
    return found;
  }
  ASSIGN_OR_RETURN(const std::string uri,
                   ValueOrFile("DATA_SOURCE_URI_FILE", environment.uri, environment.uri_file));
  ASSIGN_OR_RETURN(const std::string user,
                   ValueOrFile("DATA_SOURCE_USER_FILE", environment.user, environment.user_file));
  ASSIGN_OR_RETURN(
      const std::string password,
      ValueOrFile("DATA_SOURCE_PASS_FILE", environment.password, environment.password_file));
  if (uri.empty()) return found;
  ASSIGN_OR_RETURN(Dsn dsn, ParseDsn("postgresql://" + uri).Prefixed("DATA_SOURCE_URI"));
  if (!user.empty()) dsn.keywords["user"] = user;
  if (!password.empty()) dsn.password = config::Secret(password);
  found.push_back(std::move(dsn));
  return found;
}

}  // namespace narthex::exporters
