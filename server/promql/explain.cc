#include "server/promql/explain.h"

#include <algorithm>

#include "server/promql/functions.h"
#include "server/promql/printer.h"
#include "server/promql/query_context.h"

namespace narthex::promql {
namespace {

std::string KindOf(const Expr& expr) {
  if (const auto* call = std::get_if<Call>(&expr.node)) return std::string(call->function->name);
  if (const auto* aggregate = std::get_if<Aggregate>(&expr.node))
    return std::string(AggregateName(aggregate->op));
  if (const auto* binary = std::get_if<Binary>(&expr.node))
    return std::string(BinaryOpText(binary->op));
  if (const auto* unary = std::get_if<Unary>(&expr.node)) return unary->negate ? "-" : "+";
  if (std::holds_alternative<Selector>(expr.node)) return "selector";
  if (std::holds_alternative<StepInvariant>(expr.node)) return "once";
  if (std::holds_alternative<Parentheses>(expr.node)) return "()";
  return "number";
}

// Passes on what an operator does, and takes notes.
class Watched : public Operator {
 public:
  Watched(OperatorPtr op, std::shared_ptr<ExplainNode> node, const QueryControl& control,
          const Clock& clock)
      : op_(std::move(op)), node_(std::move(node)), control_(control), clock_(clock) {}

  Result<Heads> Open() override {
    Notes notes(*this);
    auto heads = op_->Open();
    if (heads.ok()) node_->series = heads->size();
    return heads;
  }
  void Expect(const std::vector<uint8_t>& wanted) override { op_->Expect(wanted); }
  Status Next(Column& out) override {
    {
      Notes notes(*this);
      RETURN_IF_ERROR(op_->Next(out));
    }
    const auto absent = std::count(out.present.begin(), out.present.end(), Column::kAbsent);
    node_->samples += out.present.size() - static_cast<size_t>(absent);
    return {};
  }

 private:
  // Time and memory between its making and its end.
  class Notes {
   public:
    explicit Notes(Watched& watched)
        : watched_(watched),
          begin_ns_(watched.clock_.MonotonicNs()),
          begin_bytes_(static_cast<int64_t>(watched.control_.bytes())) {}
    ~Notes() {
      ExplainNode& node = *watched_.node_;
      node.ns += watched_.clock_.MonotonicNs() - begin_ns_;
      watched_.held_ += static_cast<int64_t>(watched_.control_.bytes()) - begin_bytes_;
      node.bytes =
          std::max(node.bytes, static_cast<uint64_t>(std::max<int64_t>(watched_.held_, 0)));
    }
    Notes(const Notes&) = delete;
    Notes& operator=(const Notes&) = delete;

   private:
    Watched& watched_;
    const int64_t begin_ns_;
    const int64_t begin_bytes_;
  };

  OperatorPtr op_;
  std::shared_ptr<ExplainNode> node_;
  const QueryControl& control_;
  const Clock& clock_;
  int64_t held_ = 0;
};

}  // namespace

void ExplainTree::Enter(const Expr& expr) {
  auto node = std::make_shared<ExplainNode>();
  node->kind = KindOf(expr);
  node->expression = Print(expr);
  if (open_.empty()) {
    root_ = node;
  } else {
    open_.back()->children.push_back(node);
  }
  open_.push_back(std::move(node));
}

OperatorPtr ExplainTree::Leave(OperatorPtr op, const QueryControl& control) {
  auto node = std::move(open_.back());
  open_.pop_back();
  return std::make_unique<Watched>(std::move(op), std::move(node), control, clock_);
}

}  // namespace narthex::promql
