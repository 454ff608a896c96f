#include "exporters/postgres/pg_session.h"

#include <libpq-fe.h>
#include <poll.h>

#include <cerrno>
#include <vector>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"

namespace narthex::exporters {
namespace {

struct ConnectionCloser {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ResultCloser {
  void operator()(PGresult* result) const { PQclear(result); }
};
struct CancelCloser {
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};
using Connection = std::unique_ptr<PGconn, ConnectionCloser>;
using Answer = std::unique_ptr<PGresult, ResultCloser>;

// Waits for the socket, and looks at the bounds meanwhile.
Status WaitFor(int socket, short events, const QueryBounds& bounds) {
  for (;;) {
    RETURN_IF_ERROR(bounds.Check());
    pollfd one{socket, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(bounds.NextLook().ms));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return ErrnoStatus("wait for the server", errno);
  }
}

// libpq's message in one line, without a password should the server repeat it.
std::string Clean(std::string_view message, const Dsn& dsn) {
  std::string clean(TrimBlanks(message));
  for (const config::Secret* secret : {&dsn.password, &dsn.key_password}) {
    if (secret->empty()) continue;
    for (size_t at = 0; (at = clean.find(secret->reveal(), at)) != std::string::npos;) {
      clean.replace(at, secret->reveal().size(), "<secret>");
      at += sizeof("<secret>") - 1;
    }
  }
  for (char& c : clean) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return clean;
}

Status ServerError(const PGresult* result, const Dsn& dsn) {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string_view(text == nullptr ? "" : text);
  };
  const std::string_view state = field(PG_DIAG_SQLSTATE);
  const std::string_view primary = field(PG_DIAG_MESSAGE_PRIMARY);
  const std::string message = Clean(primary.empty() ? PQresultErrorMessage(result) : primary, dsn);
  const std::string shown = state.empty() ? "" : " (" + std::string(state) + ")";
  const bool is_limit =
      state == "57014" || state == "55P03";  // query cancelled, lock not available
  return is_limit ? Timeout(message, shown) : Unavailable(message, shown);
}

// Types whose text is not simply a number or a word; from the server's catalogue, where they never
// change.
ValueKind KindOf(Oid type) {
  constexpr Oid kBool = 16, kDate = 1082, kTimestamp = 1114, kTimestampWithZone = 1184;
  if (type == kBool) return ValueKind::kBool;
  const bool is_time = type == kDate || type == kTimestamp || type == kTimestampWithZone;
  return is_time ? ValueKind::kTime : ValueKind::kText;
}

class ResultRow : public SqlRow {
 public:
  explicit ResultRow(const PGresult* result) : result_(result) {}

  size_t size() const override { return static_cast<size_t>(PQnfields(result_)); }
  std::string_view name(size_t column) const override {
    return PQfname(result_, static_cast<int>(column));
  }
  ValueKind kind(size_t column) const override {
    return KindOf(PQftype(result_, static_cast<int>(column)));
  }
  std::optional<std::string_view> text(size_t column) const override {
    const int at = static_cast<int>(column);
    if (PQgetisnull(result_, 0, at) != 0) return std::nullopt;
    return std::string_view(PQgetvalue(result_, 0, at),
                            static_cast<size_t>(PQgetlength(result_, 0, at)));
  }

 private:
  const PGresult* result_;
};

SqlSession::Version VersionOf(int number) {
  // 150018 is 15.18; 90624 was 9.6.24.
  if (number >= 100'000) return {number / 10'000, number % 10'000, 0};
  return {number / 10'000, number / 100 % 100, number % 100};
}

class PgSession : public SqlSession {
 public:
  explicit PgSession(const Dsn& dsn) : dsn_(dsn) {}

  Status Connect(const std::string& database, const ServerLimits& limits,
                 const QueryBounds& bounds);

  Status Query(const std::string& statement, const QueryBounds& bounds,
               const RowHandler& handle) override {
    RETURN_IF_ERROR(Send(statement, bounds));
    Status status = ReadAnswers(bounds, handle);
    if (PQtransactionStatus(connection_.get()) == PQTRANS_ACTIVE) Stop();
    return status;
  }

  // By an empty statement.
  Status Ping(const QueryBounds& bounds) override {
    return Query("", bounds, [](const SqlRow&) { return Status(); });
  }

  bool IsAlive() override {
    if (is_broken_ || PQstatus(connection_.get()) != CONNECTION_OK ||
        PQtransactionStatus(connection_.get()) != PQTRANS_IDLE)
      return false;
    // A server that goes tells so and ends the connection: that makes it readable, twice.
    pollfd one{PQsocket(connection_.get()), POLLIN, 0};
    for (int looks = 0; looks < 4 && ::poll(&one, 1, 0) != 0; ++looks) {
      if (PQconsumeInput(connection_.get()) == 0) return false;
    }
    return PQstatus(connection_.get()) == CONNECTION_OK;
  }

  Version version() const override { return version_; }
  const std::string& version_text() const override { return version_text_; }

 private:
  std::vector<std::pair<std::string, std::string>> Keywords(const std::string& database) const;
  Status Handshake(const QueryBounds& bounds);
  Status SetUp(const ServerLimits& limits, const QueryBounds& bounds);
  Status Send(const std::string& statement, const QueryBounds& bounds);
  // The next answer, null at the end of them.
  Result<Answer> Next(const QueryBounds& bounds);
  Status ReadAnswers(const QueryBounds& bounds, const RowHandler& handle);
  // Has the server stop what it is at. The session may be used again only where it says that it
  // has.
  void Stop();
  Status Lost() {
    is_broken_ = true;
    return Unavailable(Clean(PQerrorMessage(connection_.get()), dsn_));
  }

  const Dsn dsn_;
  Connection connection_;
  Version version_;
  std::string version_text_;
  bool is_broken_ = false;
};

std::vector<std::pair<std::string, std::string>> PgSession::Keywords(
    const std::string& database) const {
  std::vector<std::pair<std::string, std::string>> all(dsn_.keywords.begin(), dsn_.keywords.end());
  const auto set = [&](const char* keyword, const std::string& value) {
    std::erase_if(all, [&](const auto& pair) { return pair.first == keyword; });
    if (!value.empty()) all.emplace_back(keyword, value);
  };
  const auto add = [&](const char* keyword, const std::string& value) {
    if (!dsn_.keywords.contains(keyword)) set(keyword, value);
  };
  set("options", dsn_.Options());
  set("password", dsn_.password.reveal());
  set("sslpassword", dsn_.key_password.reveal());
  if (!database.empty()) set("dbname", database);
  add("fallback_application_name", "narthex-postgres-exporter");
  add("client_encoding", "UTF8");
  // A server that is gone without a word, also to what cancels.
  add("tcp_user_timeout", "10000");
  if (::getenv("PGSSLMODE") == nullptr)  // NOLINT(concurrency-mt-unsafe): nobody sets it
    add("sslmode", "require");
  return all;
}

Status PgSession::Connect(const std::string& database, const ServerLimits& limits,
                          const QueryBounds& bounds) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  const auto keywords = Keywords(database);
  for (const auto& [name, value] : keywords) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
  if (!connection_) return Unavailable("no memory for a connection");
  RETURN_IF_ERROR(Handshake(bounds).Prefixed("connect"));
  return SetUp(limits, bounds).Prefixed("set up the connection");
}

Status PgSession::Handshake(const QueryBounds& bounds) {
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return Lost();
  for (auto step = PGRES_POLLING_WRITING;;) {
    const short events = step == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
    RETURN_IF_ERROR(WaitFor(PQsocket(connection_.get()), events, bounds));
    step = PQconnectPoll(connection_.get());
    if (step == PGRES_POLLING_OK) break;
    if (step == PGRES_POLLING_FAILED) return Lost();
  }
  PQsetnonblocking(connection_.get(), 1);
  version_ = VersionOf(PQserverVersion(connection_.get()));
  return {};
}

Status PgSession::SetUp(const ServerLimits& limits, const QueryBounds& bounds) {
  const std::string given = dsn_.Options();
  std::string statement = "SET datestyle = ISO; SET extra_float_digits = 3;";
  const auto limit = [&](std::string_view name, Duration duration) {
    if (given.find(name) != std::string::npos) return;
    statement.append(" SET ").append(name).append(" = ");
    AppendInteger(statement, duration.ms);
    statement += ';';
  };
  limit("statement_timeout", limits.statement);
  limit("lock_timeout", limits.lock);
  limit("idle_in_transaction_session_timeout", limits.idle_in_transaction);
  return Query(statement + " SELECT version()", bounds, [&](const SqlRow& row) {
    version_text_ = row.text(0).value_or("");
    return Status();
  });
}

Status PgSession::Send(const std::string& statement, const QueryBounds& bounds) {
  PGconn* connection = connection_.get();
  if (PQsendQuery(connection, statement.c_str()) == 0) return Lost();
  PQsetSingleRowMode(connection);
  for (;;) {
    const int left = PQflush(connection);
    if (left == 0) return {};
    if (left < 0) return Lost();
    RETURN_IF_ERROR(WaitFor(PQsocket(connection), POLLOUT, bounds));
  }
}

Result<Answer> PgSession::Next(const QueryBounds& bounds) {
  PGconn* connection = connection_.get();
  while (PQisBusy(connection) != 0) {
    RETURN_IF_ERROR(WaitFor(PQsocket(connection), POLLIN, bounds));
    if (PQconsumeInput(connection) == 0) return Lost();
  }
  return Answer(PQgetResult(connection));
}

Status PgSession::ReadAnswers(const QueryBounds& bounds, const RowHandler& handle) {
  Status failure;
  for (size_t rows = 0;;) {
    ASSIGN_OR_RETURN(const Answer answer, Next(bounds));
    if (!answer) return failure;
    switch (PQresultStatus(answer.get())) {
      case PGRES_SINGLE_TUPLE:
        if (++rows > bounds.max_rows)
          return LimitReached("more than ", std::to_string(bounds.max_rows), " rows");
        RETURN_IF_ERROR(handle(ResultRow(answer.get())));
        break;
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
      case PGRES_EMPTY_QUERY:
        break;
      case PGRES_COPY_IN:
      case PGRES_COPY_OUT:
      case PGRES_COPY_BOTH:
        is_broken_ = true;
        return Unavailable("COPY is no query");
      default:
        if (failure.ok()) failure = ServerError(answer.get(), dsn_);
    }
  }
}

void PgSession::Stop() {
  constexpr Duration kGrace{1000};
  is_broken_ = true;  // until it has answered
  const std::unique_ptr<PGcancel, CancelCloser> cancel(PQgetCancel(connection_.get()));
  char reason[256];
  if (!cancel || PQcancel(cancel.get(), reason, sizeof(reason)) == 0) return;
  const QueryBounds grace = QueryBounds{QueryBounds::Time::max(), nullptr, SIZE_MAX}.Within(kGrace);
  for (;;) {
    const Result<Answer> answer = Next(grace);
    if (!answer.ok()) {
      is_broken_ = true;
      return;
    }
    if (!*answer) break;
  }
  is_broken_ = PQtransactionStatus(connection_.get()) != PQTRANS_IDLE;
}

}  // namespace

Result<std::unique_ptr<SqlSession>> ConnectToPostgres(const Dsn& dsn, const std::string& database,
                                                      const ServerLimits& limits,
                                                      const QueryBounds& bounds) {
  auto session = std::make_unique<PgSession>(dsn);
  RETURN_IF_ERROR(session->Connect(database, limits, bounds));
  return std::unique_ptr<SqlSession>(std::move(session));
}

std::string QuoteLiteral(std::string_view text) {
  std::string quoted = text.find('\\') == std::string_view::npos ? "'" : "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace narthex::exporters
