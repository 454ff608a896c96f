#include "exporters/node/os_release.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>

#include "common/bytes/numbers.h"
#include "exporters/kit/file_version.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class OsCollector : public Collector {
 public:
  explicit OsCollector(const Directory& root) : root_(root) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::shared_ptr<const OsRelease> os, Read());
    const auto value = [&os](std::string_view key) {
      const auto found = os->find(key);
      return found == os->end() ? std::string_view() : std::string_view(found->second);
    };
    sink.Gauge("node_os_info", "Constant 1, labelled with what os-release tells.", 1,
               {{"build_id", value("BUILD_ID")},
                {"id", value("ID")},
                {"id_like", value("ID_LIKE")},
                {"image_id", value("IMAGE_ID")},
                {"image_version", value("IMAGE_VERSION")},
                {"name", value("NAME")},
                {"pretty_name", value("PRETTY_NAME")},
                {"variant", value("VARIANT")},
                {"variant_id", value("VARIANT_ID")},
                {"version", value("VERSION")},
                {"version_codename", value("VERSION_CODENAME")},
                {"version_id", value("VERSION_ID")}});
    const auto version = MajorMinor(value("VERSION_ID"));
    if (version && *version > 0) {
      sink.Gauge("node_os_version", "Major and minor version of the distribution.", *version,
                 {{"id", value("ID")}, {"id_like", value("ID_LIKE")}, {"name", value("NAME")}});
    }
    if (value("SUPPORT_END").empty()) return {};
    ASSIGN_OR_RETURN(const double end, ParseDay(value("SUPPORT_END")));
    sink.Gauge("node_os_support_end_timestamp_seconds",
               "Unix time at which support of the distribution ends.", end);
    return {};
  }

 private:
  Result<std::shared_ptr<const OsRelease>> Read() {
    std::string path = root_.Path(kOsReleaseFiles[0]);
    auto version = FileVersionOf(path);
    if (version.code() == Code::kNotFound) {
      path = root_.Path(kOsReleaseFiles[1]);
      version = FileVersionOf(path);
    }
    if (!version.ok()) return version.status();
    const std::lock_guard lock(mutex_);
    if (kept_ && *version == kept_version_) return kept_;
    ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
    ASSIGN_OR_RETURN(OsRelease parsed, ParseOsRelease(text));
    kept_ = std::make_shared<const OsRelease>(std::move(parsed));
    kept_version_ = *version;
    return kept_;
  }

  const Directory& root_;
  std::mutex mutex_;
  std::shared_ptr<const OsRelease> kept_;  // guarded by mutex_, as is the next
  FileVersion kept_version_;
};

}  // namespace

std::optional<double> MajorMinor(std::string_view version_id) {
  const auto digits_end = [version_id](size_t from) {
    return std::min(version_id.find_first_not_of("0123456789", from), version_id.size());
  };
  size_t end = digits_end(0);
  if (end == 0) return std::nullopt;
  if (end < version_id.size() && version_id[end] == '.' && digits_end(end + 1) > end + 1)
    end = digits_end(end + 1);
  return ParseDouble(version_id.substr(0, end));
}

Result<double> ParseDay(std::string_view text) {
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    const auto year = ParseUnsigned(text.substr(0, 4));
    const auto month = ParseUnsigned(text.substr(5, 2));
    const auto day = ParseUnsigned(text.substr(8, 2));
    if (year && month && day) {
      const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                             std::chrono::month(static_cast<unsigned>(*month)),
                                             std::chrono::day(static_cast<unsigned>(*day)));
      const auto days = std::chrono::sys_days(date).time_since_epoch();
      if (date.ok()) return static_cast<double>(days.count()) * 86'400;
    }
  }
  return Corruption("os-release: want a day as 2026-05-12, got ", Quote(text));
}

std::unique_ptr<Collector> NewOsCollector(const SystemPaths& paths) {
  return std::make_unique<OsCollector>(paths.root);
}

}  // namespace narthex::exporters
