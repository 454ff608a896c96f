// narthex-tool tsdb verify: whether a data directory is whole.
#include <algorithm>
#include <ostream>

#include "common/fs/file_layer.h"
#include "server/tsdb/block.h"
#include "server/tsdb/ulid.h"
#include "server/tsdb/verify.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/tsdb_output.h"

namespace narthex::tool {
namespace {

// Prints findings as they come and adds up what is lost.
class Report {
 public:
  explicit Report(std::ostream& out) : out_(out) {}

  tsdb::FindingSink Of(const std::string& part) {
    return [this, part](const tsdb::Finding& finding) {
      ++count_;
      out_ << part << ": " << finding.status.message() << "\n";
      if (!finding.lost) return;
      out_ << "  lost: samples from " << TimeText(finding.lost->min_time_ms) << " to "
           << TimeText(finding.lost->max_time_ms) << "\n";
      tsdb::AddInterval(lost_, *finding.lost);
    };
  }

  void Counted(const std::string& part, const tsdb::VerifyCounts& counts, size_t before) {
    out_ << part << (count_ == before ? ": good" : ": damaged");
    const auto tell = [&](uint64_t count, const char* what) {
      if (count > 0) out_ << ", " << count << " " << what;
    };
    tell(counts.records, "records");
    tell(counts.series, "series");
    tell(counts.chunks, "chunks");
    tell(counts.samples, "samples");
    out_ << "\n";
  }

  size_t count() const { return count_; }
  const tsdb::Intervals& lost() const { return lost_; }

 private:
  std::ostream& out_;
  size_t count_ = 0;
  tsdb::Intervals lost_;
};

void VerifyBlocks(Files& files, const std::string& path, const std::vector<std::string>& names,
                  Report& report, std::ostream& out) {
  std::vector<tsdb::BlockMeta> metas;
  for (const std::string& name : names) {
    if (!tsdb::IsUlid(name)) continue;
    const std::string folder = path + "/" + name;
    const size_t before = report.count();
    const auto counts = tsdb::VerifyBlock(files, folder, report.Of("block " + name));
    report.Counted("block " + name, counts, before);
    auto meta = tsdb::ReadBlockMeta(files, folder);
    if (meta.ok()) metas.push_back(*std::move(meta));
  }
  for (const tsdb::Overlap& overlap : tsdb::OverlapsOf(std::move(metas))) {
    out << "note: block " << overlap.ulid << " overlaps earlier ones from "
        << TimeText(overlap.with_earlier.min_time_ms) << " to "
        << TimeText(overlap.with_earlier.max_time_ms) << "; the next compaction merges them\n";
  }
}

Status Verify(const std::string& path, std::ostream& out) {
  const auto files = NewSystemFiles();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files->List(path));
  Report report(out);
  VerifyBlocks(*files, path, names, report, out);
  using Verifier = tsdb::VerifyCounts (*)(Files&, const std::string&, const tsdb::FindingSink&);
  const std::pair<const char*, Verifier> parts[] = {
      {"wal", tsdb::VerifyLog}, {"wbl", tsdb::VerifyLog}, {"chunks_head", tsdb::VerifyHeadChunks}};
  for (const auto& [name, verify] : parts) {
    if (!std::binary_search(names.begin(), names.end(), name)) continue;
    const size_t before = report.count();
    const auto counts = verify(*files, path + "/" + name, report.Of(name));
    report.Counted(name, counts, before);
  }
  if (report.count() == 0) return {};
  for (const tsdb::Interval& lost : report.lost()) {
    out << "lost in all: from " << TimeText(lost.min_time_ms) << " to "
        << TimeText(lost.max_time_ms) << "\n";
  }
  return Corruption(Quote(path), " is damaged");
}

}  // namespace

int TsdbVerify(const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems) {
  std::string path = kDefaultDatabase;
  cli::Flags flags("narthex-tool tsdb verify",
                   "Checks every checksum, order and count of a data directory: blocks, logs and "
                   "chunks of the head. Tells which samples are lost and exits with 1 where "
                   "anything is wrong. It changes nothing; let no server work there meanwhile, or "
                   "verify a snapshot.");
  flags.AddArgument("DB-PATH", &path, "The data directory.");
  return RunCommand(flags, arguments, out, problems, [&] { return Verify(path, out); });
}

}  // namespace narthex::tool
