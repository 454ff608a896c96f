// Writes what an exporter exposes, in the format that the scraper asked for. Families may be added
// to in any order while collecting; Finish() joins them, sorted by name, each with its HELP and
// TYPE once. Buffers are kept by Reset(), so a steady exporter does not allocate per scrape.
//
//   ExpositionWriter writer(Format::kText);
//   Family& cpu = writer.Add("node_cpu_seconds_total", Type::kCounter, "Seconds per mode.");
//   cpu.Sample({{"cpu", "0"}, {"mode", "idle"}}, 12.5);
//   writer.Finish(body);
//
// Use from one thread.
#ifndef NARTHEX_COMMON_OPENMETRICS_WRITER_H_
#define NARTHEX_COMMON_OPENMETRICS_WRITER_H_

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/labels/label_set.h"
#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"

namespace narthex::openmetrics {

// The lines of one family, labels sorted by name. Label values may be any bytes; what is no UTF-8
// is replaced.
class Family {
 public:
  Family(std::string_view name, Type type, std::string_view help);

  void Sample(std::initializer_list<Label> labels, double value) {
    Sample("", labels.begin(), labels.size(), value);
  }
  // With a suffix to the name: "_bucket", "_sum", "_count".
  void Sample(std::string_view suffix, const Label* labels, size_t label_count, double value);

  size_t sample_count() const { return sample_count_; }

 private:
  friend class ExpositionWriter;

  // With HELP and TYPE; nothing where there is no sample.
  void Write(Format format, std::string& out) const;
  size_t Size() const;  // of what Write() appends, but for what it escapes

  std::string name_;
  Type type_;
  std::string help_;
  std::string lines_;
  size_t sample_count_ = 0;
};

class ExpositionWriter {
 public:
  explicit ExpositionWriter(Format format) : format_(format) {}

  Format format() const { return format_; }

  // The family of this name, made at the first call; type and help of later calls must agree.
  // The reference lives as long as the writer. In OpenMetrics a counter's samples end in _total:
  // `name` carries it, in both formats.
  Family& Add(std::string_view name, Type type, std::string_view help);

  // Shows the families of `part` too, which must not change until this is finished. Those of names
  // that are here already are left out, and their names returned.
  std::vector<std::string_view> Include(std::shared_ptr<const ExpositionWriter> part);

  // Appends the exposition of every family that has samples.
  void Finish(std::string& out) const;

  // Forgets all samples and what was included, but keeps the families that had samples, and their
  // memory.
  void Reset();

  size_t sample_count() const;

 private:
  static bool Before(const Family* family, std::string_view name);
  size_t Size() const;  // about what Finish() appends

  Format format_;
  std::map<std::string, Family, std::less<>> families_;
  std::vector<std::shared_ptr<const ExpositionWriter>> parts_;
  std::vector<const Family*> included_;  // those of the parts that have samples, sorted by name
};

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_WRITER_H_
