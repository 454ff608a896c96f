// Turns rows of a user's query into samples.
#ifndef NARTHEX_EXPORTERS_KIT_SQL_CUSTOM_ROWS_H_
#define NARTHEX_EXPORTERS_KIT_SQL_CUSTOM_ROWS_H_

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "exporters/kit/metric_sink.h"
#include "exporters/kit/sql/custom_queries.h"

namespace narthex::exporters {

struct CustomSample {
  std::string family;
  openmetrics::Type type;
  std::string help;
  std::string suffix;  // "_bucket", "_sum", "_count" of a histogram
  std::vector<std::pair<std::string, std::string>> labels;
  double value;
};

// Use from one thread; `query` outlives it.
class CustomRows {
 public:
  CustomRows(const CustomQuery& query, std::string name) : query_(query), name_(std::move(name)) {}

  // Rows that follow are of this server and these labels.
  void Begin(SqlSession::Version version, std::vector<std::pair<std::string, std::string>> labels) {
    version_ = version;
    more_ = std::move(labels);
  }
  Status Read(const SqlRow& row);

  std::vector<CustomSample> samples;
  std::vector<Status> complaints;  // each kind once

 private:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  Labels ReadLabels(const SqlRow& row) const;
  void ReadColumn(const SqlRow& row, size_t column, const Labels& labels);
  void ReadHistogram(const SqlRow& row, size_t column, const CustomColumn& details,
                     const Labels& labels);
  void Add(std::string_view column, openmetrics::Type type, const std::string& help,
           const Labels& labels, double value);
  void Complain(std::string_view column, std::string_view finding);
  // Whether no sample of the family has these labels yet.
  bool IsNew(const std::string& family, const Labels& labels);

  const CustomQuery& query_;
  const std::string name_;
  SqlSession::Version version_;
  Labels more_;
  std::unordered_set<std::string> seen_;
  std::unordered_set<std::string> complained_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SQL_CUSTOM_ROWS_H_
