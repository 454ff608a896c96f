// narthex-tool debug metrics and debug all: what somebody far away needs to see of a server.
#include <archive.h>
#include <archive_entry.h>

#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>

#include "tool/api_client.h"
#include "tool/command.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

struct Item {
  const char* path;  // of the server
  const char* file;  // in the archive
};

constexpr Item kMetrics[] = {{"/metrics", "metrics.txt"}};

// Answers without secrets; nothing of the stored samples.
constexpr Item kAll[] = {
    {"/metrics", "metrics.txt"},
    {"/api/v1/status/buildinfo", "buildinfo.json"},
    {"/api/v1/status/runtimeinfo", "runtimeinfo.json"},
    {"/api/v1/status/flags", "flags.json"},
    {"/api/v1/status/config", "config.json"},
    {"/api/v1/status/tsdb", "tsdb.json"},
    {"/api/v1/status/tsdb/blocks", "blocks.json"},
    {"/api/v1/status/active_queries", "active_queries.json"},
    {"/api/v1/targets", "targets.json"},
    {"/api/v1/features", "features.json"},
    {"/api/v1/notifications", "notifications.json"},
};

// A tar.gz file that comes into being whole or not at all.
class Archive {
 public:
  explicit Archive(std::string file) : file_(std::move(file)), part_(file_ + ".part") {}
  ~Archive() {
    archive_.reset();
    std::error_code ignored;
    std::filesystem::remove(part_, ignored);
  }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  Status Open() {
    archive_write_set_format_pax_restricted(archive_.get());
    archive_write_add_filter_gzip(archive_.get());
    return Check(archive_write_open_filename(archive_.get(), part_.c_str()));
  }

  Status Add(const char* name, const std::string& content) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              archive_entry_free);
    constexpr mode_t kMode = 0644;
    archive_entry_set_pathname(entry.get(), name);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), kMode);
    archive_entry_set_mtime(entry.get(), std::time(nullptr), 0);
    RETURN_IF_ERROR(Check(archive_write_header(archive_.get(), entry.get())));
    const la_ssize_t written = archive_write_data(archive_.get(), content.data(), content.size());
    return Check(written < 0 ? ARCHIVE_FATAL : ARCHIVE_OK);
  }

  Status Close() {
    RETURN_IF_ERROR(Check(archive_write_close(archive_.get())));
    std::error_code error;
    std::filesystem::rename(part_, file_, error);
    if (error) return Unavailable("rename ", Quote(part_), ": ", error.message());
    return {};
  }

 private:
  Status Check(int result) const {
    if (result >= ARCHIVE_WARN) return {};
    return Unavailable("write ", Quote(part_), ": ", archive_error_string(archive_.get()));
  }

  const std::string file_;
  const std::string part_;
  std::unique_ptr<archive, decltype(&archive_write_free)> archive_{archive_write_new(),
                                                                   archive_write_free};
};

Status Collect(const ApiServer& server, const std::vector<Item>& items, const std::string& file,
               std::ostream& out) {
  Archive archive(file);
  RETURN_IF_ERROR(archive.Open());
  for (const Item& item : items) {
    out << "collecting " << server.url << item.path << std::endl;  // as it goes
    ASSIGN_OR_RETURN(const Page page, AskPage(server, item.path));
    if (page.http_status == 404) {  // a server that has no such page
      out << "not there: " << item.path << "\n";
      continue;
    }
    if (page.http_status != 200) {
      return Unavailable(server.url, item.path, ": HTTP status ", std::to_string(page.http_status));
    }
    RETURN_IF_ERROR(archive.Add(item.file, page.body));
  }
  return archive.Close();
}

int Debug(const std::string& name, const std::string& summary, const std::vector<Item>& items,
          const std::vector<std::string>& arguments, std::ostream& out, std::ostream& problems) {
  ApiServer server;
  std::string file = "debug.tar.gz";
  cli::Flags flags("narthex-tool debug " + name, summary);
  flags.AddArgument("SERVER", &server.url, "The server, such as http://localhost:9090.");
  flags.Add("output", &file, "The archive to write.", "FILE");
  AddHttpConfigFlag(flags, server);
  return RunCommand(flags, arguments, out, problems, [&]() -> Status {
    if (server.url.empty()) return InvalidArgument("want a server, see --help");
    RETURN_IF_ERROR(Collect(server, items, file, out));
    out << "written: " << file << "\n";
    return {};
  });
}

}  // namespace

int DebugMetrics(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems) {
  return Debug("metrics", "Puts a server's own metrics into an archive.",
               {std::begin(kMetrics), std::end(kMetrics)}, arguments, out, problems);
}

int DebugAll(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& problems) {
  return Debug("all",
               "Puts what a server tells of itself into an archive: metrics, configuration without "
               "secrets, flags, targets, blocks, running queries.",
               {std::begin(kAll), std::end(kAll)}, arguments, out, problems);
}

}  // namespace narthex::tool
