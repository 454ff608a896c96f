// The small parts of probes: rules for addresses, messages of protocols, history, timeouts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "exporters/blackbox/address_choice.h"
#include "exporters/blackbox/body_decoder.h"
#include "exporters/blackbox/grpc_health.h"
#include "exporters/blackbox/history.h"
#include "exporters/blackbox/http_transfer.h"
#include "exporters/blackbox/icmp_echo.h"
#include "exporters/blackbox/probe_api.h"
#include "exporters/blackbox/websocket_frames.h"

namespace narthex::blackbox {
namespace {

using ::testing::ElementsAre;

TEST(AddressRules, RefuseLocalAddressesInEverySpelling) {
  const AddressRules open;
  EXPECT_TRUE(open.MayProbe("127.0.0.1"));
  const AddressRules rules = *AddressRules::RefuseLocal({"127.0.0.2", "fe80:1::/32"});
  for (const char* refused :
       {"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1%eth0", "0.0.0.0",
        "::", "64:ff9b::7f00:1", "2002:7f00:1::", "100.100.100.200", "fd00:ec2::254", "nonsense"})
    EXPECT_FALSE(rules.MayProbe(refused)) << refused;
  for (const char* allowed : {"127.0.0.2", "10.0.0.1", "192.168.1.1", "2001:db8::1", "8.8.8.8"})
    EXPECT_TRUE(rules.MayProbe(allowed)) << allowed;
  EXPECT_FALSE(rules.MayProbeUnixSockets());
  EXPECT_FALSE(AddressRules::RefuseLocal({"10.0.0.0/33"}).ok());
  EXPECT_FALSE(AddressRules::RefuseLocal({"host"}).ok());
}

TEST(SplitHostAndPort, TakesBracketsAndNothingAmbiguous) {
  EXPECT_EQ(SplitHostAndPort("a.test:80")->host, "a.test");
  EXPECT_EQ(SplitHostAndPort("[::1]:80")->host, "::1");
  EXPECT_EQ(SplitHostAndPort("::1"), std::nullopt);
  EXPECT_EQ(SplitHostAndPort("a.test"), std::nullopt);
  EXPECT_EQ(SplitHostAndPort("[::1]"), std::nullopt);
  EXPECT_EQ(PortNumber("https", "tcp"), 443);
  EXPECT_EQ(PortNumber("70000", "tcp"), 0);
}

TEST(IcmpEcho, KnowsItsOwnReplyOnly) {
  const IcmpEcho echo{false, 0x1234, 7, "payload"};
  std::string reply = echo.Request();
  EXPECT_EQ(reply[0], 8);
  uint32_t sum = 0;  // over everything, the checksum included, it is all ones
  const std::string even = reply + std::string(reply.size() % 2, '\0');
  for (size_t i = 0; i < even.size(); i += 2)
    sum += static_cast<uint32_t>(static_cast<uint8_t>(even[i])) << 8 |
           static_cast<uint8_t>(even[i + 1]);
  EXPECT_EQ((sum & 0xffff) + (sum >> 16), 0xffffU);
  EXPECT_FALSE(echo.IsReply(reply, true));
  reply[0] = 0;
  EXPECT_TRUE(echo.IsReply(reply, true));
  reply[4] = 0;  // the id
  EXPECT_FALSE(echo.IsReply(reply, true));
  EXPECT_TRUE(echo.IsReply(reply, false));
  EXPECT_FALSE(echo.IsReply(reply + "x", false));
  EXPECT_FALSE(echo.IsReply("", false));
  EXPECT_EQ(WithoutIpHeader(std::string("\x45") + std::string(19, 'h') + "rest"), "rest");
  EXPECT_EQ(WithoutIpHeader("\x4f"), "");
}

TEST(GrpcHealth, ReadsStates) {
  EXPECT_EQ(EncodeHealthRequest(""), std::string(5, '\0'));
  EXPECT_EQ(EncodeHealthRequest("db"), std::string("\0\0\0\0\4\n\2db", 9));
  EXPECT_EQ(*ParseHealthAnswer(std::string("\0\0\0\0\2\x08\1", 7)), 1U);
  EXPECT_EQ(*ParseHealthAnswer(std::string(5, '\0')), 0U);
  EXPECT_EQ(*ParseHealthAnswer(std::string("\0\0\0\0\6\x12\2ab\x08\2", 11)), 2U);
  for (const std::string& broken :
       {std::string("\0\0\0\0\3\x08\1", 7), std::string("\1\0\0\0\0", 5),
        std::string("\0\0\0\0\1\x08", 6), std::string(2, '\0')})
    EXPECT_FALSE(ParseHealthAnswer(broken).ok());
}

// The example of RFC 6455, 1.3.
TEST(WebsocketFrames, ShakeHandsAsTheStandardHasIt) {
  const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
  EXPECT_EQ(WebsocketAccept(key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const std::string head =
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, "
      "Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  EXPECT_TRUE(ParseWebsocketReply(head, key)->upgrades);
  EXPECT_FALSE(ParseWebsocketReply(head, "other")->upgrades);
  EXPECT_EQ(ParseWebsocketReply("HTTP/1.1 403 No\r\n\r\n", key)->http_status, 403);
  EXPECT_FALSE(ParseWebsocketReply("SSH-2.0-x\r\n\r\n", key).ok());
}

TEST(WebsocketFrames, AreMaskedAndBounded) {
  const std::string frame = EncodeWebsocketFrame(kWebsocketText, "Hello", {0x37, 0xfa, 0x21, 0x3d});
  EXPECT_EQ(frame, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");  // RFC 6455, 5.7
  EXPECT_EQ(EncodeWebsocketFrame(kWebsocketText, std::string(300, 'x'), {}).size(), 308U);
  EXPECT_EQ(ParseWebsocketHead("\x81\x05")->size_bytes, 5U);
  EXPECT_EQ(ParseWebsocketHead("\x82\x7e\1\2")->size_bytes, 258U);
  EXPECT_FALSE(ParseWebsocketHead("\x81\x85").ok());                  // masked
  EXPECT_FALSE(ParseWebsocketHead(std::string("\x09\x00", 2)).ok());  // a ping in pieces
  EXPECT_FALSE(ParseWebsocketHead(std::string("\xc1\x00", 2)).ok());  // compressed
}

std::string Gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(BodyDecoder, DecodesInPiecesAndNoticesTheirEnd) {
  const std::string text(100'000, 'x');
  const std::string packed = Gzipped(text) + Gzipped("end");
  const auto decoder = NewBodyDecoder("GZIP");
  std::string out;
  const auto sink = [&](std::string_view piece) {
    out += piece;
    return true;
  };
  for (const char c : packed) ASSERT_TRUE(decoder->Decode({&c, 1}, sink).ok());
  EXPECT_TRUE(decoder->Finish().ok());
  EXPECT_EQ(out, text + "end");
  const auto cut = NewBodyDecoder("gzip");
  EXPECT_TRUE(cut->Decode(packed.substr(0, packed.size() - 4), sink).ok());
  EXPECT_FALSE(cut->Finish().ok());
  EXPECT_FALSE(NewBodyDecoder("gzip")->Decode("plain text", sink).ok());
  const auto brotli = NewBodyDecoder("br");
  EXPECT_FALSE(brotli->Decode("plain text", sink).ok() && brotli->Finish().ok());
  const auto enough = [](std::string_view) { return false; };
  EXPECT_EQ(NewBodyDecoder("gzip")->Decode(packed, enough).code(), Code::kCancelled);
}

TEST(ProbeTimeout, FollowsTheScraperAndTheModule) {
  Module module;
  EXPECT_EQ(*ProbeTimeout("", module, 0.5), 119.5);
  EXPECT_EQ(*ProbeTimeout("10", module, 0.5), 9.5);
  module.timeout.ns = 5'000'000'000;
  EXPECT_EQ(*ProbeTimeout("10", module, 0.5), 5);
  EXPECT_EQ(*ProbeTimeout("3", module, 0.5), 2.5);
  EXPECT_EQ(*ProbeTimeout("0.1", module, 0.5), 5);  // as the original: less than nothing is left
  EXPECT_FALSE(ProbeTimeout("x", module, 0.5).ok());
  EXPECT_FALSE(ProbeTimeout("-1", module, 0.5).ok());
  EXPECT_FALSE(ProbeTimeout("NaN", module, 0.5).ok());
}

TEST(UnescapedOnce, LeavesBrokenEscapes) {
  EXPECT_EQ(UnescapedOnce("http%3A%2F%2Fa+b"), "http://a b");
  EXPECT_EQ(UnescapedOnce("100%"), "100%");
  EXPECT_EQ(UnescapedOnce("%zz"), "%zz");
}

TEST(ResolveUrl, FollowsLocations) {
  EXPECT_EQ(ResolveUrl("http://a.test/x/y?q", "/z"), "http://a.test/z");
  EXPECT_EQ(ResolveUrl("http://a.test/x/y", "z w"), "http://a.test/x/z%20w");
  EXPECT_EQ(ResolveUrl("http://a.test/", "https://b.test:8443/"), "https://b.test:8443/");
  EXPECT_EQ(PathOf("http://a.test"), "/");
  EXPECT_EQ(PathOf("http://a.test/x?y=1#z"), "/x?y=1");
}

TEST(History, KeepsFailuresLonger) {
  const SystemClock clock;
  TokenFetcher tokens(clock);
  const auto runtime = std::make_shared<ModuleRuntime>("m", Module{}, tokens);
  History history(2);
  const auto add = [&](const char* target, bool success) {
    ProbeResult result;
    result.runtime = runtime;
    result.target = target;
    result.success = success;
    history.Add(std::move(result));
  };
  add("bad", false);
  for (const char* target : {"a", "b", "c"}) add(target, true);
  std::vector<std::string> targets;
  for (const auto& entry : history.NewestFirst()) targets.push_back(entry->result.target);
  EXPECT_THAT(targets, ElementsAre("c", "b", "bad"));
  EXPECT_EQ(history.Find(0)->result.target, "bad");
  EXPECT_EQ(history.Find(1), nullptr);
  EXPECT_EQ(history.FindTarget("bad", "m")->id, 0);
  EXPECT_EQ(history.FindTarget("bad", "other"), nullptr);
}

}  // namespace
}  // namespace narthex::blackbox
