#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <map>
#include <random>

#include "common/fs/memory_files.h"
#include "server/tsdb/byte_codec.h"
#include "server/tsdb/test_histograms.h"
#include "server/tsdb/wal_reader.h"
#include "server/tsdb/wal_records.h"
#include "server/tsdb/wal_writer.h"
#include "server/tsdb/zstd_records.h"

namespace narthex::tsdb {
namespace {

using testing::ElementsAre;

struct ReadBack {
  std::vector<std::string> records;
  Status status;
  uint64_t good_size = 0;
};

ReadBack ReadSegment(std::string_view segment) {
  ReadBack back;
  WalReader reader(segment);
  for (;;) {
    const auto record = reader.Next();
    if (!record.ok()) back.status = record.status();
    if (!record.ok() || !*record) break;
    back.records.emplace_back(**record);
  }
  back.good_size = reader.good_size();
  return back;
}

std::string SegmentOf(const std::vector<std::string>& records,
                      WalCompression compression = WalCompression::kNone) {
  MemoryFiles files;
  auto writer = *WalWriter::Open(files, "wal", 0, {.compression = compression});
  for (const std::string& record : records) EXPECT_TRUE(writer->Log({record}).ok());
  return files.Content("wal/00000000");
}

TEST(Wal, GivesBackRecordsOfEverySizeAroundThePageBorders) {
  std::mt19937 random(3);
  for (const auto compression :
       {WalCompression::kNone, WalCompression::kSnappy, WalCompression::kZstd}) {
    std::vector<std::string> records;
    for (size_t size : {0UL, 1UL, 100UL, kWalMaxPayload - 1, kWalMaxPayload, kWalMaxPayload + 1,
                        kWalPageSize, 3 * kWalPageSize, 32'744UL, 5UL}) {
      std::string record(size, '\0');
      for (char& c : record) c = static_cast<char>(random());
      records.push_back(record);
    }
    const ReadBack back = ReadSegment(SegmentOf(records, compression));
    EXPECT_TRUE(back.status.ok()) << back.status.message();
    EXPECT_EQ(back.records, records);
  }
}

// Of a writer that streams, a frame does not say how large its content is.
TEST(WalReader, ReadsZstdFramesThatDoNotTellTheirSize) {
  const std::string content = std::string(200'000, 'a') + "end";
  const std::string frame = [&] {
    const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx);
    std::string out(ZSTD_compressBound(content.size()), '\0');
    ZSTD_inBuffer in_all{content.data(), content.size(), 0};
    ZSTD_outBuffer out_all{out.data(), out.size(), 0};
    // Two calls: the first cannot know that it has all.
    EXPECT_EQ(ZSTD_compressStream2(context.get(), &out_all, &in_all, ZSTD_e_flush), 0U);
    EXPECT_EQ(ZSTD_compressStream2(context.get(), &out_all, &in_all, ZSTD_e_end), 0U);
    return out.substr(0, out_all.pos);
  }();
  std::string record;
  ASSERT_TRUE(ZstdDecompress(frame, 1 << 20, record).ok());
  EXPECT_EQ(record, content);
  EXPECT_FALSE(ZstdDecompress(frame, 100'000, record).ok());
  for (size_t cut = 0; cut < frame.size(); ++cut)
    EXPECT_FALSE(ZstdDecompress(frame.substr(0, cut), 1 << 20, record).ok()) << cut;
  EXPECT_FALSE(ZstdDecompress(frame + "x", 1 << 20, record).ok());
}

// Every prefix of a segment is what some crash leaves behind.
TEST(WalReader, YieldsOnlyWholeRecordsWhereverTheSegmentIsCut) {
  const std::string segment = SegmentOf({"one", "two", "three"});  // framed: 10, 10 and 12 bytes
  ASSERT_EQ(segment.size(), 32U);
  for (size_t cut = 0; cut <= segment.size(); ++cut) {
    const ReadBack back = ReadSegment(segment.substr(0, cut));
    const size_t whole = static_cast<size_t>(cut >= 10) + static_cast<size_t>(cut >= 20) +
                         static_cast<size_t>(cut >= 32);
    EXPECT_EQ(back.records.size(), whole) << cut;
    EXPECT_EQ(back.status.ok(), cut == 0 || cut == 10 || cut == 20 || cut == 32) << cut;
    EXPECT_LE(back.good_size, cut);
  }
}

TEST(WalReader, NoticesEveryFlippedBit) {
  const std::string segment = SegmentOf({"one", "two"});
  for (size_t bit = 0; bit < segment.size() * 8; ++bit) {
    std::string garbled = segment;
    garbled[bit / 8] = static_cast<char>(garbled[bit / 8] ^ (1 << (bit % 8)));
    const ReadBack back = ReadSegment(garbled);
    EXPECT_TRUE(!back.status.ok() || back.records != std::vector<std::string>({"one", "two"}))
        << bit;
  }
}

TEST(WalWriter, CutsOffAWriteThatFailed) {
  MemoryFiles files;
  auto writer = *WalWriter::Open(files, "wal", 7, {.compression = WalCompression::kNone});
  ASSERT_TRUE(writer->Log({"one"}).ok());
  files.FailWritesAfter(4);
  EXPECT_EQ(writer->Log({"two"}).code(), Code::kUnavailable);
  files.FailWritesAfter(MemoryFiles::kNever);
  ASSERT_TRUE(writer->Log({"three"}).ok());
  EXPECT_THAT(ReadSegment(files.Content("wal/00000007")).records, ElementsAre("one", "three"));
}

TEST(WalWriter, BeginsASegmentWhenOneIsFull) {
  MemoryFiles files;
  auto writer = *WalWriter::Open(files, "wal", 0,
                                 {.compression = WalCompression::kNone, .segment_bytes = 10});
  for (const char* record : {"one", "two", "three"}) ASSERT_TRUE(writer->Log({record}).ok());
  EXPECT_THAT(*files.List("wal"), ElementsAre("00000000", "00000001", "00000002"));
  EXPECT_EQ(writer->position().segment, 2U);
}

TEST(WalRecords, RoundTripSeriesAndSamples) {
  const std::vector<RefSeries> series = {
      {1, LabelSet::Of({{"__name__", "up"}, {"job", "a"}})},
      {1ULL << 40, LabelSet::Of({{"x", std::string(300, 'y')}})}};
  std::string record;
  EncodeSeries(series, record);
  std::vector<RefSeries> series_back;
  ASSERT_TRUE(DecodeSeries(record, series_back).ok());
  ASSERT_EQ(series_back.size(), 2U);
  EXPECT_EQ(series_back[1].labels, series[1].labels);
  EXPECT_EQ(series_back[1].ref, series[1].ref);

  const std::vector<RefSample> samples = {
      {5, 1'700'000'000'000, 1.5}, {3, 1'700'000'000'000, -0.0}, {1ULL << 40, -7, 2}};
  record.clear();
  EncodeSamples(samples, record);
  std::vector<RefSample> samples_back;
  ASSERT_TRUE(DecodeSamples(record, samples_back).ok());
  ASSERT_EQ(samples_back.size(), 3U);
  EXPECT_EQ(samples_back[1].ref, 3U);
  EXPECT_TRUE(std::signbit(samples_back[1].value));
  EXPECT_EQ(samples_back[2].timestamp_ms, -7);
  for (size_t size = 1; size < record.size(); ++size) {
    std::vector<RefSample> cut;
    (void)DecodeSamples(record.substr(0, size), cut);
    EXPECT_LT(cut.size(), 3U);
  }
}

TEST(WalRecords, RoundTripHistogramsOfEveryKind) {
  std::vector<RefHistogram> histograms;
  for (uint64_t seed = 0; seed < 6; ++seed) {
    HistogramSource source(
        seed, seed % 2 == 0,
        seed < 3 ? HistogramSource::Kind::kCustom : HistogramSource::Kind::kGauge);
    for (int i = 0; i < 20; ++i)
      histograms.push_back({seed * 1000 + 3, 1'700'000'000'000 - i * 7, *source.Next()});
  }
  RecordList records;
  EncodeHistograms(histograms, records);
  ASSERT_EQ(records.views().size(), 4U);
  std::vector<RefHistogram> back;
  for (const std::string_view record : records.views()) {
    EXPECT_TRUE(IsHistogramsRecord(RecordTypeOf(record)));
    ASSERT_TRUE(DecodeHistograms(record, back).ok());
    for (size_t size = 1; size < record.size(); size += 5) {
      std::vector<RefHistogram> cut;
      (void)DecodeHistograms(record.substr(0, size), cut);
      EXPECT_LT(cut.size(), histograms.size());
    }
  }
  ASSERT_EQ(back.size(), histograms.size());
  const auto by_place = [](const RefHistogram& a, const RefHistogram& b) {
    return std::pair(a.ref, -a.timestamp_ms) < std::pair(b.ref, -b.timestamp_ms);
  };
  std::sort(back.begin(), back.end(), by_place);
  for (size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].ref, histograms[i].ref);
    EXPECT_EQ(back[i].timestamp_ms, histograms[i].timestamp_ms);
    EXPECT_TRUE(Same(back[i].histogram, histograms[i].histogram)) << i;
    EXPECT_EQ(back[i].histogram.hint, histograms[i].histogram.hint);
  }
}

TEST(WalRecords, RoundTripExemplarsAndMetadata) {
  std::vector<RefExemplar> exemplars = {{7, {LabelSet::Of({{"trace_id", "a"}}), 1.5, 1000}},
                                        {3, {LabelSet(), -2, 900}}};
  std::string record;
  EncodeExemplars(exemplars, record);
  std::vector<RefExemplar> exemplars_back;
  ASSERT_TRUE(DecodeExemplars(record, exemplars_back).ok());
  ASSERT_EQ(exemplars_back.size(), 2U);
  EXPECT_EQ(exemplars_back[0].exemplar.labels.Get("trace_id"), "a");
  EXPECT_EQ(exemplars_back[1].ref, 3U);
  EXPECT_EQ(exemplars_back[1].exemplar.timestamp_ms, 900);
  EXPECT_EQ(exemplars_back[1].exemplar.value, -2);

  record.clear();
  const storage::Metadata metadata{openmetrics::Type::kGaugeHistogram, "seconds", "How long."};
  EncodeMetadata(std::vector<RefMetadata>{{9, metadata}}, record);
  std::vector<RefMetadata> metadata_back;
  ASSERT_TRUE(DecodeMetadata(record, metadata_back).ok());
  ASSERT_EQ(metadata_back.size(), 1U);
  EXPECT_EQ(metadata_back[0].ref, 9U);
  EXPECT_EQ(metadata_back[0].metadata, metadata);
}

// As written by hand after the format.
TEST(WalRecords, HasSamplesWithStartTimes) {
  std::string record(1, '\x0b');
  for (const int64_t field : {40, 1000, 900}) PutZigzag(record, field);
  PutDouble(record, 1.5);
  for (const auto& [start, value] : std::vector<std::pair<std::string, double>>{
           {std::string("\x02\x0a", 2), 2}, {"\x01", 3}, {std::string(1, '\0'), 4}}) {
    PutZigzag(record, 2);
    PutZigzag(record, 15);
    record += start;
    PutDouble(record, value);
  }
  std::vector<RefSample> samples;
  ASSERT_TRUE(DecodeSamples(record, samples).ok());
  ASSERT_EQ(samples.size(), 4U);
  EXPECT_EQ(samples[0].ref, 40U);
  EXPECT_EQ(samples[0].timestamp_ms, 1000);
  EXPECT_EQ(samples[3].ref, 46U);
  EXPECT_EQ(samples[3].timestamp_ms, 1015);
  EXPECT_EQ(samples[3].value, 4);
  std::vector<int64_t> starts_ms;
  starts_ms.reserve(samples.size());
  for (const RefSample& one : samples) starts_ms.push_back(one.start_ms);
  EXPECT_EQ(starts_ms, (std::vector<int64_t>{900, 905, 905, 0}));
  std::string written;
  EncodeSamples(samples, written);
  EXPECT_EQ(written, record);
}

}  // namespace
}  // namespace narthex::tsdb
