// A session for tests: no server, answers that the test gives.
#ifndef NARTHEX_EXPORTERS_KIT_SQL_FAKE_SESSION_H_
#define NARTHEX_EXPORTERS_KIT_SQL_FAKE_SESSION_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporters/kit/sql/session.h"

namespace narthex::exporters {

using Cells = std::vector<std::optional<std::string>>;

class FakeRow : public SqlRow {
 public:
  // Columns without a name are "c".
  explicit FakeRow(const Cells& cells, const std::vector<std::string>& names = {})
      : cells_(cells), names_(names) {}
  size_t size() const override { return cells_.size(); }
  std::string_view name(size_t column) const override {
    return column < names_.size() ? std::string_view(names_[column]) : "c";
  }
  ValueKind kind(size_t /*column*/) const override { return ValueKind::kText; }
  std::optional<std::string_view> text(size_t column) const override { return cells_[column]; }

 private:
  const Cells& cells_;
  const std::vector<std::string> names_;
};

class FakeSession : public SqlSession {
 public:
  // What is said to statements that have `part` in them.
  struct Answer {
    std::string part;
    std::vector<std::string> names;
    std::vector<Cells> rows;
    Status status = {};
  };

  // Says the same to every statement, or what the first of `answers` has that fits.
  explicit FakeSession(std::vector<Cells> rows = {}) {
    answers.push_back({"", {}, std::move(rows)});
  }

  Status Query(const std::string& statement, const QueryBounds& bounds,
               const RowHandler& handle) override {
    statements.push_back(statement);
    RETURN_IF_ERROR(bounds.Check());
    for (const Answer& answer : answers) {
      if (statement.find(answer.part) == std::string::npos) continue;
      for (const Cells& cells : answer.rows) RETURN_IF_ERROR(handle(FakeRow(cells, answer.names)));
      return answer.status;
    }
    return NotFound("no answer to ", statement);
  }
  Status Ping(const QueryBounds& /*bounds*/) override { return {}; }
  bool IsAlive() override { return alive; }
  Version version() const override { return server; }
  const std::string& version_text() const override { return text; }

  std::vector<Answer> answers;
  std::vector<std::string> statements;
  Version server{15, 1, 0};
  std::string text = "Fake 15.1";
  bool alive = true;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SQL_FAKE_SESSION_H_
