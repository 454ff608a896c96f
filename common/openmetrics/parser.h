// Parser of what a target exposes: Prometheus text 0.0.4 and OpenMetrics 1.0.0, as a scrape takes
// them. One pass over the body, which must outlive the parser and everything that it returns;
// nothing is allocated per sample but what the caller's reused buffers grow to.
//
//   ExpositionParser parser(body, Format::kText);
//   for (;;) {
//     ASSIGN_OR_RETURN(const Entry entry, parser.Next());   // "41:7: label value not closed"
//     if (entry == Entry::kEnd) break;
//     if (entry == Entry::kSample) Store(parser.sample());
//   }
//
// What is accepted follows the parsers of Prometheus 3 (model/textparse): they forgive what the
// format documents forbid, such as families that are not grouped, or in text a missing comma.
// tests/interop/test_scrape_parser_peer.py compares both.
#ifndef NARTHEX_COMMON_OPENMETRICS_PARSER_H_
#define NARTHEX_COMMON_OPENMETRICS_PARSER_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/labels/label_set.h"
#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"
#include "common/openmetrics/text_cursor.h"
#include "common/status/status.h"

namespace narthex::openmetrics {

enum class Entry : unsigned char { kSample, kType, kHelp, kUnit, kEnd };

// A sample as its line has it. `series` is the line's text up to the value: the raw identity by
// which a scrape recognises the line next time.
struct ParsedSample {
  std::string_view series;
  double value = 0;
  std::optional<int64_t> timestamp_ms;
};

// What a # TYPE, # HELP or # UNIT line says of a family. `text` is still escaped.
struct ParsedMetadata {
  std::string_view family;
  std::string_view text;
};

class ExpositionParser {
 public:
  ExpositionParser(std::string_view body, Format format) : cursor_{body}, format_(format) {}

  // Moves to the next entry; its parts are then read by the accessors below. kCorruption names
  // line and column; the parser is of no use after that.
  Result<Entry> Next();

  const ParsedSample& sample() const { return sample_; }        // after kSample
  const ParsedMetadata& metadata() const { return metadata_; }  // after kType, kHelp, kUnit

  // The last sample's labels, the metric name among them as __name__, unescaped and in the line's
  // order. Valid until the next call. kDuplicate: a name given twice.
  Result<const std::vector<Label>*> Labels();

  // The last sample's exemplar (OpenMetrics), if its line has one.
  const std::optional<Exemplar>& exemplar() const { return exemplar_; }

  // For a reader that knows this line's series from the last scrape: the bytes not yet read start
  // at a line. `KnownSample` reads " VALUE [TIMESTAMP]\n" after `series_size` bytes and moves past
  // the line; false leaves everything as it was, and Next() decides.
  std::string_view rest() const { return cursor_.body.substr(cursor_.at); }
  bool KnownSample(size_t series_size);
  // Goes back to the line that KnownSample has just read, so that Next() gives it.
  void Unread() { cursor_.at = static_cast<size_t>(sample_.series.data() - cursor_.body.data()); }

 private:
  struct LabelSpan {
    std::string_view name;  // still escaped when quoted
    std::string_view value;
    bool name_quoted;
  };

  bool strict() const { return IsOpenMetrics(format_); }
  bool TakeBlank();
  Status TakeLineEnd();

  Result<std::optional<Entry>> ParseComment();
  Result<Entry> ParseMetadataLine(Entry kind);
  Status CheckMetadata(Entry kind, size_t begin) const;
  Result<Entry> TakeEof();
  Status ParseSample();
  Status ParseLabelBlock(std::vector<LabelSpan>& spans, bool of_exemplar);
  Status ParseLabel(std::vector<LabelSpan>& spans, bool of_exemplar);
  Result<double> TakeValue();
  Result<std::optional<int64_t>> TakeTimestamp();
  Status ParseExemplar();
  Status Resolve(const std::vector<LabelSpan>& spans, std::vector<Label>& labels);
  std::string_view Unescape(std::string_view text);

  TextCursor cursor_;
  Format format_;
  ParsedSample sample_;
  ParsedMetadata metadata_;
  std::string_view name_;  // empty where the block has none; still escaped when quoted
  bool name_quoted_ = false;
  std::vector<LabelSpan> spans_;
  std::vector<LabelSpan> exemplar_spans_;
  std::vector<Label> labels_;
  std::deque<std::string> unescaped_;  // a pool, reused from sample to sample; addresses stay
  size_t unescaped_used_ = 0;
  std::optional<Exemplar> exemplar_;
};

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_PARSER_H_
