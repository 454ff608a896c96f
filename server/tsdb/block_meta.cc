#include "server/tsdb/block_meta.h"

#include <algorithm>

#include "common/bytes/numbers.h"
#include "common/config/json.h"
#include "server/tsdb/ulid.h"

namespace narthex::tsdb {
namespace {

using config::Node;

// Reads members of an object; what is absent keeps its default.
class ObjectReader {
 public:
  explicit ObjectReader(const Node* object) : object_(object) {}

  template <typename T>
  void Number(std::string_view name, T& out) {
    const Node* node = Member(name);
    if (node == nullptr) return;
    const auto value = ParseInteger(node->text);
    if (!value) {
      ok_ = false;
      return;
    }
    out = static_cast<T>(*value);
  }
  void Text(std::string_view name, std::string& out) {
    if (const Node* node = Member(name)) out = node->text;
  }
  void Flag(std::string_view name, bool& out) {
    if (const Node* node = Member(name)) out = node->text == "true";
  }
  void Texts(std::string_view name, std::vector<std::string>& out) {
    const Node* node = Member(name);
    if (node == nullptr) return;
    for (const Node& item : node->items) out.push_back(item.text);
  }
  const Node* Member(std::string_view name) const {
    return object_ == nullptr ? nullptr : object_->Find(name);
  }
  bool ok() const { return ok_; }

 private:
  const Node* object_;
  bool ok_ = true;
};

void Member(std::string& out, int depth, std::string_view name, const std::string& value) {
  if (out.back() != '{') out += ',';
  out += '\n';
  out.append(static_cast<size_t>(depth), '\t');
  out += '"';
  out += name;
  out += "\": ";
  out += value;
}

// What goes in here, ULIDs and hints, needs no escapes.
std::string Quoted(const std::string& text) { return '"' + text + '"'; }

void Count(std::string& out, std::string_view name, uint64_t count) {
  if (count > 0) Member(out, 2, name, std::to_string(count));
}

std::string List(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? ",\n\t\t\t" : "\n\t\t\t") + item;
  return out + "\n\t\t]";
}

std::string QuotedList(std::vector<std::string> texts) {
  for (std::string& text : texts) text = Quoted(text);
  return List(texts);
}

}  // namespace

bool BlockMeta::from_out_of_order() const {
  return std::find(hints.begin(), hints.end(), kFromOutOfOrder) != hints.end();
}

Result<BlockMeta> ParseBlockMeta(std::string_view json) {
  const auto parsed = config::ParseJson(json);
  if (!parsed.ok()) return Corruption("meta.json: ", parsed.message());
  ObjectReader root(&*parsed);
  BlockMeta meta;
  int version = 0;
  root.Number("version", version);
  if (version != 1) return InvalidArgument("meta.json: version ", std::to_string(version));
  root.Text("ulid", meta.ulid);
  root.Number("minTime", meta.min_time_ms);
  root.Number("maxTime", meta.max_time_ms);
  ObjectReader stats(root.Member("stats"));
  stats.Number("numSamples", meta.stats.samples);
  stats.Number("numFloatSamples", meta.stats.float_samples);
  stats.Number("numHistogramSamples", meta.stats.histogram_samples);
  stats.Number("numSeries", meta.stats.series);
  stats.Number("numChunks", meta.stats.chunks);
  stats.Number("numTombstones", meta.stats.tombstones);
  ObjectReader compaction(root.Member("compaction"));
  compaction.Number("level", meta.level);
  compaction.Texts("sources", meta.sources);
  compaction.Texts("hints", meta.hints);
  compaction.Flag("deletable", meta.deletable);
  compaction.Flag("failed", meta.failed);
  if (const Node* parents = compaction.Member("parents")) {
    for (const Node& item : parents->items) {
      ObjectReader reader(&item);
      BlockParent& parent = meta.parents.emplace_back();
      reader.Text("ulid", parent.ulid);
      reader.Number("minTime", parent.min_time_ms);
      reader.Number("maxTime", parent.max_time_ms);
    }
  }
  const bool whole = root.ok() && stats.ok() && compaction.ok() && IsUlid(meta.ulid);
  if (!whole || meta.max_time_ms < meta.min_time_ms)
    return Corruption("meta.json: a ULID, a time or a count is impossible");
  return meta;
}

std::string FormatBlockMeta(const BlockMeta& meta) {
  std::string stats = "{";
  Count(stats, "numSamples", meta.stats.samples);
  Count(stats, "numFloatSamples", meta.stats.float_samples);
  Count(stats, "numHistogramSamples", meta.stats.histogram_samples);
  Count(stats, "numSeries", meta.stats.series);
  Count(stats, "numChunks", meta.stats.chunks);
  Count(stats, "numTombstones", meta.stats.tombstones);
  std::string compaction = "{";
  Member(compaction, 2, "level", std::to_string(meta.level));
  if (!meta.sources.empty()) Member(compaction, 2, "sources", QuotedList(meta.sources));
  if (meta.deletable) Member(compaction, 2, "deletable", "true");
  if (!meta.parents.empty()) {
    std::vector<std::string> parents;
    for (const BlockParent& parent : meta.parents) {
      parents.push_back("{\"ulid\": " + Quoted(parent.ulid) +
                        ", \"minTime\": " + std::to_string(parent.min_time_ms) +
                        ", \"maxTime\": " + std::to_string(parent.max_time_ms) + "}");
    }
    Member(compaction, 2, "parents", List(parents));
  }
  if (meta.failed) Member(compaction, 2, "failed", "true");
  if (!meta.hints.empty()) Member(compaction, 2, "hints", QuotedList(meta.hints));
  std::string out = "{";
  Member(out, 1, "ulid", Quoted(meta.ulid));
  Member(out, 1, "minTime", std::to_string(meta.min_time_ms));
  Member(out, 1, "maxTime", std::to_string(meta.max_time_ms));
  Member(out, 1, "stats", stats + "\n\t}");
  Member(out, 1, "compaction", compaction + "\n\t}");
  Member(out, 1, "version", "1");
  return out + "\n}\n";
}

}  // namespace narthex::tsdb
