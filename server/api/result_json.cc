#include "server/api/result_json.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "server/api/histogram_json.h"

namespace narthex::server {
namespace {

using promql::QueryResult;
using promql::ResultSeries;
using promql::ValueType;

constexpr size_t kMostPoint = kMostJsonTime + kMostJsonValue + 4;

// The texts of the times of one series, which are mostly those of the next.
class TimeTexts {
 public:
  // Writes the time of the point `i` of a series.
  char* Put(char* out, size_t i, int64_t time_ms) {
    if (i >= kMost) return PutJsonTime(out, time_ms);
    if (i >= texts_.size()) texts_.resize(i + 1);
    Text& text = texts_[i];
    if (text.time_ms != time_ms || text.size == 0) {
      text.time_ms = time_ms;
      text.size = static_cast<size_t>(PutJsonTime(text.digits, time_ms) - text.digits);
    }
    std::memcpy(out, text.digits, kMostJsonTime);
    return out + text.size;
  }

 private:
  static constexpr size_t kMost = 4096;  // as many as stay in the cache
  struct Text {
    int64_t time_ms = 0;
    size_t size = 0;
    char digits[kMostJsonTime] = {};
  };
  std::vector<Text> texts_;
};

void AppendPoint(std::string& out, int64_t time_ms, double value) {
  char text[kMostPoint];
  char* end = text;
  *end++ = '[';
  end = PutJsonTime(end, time_ms);
  *end++ = ',';
  end = PutJsonValue(end, value);
  *end++ = ']';
  out.append(text, end);
}

// Points between commas: as many at once as a buffer on the stack holds, since growing a string for
// each costs as much as the digits.
void AppendFloats(std::string& out, const ResultSeries& series, TimeTexts& times) {
  constexpr size_t kAtOnce = 64;
  char text[kAtOnce * (kMostPoint + 1)];
  const size_t size = series.values.size();
  for (size_t begin = 0; begin < size; begin += kAtOnce) {
    char* end = text;
    for (size_t i = begin; i < std::min(size, begin + kAtOnce); ++i) {
      if (i > 0) *end++ = ',';
      *end++ = '[';
      end = times.Put(end, i, series.timestamps_ms[i]);
      *end++ = ',';
      end = PutJsonValue(end, series.values[i]);
      *end++ = ']';
    }
    out.append(text, end);
  }
}

bool IsHistogram(const ResultSeries& series, size_t i) {
  return !series.histograms.empty() && series.histograms[i] != nullptr;
}

void AppendAnyPoint(std::string& out, const ResultSeries& series, size_t i) {
  if (IsHistogram(series, i)) {
    AppendHistogramPoint(out, series.timestamps_ms[i], *series.histograms[i]);
  } else {
    AppendPoint(out, series.timestamps_ms[i], series.values[i]);
  }
}

// The floats of a series, or its histograms, under a name; nothing where there are none.
void AppendPoints(std::string& out, const ResultSeries& series, bool histograms) {
  bool any = false;
  for (size_t i = 0; i < series.values.size(); ++i) {
    if (IsHistogram(series, i) != histograms) continue;
    out += any ? "," : histograms ? R"(,"histograms":[)" : R"(,"values":[)";
    AppendAnyPoint(out, series, i);
    any = true;
  }
  if (any) out += ']';
}

void AppendSeries(std::string& out, const ResultSeries& series, bool matrix, TimeTexts& times) {
  out += R"({"metric":)";
  AppendJsonLabels(out, series.labels);
  if (matrix && series.histograms.empty()) {
    out += R"(,"values":[)";
    AppendFloats(out, series, times);
    out += ']';
  } else if (matrix) {
    AppendPoints(out, series, false);
    AppendPoints(out, series, true);
  } else {
    out += IsHistogram(series, 0) ? R"(,"histogram":)" : R"(,"value":)";
    AppendAnyPoint(out, series, 0);
  }
  out += '}';
}

// A run of series that one thread writes.
struct Piece {
  size_t begin = 0;
  size_t end = 0;
  size_t points = 0;
};

// Cuts the series into runs of about as many points.
std::vector<Piece> Cut(const std::vector<ResultSeries>& series, size_t count) {
  constexpr size_t kPointsAPiece = 2000;
  std::vector<Piece> pieces;
  for (size_t i = 0; i < count; ++i) {
    if (pieces.empty() || pieces.back().points >= kPointsAPiece) pieces.push_back({i, i, 0});
    pieces.back().end = i + 1;
    pieces.back().points += series[i].values.size() + 1;
  }
  return pieces;
}

void WritePiece(const QueryResult& result, const Piece& piece, std::string& text) {
  constexpr size_t kUsualPoint = 40;
  text.clear();
  text.reserve(piece.points * kUsualPoint);
  TimeTexts times;
  for (size_t at = piece.begin; at < piece.end; ++at) {
    if (at > 0) text += ',';
    AppendSeries(text, result.series[at], result.type == ValueType::kMatrix, times);
  }
}

bool WriteSeries(JsonResponse& json, const QueryResult& result, size_t count,
                 promql::WorkerPool& workers) {
  const std::vector<Piece> pieces = Cut(result.series, count);
  // What is written ahead of what is sent.
  std::vector<std::string> texts(std::min(pieces.size(), 4 * workers.parallelism()));
  for (size_t begin = 0; begin < pieces.size(); begin += texts.size()) {
    const size_t size = std::min(texts.size(), pieces.size() - begin);
    workers.ForEach(size, [&](size_t i) { WritePiece(result, pieces[begin + i], texts[i]); });
    for (size_t i = 0; i < size; ++i) {
      if (!json.Add(texts[i])) return false;
    }
  }
  return true;
}

}  // namespace

bool WriteResult(JsonResponse& json, const QueryResult& result, const AnswerForm& form,
                 promql::WorkerPool& workers) {
  if (result.type == ValueType::kScalar) {
    AppendPoint(json.out(), form.time_ms, result.series.at(0).values.at(0));
    return true;
  }
  json.out() += '[';
  if (result.type == ValueType::kString) {
    AppendJsonTime(json.out(), form.time_ms);
    json.out() += ',';
    AppendJsonString(json.out(), result.text);
  } else {
    const size_t size = result.series.size();
    if (!WriteSeries(json, result, form.limit > 0 ? std::min<size_t>(form.limit, size) : size,
                     workers))
      return false;
  }
  json.out() += ']';
  return true;
}

}  // namespace narthex::server
