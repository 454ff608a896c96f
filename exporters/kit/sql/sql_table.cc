#include "exporters/kit/sql/sql_table.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace narthex::exporters {
namespace {

bool IsIn(const SqlColumn& column, SqlSession::Version version) {
  return version.major >= column.since && version.major < column.before;
}

openmetrics::Type TypeOf(ColumnUse use) {
  switch (use) {
    case ColumnUse::kCounter:
      return openmetrics::Type::kCounter;
    case ColumnUse::kGauge:
      return openmetrics::Type::kGauge;
    default:
      return openmetrics::Type::kUnknown;
  }
}

// Turns rows into samples.
class RowReader {
 public:
  RowReader(const SqlTable& table, SqlSession::Version version, MetricSink& sink,
            std::span<const Label> more)
      : table_(table), sink_(sink), more_(more) {
    for (const SqlColumn& column : table.columns) {
      if (!IsIn(column, version)) continue;
      columns_.push_back(&column);
      Family* family = nullptr;
      if (column.use != ColumnUse::kLabel) {
        const std::string name = std::string(table.prefix) + std::string(column.name);
        family = &sink.AnyFamily(name, TypeOf(column.use), column.help);
      }
      families_.push_back(family);
    }
  }

  Status Read(const SqlRow& row) {
    if (row.size() != columns_.size())
      return Corruption("the server gave other columns than were asked for");
    if (!ReadLabels(row)) return {};
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (families_[i] == nullptr) continue;
      auto value = row.Number(i);
      if (!value && columns_[i]->when_null == WhenNull::kAsZero) value = 0;
      if (value) Show(i, *value);
    }
    return {};
  }

 private:
  void Show(size_t i, double value) {
    const SqlColumn& column = *columns_[i];
    if (column.with.name.empty() && column.labels == SIZE_MAX)
      return families_[i]->Sample("", labels_.data(), labels_.size(), value);
    const size_t own = std::min(column.labels, labels_.size() - more_.size());
    some_.assign(labels_.begin(), labels_.begin() + static_cast<ptrdiff_t>(more_.size() + own));
    if (!column.with.name.empty()) some_.push_back(column.with);
    families_[i]->Sample("", some_.data(), some_.size(), value);
  }

  // False where the row is not to be shown.
  bool ReadLabels(const SqlRow& row) {
    labels_.assign(more_.begin(), more_.end());
    key_.clear();
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto text = row.text(i);
      if (!text && columns_[i]->when_null == WhenNull::kSkipRow) return false;
      if (columns_[i]->use != ColumnUse::kLabel) continue;
      const std::string_view absent =
          columns_[i]->when_null == WhenNull::kAsUnknown ? "unknown" : "";
      std::string_view value = text.value_or(absent);
      if (labels_.size() == more_.size() && value.starts_with(table_.drop))
        value.remove_prefix(table_.drop.size());
      labels_.push_back({columns_[i]->name, value});
      key_.append(labels_.back().value).push_back('\0');
    }
    if (labels_.size() == more_.size() || seen_.insert(key_).second) return true;
    sink_.Complain(Corruption(table_.prefix, "*: two rows have the labels ",
                              Quote(labels_.back().value), ", the second is left out"));
    return false;
  }

  const SqlTable& table_;
  MetricSink& sink_;
  const std::span<const Label> more_;
  std::vector<const SqlColumn*> columns_;
  std::vector<Family*> families_;  // null for labels
  std::vector<Label> labels_;
  std::vector<Label> some_;  // of one sample
  std::string key_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

std::string StatementOf(const SqlTable& table, SqlSession::Version version) {
  std::string statement;
  bool has_metric = false;
  for (const SqlColumn& column : table.columns) {
    if (!IsIn(column, version)) continue;
    has_metric = has_metric || column.use != ColumnUse::kLabel;
    statement.append(statement.empty() ? "SELECT " : ", ");
    statement.append(column.expression.empty() ? column.name : column.expression);
  }
  if (!has_metric) return {};
  return statement.append(" ").append(table.from);
}

Status CollectTable(const SqlTable& table, SqlSession& session, const QueryBounds& bounds,
                    MetricSink& sink, std::span<const Label> more) {
  const std::string statement = StatementOf(table, session.version());
  if (statement.empty()) return {};
  RowReader reader(table, session.version(), sink, more);
  return session.Query(statement, bounds, [&](const SqlRow& row) { return reader.Read(row); });
}

}  // namespace narthex::exporters
