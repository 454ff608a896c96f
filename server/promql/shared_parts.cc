#include "server/promql/shared_parts.h"

#include <algorithm>
#include <cassert>
#include <deque>

#include "server/promql/functions.h"
#include "server/promql/printer.h"
#include "server/promql/query_context.h"

namespace narthex::promql {
namespace {

// Texts are compared as far as they are this long, which bounds what comparing costs.
constexpr size_t kMostText = 4096;

size_t SizeOf(const Expr& expr) { return expr.place.end - expr.place.begin; }

// What the text does not say: of which selectors only the statistics are wanted.
void AppendAspects(const Expr& expr, std::string& text) {
  if (const auto* selector = std::get_if<Selector>(&expr.node))
    text += selector->statistics_only ? 's' : 'b';
  for (const Expr* child : Children(expr)) AppendAspects(*child, text);
}

bool TellsHowOften(const Expr& expr, bool counts_overlaps) {
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr) return false;
  const FunctionKind kind = call->function->kind;
  return kind == FunctionKind::kHistogramQuantile || kind == FunctionKind::kHistogramQuantiles ||
         (counts_overlaps && call->function->uses_starts);
}

bool IsLeafOfSharing(const Expr& expr) {
  return std::holds_alternative<StepInvariant>(expr.node) ||
         std::holds_alternative<Subquery>(expr.node);
}

}  // namespace

SharedParts::SharedParts(const Expr& root, bool counts_overlaps)
    : counts_overlaps_(counts_overlaps) {
  Count(root);
  Choose(root);
  std::erase_if(by_text_, [](const auto& part) { return part.second->readers < 2; });
}

SharedParts::~SharedParts() = default;

bool SharedParts::Count(const Expr& expr) {
  bool may = !TellsHowOften(expr, counts_overlaps_);
  if (!IsLeafOfSharing(expr)) {
    for (const Expr* child : Children(expr)) may = Count(*child) && may;
  }
  const bool wrapped = std::holds_alternative<Parentheses>(expr.node);
  if (!may || wrapped || expr.type != ValueType::kVector || SizeOf(expr) > kMostText) return may;
  std::string text = Print(expr);
  AppendAspects(expr, text);
  Text& known = known_[texts_.emplace(&expr, std::move(text)).first->second];
  ++known.count;
  if (known.last == nullptr || known.last->place.begin < expr.place.begin) known.last = &expr;
  return true;
}

// From the largest to the smallest; only in the one that is compiled there may be smaller ones.
void SharedParts::Choose(const Expr& expr) {
  const auto text = texts_.find(&expr);
  if (text != texts_.end() && known_[text->second].count > 1) {
    const Expr* last = known_[text->second].last;
    Part*& part = by_text_[text->second];
    if (part == nullptr) {
      parts_.push_back(std::make_unique<Part>(Part{last, 0, nullptr}));
      part = parts_.back().get();
    }
    ++part->readers;
    if (&expr != last) return;
  }
  if (IsLeafOfSharing(expr)) return;
  for (const Expr* child : Children(expr)) Choose(*child);
}

SharedParts::Part* SharedParts::Find(const Expr& expr) {
  const auto text = texts_.find(&expr);
  if (text == texts_.end()) return nullptr;
  const auto part = by_text_.find(text->second);
  return part == by_text_.end() ? nullptr : part->second;
}

// The columns that some reader has not read yet, and the operator that gives more.
class SharedColumns {
 public:
  SharedColumns(OperatorPtr input, size_t readers, QueryControl& control)
      : input_(std::move(input)), control_(control), read_(readers) {}
  ~SharedColumns() { control_.ReleaseBytes(held_bytes_); }
  SharedColumns(const SharedColumns&) = delete;
  SharedColumns& operator=(const SharedColumns&) = delete;

  size_t NewReader() {
    assert(readers_ < read_.size());
    return readers_++;
  }

  Result<Heads> Open() {
    if (!opened_) {
      opened_ = true;
      heads_ = input_->Open();
    }
    return heads_;
  }

  Status Next(size_t reader, Column& out) {
    const size_t index = read_[reader]++;
    if (index == begin_ + columns_.size()) RETURN_IF_ERROR(Hold());
    Column& column = columns_[index - begin_];
    const size_t done = *std::min_element(read_.begin(), read_.end());
    if (done <= index) {
      out = column;
      return {};
    }
    // Nobody comes after this one.
    std::swap(out, column);
    for (; begin_ < done; ++begin_) {
      held_bytes_ -= sizes_.front();
      control_.ReleaseBytes(sizes_.front());
      sizes_.pop_front();
      columns_.pop_front();
    }
    return {};
  }

  bool distinct() const { return input_->distinct(); }

 private:
  Status Hold() {
    columns_.emplace_back();
    sizes_.push_back(0);
    RETURN_IF_ERROR(input_->Next(columns_.back()));
    sizes_.back() = columns_.back().bytes();
    held_bytes_ += sizes_.back();
    return control_.HoldBytes(sizes_.back());
  }

  OperatorPtr input_;
  QueryControl& control_;
  Result<Heads> heads_ = Heads();
  bool opened_ = false;
  size_t readers_ = 0;
  std::vector<size_t> read_;  // how many columns, by reader
  std::deque<Column> columns_;
  std::deque<uint64_t> sizes_;  // of these
  size_t begin_ = 0;            // of columns_
  uint64_t held_bytes_ = 0;
};

namespace {

class Reader : public Operator {
 public:
  explicit Reader(std::shared_ptr<SharedColumns> columns)
      : columns_(std::move(columns)), reader_(columns_->NewReader()) {}

  Result<Heads> Open() override { return columns_->Open(); }
  Status Next(Column& out) override { return columns_->Next(reader_, out); }
  bool distinct() const override { return columns_->distinct(); }

 private:
  std::shared_ptr<SharedColumns> columns_;
  const size_t reader_;
};

}  // namespace

std::shared_ptr<SharedColumns> ShareColumns(OperatorPtr input, size_t readers,
                                            QueryControl& control) {
  return std::make_shared<SharedColumns>(std::move(input), readers, control);
}

OperatorPtr NewReader(std::shared_ptr<SharedColumns> columns) {
  return std::make_unique<Reader>(std::move(columns));
}

}  // namespace narthex::promql
