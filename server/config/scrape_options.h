// What a scrape may transfer and store: the fields that the global section and each job share. A
// job that leaves one out takes the global section's. Names, defaults and refusals follow
// Prometheus 3's GlobalConfig and ScrapeConfig.
#ifndef NARTHEX_SERVER_CONFIG_SCRAPE_OPTIONS_H_
#define NARTHEX_SERVER_CONFIG_SCRAPE_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/duration.h"
#include "common/openmetrics/format.h"
#include "common/status/status.h"

namespace narthex::openmetrics {

// "legacy", "utf8"; "allow-utf-8", "underscores", "dots", "values".
Status FromText(std::string_view text, NameScheme& scheme);
Status FromText(std::string_view text, Escaping& escaping);
std::string ToText(NameScheme scheme);
std::string ToText(Escaping escaping);

}  // namespace narthex::openmetrics

namespace narthex::server {

// A format that a scrape asks for, by the name that the configuration gives it.
struct ScrapeProtocol {
  openmetrics::Format format = openmetrics::Format::kText;

  friend bool operator==(ScrapeProtocol, ScrapeProtocol) = default;
};
Status FromText(std::string_view text, ScrapeProtocol& protocol);  // "PrometheusText0.0.4"
std::string ToText(ScrapeProtocol protocol);

// What happens to a scrape that reaches one of its limits.
enum class OnLimit : unsigned char {
  kFail,     // it fails whole, as the reference has it
  kDropNew,  // what is beyond is left out; series that the last scrape had go first
};
Status FromText(std::string_view text, OnLimit& on_limit);  // "fail", "drop_new"
std::string ToText(OnLimit on_limit);

struct ScrapeOptions {
  // Zero: no limit.
  ByteSize body_size_limit;              // of an uncompressed body; one of this size fails
  uint64_t sample_limit = 0;             // samples after relabelling
  uint64_t target_limit = 0;             // of the job
  uint64_t label_limit = 0;              // labels of a sample, its name among them
  uint64_t label_name_length_limit = 0;  // bytes
  uint64_t label_value_length_limit = 0;
  uint64_t keep_dropped_targets = 0;                            // of those that relabelling drops
  std::optional<std::vector<ScrapeProtocol>> scrape_protocols;  // the most wanted first
  std::optional<openmetrics::NameScheme> metric_name_validation_scheme;
  std::optional<openmetrics::Escaping> metric_name_escaping_scheme;
  std::optional<bool> scrape_native_histograms;
  std::optional<bool> always_scrape_classic_histograms;
  std::optional<bool> convert_classic_histograms_to_nhcb;
  std::optional<bool> extra_scrape_metrics;
  std::string scrape_failure_log_file;
  // Ours.
  std::optional<OnLimit> on_limit;
  std::optional<bool> scrape_failure_metrics;  // scrape_failure{reason="…"} for each target
  std::optional<bool> limit_headroom_metrics;  // scrape_limit_headroom_ratio{limit="…"}

  void Describe(auto& fields) {
    fields.Optional("body_size_limit", body_size_limit);
    fields.Optional("sample_limit", sample_limit);
    fields.Optional("target_limit", target_limit);
    fields.Optional("label_limit", label_limit);
    fields.Optional("label_name_length_limit", label_name_length_limit);
    fields.Optional("label_value_length_limit", label_value_length_limit);
    fields.Optional("keep_dropped_targets", keep_dropped_targets);
    fields.Optional("scrape_protocols", scrape_protocols);
    fields.Optional("metric_name_validation_scheme", metric_name_validation_scheme);
    fields.Optional("metric_name_escaping_scheme", metric_name_escaping_scheme);
    fields.Optional("scrape_native_histograms", scrape_native_histograms);
    fields.Optional("always_scrape_classic_histograms", always_scrape_classic_histograms);
    fields.Optional("convert_classic_histograms_to_nhcb", convert_classic_histograms_to_nhcb);
    fields.Optional("extra_scrape_metrics", extra_scrape_metrics);
    fields.Optional("scrape_failure_log_file", scrape_failure_log_file);
    fields.Optional("on_limit", on_limit);
    fields.Optional("scrape_failure_metrics", scrape_failure_metrics);
    fields.Optional("limit_headroom_metrics", limit_headroom_metrics);
  }

  // What is not given is taken from there.
  void FillFrom(const ScrapeOptions& global);
  // Of filled options: protocols that are given twice or not at all, names that do not go together.
  Status Check() const;

  // What holds when neither section says anything.
  std::vector<ScrapeProtocol> Protocols() const;
  // Makes protobuf the most wanted where nothing is said of protocols.
  void PreferProtobuf();
  openmetrics::NameScheme Names() const;
  openmetrics::Escaping Escaping() const;
  bool drops_new() const { return on_limit.value_or(OnLimit::kFail) == OnLimit::kDropNew; }
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_SCRAPE_OPTIONS_H_
