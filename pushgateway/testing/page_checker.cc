#include "pushgateway/testing/page_checker.h"

#include <set>

#include "common/openmetrics/formats.h"
#include "common/openmetrics/text_format.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::Escaping;
using openmetrics::Format;
using openmetrics::NameScheme;

constexpr std::string_view kNames[] = {
    "a",       "b",       "h",      "h_count",           "h_sum",           "h_bucket", "h_total",
    "my.name", "my_name", "labels", "push_time_seconds", "process_open_fds"};
constexpr std::string_view kTypes[] = {"", "counter", "gauge", "histogram", "summary", "untyped"};
constexpr std::string_view kLabels[] = {"x",        "instance", "job", "le",
                                        "quantile", "x.y",      "x_y", "__z"};
constexpr std::string_view kValues[] = {"", "1", "2", "i", "a\\\"b\\n"};
constexpr std::string_view kNumbers[] = {"0", "1", "1.5", "NaN", "-Inf", "1e300", "-0", "0x10"};
constexpr std::string_view kGroups[] = {"job/1",
                                        "job/2",
                                        "job/1/instance/i",
                                        "job/2/x/1",
                                        "job/1/instance@base64/=",
                                        "job/1/x/1/instance/i",
                                        "job/2/U__x_2e_y/1",
                                        "job@base64/YSIK"};

template <size_t N>
std::string_view Pick(Choices& choices, const std::string_view (&from)[N]) {
  return from[choices.Below(N)];
}

// A family that Prometheus would see twice, or a sample line of one family that is one of another.
std::string FindCollision(const std::vector<MetricFamily>& families) {
  std::set<std::string> lines;
  std::set<std::string> names;
  for (const MetricFamily& family : families) {
    if (!names.insert(family.name).second) return "family " + family.name + " twice";
    std::string text;
    openmetrics::AppendTextSamples(text, family);
    for (size_t at = 0, end = 0; at < text.size(); at = end + 1) {
      end = text.find('\n', at);
      const std::string line = text.substr(at, end - at);
      const std::string series = line.substr(0, line.rfind(' '));
      if (!lines.insert(series).second) return "sample " + series + " twice";
    }
  }
  return "";
}

void AppendSample(std::string& body, std::string_view name, Choices& choices) {
  const bool quoted = !IsLegacyMetricName(name);
  std::string labels;
  if (quoted) labels = "\"" + std::string(name) + "\"";
  for (size_t count = choices.Below(3); count > 0; --count) {
    const std::string_view label = Pick(choices, kLabels);
    if (!labels.empty()) labels += ',';
    labels += IsLegacyLabelName(label) ? std::string(label) : "\"" + std::string(label) + "\"";
    labels += "=\"" + std::string(Pick(choices, kValues)) + "\"";
  }
  if (!quoted) body += name;
  if (!labels.empty()) body += "{" + labels + "}";
  body += " " + std::string(Pick(choices, kNumbers));
  if (choices.Below(40) == 1) body += " 1000";
  body += '\n';
}

void AppendHistogram(std::string& body, std::string_view name, Choices& choices) {
  const std::string text(name);
  body += text + "_bucket{le=\"1\"} 1\n";
  if (choices.Below(2) == 1) body += text + "_bucket{le=\"+Inf\"} 2\n";
  body += text + "_sum 3\n" + text + "_count 2\n";
}

}  // namespace

std::string FindFault(std::string_view page, Format format) {
  const auto families = openmetrics::ReadFamilies(page, format, NameScheme::kUtf8);
  if (!families.ok()) return std::string(families.message());
  return FindCollision(*families);
}

std::string FindFault(const TestGateway& gateway, size_t number) {
  constexpr Escaping kEscapings[] = {Escaping::kAllowUtf8, Escaping::kUnderscores, Escaping::kDots,
                                     Escaping::kValues};
  constexpr Format kFormats[] = {Format::kText, Format::kText1, Format::kProtobuf};
  const Format format = kFormats[number % 3];
  const std::string page = gateway.Page({format, kEscapings[number / 3 % 4]});
  const std::string fault = FindFault(page, format);
  return fault.empty() ? "" : fault + "\nin the page\n" + page;
}

std::string FindFault(const TestGateway& gateway) {
  std::string fault;
  for (size_t number = 0; number < 12 && fault.empty(); ++number)
    fault = FindFault(gateway, number);
  return fault;
}

RandomRequest MakeRequest(Choices& choices) {
  constexpr std::string_view kMethods[] = {"PUT", "POST", "PUT", "POST", "DELETE"};
  RandomRequest request;
  request.method = Pick(choices, kMethods);
  request.path = Pick(choices, kGroups);
  if (request.method == "DELETE") return request;
  for (size_t count = choices.Below(4); count > 0; --count) {
    const std::string_view name = Pick(choices, kNames);
    const std::string_view type = Pick(choices, kTypes);
    const std::string shown =
        IsLegacyMetricName(name) ? std::string(name) : "\"" + std::string(name) + "\"";
    if (!type.empty()) request.body += "# TYPE " + shown + " " + std::string(type) + "\n";
    if (choices.Below(3) == 1) request.body += "# HELP " + shown + " One of two.\n";
    if (type == "histogram" && IsLegacyMetricName(name)) {
      AppendHistogram(request.body, name, choices);
    } else {
      for (size_t samples = 1 + choices.Below(2); samples > 0; --samples)
        AppendSample(request.body, name, choices);
    }
  }
  return request;
}

}  // namespace narthex::pushgateway
