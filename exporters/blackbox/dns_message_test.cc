#include "exporters/blackbox/dns_message.h"

#include <gtest/gtest.h>

#include "exporters/blackbox/dns_names.h"
#include "exporters/blackbox/record_rules.h"

namespace narthex::blackbox {
namespace {

std::string Short(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

// An answer to "a.test" with records of that name; the question is compressed into them.
std::string Answer(const std::vector<std::pair<uint16_t, std::string>>& records) {
  std::string out = Short(7) + Short(0x8180) + Short(1) +
                    Short(static_cast<unsigned>(records.size())) + Short(0) + Short(0);
  out += std::string("\1a\4test\0", 8) + Short(1) + Short(1);
  for (const auto& [type, data] : records) {
    out += Short(0xc00c) + Short(type) + Short(1) + Short(0) + Short(300) +
           Short(static_cast<unsigned>(data.size())) + data;
  }
  return out;
}

std::string TextOf(uint16_t type, const std::string& data) {
  const auto message = ParseDnsMessage(Answer({{type, data}}));
  if (!message.ok()) return std::string(message.message());
  return message->answer.at(0).text;
}

TEST(DnsMessage, AsksAsTheStandardHasIt) {
  const auto query = EncodeDnsQuery(0x1234, {"a.test.", 15, 1}, true);
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(*query, std::string("\x12\x34\x01\0\0\1\0\0\0\0\0\0\1a\4test\0\0\x0f\0\1", 24));
  EXPECT_EQ(EncodeDnsQuery(1, {".", 2, 1}, false)->size(), 17U);
  EXPECT_EQ(EncodeDnsQuery(1, {"a\\.b\\009.c", 1, 1}, false)->substr(12, 9),
            std::string("\4a.b\t\1c\0\0", 9));
  EXPECT_FALSE(EncodeDnsQuery(1, {"a..b", 1, 1}, false).ok());
  EXPECT_FALSE(EncodeDnsQuery(1, {std::string(64, 'x'), 1, 1}, false).ok());
}

TEST(DnsMessage, ShowsRecordsAsZoneFilesHaveThem) {
  EXPECT_EQ(TextOf(1, "\x0a\1\2\3"), "a.test.\t300\tIN\tA\t10.1.2.3");
  EXPECT_EQ(TextOf(28, std::string(15, '\0') + "\1"), "a.test.\t300\tIN\tAAAA\t::1");
  EXPECT_EQ(TextOf(5, std::string("\1b\xc0\x0e", 4)), "a.test.\t300\tIN\tCNAME\tb.test.");
  EXPECT_EQ(TextOf(15, std::string("\0\x0a\2mx\xc0\x0e", 7)), "a.test.\t300\tIN\tMX\t10 mx.test.");
  EXPECT_EQ(TextOf(16, "\2hi\3a\"b"), "a.test.\t300\tIN\tTXT\t\"hi\" \"a\\\"b\"");
  EXPECT_EQ(TextOf(33, std::string("\0\1\0\2\x23\x8c\2h1\xc0\x0e", 11)),
            "a.test.\t300\tIN\tSRV\t1 2 9100 h1.test.");
  EXPECT_EQ(TextOf(257, std::string("\0\5issueca.test", 14)),
            "a.test.\t300\tIN\tCAA\t0 issue \"ca.test\"");
  EXPECT_EQ(TextOf(65'280, "\x0a\x0b"), "a.test.\t300\tIN\tTYPE65280\t\\# 2 0a0b");
}

TEST(DnsMessage, TakesTheSerialOfAZone) {
  const std::string numbers = std::string("\0\0\x30\x39", 4) + std::string(16, '\1');
  const auto message = ParseDnsMessage(
      Answer({{kDnsTypeSoa, "\2ns" + Short(0xc00e) + "\1h" + Short(0xc00e) + numbers}}));
  ASSERT_TRUE(message.ok()) << message.message();
  EXPECT_EQ(message->answer.at(0).soa_serial, 12'345U);
  EXPECT_EQ(message->rcode, 0);
  EXPECT_TRUE(message->is_response);
}

TEST(DnsMessage, RefusesWhatIsCutOrLoops) {
  const std::string whole = Answer({{15, std::string("\0\x0a\2mx\xc0\x0e", 7)}});
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(ParseDnsMessage(whole.substr(0, size)).ok()) << size;
  std::string loop = whole;
  loop[12] = static_cast<char>(0xc0);
  loop[13] = 12;
  EXPECT_FALSE(ParseDnsMessage(loop).ok());
  EXPECT_EQ(TextOf(1, "\1\2\3"), "DNS: broken record");
  EXPECT_EQ(TextOf(1, "\1\2\3\4\5"), "DNS: broken record");
}

SearchPattern Pattern(const char* text) {
  SearchPattern pattern;
  EXPECT_TRUE(FromText(text, pattern).ok());
  return pattern;
}

TEST(RecordRules, JudgeAsTheOriginal) {
  const std::vector<DnsResourceRecord> two{{1, "a.\t1\tIN\tA\t10.0.0.1", {}},
                                           {1, "a.\t1\tIN\tA\t10.0.0.2", {}}};
  const auto fails = [&](auto field, const char* pattern, bool empty = false) {
    RecordRules rules;
    rules.*field = {Pattern(pattern)};
    return CheckRecords(empty ? std::vector<DnsResourceRecord>{} : two, rules, "answer")
        .has_value();
  };
  EXPECT_TRUE(fails(&RecordRules::fail_if_matches_regexp, "0\\.1$"));
  EXPECT_FALSE(fails(&RecordRules::fail_if_matches_regexp, "11"));
  EXPECT_TRUE(fails(&RecordRules::fail_if_not_matches_regexp, "0\\.1$"));
  EXPECT_FALSE(fails(&RecordRules::fail_if_not_matches_regexp, "10"));
  EXPECT_TRUE(fails(&RecordRules::fail_if_not_matches_regexp, "10", true));
  EXPECT_FALSE(fails(&RecordRules::fail_if_none_matches_regexp, "0\\.1$"));
  EXPECT_TRUE(fails(&RecordRules::fail_if_none_matches_regexp, "11"));
  EXPECT_TRUE(fails(&RecordRules::fail_if_none_matches_regexp, "10", true));
  EXPECT_TRUE(fails(&RecordRules::fail_if_all_match_regexp, "0\\.1$"));
  EXPECT_FALSE(fails(&RecordRules::fail_if_all_match_regexp, "10"));
}

TEST(DnsNames, GoBothWays) {
  EXPECT_EQ(DnsTypeOf("HTTPS"), 65);
  EXPECT_EQ(DnsTypeName(65), "HTTPS");
  EXPECT_EQ(DnsTypeName(1234), "TYPE1234");
  EXPECT_EQ(DnsClassOf("CH"), 3);
  EXPECT_EQ(DnsRcodeOf("NXDOMAIN"), 3);
  EXPECT_EQ(DnsRcodeName(99), "99");
  EXPECT_EQ(DnsTypeOf("a"), std::nullopt);
}

}  // namespace
}  // namespace narthex::blackbox
