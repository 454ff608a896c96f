#include "exporters/mysql/mysql_session.h"

#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <mysql_connection.h>
#include <mysql_driver.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/bytes/numbers.h"
#include "exporters/kit/small_heap.h"

namespace narthex::exporters {
namespace {

// The client's and server's numbers of errors.
constexpr int kServerGone = 2006, kServerLost = 2013, kConnectionKilled = 1927, kShutdown = 1053;
constexpr int kLockWait = 1205, kInterrupted = 1317, kStatementTime = 1969, kExecutionTime = 3024;
constexpr int kNoSuchTable = 1146, kUnknownTable = 1109, kUnknownVariable = 1193;

bool IsLoss(int error) {
  return error == kServerGone || error == kServerLost || error == kConnectionKilled ||
         error == kShutdown;
}

Code CodeOf(int error) {
  switch (error) {
    case kLockWait:
    case kInterrupted:
    case kStatementTime:
    case kExecutionTime:
      return Code::kTimeout;
    case kNoSuchTable:
    case kUnknownTable:
    case kUnknownVariable:
      return Code::kNotFound;
    default:
      return Code::kUnavailable;
  }
}

// The message in one line, without the password should it be repeated.
std::string Clean(std::string message, const ServerSettings& server) {
  if (!server.password.empty()) {
    for (size_t at = 0; (at = message.find(server.password.reveal(), at)) != std::string::npos;) {
      message.replace(at, server.password.reveal().size(), "<secret>");
      at += sizeof("<secret>") - 1;
    }
  }
  std::replace_if(
      message.begin(), message.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return message;
}

Status ServerError(const sql::SQLException& error, const ServerSettings& server) {
  std::string message = Clean(error.what(), server);
  if (error.getErrorCode() != 0) {
    AppendInteger(message += " (", error.getErrorCode());
    message += ')';
  }
  return {CodeOf(error.getErrorCode()), std::move(message)};
}

int SecondsOf(Duration duration) {
  return static_cast<int>(std::max<int64_t>(1, (duration.ms + 999) / 1000));
}

Duration TimeLeft(const QueryBounds& bounds) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      bounds.deadline - std::chrono::steady_clock::now());
  return {std::clamp<int64_t>(left.count(), 1, 24 * 3600 * 1000)};
}

void AddTls(const TlsSettings& tls, sql::ConnectOptionsMap& options) {
  using enum TlsSettings::Mode;
  if (tls.mode == kOff) return;
  options["sslEnforce"] = true;  // where the server has it; CheckTls() sees to the rest
  options["sslVerify"] = tls.mode == kVerified;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) options[name] = sql::SQLString(value);
  };
  // With an authority the client checks the certificate, whatever sslVerify says.
  if (tls.mode == kVerified) add("sslCA", tls.ca);
  add("sslCert", tls.cert);
  add("sslKey", tls.key);
  add("OPT_TLS_VERSION", tls.versions);
}

sql::ConnectOptionsMap OptionsOf(const ServerSettings& server, const std::string& database,
                                 Duration connect, Duration read) {
  sql::ConnectOptionsMap options;
  options["hostName"] =
      sql::SQLString((server.socket.empty() ? "tcp://" : "unix://") + server.Name());
  options["userName"] = sql::SQLString(server.user);
  options["password"] = sql::SQLString(server.password.reveal());
  if (!database.empty()) options["schema"] = sql::SQLString(database);
  options["OPT_CONNECT_TIMEOUT"] = SecondsOf(connect);
  options["OPT_READ_TIMEOUT"] = SecondsOf(read);
  options["OPT_WRITE_TIMEOUT"] = SecondsOf(read);
  options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  options["OPT_RECONNECT"] = false;
  options["OPT_LOCAL_INFILE"] = 0;
  if (server.allows_cleartext) options["OPT_ENABLE_CLEARTEXT_PLUGIN"] = true;
  options["OPT_CONNECT_ATTR_ADD"] =
      std::map<sql::SQLString, sql::SQLString>{{"program_name", "narthex-mysql-exporter"}};
  AddTls(server.tls, options);
  return options;
}

using Connection = std::unique_ptr<sql::Connection>;

Result<Connection> Open(const ServerSettings& server, const std::string& database, Duration connect,
                        Duration read) {
  try {
    sql::ConnectOptionsMap options = OptionsOf(server, database, connect, read);
    return Connection(sql::mysql::get_driver_instance()->connect(options));
  } catch (const sql::SQLException& error) {
    return ServerError(error, server);
  } catch (const std::exception& error) {
    return Unavailable(Clean(error.what(), server));
  }
}

class ResultRow : public SqlRow {
 public:
  explicit ResultRow(sql::ResultSet& result) : result_(result), about_(*result.getMetaData()) {
    cells_.resize(about_.getColumnCount());
    for (size_t i = 0; i < cells_.size(); ++i) kinds_.push_back(KindOf(i));
  }

  size_t size() const override { return cells_.size(); }
  std::string_view name(size_t column) const override {
    if (names_.empty()) {
      for (unsigned i = 1; i <= cells_.size(); ++i)
        names_.push_back(about_.getColumnLabel(i).asStdString());
    }
    return names_[column];
  }
  ValueKind kind(size_t column) const override { return kinds_[column]; }
  std::optional<std::string_view> text(size_t column) const override {
    const auto at = static_cast<uint32_t>(column + 1);
    if (result_.isNull(at)) return std::nullopt;
    cells_[column] = result_.getString(at);
    return std::string_view(cells_[column].asStdString());
  }

 private:
  ValueKind KindOf(size_t column) const {
    const int type = about_.getColumnType(static_cast<unsigned>(column + 1));
    const bool is_time = type == sql::DataType::TIMESTAMP || type == sql::DataType::DATE;
    return is_time ? ValueKind::kTime : ValueKind::kText;
  }

  sql::ResultSet& result_;
  sql::ResultSetMetaData& about_;
  std::vector<ValueKind> kinds_;
  mutable std::vector<std::string> names_;
  mutable std::vector<sql::SQLString> cells_;
};

class MySqlSession : public SqlSession {
 public:
  MySqlSession(const ServerSettings& server, std::shared_ptr<StatementWatch> watch)
      : server_(server), watch_(std::move(watch)), generation_(watch_->generation()) {}

  Status Connect(const std::string& database, const SessionLimits& limits,
                 const QueryBounds& bounds);

  Status Query(const std::string& statement, const QueryBounds& bounds,
               const RowHandler& handle) override {
    RETURN_IF_ERROR(bounds.Check());
    StatementWatch::Guard guard(*watch_, id_, bounds);
    Status status = Run(statement, bounds, handle, guard);
    if (!guard.was_stopped()) return status;
    is_broken_ = true;  // that may reach the server after the statement has ended
    const Status over = bounds.Check();
    return over.ok() ? status : over;
  }

  Status Ping(const QueryBounds& bounds) override {
    return Query("DO 0", bounds, [](const SqlRow&) { return Status(); });
  }

  // The client does not say what its socket knows: a loss that another connection met counts.
  bool IsAlive() override { return !is_broken_ && generation_ == watch_->generation(); }

  Version version() const override { return version_; }
  const std::string& version_text() const override { return version_text_; }

 private:
  Status SetUp(const SessionLimits& limits, const QueryBounds& bounds);
  Status CheckTls(const QueryBounds& bounds);
  Status Run(const std::string& statement, const QueryBounds& bounds, const RowHandler& handle,
             StatementWatch::Guard& guard);
  Status Read(bool is_streamed, const QueryBounds& bounds, const RowHandler& handle,
              StatementWatch::Guard& guard);
  Status CheckWhole();
  Status Failed(const sql::SQLException& error) {
    if (IsLoss(error.getErrorCode())) {
      is_broken_ = true;
      watch_->NoteLoss();
    }
    return ServerError(error, server_);
  }

  const ServerSettings server_;
  const std::shared_ptr<StatementWatch> watch_;
  const int generation_;
  Connection connection_;
  std::unique_ptr<sql::Statement> statement_;
  uint64_t id_ = 0;  // of the connection, at the server
  Version version_;
  std::string version_text_;
  bool is_broken_ = false;
};

Status MySqlSession::Connect(const std::string& database, const SessionLimits& limits,
                             const QueryBounds& bounds) {
  RETURN_IF_ERROR(bounds.Check());
  // The server ends a statement before the wait for its answer ends.
  constexpr Duration kGrace = Duration::Seconds(5);
  auto opened =
      Open(server_, database, TimeLeft(bounds), Duration{limits.statement.ms + kGrace.ms});
  RETURN_IF_ERROR(bounds.Check().Prefixed("connect"));
  if (!opened.ok()) return opened.status().Prefixed("connect");
  connection_ = std::move(*opened);
  return SetUp(limits, bounds).Prefixed("set up the connection");
}

Status MySqlSession::SetUp(const SessionLimits& limits, const QueryBounds& bounds) {
  RETURN_IF_ERROR(Query("SELECT @@version, connection_id()", bounds, [&](const SqlRow& row) {
    version_text_ = row.text(0).value_or("");
    id_ = ParseUnsigned(row.text(1).value_or("")).value_or(0);
    return Status();
  }));
  ASSIGN_OR_RETURN(version_, ParseServerVersion(version_text_));
  RETURN_IF_ERROR(CheckTls(bounds));
  std::string statement = "SET time_zone = '+00:00'";
  if (IsMariaDb(version_text_)) {
    statement += ", max_statement_time = ";
    AppendExpositionDouble(statement, limits.statement.seconds());
    if (limits.filters_slow_log)
      statement += ", log_slow_filter = 'tmp_table_on_disk,filesort_on_disk'";
  } else {
    AppendInteger(statement += ", max_execution_time = ", limits.statement.ms);
  }
  if (limits.lock_wait_s > 0)
    AppendInteger(statement += ", lock_wait_timeout = ", limits.lock_wait_s);
  RETURN_IF_ERROR(Query(statement, bounds, [](const SqlRow&) { return Status(); }));
  if (!limits.filters_slow_log || IsMariaDb(version_text_)) return {};
  // Percona's servers have it; those of MySQL do not.
  const Status status = Query("SET log_slow_filter = 'tmp_table_on_disk,filesort_on_disk'", bounds,
                              [](const SqlRow&) { return Status(); });
  return status.code() == Code::kNotFound ? Status() : status;
}

// Where the server has no TLS the client goes on without, unless it is to check the certificate.
Status MySqlSession::CheckTls(const QueryBounds& bounds) {
  using enum TlsSettings::Mode;
  if (server_.tls.mode == kOff || server_.tls.mode == kPreferred) return {};
  bool has_tls = false;
  RETURN_IF_ERROR(Query("SHOW SESSION STATUS LIKE 'Ssl_cipher'", bounds, [&](const SqlRow& row) {
    has_tls = !row.text(1).value_or("").empty();
    return Status();
  }));
  return has_tls ? Status() : Unavailable("the server has no TLS");
}

Status MySqlSession::Run(const std::string& statement, const QueryBounds& bounds,
                         const RowHandler& handle, StatementWatch::Guard& guard) {
  // Rows are kept by the client until all are there, for only so an answer that was cut short is
  // told from a whole one. Where few of many rows are wanted they come one by one.
  const bool is_streamed = bounds.max_rows < QueryBounds::kMaxRows;
  try {
    if (!statement_) statement_.reset(connection_->createStatement());
    statement_->setResultSetType(is_streamed ? sql::ResultSet::TYPE_FORWARD_ONLY
                                             : sql::ResultSet::TYPE_SCROLL_INSENSITIVE);
    Status status;
    bool has_rows = statement_->execute(statement);
    // A procedure may give several answers.
    for (; has_rows; has_rows = statement_->getMoreResults()) {
      if (status.ok()) status = Read(is_streamed, bounds, handle, guard);
    }
    if (status.ok() && is_streamed) return CheckWhole();
    return status;
  } catch (const sql::SQLException& error) {
    return Failed(error);
  } catch (const std::exception& error) {
    is_broken_ = true;
    return Unavailable(Clean(error.what(), server_));
  }
}

Status MySqlSession::Read(bool is_streamed, const QueryBounds& bounds, const RowHandler& handle,
                          StatementWatch::Guard& guard) {
  const std::unique_ptr<sql::ResultSet> result(statement_->getResultSet());
  const ResultRow row(*result);
  for (size_t rows = 1; result->next(); ++rows) {
    Status status;
    if (rows > bounds.max_rows) {
      status = LimitReached("more than ", std::to_string(bounds.max_rows), " rows");
    } else {
      status = handle(row);
    }
    if (status.ok()) continue;
    if (is_streamed) guard.Stop();  // the rest would have to be read
    return status;
  }
  return {};
}

// Whether the server came to the end of the rows: the client takes an error for the end.
Status MySqlSession::CheckWhole() {
  const std::unique_ptr<sql::ResultSet> result(
      (statement_->setResultSetType(sql::ResultSet::TYPE_SCROLL_INSENSITIVE),
       statement_->executeQuery("SHOW ERRORS")));
  if (!result->next()) return {};
  return {CodeOf(result->getInt(2)), Clean(result->getString(3).asStdString(), server_)};
}

}  // namespace

Result<std::unique_ptr<SqlSession>> ConnectToMySql(const ServerSettings& server,
                                                   const std::string& database,
                                                   const SessionLimits& limits,
                                                   const QueryBounds& bounds,
                                                   const std::shared_ptr<StatementWatch>& watch) {
  auto session = std::make_unique<MySqlSession>(server, watch);
  RETURN_IF_ERROR(session->Connect(database, limits, bounds));
  return std::unique_ptr<SqlSession>(std::move(session));
}

std::shared_ptr<StatementWatch> WatchMySql(const ServerSettings& server) {
  const auto stop = [server](uint64_t connection) {
    if (connection == 0) return;  // not told yet
    constexpr Duration kPatience = Duration::Seconds(2);
    const auto opened = Open(server, "", kPatience, kPatience);
    if (!opened.ok()) return;  // the server ends it by itself, later
    std::string statement = "KILL QUERY ";
    AppendUnsigned(statement, connection);
    try {
      const std::unique_ptr<sql::Statement> kill((*opened)->createStatement());
      kill->execute(statement);
    } catch (const std::exception&) {  // it has ended meanwhile
    }
  };
  return std::make_shared<StatementWatch>(stop, GiveBackHeap);
}

Result<SqlSession::Version> ParseServerVersion(std::string_view text) {
  int parts[3] = {};
  std::string_view rest = text;
  for (size_t i = 0; i < 3; ++i) {
    const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const auto number = ParseUnsigned(rest.substr(0, digits));
    if (!number || *number > 9999 || (i < 2 && !rest.substr(digits).starts_with('.')))
      return Corruption("no version of a server: ", Quote(text));
    parts[i] = static_cast<int>(*number);
    rest.remove_prefix(std::min(digits + 1, rest.size()));
  }
  return SqlSession::Version{parts[0], parts[1], parts[2]};
}

bool IsMariaDb(std::string_view version_text) {
  constexpr std::string_view kName = "mariadb";
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  return std::search(version_text.begin(), version_text.end(), kName.begin(), kName.end(), same) !=
         version_text.end();
}

std::string QuoteText(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string quoted = "_utf8mb4 X'";
  for (const char c : text) {
    quoted += kDigits[static_cast<unsigned char>(c) >> 4];
    quoted += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return quoted + "'";
}

std::string QuoteName(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    if (c == '`') quoted += c;
    quoted += c;
  }
  return quoted + "`";
}

}  // namespace narthex::exporters
