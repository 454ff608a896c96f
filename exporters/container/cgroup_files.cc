#include "exporters/container/cgroup_files.h"

#include <algorithm>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

// Where a named number goes, and what makes its unit ours.
template <typename T>
struct NamedField {
  std::string_view name;
  std::optional<double> T::*target;
  double divisor = 1;
};

template <typename T, size_t N>
T ReadNamedFields(std::string_view text, const NamedField<T> (&fields)[N]) {
  T read;
  ForEachNamedNumber(text, [&](std::string_view name, uint64_t value) {
    for (const NamedField<T>& field : fields) {
      if (field.name == name) read.*field.target = static_cast<double>(value) / field.divisor;
    }
  });
  return read;
}

constexpr double kMicroseconds = 1e6;  // of a second
constexpr double kNanoseconds = 1e9;

constexpr NamedField<CgroupCpuStat> kCpuStat[] = {
    {"usage_usec", &CgroupCpuStat::usage_s, kMicroseconds},
    {"user_usec", &CgroupCpuStat::user_s, kMicroseconds},
    {"system_usec", &CgroupCpuStat::system_s, kMicroseconds},
    {"nr_periods", &CgroupCpuStat::periods},
    {"nr_throttled", &CgroupCpuStat::throttled_periods},
    {"throttled_usec", &CgroupCpuStat::throttled_s, kMicroseconds},
    {"throttled_time", &CgroupCpuStat::throttled_s, kNanoseconds},  // version 1
    {"nr_bursts", &CgroupCpuStat::bursts},
    {"burst_usec", &CgroupCpuStat::burst_s, kMicroseconds},
    {"burst_time", &CgroupCpuStat::burst_s, kNanoseconds},  // version 1
};

constexpr NamedField<MemoryStat> kUnifiedMemoryStat[] = {
    {"file", &MemoryStat::cache},
    {"anon", &MemoryStat::rss},
    {"file_mapped", &MemoryStat::mapped_file},
    {"kernel", &MemoryStat::kernel},
    {"active_file", &MemoryStat::active_file},
    {"inactive_file", &MemoryStat::inactive_file},
    {"pgfault", &MemoryStat::page_faults},
    {"pgmajfault", &MemoryStat::major_faults},
    {"file_dirty", &MemoryStat::file_dirty},
    {"file_writeback", &MemoryStat::file_writeback},
    {"pgscan", &MemoryStat::scanned_pages},
    {"pgsteal", &MemoryStat::reclaimed_pages},
    {"workingset_refault_file", &MemoryStat::refaulted_file},
    {"workingset_refault_anon", &MemoryStat::refaulted_anon},
};

constexpr NamedField<MemoryStat> kMemoryStat[] = {
    {"total_cache", &MemoryStat::cache},
    {"total_rss", &MemoryStat::rss},
    {"total_swap", &MemoryStat::swap},
    {"total_mapped_file", &MemoryStat::mapped_file},
    {"total_active_file", &MemoryStat::active_file},
    {"total_inactive_file", &MemoryStat::inactive_file},
    {"total_pgfault", &MemoryStat::page_faults},
    {"total_pgmajfault", &MemoryStat::major_faults},
    {"pgfault", &MemoryStat::own_page_faults},
    {"pgmajfault", &MemoryStat::own_major_faults},
    {"total_dirty", &MemoryStat::file_dirty},
    {"total_writeback", &MemoryStat::file_writeback},
    {"hierarchical_memory_limit", &MemoryStat::limit},
    {"hierarchical_memsw_limit", &MemoryStat::swap_limit},
};

constexpr NamedField<MemoryEvents> kMemoryEvents[] = {
    {"high", &MemoryEvents::high}, {"max", &MemoryEvents::max}, {"oom_kill", &MemoryEvents::kills}};

// "8:0".
bool ReadDevice(std::string_view text, DeviceNumber& device) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const auto major = ParseUnsigned(text.substr(0, colon));
  const auto minor = ParseUnsigned(text.substr(colon + 1));
  if (!major || !minor || *major > UINT32_MAX || *minor > UINT32_MAX) return false;
  device.major = static_cast<uint32_t>(*major);
  device.minor = static_cast<uint32_t>(*minor);
  return true;
}

}  // namespace

CgroupCpuStat ParseCpuStat(std::string_view text) { return ReadNamedFields(text, kCpuStat); }

MemoryStat ParseMemoryStat(std::string_view text, bool is_unified) {
  return is_unified ? ReadNamedFields(text, kUnifiedMemoryStat)
                    : ReadNamedFields(text, kMemoryStat);
}

MemoryEvents ParseMemoryEvents(std::string_view text) {
  return ReadNamedFields(text, kMemoryEvents);
}

std::vector<uint64_t> ParsePerCpu(std::string_view text) {
  std::vector<uint64_t> cpus;
  FieldReader fields(text);
  while (const auto value = fields.NextUnsigned()) {
    if (cpus.size() == kMaxCpus) break;
    cpus.push_back(*value);
  }
  return cpus;
}

CpuMax ParseCpuMax(std::string_view text) {
  FieldReader fields(text);
  CpuMax max;
  max.quota_us = ParseLimit(fields.Next().value_or(""));
  max.period_us = fields.NextUnsigned();
  return max;
}

std::optional<uint64_t> ParseLimit(std::string_view text) {
  return ParseUnsigned(TrimBlanks(text));
}

std::optional<double> FindNamedNumber(std::string_view text, std::string_view name) {
  std::optional<double> found;
  ForEachNamedNumber(text, [&](std::string_view key, uint64_t value) {
    if (key == name) found = static_cast<double>(value);
  });
  return found;
}

std::vector<DeviceNumber> ParseIoStat(std::string_view text) {
  std::vector<DeviceNumber> numbers;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader words(*line);
    DeviceNumber number;
    if (!ReadDevice(words.Next().value_or(""), number)) continue;
    while (const auto word = words.Next()) {
      const size_t equals = word->find('=');
      if (equals == std::string_view::npos) continue;
      const auto value = ParseUnsigned(word->substr(equals + 1));
      if (!value) continue;
      if (numbers.size() == kMaxDeviceNumbers) return numbers;
      number.what = word->substr(0, equals);
      number.value = static_cast<double>(*value);
      numbers.push_back(number);
    }
  }
  return numbers;
}

std::vector<DeviceNumber> ParseBlkio(std::string_view text) {
  std::vector<DeviceNumber> numbers;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader words(*line);
    DeviceNumber number;
    if (!ReadDevice(words.Next().value_or(""), number)) continue;  // "Total 0"
    const auto what = words.Next();
    const auto value = words.NextUnsigned();
    if (!what || !value) continue;
    if (numbers.size() == kMaxDeviceNumbers) return numbers;
    number.what = *what;
    number.value = static_cast<double>(*value);
    numbers.push_back(number);
  }
  return numbers;
}

std::vector<NumaNumber> ParseNumaStat(std::string_view text) {
  constexpr std::string_view kHierarchical = "hierarchical_";
  std::vector<NumaNumber> numbers;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader words(*line);
    const auto head = words.Next();
    if (!head) continue;
    NumaNumber number;
    number.kind = head->substr(0, head->find('='));
    number.is_hierarchical = number.kind.substr(0, kHierarchical.size()) == kHierarchical;
    if (number.is_hierarchical) number.kind.remove_prefix(kHierarchical.size());
    if (number.kind != "file" && number.kind != "anon" && number.kind != "unevictable") continue;
    while (const auto word = words.Next()) {
      const size_t equals = word->find('=');
      if ((*word)[0] != 'N' || equals == std::string_view::npos) continue;
      const auto value = ParseUnsigned(word->substr(equals + 1));
      number.node = word->substr(1, equals - 1);
      if (!value || !ParseUnsigned(number.node)) continue;
      if (numbers.size() == kMaxDeviceNumbers) return numbers;
      number.value = static_cast<double>(*value);
      numbers.push_back(number);
    }
  }
  return numbers;
}

void AppendProcesses(std::string_view text, std::vector<uint32_t>& processes) {
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    const auto process = ParseUnsigned(*line);
    if (!process || *process == 0 || *process > UINT32_MAX)
      continue;  // 0: of another PID namespace
    if (processes.size() >= kMaxProcesses) return;
    processes.push_back(static_cast<uint32_t>(*process));
  }
}

}  // namespace narthex::exporters
