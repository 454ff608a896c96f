#include "exporters/container/container_facts.h"

#include <algorithm>

#include "common/bytes/numbers.h"

namespace narthex::exporters {
namespace {

// Days from 1970-01-01 to a day of the Gregorian calendar.
int64_t DaysFromCivil(int64_t year, int64_t month, int64_t day) {
  constexpr int64_t kDaysBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const int64_t past = year - 1;
  const int64_t years = 365 * past + past / 4 - past / 100 + past / 400;
  constexpr int64_t kTo1970 = 719'162;
  return years - kTo1970 + kDaysBefore[month - 1] + (is_leap && month > 2 ? 1 : 0) + day - 1;
}

// The two or four digits at a place; -1 where they are none.
int64_t Digits(std::string_view text, size_t at, size_t count) {
  if (text.size() < at + count) return -1;
  const std::string_view digits = text.substr(at, count);
  const auto number = ParseUnsigned(digits);
  return number ? static_cast<int64_t>(*number) : -1;
}

// "Z" or "+01:00" in seconds east of Greenwich.
std::optional<int64_t> ParseZone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const int64_t hours = Digits(text, 1, 2);
  const int64_t minutes = Digits(text, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const int64_t seconds = hours * 3600 + minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

std::optional<int64_t> ParseTime(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (text.size() <= kShape.size()) return std::nullopt;
  for (const size_t at : {4U, 7U, 10U, 13U, 16U}) {
    if (text[at] != kShape[at]) return std::nullopt;
  }
  const int64_t year = Digits(text, 0, 4);
  const int64_t month = Digits(text, 5, 2);
  const int64_t day = Digits(text, 8, 2);
  const int64_t hour = Digits(text, 11, 2);
  const int64_t minute = Digits(text, 14, 2);
  const int64_t second = Digits(text, 17, 2);
  const bool is_valid = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
                        hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 &&
                        second <= 60;
  if (!is_valid) return std::nullopt;
  std::string_view rest = text.substr(kShape.size());
  if (rest[0] == '.') {
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of("0123456789"), rest.size()));
  }
  const auto zone = ParseZone(rest);
  if (!zone) return std::nullopt;
  return DaysFromCivil(year, month, day) * 86'400 + hour * 3600 + minute * 60 + second - *zone;
}

void ReadKubernetesLabels(ContainerFacts& facts) {
  const auto take = [&](std::string_view key, std::string& into) {
    const auto found = facts.labels.find(key);
    if (found != facts.labels.end() && into.empty()) into = found->second;
  };
  take("io.kubernetes.pod.name", facts.pod);
  take("io.kubernetes.pod.namespace", facts.pod_namespace);
  take("io.kubernetes.pod.uid", facts.pod_uid);
  take("io.kubernetes.container.name", facts.container);
  if (facts.container == "POD") {  // the sandbox of runtimes that take it for a container
    facts.container.clear();
    facts.is_sandbox = true;
  }
}

}  // namespace narthex::exporters
