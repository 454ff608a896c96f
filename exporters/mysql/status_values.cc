#include "exporters/mysql/status_values.h"

#include <algorithm>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "exporters/kit/sql/session.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool IsSame(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return Lower(a) == b; });
}

std::optional<double> WordValue(std::string_view text) {
  constexpr std::string_view kOnes[] = {"yes", "on", "primary"};
  constexpr std::string_view kZeros[] = {"no",         "off",         "disabled",
                                         "connecting", "non-primary", "disconnected"};
  const auto is = [&](std::string_view word) { return IsSame(text, word); };
  if (std::any_of(std::begin(kOnes), std::end(kOnes), is)) return 1;
  if (std::any_of(std::begin(kZeros), std::end(kZeros), is)) return 0;
  return std::nullopt;
}

// "Nov 28 08:00:00 2026 GMT", as OpenSSL writes times.
std::optional<double> ParseCertificateTime(std::string_view text) {
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  FieldReader fields(text);
  const auto month = fields.Next(), day = fields.Next(), clock = fields.Next();
  const auto year = fields.Next(), zone = fields.Next();
  if (!zone || fields.Next() || day->size() > 2 || clock->size() != 8 || year->size() != 4)
    return std::nullopt;
  const auto* found = std::find(std::begin(kMonths), std::end(kMonths), *month);
  if (found == std::end(kMonths)) return std::nullopt;
  std::string date(*year);
  const auto number = found - std::begin(kMonths) + 1;
  AppendInteger(date += number < 10 ? "-0" : "-", number);
  date.append(day->size() == 1 ? "-0" : "-").append(*day).append(" ").append(*clock);
  return ParseSqlTime(date);
}

// The number at the front of `text`, where `what` follows it.
std::optional<double> CountOf(std::string_view text, std::string_view what) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || !text.substr(digits).starts_with(what)) return std::nullopt;
  return ParseDouble(text.substr(0, digits));
}

}  // namespace

std::optional<double> ParseStatusValue(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (const auto number = ParseDouble(text)) return number;
  if (const auto word = WordValue(text)) return word;
  // "2026-11-28 08:00:00" and nothing shorter or longer: a date alone is no time.
  if (text.size() == 19 && text[10] == ' ') return ParseSqlTime(text);
  return ParseCertificateTime(text);
}

void AppendMetricNamePart(std::string& out, std::string_view text) {
  for (const char given : text) {
    const char c = Lower(given);
    out += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
  }
}

std::string MetricNamePart(std::string_view text) {
  std::string name;
  AppendMetricNamePart(name, text);
  return name;
}

std::string StateName(std::string_view text) {
  if (text.empty()) return "unknown";
  constexpr std::string_view kDropped = ";,:.()";
  std::string name;
  for (const char c : text) {
    if (kDropped.find(c) != std::string_view::npos) continue;
    name += c == ' ' || c == '-' ? '_' : Lower(c);
  }
  return name;
}

double ParseGcacheSize(std::string_view options) {
  constexpr std::string_view kName = "gcache.size = ";
  const size_t at = options.find(kName);
  if (at == std::string_view::npos) return 0;
  std::string_view value = options.substr(at + kName.size());
  value = value.substr(0, value.find(';'));
  double unit = 1;
  if (value.ends_with('M')) unit = 1024.0 * 1024;
  if (value.ends_with('G')) unit = 1024.0 * 1024 * 1024;
  if (unit > 1) value.remove_suffix(1);
  const auto number = ParseUnsigned(value);
  return number ? static_cast<double>(*number) * unit : 0;
}

std::optional<std::array<double, 5>> ParseReplicationLatency(std::string_view text) {
  std::array<double, 5> values{};
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t end = i + 1 < values.size() ? text.find('/') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    const auto number = ParseDouble(text.substr(0, end));
    if (!number) return std::nullopt;
    values[i] = *number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return values;
}

std::vector<Gtid> ParseGtids(std::string_view text) {
  std::vector<Gtid> gtids;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t first = part.find('-'), last = part.rfind('-');
    if (first == last || part.find('-', first + 1) != last) continue;
    const auto sequence = ParseUnsigned(part.substr(last + 1));
    if (!sequence) continue;
    gtids.push_back({part.substr(0, first), part.substr(first + 1, last - first - 1),
                     static_cast<double>(*sequence)});
  }
  return gtids;
}

InnodbStatus ParseInnodbStatus(std::string_view text) {
  constexpr std::string_view kInside = " queries inside InnoDB, ";
  InnodbStatus status;
  LineReader lines(text);
  while (const auto read = lines.Next()) {
    const std::string_view line = TrimBlanks(*read);
    if (const auto views = CountOf(line, " read views open inside InnoDB"))
      status.read_views = views;
    const auto inside = CountOf(line, kInside);
    if (!inside) continue;
    const auto queued =
        CountOf(line.substr(line.find(kInside) + kInside.size()), " queries in queue");
    if (!queued) continue;
    status.queries_inside = inside;
    status.queries_in_queue = queued;
  }
  return status;
}

double BinlogFileNumber(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return 0;
  return static_cast<double>(ParseUnsigned(name.substr(dot + 1)).value_or(0));
}

}  // namespace narthex::exporters
