#include "exporters/node/nfs_rpc.h"

#include <algorithm>

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

constexpr std::string_view kNfs2[] = {"Null", "GetAttr", "SetAttr", "Root",   "Lookup",  "ReadLink",
                                      "Read", "WrCache", "Write",   "Create", "Remove",  "Rename",
                                      "Link", "SymLink", "MkDir",   "RmDir",  "ReadDir", "FsStat"};
constexpr std::string_view kNfs3[] = {
    "Null",    "GetAttr",     "SetAttr", "Lookup", "Access",   "ReadLink", "Read",   "Write",
    "Create",  "MkDir",       "SymLink", "MkNod",  "Remove",   "RmDir",    "Rename", "Link",
    "ReadDir", "ReadDirPlus", "FsStat",  "FsInfo", "PathConf", "Commit"};

}  // namespace

Result<std::vector<RpcLine>> ParseNfsRpc(std::string_view text) {
  std::vector<RpcLine> parsed;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto key = fields.Next();
    if (!key) continue;
    RpcLine one{*key, {}};
    while (const auto field = fields.Next()) {
      const auto number = ParseDouble(*field);
      if (!number) return Corruption("nfs: want numbers, got ", Quote(*line));
      one.numbers.push_back(*number);
    }
    if (key->substr(0, 4) == "proc") {
      if (one.numbers.empty() || one.numbers[0] != static_cast<double>(one.numbers.size() - 1))
        return Corruption("nfs: want as many numbers as the first says, got ", Quote(*line));
      one.numbers.erase(one.numbers.begin());
    }
    parsed.push_back(std::move(one));
  }
  return parsed;
}

std::span<const std::string_view> Nfs2Procedures() { return kNfs2; }
std::span<const std::string_view> Nfs3Procedures() { return kNfs3; }

void AddMissingLines(std::initializer_list<std::string_view> keys, std::vector<RpcLine>& lines) {
  for (const std::string_view key : keys) {
    const bool is_there = std::any_of(lines.begin(), lines.end(),
                                      [key](const RpcLine& line) { return line.key == key; });
    if (!is_there) lines.push_back({key, {}});
  }
}

void ShowProcedures(Family& requests, std::string_view version,
                    std::span<const std::string_view> names, const std::vector<double>& counts) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) continue;
    requests.Sample({{"proto", version}, {"method", names[i]}}, i < counts.size() ? counts[i] : 0);
  }
}

}  // namespace narthex::exporters
