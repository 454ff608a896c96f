#include "exporters/mysql/collectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/kit/sql/fake_session.h"

namespace narthex::exporters {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using Answers = std::vector<FakeSession::Answer>;
using Version = SqlSession::Version;

constexpr Version kMariaDb{10, 11, 6};

// Runs a collector on a server that gives these answers.
struct Bed {
  explicit Bed(Answers answers, Version version = kMariaDb) {
    session.answers = std::move(answers);
    session.server = version;
  }

  std::string Collect(Status (*collect)(MySqlRun&)) {
    const QueryBounds bounds{QueryBounds::Time::max(), nullptr};
    openmetrics::ExpositionWriter out(openmetrics::Format::kText);
    MetricSink sink(out);
    MySqlRun run{session, bounds, sink, options, session.server.major >= 10};
    status = collect(run);
    complaints = sink.complaints().size();
    std::string text;
    out.Finish(text);
    return text;
  }

  FakeSession session;
  CollectorOptions options;
  Status status;
  size_t complaints = 0;
};

TEST(GlobalStatus, ShowsGroupsAndSingleVariables) {
  Bed bed(Answers{{"SHOW GLOBAL STATUS",
                   {},
                   {{"Com_select", "5"},
                    {"Handler_commit", "6"},
                    {"Innodb_buffer_pool_pages_data", "7"},
                    {"Innodb_buffer_pool_pages_dirty", "8"},
                    {"Innodb_buffer_pool_pages_total", "9"},
                    {"Innodb_buffer_pool_pages_flushed", "10"},
                    {"Rpl_status", "AUTH_MASTER"},
                    {"Slave.running", "ON"},
                    {"Slave_running", "OFF"},
                    {"wsrep_local_state_uuid", "u"},
                    {"wsrep_evs_repl_latency", "1/2/3/4/5"}}}});
  const std::string text = bed.Collect(CollectGlobalStatus);
  EXPECT_THAT(text, HasSubstr("\nmysql_global_status_commands_total{command=\"select\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("\nmysql_global_status_handlers_total{handler=\"commit\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("\nmysql_global_status_buffer_pool_pages{state=\"data\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("\nmysql_global_status_buffer_pool_dirty_pages 8\n"));
  EXPECT_THAT(text, HasSubstr("buffer_pool_page_changes_total{operation=\"flushed\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE mysql_global_status_slave_running untyped\n"
                              "mysql_global_status_slave_running 1\n"));
  EXPECT_THAT(text, HasSubstr("wsrep_local_state_uuid=\"u\""));
  EXPECT_THAT(text, HasSubstr("\nmysql_galera_evs_repl_latency_sample_size 5\n"));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("rpl_status")), Not(HasSubstr("total 9"))));
  EXPECT_EQ(bed.complaints, 1U);
}

TEST(GlobalVariables, ShowsTheVersionAndTheIsolation) {
  Bed bed(Answers{{"SHOW GLOBAL VARIABLES",
                   {},
                   {{"version", "10.11.6-MariaDB"},
                    {"version_comment", "Debian"},
                    {"tx_isolation", "READ-COMMITTED"},
                    {"max_connections", "151"},
                    {"wsrep_provider_options", "gcache.size = 1M;"}}}});
  const std::string text = bed.Collect(CollectGlobalVariables);
  EXPECT_THAT(text, HasSubstr("mysql_version_info{innodb_version=\"\",version=\"10.11.6-MariaDB\","
                              "version_comment=\"Debian\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mysql_transaction_isolation{level=\"READ-COMMITTED\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nmysql_global_variables_max_connections 151\n"));
  EXPECT_THAT(text, HasSubstr("mysql_galera_gcache_size_bytes 1.048576e+06\n"));
}

struct StatementCase {
  Version version;
  std::string statement;
};

TEST(SlaveStatus, AsksInTheServersWords) {
  for (const auto& [version, statement] : {StatementCase{{5, 7, 44}, "SHOW SLAVE STATUS"},
                                           StatementCase{{8, 3, 0}, "SHOW SLAVE STATUS"},
                                           StatementCase{{8, 4, 0}, "SHOW REPLICA STATUS"},
                                           StatementCase{{9, 7, 0}, "SHOW REPLICA STATUS"},
                                           StatementCase{kMariaDb, "SHOW ALL SLAVES STATUS"}}) {
    Bed bed(Answers{{"SHOW", {}, {}}}, version);
    bed.Collect(CollectSlaveStatus);
    EXPECT_EQ(bed.session.statements, std::vector<std::string>{statement});
  }
}

TEST(SlaveStatus, NamesTheSourceAndTakesPositionsApart) {
  Bed bed(
      Answers{{"SHOW",
               {"Connection_name", "Master_Host", "Slave_IO_Running", "Gtid_IO_Pos", "Last_Error"},
               {{"c", "db1", "Connecting", "0-1-270,2-3-4", ""}}}});
  const std::string text = bed.Collect(CollectSlaveStatus);
  EXPECT_THAT(text, HasSubstr("mysql_slave_status_slave_io_running{channel_name=\"\","
                              "connection_name=\"c\",master_host=\"db1\",master_uuid=\"\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("connection_name=\"c\",domain_id=\"2\",master_host=\"db1\","
                              "master_uuid=\"\",server_id=\"3\"} 4\n"));
  EXPECT_THAT(text, Not(HasSubstr("last_error")));
}

TEST(SlaveStatus, UnderstandsTheNewNames) {
  Bed bed(Answers{{"SHOW REPLICA",
                   {"Source_Host", "Source_UUID", "Channel_Name", "Replica_IO_Running"},
                   {{"db1", "u", "ch", "Yes"}}}},
          {9, 0, 0});
  EXPECT_THAT(bed.Collect(CollectSlaveStatus),
              HasSubstr("mysql_slave_status_replica_io_running{channel_name=\"ch\","
                        "connection_name=\"\",master_host=\"db1\",master_uuid=\"u\"} 1\n"));
}

TEST(SlaveHosts, TellsTheColumnsOfServersApart) {
  const std::string uuid = "1b2c3d4e-0000-1111-2222-333344445555";
  Bed bed(Answers{{"SHOW",
                   {},
                   {{"2", "h", "3306", "1", uuid},
                    {"3", "h", "3306", "0", "1"},
                    {"2", "h", "3306", "1", uuid}}}},
          {8, 0, 36});
  const std::string text = bed.Collect(CollectSlaveHosts);
  EXPECT_THAT(text, HasSubstr("{master_id=\"1\",port=\"3306\",server_id=\"2\",slave_host=\"h\","
                              "slave_uuid=\"" +
                              uuid + "\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("{master_id=\"1\",port=\"3306\",server_id=\"3\",slave_host=\"h\","
                              "slave_uuid=\"\"} 1\n"));
}

TEST(BinlogSize, AsksForFilesOnlyWhereThereAreAny) {
  Bed off(Answers{{"@@log_bin", {}, {{"0"}}}});
  EXPECT_EQ(off.Collect(CollectBinlogSize), "");
  EXPECT_TRUE(off.status.ok());
  Bed on(Answers{{"@@log_bin", {}, {{"1"}}},
                 {"SHOW BINARY LOGS", {}, {{"bin.000001", "100"}, {"bin.000002", "50"}}}});
  const std::string text = on.Collect(CollectBinlogSize);
  EXPECT_THAT(text, HasSubstr("\nmysql_binlog_size_bytes 150\n"));
  EXPECT_THAT(text, HasSubstr("\nmysql_binlog_files 2\n"));
  EXPECT_THAT(text, HasSubstr("\nmysql_binlog_file_number 2\n"));
}

TEST(Heartbeat, AsksInTheServersZoneAndGoesBack) {
  Bed bed(Answers{{"", {}, {}}});
  bed.options.heartbeat_database = "a`b";
  bed.Collect(CollectHeartbeat);
  EXPECT_EQ(bed.session.statements.front(), "SET time_zone = DEFAULT");
  EXPECT_THAT(bed.session.statements, Contains(HasSubstr("FROM `a``b`.`heartbeat`")));
  EXPECT_EQ(bed.session.statements.back(), "SET time_zone = '+00:00'");
}

TEST(InnodbMetrics, ShowsCountersAndPartsOfFamilies) {
  Bed bed(Answers{{"innodb_metrics",
                   {},
                   {{"buffer_page_read_index_leaf", "buffer_page_io", "counter", "1"},
                    {"buffer_pool_pages_free", "buffer", "value", "2"},
                    {"buffer_pool_pages_total", "buffer", "value", "3"},
                    {"buffer_LRU_x", "buffer", "counter", "4"},
                    {"lock_x", "lock", "status_counter", "-1"},
                    {"odd", "buffer_page_io", "counter", "5"}}}});
  const std::string text = bed.Collect(CollectInnodbMetrics);
  const std::string prefix = "\nmysql_info_schema_innodb_metrics_";
  EXPECT_THAT(text, HasSubstr(prefix + "buffer_page_read_total{type=\"index_leaf\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(prefix + "buffer_pool_pages{state=\"free\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(prefix + "buffer_buffer_LRU_x_total 4\n"));
  EXPECT_THAT(text, HasSubstr(prefix + "lock_lock_x -1\n"));
  EXPECT_EQ(bed.complaints, 1U);
}

TEST(InnodbTablespaces, ShowsWhatEachServerHas) {
  Bed mariadb(
      {{"innodb_sys_tablespaces", {}, {{"shop/t", "NONE", "Dynamic", "", "5", "100", "50"}}}});
  EXPECT_THAT(mariadb.Collect(CollectInnodbTablespaces),
              AllOf(HasSubstr("space_info{file_format=\"NONE\",row_format=\"Dynamic\","
                              "space_type=\"\",tablespace_name=\"shop/t\"} 5\n"),
                    HasSubstr("_file_size_bytes{tablespace_name=\"shop/t\"} 100\n")));
  for (const Version version : {Version{5, 7, 44}, Version{8, 0, 36}}) {
    Bed mysql(
        Answers{{version.major < 8 ? "innodb_sys_tablespaces" : "innodb_tablespaces", {}, {}}},
        version);
    mysql.Collect(CollectInnodbTablespaces);
    EXPECT_TRUE(mysql.status.ok());
    EXPECT_THAT(mysql.session.statements[0], HasSubstr("ifnull(space_type"));
  }
}

TEST(TokudbStatus, MakesNamesOfWords) {
  Bed bed(
      {{"TOKUDB", {}, {{"TokuDB", "cachetable: size (a/b), x+y", "5"}, {"TokuDB", "t", "words"}}}});
  EXPECT_THAT(bed.Collect(CollectEngineTokudbStatus),
              HasSubstr("\nmysql_engine_tokudb_cachetable_size_aandb_xandy 5\n"));
}

TEST(UserStats, KnowColumnsAndShowOthersAsTheyAre) {
  Bed bed(Answers{{"@@GLOBAL.userstat", {}, {{"1"}}},
                  {"user_statistics",
                   {"USER", "TOTAL_CONNECTIONS", "BUSY_TIME", "ROWS_READ", "NEW_ONE"},
                   {{"me", "1", "2.5", "3", "4"}}}});
  const std::string text = bed.Collect(CollectUserStats);
  const std::string prefix = "\nmysql_info_schema_user_statistics_";
  EXPECT_THAT(text, HasSubstr(prefix + "total_connections{user=\"me\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(prefix + "busy_seconds_total{user=\"me\"} 2.5\n"));
  EXPECT_THAT(text, HasSubstr(prefix + "rows_read_total{user=\"me\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(prefix + "new_one{user=\"me\"} 4\n"));
}

TEST(UserStats, AreNoFailureWhereThereAreNone) {
  for (const auto collect :
       {CollectUserStats, CollectClientStats, CollectTableStats, CollectSchemaStats}) {
    Bed off(Answers{{"@@GLOBAL.userstat", {}, {{"0"}}}});
    EXPECT_EQ(off.Collect(collect), "");
    EXPECT_TRUE(off.status.ok());
    Bed absent(Answers{});
    EXPECT_EQ(absent.Collect(collect), "");
    EXPECT_TRUE(absent.status.ok());
    Bed refused(Answers{{"userstat", {}, {}, Unavailable("denied")}});
    refused.Collect(collect);
    EXPECT_FALSE(refused.status.ok());
  }
}

TEST(Tables, GoOnWhereADatabaseFails) {
  // The second database's name is 62 in hexadecimal.
  Bed bed(Answers{{"schemata", {}, {{"a"}, {"b"}}},
                  {"X'61'", {}, {}, Timeout("locked")},
                  {"X'62'",
                   {},
                   {{"b", "t", "BASE TABLE", "InnoDB", "Dynamic", "", "10", "5", "1", "2", "3"}}}});
  const std::string text = bed.Collect(CollectTables);
  EXPECT_EQ(bed.status.message(), "database \"a\": locked");
  EXPECT_THAT(text, HasSubstr("mysql_info_schema_table_rows{schema=\"b\",table=\"t\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("_size{component=\"data_free\",schema=\"b\",table=\"t\"} 3\n"));
  EXPECT_THAT(text,
              HasSubstr("_version{create_options=\"\",engine=\"InnoDB\",row_format=\"Dynamic\","
                        "schema=\"b\",table=\"t\",type=\"BASE TABLE\"} 10\n"));
}

TEST(Processlist, AddsUpStatesHostsAndUsers) {
  Bed bed(Answers{{"processlist",
                   {},
                   {{"me", "h1", "Query", "Sending data", "2", "10"},
                    {"you", "h1", "Query", "Sending data", "1", "5"},
                    {"me", "", "Sleep", "", "4", "100"}}}});
  const std::string text = bed.Collect(CollectProcesslist);
  const std::string prefix = "\nmysql_info_schema_processlist_";
  EXPECT_THAT(text, HasSubstr(prefix + "threads{command=\"query\",state=\"sending_data\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("\nmysql_info_schema_processlist_seconds{command=\"query\",state="
                              "\"sending_data\"} 15\n"));
  EXPECT_THAT(text, HasSubstr("{command=\"sleep\",state=\"unknown\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("processes_by_host{client_host=\"unknown\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("processes_by_user{mysql_user=\"me\"} 6\n"));
  bed.options.processes_by_user = bed.options.processes_by_host = false;
  EXPECT_THAT(bed.Collect(CollectProcesslist), Not(HasSubstr("processes_by")));
}

TEST(QueryResponseTime, IsAHistogramWithoutTheRowOfWords) {
  Bed bed(Answers{{"@@query_response_time_stats", {}, {{"1"}}},
                  {"QUERY_RESPONSE_TIME",
                   {},
                   {{"      0.000001", "1", "      0.5"},
                    {"      0.100000", "2", "1.5"},
                    {"TOO LONG", "3", "TOO LONG"}}}});
  const std::string text = bed.Collect(CollectQueryResponseTime);
  const std::string name = "mysql_info_schema_query_response_time_seconds";
  EXPECT_THAT(
      text, HasSubstr(name + "_bucket{le=\"1e-06\"} 1\n" + name + "_bucket{le=\"0.1\"} 3\n" + name +
                      "_bucket{le=\"+Inf\"} 6\n" + name + "_sum 2\n" + name + "_count 6\n"));
  EXPECT_THAT(bed.session.statements, Not(Contains(HasSubstr("_READ"))));
}

TEST(EventsStatements, HaveQuantilesWhereTheServerHasThem) {
  Cells row = {"shop", "d", "SELECT ?"};
  for (int i = 1; i <= 17; ++i) row.emplace_back(std::to_string(i));
  Bed mysql(Answers{{"digest", {}, {row}}}, {8, 0, 28});
  const std::string text = mysql.Collect(CollectEventsStatements);
  const std::string labels = "digest=\"d\",digest_text=\"SELECT ?\"";
  const std::string name = "\nmysql_perf_schema_events_statements_";
  EXPECT_THAT(text, HasSubstr(name + "total{" + labels + ",schema=\"shop\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr(name + "cpu_time_seconds_total{" + labels + ",schema=\"shop\"} 14\n"));
  EXPECT_THAT(text,
              HasSubstr(name + "latency{" + labels + ",quantile=\"999\",schema=\"shop\"} 17\n"));
  EXPECT_THAT(text, HasSubstr(name + "latency_count{" + labels + ",schema=\"shop\"} 1\n"));
  row.resize(16);
  Bed mariadb(Answers{{"digest", {}, {row}}});
  mariadb.options.statements_excluded_schemas = {"a'b"};
  EXPECT_THAT(mariadb.Collect(CollectEventsStatements), Not(HasSubstr("cpu_time")));
  EXPECT_THAT(mariadb.session.statements[0],
              AllOf(HasSubstr("_utf8mb4 X'612762'"), Not(HasSubstr("quantile"))));
}

TEST(Collectors, OfOtherServersAreNoFailureWhereTheOriginalSaysSo) {
  Bed bed(Answers{});
  bed.Collect(CollectReplicaHost);
  EXPECT_TRUE(bed.status.ok());
  bed.Collect(CollectQueryResponseTime);
  EXPECT_TRUE(bed.status.ok());
  bed.Collect(CollectRocksDbPerfContext);
  EXPECT_FALSE(bed.status.ok());
}

TEST(GroupMembers, HaveTheColumnsAsLabels) {
  Bed bed(Answers{{"replication_group_members", {"CHANNEL_NAME", "MEMBER_PORT"}, {{"g", "3306"}}}},
          {8, 0, 36});
  EXPECT_THAT(bed.Collect(CollectGroupMembers),
              HasSubstr("member_info{channel_name=\"g\",member_port=\"3306\"} 1\n"));
}

TEST(GroupMemberStats, AreFewerBeforeMySql8) {
  Bed old(Answers{{"group_member_stats", {}, {{"1", "2", "3", "4"}}}}, {5, 7, 44});
  EXPECT_THAT(old.Collect(CollectGroupMemberStats),
              AllOf(HasSubstr("conflicts_detected_total 3\n"), Not(HasSubstr("remote"))));
}

}  // namespace
}  // namespace narthex::exporters
