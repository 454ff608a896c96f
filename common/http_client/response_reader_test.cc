#include "common/http_client/response_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex {
namespace {

using testing::HasSubstr;

struct Read {
  Status status;
  bool done = false;
  bool keeps_alive = false;
  size_t taken = 0;
  ResponseHead head;
  std::string body;
};

// Reads a stream that ends, in pieces of `step` bytes.
Read ReadAll(std::string_view stream, size_t step = 1 << 20, uint64_t limit = 100) {
  ResponseReader reader(limit);
  Read read;
  while (read.status.ok() && !reader.done() && read.taken < stream.size()) {
    const auto taken = reader.Take(stream.substr(read.taken, step));
    read.status = taken.status();
    if (taken.ok()) read.taken += *taken;
  }
  if (read.status.ok()) read.status = reader.End();
  read.done = reader.done();
  read.keeps_alive = reader.keeps_alive();
  read.head = reader.head();
  read.body = reader.TakeBody();
  return read;
}

TEST(ResponseReader, ReadsABodyOfKnownLengthAndLeavesTheRest) {
  for (const size_t step : {1, 2, 7, 1000}) {
    const Read read = ReadAll(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nContent-Encoding:gzip\r\n"
        "Content-Length: 5\r\n\r\nhelloHTTP/1.1 404",
        step);
    ASSERT_TRUE(read.done) << read.status.message();
    EXPECT_EQ(read.head.status, 200);
    EXPECT_EQ(read.head.content_type, "text/plain");
    EXPECT_EQ(read.head.content_encoding, "gzip");
    EXPECT_EQ(read.body, "hello");
    EXPECT_TRUE(read.keeps_alive);
    EXPECT_EQ(read.taken,
              std::string_view("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
                               "Content-Encoding:gzip\r\nContent-Length: 5\r\n\r\nhello")
                  .size());
  }
}

TEST(ResponseReader, ReadsChunks) {
  for (const size_t step : {1, 3, 1000}) {
    const Read read = ReadAll(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
        "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: a\r\n\r\n!",
        step);
    ASSERT_TRUE(read.done) << read.status.message();
    EXPECT_EQ(read.body, "abc0123456789");
    EXPECT_TRUE(read.keeps_alive);
  }
}

TEST(ResponseReader, ReadsUpToTheEndOfTheStreamWithoutALength) {
  const Read read = ReadAll("HTTP/1.0 200\nContent-Type: a\n\nall of it");
  ASSERT_TRUE(read.done) << read.status.message();
  EXPECT_EQ(read.body, "all of it");
  EXPECT_FALSE(read.keeps_alive);
}

TEST(ResponseReader, PassesOverInterimAnswers) {
  const Read read = ReadAll(
      "HTTP/1.1 103 Early Hints\r\nLocation: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nmore", 9);
  ASSERT_TRUE(read.done) << read.status.message();
  EXPECT_EQ(read.head.status, 204);
  EXPECT_EQ(read.head.location, "");
  EXPECT_EQ(read.body, "");
}

TEST(ResponseReader, KnowsWhetherAnotherAnswerMayFollow) {
  EXPECT_FALSE(ReadAll("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keeps_alive);
  EXPECT_TRUE(ReadAll("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n")
                  .keeps_alive);
  EXPECT_FALSE(
      ReadAll("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").keeps_alive);
  EXPECT_FALSE(ReadAll("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "0\r\n\r\n")
                   .keeps_alive);
}

TEST(ResponseReader, SaysWhereAnAnswerBreaksOff) {
  EXPECT_EQ(ReadAll("").status.message(), "no answer");
  EXPECT_THAT(ReadAll("HTTP/1.1 200 OK\r\nA: b\r\n").status.message(), HasSubstr("its headers"));
  EXPECT_THAT(ReadAll("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc").status.message(),
              HasSubstr("2 bytes early"));
  EXPECT_THAT(
      ReadAll("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc").status.message(),
      HasSubstr("within its chunks"));
}

TEST(ResponseReader, RefusesWhatIsNotHttpOrAmbiguous) {
  constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\n";
  const std::string broken[] = {
      "SSH-2.0-OpenSSH\r\n\r\n",
      "HTTP/2 200 OK\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 101 Switching\r\n\r\n",
      "HTTP/1.1  200 OK\r\n\r\n",
      std::string(kOk) + "no colon\r\n\r\n",
      std::string(kOk) + "Content-Length: 1, 1\r\n\r\na",
      std::string(kOk) + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      std::string(kOk) + "Transfer-Encoding: gzip\r\n\r\n",
      std::string(kOk) + "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
      std::string(kOk) + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
      std::string(kOk) + "X: " + std::string(ResponseReader::kMaxHeadBytes, 'a'),
      std::string(kOk) + "Transfer-Encoding: chunked\r\n\r\n1;" +
          std::string(ResponseReader::kMaxHeadBytes, 'a'),
  };
  for (const std::string& text : broken) {
    for (const size_t step : {1UL, 1UL << 20}) {
      const Read read = ReadAll(text, step);
      EXPECT_EQ(read.status.code(), Code::kCorruption) << text.substr(0, 60);
    }
  }
}

TEST(ResponseReader, BoundsTheBody) {
  constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\n";
  const std::string body(11, 'x');
  for (const std::string& text :
       {std::string(kHead) + "\r\n" + body, std::string(kHead) + "Content-Length: 11\r\n\r\n",
        std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\nb\r\n"}) {
    EXPECT_EQ(ReadAll(text, 3, 10).status.code(), Code::kLimit);
    EXPECT_NE(ReadAll(text, 3, 11).status.code(), Code::kLimit);
  }
}

}  // namespace
}  // namespace narthex
