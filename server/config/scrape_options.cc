#include "server/config/scrape_options.h"

#include <algorithm>

#include "common/config/names.h"

namespace narthex::openmetrics {

namespace {

constexpr config::Name<NameScheme> kSchemes[] = {{"utf8", NameScheme::kUtf8},
                                                 {"legacy", NameScheme::kLegacy}};
constexpr config::Name<Escaping> kEscapings[] = {{"allow-utf-8", Escaping::kAllowUtf8},
                                                 {"underscores", Escaping::kUnderscores},
                                                 {"dots", Escaping::kDots},
                                                 {"values", Escaping::kValues}};

}  // namespace

Status FromText(std::string_view text, NameScheme& scheme) {
  return config::FromNames(text, kSchemes, scheme);
}
Status FromText(std::string_view text, Escaping& escaping) {
  return config::FromNames(text, kEscapings, escaping);
}
std::string ToText(NameScheme scheme) { return std::string(config::NameOf(kSchemes, scheme)); }
std::string ToText(Escaping escaping) { return std::string(config::NameOf(kEscapings, escaping)); }

}  // namespace narthex::openmetrics

namespace narthex::server {
namespace {

using openmetrics::Format;

constexpr config::Name<Format> kProtocols[] = {{"PrometheusProto", Format::kProtobuf},
                                               {"OpenMetricsText1.0.0", Format::kOpenMetrics},
                                               {"OpenMetricsText0.0.1", Format::kOpenMetrics001},
                                               {"PrometheusText1.0.0", Format::kText1},
                                               {"PrometheusText0.0.4", Format::kText}};

constexpr config::Name<OnLimit> kOnLimits[] = {{"fail", OnLimit::kFail},
                                               {"drop_new", OnLimit::kDropNew}};

template <typename T>
void Fill(std::optional<T>& value, const std::optional<T>& global) {
  if (!value) value = global;
}
void Fill(uint64_t& value, uint64_t global) {
  if (value == 0) value = global;
}

}  // namespace

Status FromText(std::string_view text, ScrapeProtocol& protocol) {
  return config::FromNames(text, kProtocols, protocol.format);
}

std::string ToText(ScrapeProtocol protocol) {
  return std::string(config::NameOf(kProtocols, protocol.format));
}

Status FromText(std::string_view text, OnLimit& on_limit) {
  return config::FromNames(text, kOnLimits, on_limit);
}
std::string ToText(OnLimit on_limit) { return std::string(config::NameOf(kOnLimits, on_limit)); }

void ScrapeOptions::FillFrom(const ScrapeOptions& global) {
  Fill(body_size_limit.bytes, global.body_size_limit.bytes);
  Fill(sample_limit, global.sample_limit);
  Fill(target_limit, global.target_limit);
  Fill(label_limit, global.label_limit);
  Fill(label_name_length_limit, global.label_name_length_limit);
  Fill(label_value_length_limit, global.label_value_length_limit);
  Fill(keep_dropped_targets, global.keep_dropped_targets);
  Fill(scrape_protocols, global.scrape_protocols);
  // A job that chooses its names chooses their escaping with that.
  if (!metric_name_validation_scheme) {
    Fill(metric_name_validation_scheme, global.metric_name_validation_scheme);
    Fill(metric_name_escaping_scheme, global.metric_name_escaping_scheme);
  }
  Fill(scrape_native_histograms, global.scrape_native_histograms);
  Fill(always_scrape_classic_histograms, global.always_scrape_classic_histograms);
  Fill(convert_classic_histograms_to_nhcb, global.convert_classic_histograms_to_nhcb);
  Fill(extra_scrape_metrics, global.extra_scrape_metrics);
  if (scrape_failure_log_file.empty()) scrape_failure_log_file = global.scrape_failure_log_file;
  Fill(on_limit, global.on_limit);
  Fill(scrape_failure_metrics, global.scrape_failure_metrics);
  Fill(limit_headroom_metrics, global.limit_headroom_metrics);
}

Status ScrapeOptions::Check() const {
  if (scrape_protocols) {
    const auto& protocols = *scrape_protocols;
    if (protocols.empty()) return InvalidArgument("scrape_protocols is empty");
    for (auto at = protocols.begin(); at != protocols.end(); ++at) {
      if (std::find(protocols.begin(), at, *at) != at)
        return InvalidArgument("scrape_protocols has ", ToText(*at), " twice");
    }
  }
  if (Names() == openmetrics::NameScheme::kLegacy &&
      metric_name_escaping_scheme == openmetrics::Escaping::kAllowUtf8) {
    return InvalidArgument(
        "metric_name_escaping_scheme allow-utf-8 wants the utf8 metric_name_validation_scheme");
  }
  return {};
}

void ScrapeOptions::PreferProtobuf() {
  if (scrape_protocols) return;
  scrape_protocols.emplace();
  for (const Format format :
       {Format::kProtobuf, Format::kOpenMetrics, Format::kOpenMetrics001, Format::kText})
    scrape_protocols->push_back({format});
}

std::vector<ScrapeProtocol> ScrapeOptions::Protocols() const {
  if (scrape_protocols) return *scrape_protocols;
  std::vector<ScrapeProtocol> protocols;
  for (const auto& row : kProtocols) {
    if (row.value != Format::kProtobuf || scrape_native_histograms.value_or(false))
      protocols.push_back({row.value});
  }
  return protocols;
}

openmetrics::NameScheme ScrapeOptions::Names() const {
  return metric_name_validation_scheme.value_or(openmetrics::NameScheme::kUtf8);
}

openmetrics::Escaping ScrapeOptions::Escaping() const {
  if (metric_name_escaping_scheme) return *metric_name_escaping_scheme;
  return Names() == openmetrics::NameScheme::kUtf8 ? openmetrics::Escaping::kAllowUtf8
                                                   : openmetrics::Escaping::kUnderscores;
}

}  // namespace narthex::server
