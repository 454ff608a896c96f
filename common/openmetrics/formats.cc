#include "common/openmetrics/formats.h"

#include "common/openmetrics/escaping.h"
#include "common/openmetrics/openmetrics_format.h"
#include "common/openmetrics/protobuf_format.h"
#include "common/openmetrics/text_format.h"

namespace narthex::openmetrics {
namespace {

void WriteFamily(const MetricFamily& family, Format format, std::string& out) {
  switch (format) {
    case Format::kText:
    case Format::kText1:
      AppendTextHeader(out, family);
      AppendTextSamples(out, family);
      return;
    case Format::kOpenMetrics:
    case Format::kOpenMetrics001:
      AppendOpenMetrics(out, family);
      return;
    case Format::kProtobuf:
      AppendProtobuf(out, family);
      return;
  }
}

}  // namespace

Result<std::vector<MetricFamily>> ReadFamilies(std::string_view body, Format format,
                                               NameScheme names) {
  if (format == Format::kProtobuf) return ReadProtobuf(body, names);
  return IsOpenMetrics(format) ? ReadOpenMetrics(body, names) : ReadText(body, names);
}

void WriteFamilies(const std::vector<MetricFamily>& families, Exposition exposition,
                   std::string& out) {
  for (const MetricFamily& family : families) {
    if (family.metrics.empty()) continue;
    if (exposition.escaping != Escaping::kAllowUtf8 && NeedsEscaping(family)) {
      WriteFamily(Escaped(family, exposition.escaping), exposition.format, out);
    } else {
      WriteFamily(family, exposition.format, out);
    }
  }
  if (IsOpenMetrics(exposition.format)) out += kOpenMetricsEnd;
}

}  // namespace narthex::openmetrics
