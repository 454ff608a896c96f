#include "server/promql/sort_operators.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include "common/bytes/numbers.h"

namespace narthex::promql {
namespace {

struct Item {
  SeriesHead head;
  Column column;
};

// Holds all series of an instant query and gives them in another order.
class Sorted : public Operator {
 public:
  using Before = std::function<bool(const Item&, const Item&)>;

  Sorted(QueryContext& context, const Steps& steps, OperatorPtr input, bool floats_only,
         Before before)
      : context_(context),
        steps_(steps),
        input_(std::move(input)),
        floats_only_(floats_only),
        before_(std::move(before)) {}

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(Heads heads, input_->Open());
    if (steps_.count != 1) return heads;
    items_.resize(heads.size());
    for (size_t i = 0; i < heads.size(); ++i) {
      RETURN_IF_ERROR(context_.control().Check());
      items_[i].head = std::move(heads[i]);
      RETURN_IF_ERROR(Fetch(items_[i].column));
      RETURN_IF_ERROR(context_.control().HoldBytes(items_[i].column.bytes()));
    }
    std::stable_sort(items_.begin(), items_.end(), before_);
    heads.clear();
    for (const Item& item : items_) heads.push_back(item.head);
    return heads;
  }

  Status Next(Column& out) override {
    if (steps_.count != 1) return Fetch(out);
    std::swap(out, items_[next_++].column);
    return {};
  }

 private:
  Status Fetch(Column& column) {
    RETURN_IF_ERROR(input_->Next(column));
    if (!floats_only_ || !column.has_histograms()) return {};
    for (uint8_t& present : column.present) {
      if (present == Column::kHistogram) present = Column::kAbsent;
    }
    column.histograms.clear();
    return {};
  }

  QueryContext& context_;
  const Steps steps_;
  OperatorPtr input_;
  const bool floats_only_;
  const Before before_;
  std::vector<Item> items_;
  size_t next_ = 0;
};

// The run of digits or of other bytes at the front of a text.
std::string_view Chunk(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t end = 0;
  while (end < text.size() && is_digit(text[end]) == is_digit(text[0])) ++end;
  return text.substr(0, end);
}

}  // namespace

bool NaturallyBefore(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::string_view chunk_a = Chunk(a);
    const std::string_view chunk_b = Chunk(b);
    const std::optional<uint64_t> number_a = ParseUnsigned(chunk_a);
    const std::optional<uint64_t> number_b = ParseUnsigned(chunk_b);
    if (number_a && number_b) {
      if (*number_a != *number_b) return *number_a < *number_b;
    } else if (chunk_a != chunk_b) {
      return chunk_a < chunk_b;
    }
    a.remove_prefix(chunk_a.size());
    b.remove_prefix(chunk_b.size());
  }
  return a.empty();
}

OperatorPtr NewSort(QueryContext& context, const Steps& steps, OperatorPtr input, bool descending) {
  const auto before = [descending](const Item& a, const Item& b) {
    const double x = a.column.values[0];
    const double y = b.column.values[0];
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return descending ? x > y : x < y;
  };
  return std::make_unique<Sorted>(context, steps, std::move(input), true, before);
}

OperatorPtr NewSortByLabel(QueryContext& context, const Steps& steps, OperatorPtr input,
                           std::vector<std::string> labels, bool descending) {
  const auto before = [labels = std::move(labels), descending](const Item& a, const Item& b) {
    const Item& first = descending ? b : a;
    const Item& second = descending ? a : b;
    for (const std::string& label : labels) {
      const std::string_view x = first.head.labels.Get(label);
      const std::string_view y = second.head.labels.Get(label);
      if (x != y) return NaturallyBefore(x, y);
    }
    return first.head.labels < second.head.labels;
  };
  return std::make_unique<Sorted>(context, steps, std::move(input), false, before);
}

}  // namespace narthex::promql
