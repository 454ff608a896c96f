#include "common/http_server/static_files.h"

#include <gmock/gmock.h>

#include "common/http_server/gzip.h"

namespace narthex {
namespace {

using ::testing::HasSubstr;

// Keeps the one answer.
class Answer : public HttpResponse {
 public:
  void SetHeader(std::string_view name, std::string_view value) override {
    headers.emplace_back(name, value);
  }
  void Send(int status, std::string_view content_type, std::string_view text) override {
    status_ = status;
    type = content_type;
    body = text;
  }
  void Begin(int, std::string_view) override { ADD_FAILURE() << "files are sent whole"; }
  bool Write(std::string_view) override { return false; }
  int status() const override { return status_; }

  std::string_view Header(std::string_view name) const { return FindHeader(headers, name); }

  HttpHeaders headers;
  std::string type;
  std::string body;

 private:
  int status_ = 0;
};

Answer Ask(const StaticFile& file, HttpHeaders headers = {}) {
  HttpRequest request;
  request.headers = std::move(headers);
  Answer answer;
  ServeStaticFile(file)(request, answer);
  return answer;
}

const std::string kScript(5000, 'x');
const std::string kZipped = Gzip(kScript);

StaticFile Zipped() { return {"app-1a2b.js", kZipped, "d1g357", kScript.size(), true}; }

TEST(StaticFiles, SendsACompressedFileAsItIsToWhoTakesIt) {
  const Answer answer = Ask(Zipped(), {{"Accept-Encoding", "br, gzip"}});
  EXPECT_EQ(answer.Header("Content-Encoding"), "gzip");
  EXPECT_EQ(answer.body, kZipped);
  EXPECT_EQ(answer.type, "text/javascript; charset=utf-8");
}

TEST(StaticFiles, InflatesItForOthers) {
  const Answer answer = Ask(Zipped());
  EXPECT_EQ(answer.Header("Content-Encoding"), "");
  EXPECT_EQ(answer.body, kScript);
}

TEST(StaticFiles, AreNotSentAgainToWhoHasThem) {
  for (const char* tags : {"W/\"d1g357\"", "\"other\", \"d1g357\"", "*"})
    EXPECT_EQ(Ask(Zipped(), {{"If-None-Match", tags}}).status(), 304) << tags;
  EXPECT_EQ(Ask(Zipped(), {{"If-None-Match", "\"other\""}}).status(), 200);
}

TEST(StaticFiles, AreKeptForeverWhereTheirNameSaysWhatTheyHold) {
  EXPECT_THAT(std::string(Ask(Zipped()).Header("Cache-Control")), HasSubstr("immutable"));
  EXPECT_EQ(Ask({"index.html", "<p>", "d1g357"}).Header("Cache-Control"), "no-cache");
}

TEST(StaticFiles, AllowNothingInlineAndNothingFromElsewhere) {
  const Answer answer = Ask({"index.html", "<p>", "d1g357"});
  EXPECT_THAT(std::string(answer.Header("Content-Security-Policy")),
              ::testing::AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self';"),
                               HasSubstr("style-src 'self';")));
}

}  // namespace
}  // namespace narthex
