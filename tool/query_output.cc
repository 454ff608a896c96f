#include "tool/query_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <vector>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "common/labels/label_set.h"

namespace narthex::tool {
namespace {

using config::Node;

constexpr size_t kSparklineCells = 60;

const Node& FieldOf(const Node& node, std::string_view key) {
  static const Node kNothing;
  const Node* found = node.Find(key);
  return found == nullptr ? kNothing : *found;
}

const std::string& ItemText(const Node& list, size_t i) {
  static const std::string kNothing;
  return i < list.items.size() ? list.items[i].text : kNothing;
}

void AppendJson(std::string& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      out += "null";
      return;
    case Node::Kind::kScalar:
      node.quoted ? AppendJsonString(out, node.text) : static_cast<void>(out += node.text);
      return;
    case Node::Kind::kSequence:
      out += '[';
      for (const Node& item : node.items) {
        if (&item != &node.items.front()) out += ',';
        AppendJson(out, item);
      }
      out += ']';
      return;
    case Node::Kind::kMapping:
      out += '{';
      for (const Node::Entry& entry : node.entries) {
        if (&entry != &node.entries.front()) out += ',';
        AppendJsonString(out, entry.key.text);
        out += ':';
        AppendJson(out, entry.value);
      }
      out += '}';
      return;
  }
}

// "Count: 3, Sum: 4.5, Buckets: [(0.5,1]:2 (1,2]:1]"
std::string HistogramText(const Node& histogram) {
  std::string buckets;
  for (const Node& bucket : FieldOf(histogram, "buckets").items) {
    const std::string& borders = ItemText(bucket, 0);
    const bool lower_in = borders == "1" || borders == "3";
    const bool upper_in = borders == "0" || borders == "3";
    buckets += fmt::format("{}{}{},{}{}:{}", buckets.empty() ? "" : " ", lower_in ? "[" : "(",
                           ItemText(bucket, 1), ItemText(bucket, 2), upper_in ? "]" : ")",
                           ItemText(bucket, 3));
  }
  return fmt::format("Count: {}, Sum: {}, Buckets: [{}]", FieldOf(histogram, "count").text,
                     FieldOf(histogram, "sum").text, buckets);
}

struct Point {
  std::string time;
  std::string value;  // as text, of a histogram too
};

Point PointOf(const Node& pair) {
  Point point{ItemText(pair, 0), ""};
  if (pair.items.size() < 2) return point;
  const Node& value = pair.items[1];
  point.value = value.kind == Node::Kind::kMapping ? HistogramText(value) : value.text;
  return point;
}

// The one value of an instant query, or all of a range.
std::vector<Point> PointsOf(const Node& series) {
  std::vector<Point> points;
  for (const char* key : {"value", "histogram"}) {
    if (series.Find(key) != nullptr) points.push_back(PointOf(FieldOf(series, key)));
  }
  for (const char* key : {"values", "histograms"}) {
    for (const Node& pair : FieldOf(series, key).items) points.push_back(PointOf(pair));
  }
  return points;
}

std::string Sparkline(const std::vector<Point>& points) {
  constexpr std::string_view kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::vector<double> cells;
  const size_t count = std::min(points.size(), kSparklineCells);
  for (size_t cell = 0; cell < count; ++cell)
    cells.push_back(ParseDouble(points[cell * points.size() / count].value).value_or(std::nan("")));
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const double value : cells) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  std::string text;
  for (const double value : cells) {
    if (!std::isfinite(value)) {
      text += ' ';
      continue;
    }
    const double part = most > least ? (value - least) / (most - least) : 0;
    text += kBars[std::min<size_t>(7, static_cast<size_t>(part * 8))];
  }
  return text;
}

// Columns as wide as their widest cell; the last is not padded.
void PrintTable(std::ostream& out, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i)
      out << (i + 1 == row.size() ? row[i] + "\n" : fmt::format("{:<{}}  ", row[i], widths[i]));
  }
}

void PrintPromql(std::ostream& out, const Node& result, bool matrix) {
  for (const Node& series : result.items) {
    out << MetricText(FieldOf(series, "metric")) << (matrix ? " =>\n" : " => ");
    for (const Point& point : PointsOf(series)) out << point.value << " @[" << point.time << "]\n";
  }
}

void PrintTableOf(std::ostream& out, const Node& result) {
  std::vector<std::vector<std::string>> rows = {{"TIME", "VALUE", "SERIES"}};
  for (const Node& series : result.items) {
    for (const Point& point : PointsOf(series))
      rows.push_back({point.time, point.value, MetricText(FieldOf(series, "metric"))});
  }
  PrintTable(out, rows);
}

void PrintSparklines(std::ostream& out, const Node& result) {
  std::vector<std::vector<std::string>> rows = {{"LEAST", "MOST", "LAST", "SERIES"}};
  std::vector<std::string> lines;
  for (const Node& series : result.items) {
    const std::vector<Point> points = PointsOf(series);
    if (points.empty()) continue;
    double least = std::numeric_limits<double>::infinity();
    double most = -least;
    for (const Point& point : points) {
      const double value = ParseDouble(point.value).value_or(std::nan(""));
      least = std::fmin(least, value);
      most = std::fmax(most, value);
    }
    rows.push_back({ApiDouble(least), ApiDouble(most), points.back().value,
                    Sparkline(points) + "  " + MetricText(FieldOf(series, "metric"))});
  }
  PrintTable(out, rows);
}

}  // namespace

Result<OutputFormat> ParseOutputFormat(std::string_view text) {
  if (text == "promql") return OutputFormat::kPromql;
  if (text == "json") return OutputFormat::kJson;
  if (text == "table") return OutputFormat::kTable;
  if (text == "sparkline") return OutputFormat::kSparkline;
  return InvalidArgument("--format: want promql, json, table or sparkline, got ", Quote(text));
}

std::string MetricText(const Node& metric) {
  std::string name;
  std::vector<std::string> labels;
  for (const Node::Entry& entry : metric.entries) {
    if (entry.key.text == kMetricName) {
      name = entry.value.text;
      continue;
    }
    std::string label = entry.key.text + "=";
    AppendQuoted(label, entry.value.text);
    labels.push_back(std::move(label));
  }
  if (labels.empty()) return name.empty() ? "{}" : name;
  std::sort(labels.begin(), labels.end());
  return fmt::format("{}{{{}}}", name, fmt::join(labels, ", "));
}

void PrintResult(std::ostream& out, const Node& data, OutputFormat format) {
  const Node& result = FieldOf(data, "result");
  const std::string& type = FieldOf(data, "resultType").text;
  if (format == OutputFormat::kJson) {
    std::string json;
    AppendJson(json, result);
    out << json << "\n";
  } else if (type == "scalar" || type == "string") {
    const Point point = PointOf(result);
    out << type << ": " << point.value << " @[" << point.time << "]\n";
  } else if (format == OutputFormat::kTable) {
    PrintTableOf(out, result);
  } else if (format == OutputFormat::kSparkline) {
    PrintSparklines(out, result);
  } else {
    PrintPromql(out, result, type == "matrix");
  }
}

void PrintSeries(std::ostream& out, const Node& data, OutputFormat format) {
  if (format == OutputFormat::kJson) return PrintTexts(out, data, format);
  for (const Node& series : data.items) {
    std::string text;
    for (const Node::Entry& entry : series.entries) {
      text += (text.empty() ? "" : ", ") + entry.key.text + "=";
      AppendQuoted(text, entry.value.text);
    }
    out << "{" << text << "}\n";
  }
}

void PrintTexts(std::ostream& out, const Node& data, OutputFormat format) {
  if (format == OutputFormat::kJson) {
    std::string json;
    AppendJson(json, data);
    out << json << "\n";
    return;
  }
  for (const Node& item : data.items) out << item.text << "\n";
}

}  // namespace narthex::tool
