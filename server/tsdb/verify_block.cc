#include <algorithm>

#include "server/tsdb/block.h"
#include "server/tsdb/verify.h"

namespace narthex::tsdb {
namespace {

// Checks one open block.
class BlockVerifier {
 public:
  BlockVerifier(const Block& block, const FindingSink& found)
      : block_(block), index_(block.index()), found_(found) {}

  VerifyCounts Run() {
    CheckSymbols();
    Tell(index_.CheckLabelIndices());
    const auto all = index_.Postings("", "");
    if (!all.ok()) {
      Tell(all.status(), BlockTimes());
      return counts_;
    }
    all_ = *all;
    CheckPostings();
    for (const Slot series : all_) CheckSeries(series);
    CheckTombstones();
    CheckStats();
    return counts_;
  }

 private:
  void Tell(const Status& status, std::optional<Interval> lost = std::nullopt) {
    if (status.ok()) return;
    found_({status, lost});
    good_ = false;
  }
  Interval BlockTimes() const { return {block_.meta().min_time_ms, block_.meta().max_time_ms - 1}; }

  void CheckSymbols() {
    std::vector<std::string_view> symbols;
    index_.AddSymbols(symbols);
    const auto wrong = std::adjacent_find(symbols.begin(), symbols.end(), std::greater_equal<>());
    if (wrong != symbols.end())
      Tell(Corruption("index: symbol ", Quote(*wrong), " is out of order"));
  }

  // Every list of series is whole, and of series that there are.
  void CheckPostings() {
    for (const std::string_view name : index_.Names()) {
      std::string_view before;
      bool first = true;
      const Status visited = index_.VisitValues(name, [&](std::string_view value, uint64_t at) {
        const std::string pair = std::string(name) + "=" + Quote(value);
        if (!first && value <= before) Tell(Corruption("index: ", pair, " is out of order"));
        first = false;
        before = value;
        const auto list = index_.PostingsAt(at);
        if (!list.ok()) return Tell(list.status().Prefixed("series of " + pair));
        if (!std::includes(all_.begin(), all_.end(), list->begin(), list->end()))
          Tell(Corruption("index: series of ", pair, ": some do not exist"));
      });
      Tell(visited);
    }
  }

  void CheckSeries(Slot series) {
    std::vector<ChunkMeta> chunks;
    const auto labels = index_.Series(series, chunks);
    if (!labels.ok()) return Tell(labels.status(), BlockTimes());
    ++counts_.series;
    if (!(last_labels_ < *labels) && counts_.series > 1)
      Tell(Corruption("index: series ", labels->ToString(), " is out of order"));
    last_labels_ = *labels;
    int64_t end_ms = INT64_MIN;
    for (const ChunkMeta& chunk : chunks) {
      const Status status = CheckChunk(chunk);
      Tell(status.Prefixed("series " + labels->ToString()),
           status.ok() ? std::nullopt
                       : std::optional(Interval{chunk.min_time_ms, chunk.max_time_ms}));
      if (chunk.min_time_ms <= end_ms && !block_.meta().from_out_of_order()) {
        Tell(Corruption("series ", labels->ToString(), ": chunk at ",
                        std::to_string(chunk.min_time_ms), " overlaps the one before"));
      }
      end_ms = std::max(end_ms, chunk.max_time_ms);
    }
  }

  Status CheckChunk(const ChunkMeta& chunk) {
    ++counts_.chunks;
    ASSIGN_OR_RETURN(const ChunkView view,
                     block_.chunks().Read(chunk.ref, ChunkReader::Verify::kAlways));
    samples_.Clear();
    RETURN_IF_ERROR(DecodeChunk(view, INT64_MIN, INT64_MAX, SIZE_MAX, samples_));
    counts_.samples += samples_.size();
    const auto& times = samples_.timestamps_ms;
    if (times.empty()) return Corruption("chunk without samples");
    if (std::adjacent_find(times.begin(), times.end(), std::greater_equal<>()) != times.end())
      return Corruption("samples of a chunk are out of order");
    if (times.front() != chunk.min_time_ms || times.back() != chunk.max_time_ms)
      return Corruption("chunk is not of the time that the index says");
    if (chunk.min_time_ms < block_.meta().min_time_ms ||
        chunk.max_time_ms >= block_.meta().max_time_ms)
      return Corruption("chunk is not within the time of its block");
    return {};
  }

  void CheckTombstones() {
    for (const auto& [series, intervals] : block_.tombstones()) {
      if (!std::binary_search(all_.begin(), all_.end(), static_cast<Slot>(series)))
        Tell(Corruption("tombstones: series ", std::to_string(series), " does not exist"));
    }
  }

  void CheckStats() {
    const BlockStats& stats = block_.meta().stats;
    const auto check = [&](std::string_view what, uint64_t said, uint64_t counted) {
      if (said == counted || !good_) return;  // other findings explain the difference
      found_({Corruption("meta.json: ", std::to_string(said), " ", std::string(what), ", found ",
                         std::to_string(counted)),
              std::nullopt});
    };
    check("series", stats.series, counts_.series);
    check("chunks", stats.chunks, counts_.chunks);
    check("samples", stats.samples, counts_.samples);
  }

  const Block& block_;
  const IndexReader& index_;
  const FindingSink& found_;
  SlotList all_;
  LabelSet last_labels_;
  storage::SampleColumns samples_;
  VerifyCounts counts_;
  bool good_ = true;
};

}  // namespace

VerifyCounts VerifyBlock(Files& files, const std::string& folder, const FindingSink& found) {
  const auto block = Block::Open(files, folder);
  if (block.ok()) return BlockVerifier(**block, found).Run();
  Finding finding{block.status(), std::nullopt};
  const auto meta = ReadBlockMeta(files, folder);
  if (meta.ok()) finding.lost = {meta->min_time_ms, meta->max_time_ms - 1};
  found(finding);
  return {};
}

std::vector<Overlap> OverlapsOf(std::vector<BlockMeta> blocks) {
  std::sort(blocks.begin(), blocks.end(), [](const BlockMeta& a, const BlockMeta& b) {
    return std::pair(a.min_time_ms, a.max_time_ms) < std::pair(b.min_time_ms, b.max_time_ms);
  });
  std::vector<Overlap> overlaps;
  int64_t end_ms = INT64_MIN;
  for (const BlockMeta& block : blocks) {
    if (block.min_time_ms < end_ms) {
      overlaps.push_back(
          {block.ulid, {block.min_time_ms, std::min(end_ms, block.max_time_ms) - 1}});
    }
    end_ms = std::max(end_ms, block.max_time_ms);
  }
  return overlaps;
}

}  // namespace narthex::tsdb
