#include "server/tsdb/index_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "common/bytes/crc32c.h"
#include "common/fs/memory_files.h"
#include "server/tsdb/byte_codec.h"
#include "server/tsdb/index_format.h"

namespace narthex::tsdb {
namespace {

using testing::ElementsAre;

void PutSection(std::string& file, const std::string& content) {
  PutFixed32(file, static_cast<uint32_t>(content.size()));
  file += content;
  PutFixed32(file, Crc32c(content));
}

// An index of version 1 with the series {a="x"}, {a="y"} and {a="y",b="x"}, each of one chunk, its
// postings table in no order.
class OldIndex {
 public:
  OldIndex() {
    PutFixed32(file_, kIndexMagic);
    file_ += static_cast<char>(kOldIndexVersion);
    AddSymbols();
    AddSeries({{"a", "x"}});
    AddSeries({{"a", "y"}});
    AddSeries({{"a", "y"}, {"b", "x"}});
    AddPostings("b", "x", {2});
    AddPostings("a", "y", {1, 2});
    AddPostings("", "", {0, 1, 2});
    AddPostings("a", "x", {0});
    AddContents();
  }

  const std::string& file() const { return file_; }

 private:
  void AddSymbols() {
    symbols_at_ = file_.size();
    std::string content;
    PutFixed32(content, 4);
    for (const char* text : {"a", "b", "x", "y"}) {
      symbols_[text] = symbols_at_ + sizeof(uint32_t) + content.size();
      PutText(content, text);
    }
    PutSection(file_, content);
  }

  void AddSeries(const std::map<std::string, std::string>& labels) {
    series_.push_back(file_.size());
    std::string content;
    PutVarint(content, labels.size());
    for (const auto& [name, value] : labels) {
      PutVarint(content, symbols_[name]);
      PutVarint(content, symbols_[value]);
    }
    PutVarint(content, 1);
    PutZigzag(content, 1000);
    PutVarint(content, 500);
    PutVarint(content, 8 * series_.size());
    PutVarint(file_, content.size());
    file_ += content;
    PutFixed32(file_, Crc32c(content));
  }

  void AddPostings(const std::string& name, const std::string& value,
                   const std::vector<size_t>& numbers) {
    table_ += '\x02';
    PutText(table_, name);
    PutText(table_, value);
    PutVarint(table_, file_.size());
    ++lists_;
    std::string content;
    PutFixed32(content, static_cast<uint32_t>(numbers.size()));
    for (const size_t number : numbers) PutFixed32(content, static_cast<uint32_t>(series_[number]));
    PutSection(file_, content);
  }

  void AddContents() {
    const uint64_t table_at = file_.size();
    std::string table;
    PutFixed32(table, lists_);
    PutSection(file_, table + table_);
    std::string contents;
    for (const uint64_t at :
         {symbols_at_, uint64_t{0}, uint64_t{0}, uint64_t{0}, uint64_t{0}, table_at})
      PutFixed64(contents, at);
    PutFixed32(contents, Crc32c(contents));
    file_ += contents;
  }

  std::string file_;
  uint64_t symbols_at_ = 0;
  std::map<std::string, uint64_t> symbols_;
  std::vector<uint64_t> series_;
  std::string table_;
  uint32_t lists_ = 0;
};

Result<std::unique_ptr<IndexReader>> Open(const std::string& content) {
  MemoryFiles files;
  files.SetContent("index", content);
  return IndexReader::Open(*files.Map("index"));
}

TEST(IndexReader, ReadsVersion1) {
  const auto reader = Open(OldIndex().file());
  ASSERT_TRUE(reader.ok()) << reader.message();
  const IndexReader& index = **reader;
  EXPECT_THAT(index.Names(), ElementsAre("a", "b"));
  std::vector<std::string> values;
  ASSERT_TRUE(
      index.VisitValues("a", [&](std::string_view value, uint64_t) { values.emplace_back(value); })
          .ok());
  EXPECT_THAT(values, ElementsAre("x", "y"));
  std::vector<std::string> all;
  const auto refs = *index.Postings("", "");
  for (const Slot ref : refs) {
    std::vector<ChunkMeta> chunks;
    all.push_back(index.Series(ref, chunks)->ToString());
    ASSERT_EQ(chunks.size(), 1U);
    EXPECT_EQ(chunks[0].max_time_ms, 1500);
    EXPECT_EQ(chunks[0].ref, 8 * all.size());
  }
  EXPECT_THAT(all, ElementsAre("{a=\"x\"}", "{a=\"y\"}", "{a=\"y\", b=\"x\"}"));
  EXPECT_THAT(*index.Postings("a", "y"), ElementsAre(refs[1], refs[2]));
  EXPECT_THAT(*index.Postings("b", "x"), ElementsAre(refs[2]));
  EXPECT_TRUE(index.Postings("b", "y")->empty());
}

// Symbols stand in series by their place, which no checksum of theirs guards.
TEST(IndexReader, OfVersion1ReadsNothingBeyondAGarbledFile) {
  const std::string good = OldIndex().file();
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    const auto reader = Open(bad);
    if (!reader.ok()) continue;
    for (uint32_t ref = 0; ref < good.size() + 5; ++ref) {
      std::vector<ChunkMeta> chunks;
      (void)(*reader)->Series(ref, chunks);
    }
  }
  std::string other = good;
  other[4] = 9;
  EXPECT_EQ(Open(other).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace narthex::tsdb
