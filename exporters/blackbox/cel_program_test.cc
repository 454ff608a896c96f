#include "exporters/blackbox/cel_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::blackbox {
namespace {

using ::testing::HasSubstr;

constexpr const char* kBody =
    R"({"foo": "bar", "baz": "qux", "n": 3, "big": 1.5e3, "list": [1, 2, 3],
  "deep": {"ok": true, "none": null}, "items": [{"up": true}, {"up": false}]})";

std::string Result(const std::string& expression, const std::string& body = kBody) {
  const auto program = CelProgram::Compile(expression);
  if (!program.ok()) return "refused: " + std::string(program.message());
  const auto result = program->Evaluate(body, [] { return false; });
  if (!result.ok()) return "fails: " + std::string(result.message());
  return *result ? "true" : "false";
}

TEST(CelProgram, ReadsFieldsAndCompares) {
  EXPECT_EQ(Result("body.foo == 'bar' && body.baz.startsWith('q')"), "true");
  EXPECT_EQ(Result("body['foo'] != \"bar\""), "false");
  EXPECT_EQ(Result("body.n == 3 && body.n < 3.5 && body.n >= 3u"), "true");
  EXPECT_EQ(Result("body.list[1] == 2"), "true");
  EXPECT_EQ(Result("body.deep.none == null && body.deep.ok"), "true");
  EXPECT_EQ(Result("body.foo == 1"), "false");
  EXPECT_EQ(Result("body.list == [1, 2, 3]"), "true");
  EXPECT_EQ(Result("body.items[0] == {'up': true}"), "true");
}

TEST(CelProgram, KnowsTheCommonFunctions) {
  EXPECT_EQ(Result("size(body.list) == 3 && body.foo.size() == 3 && size(body.deep) == 2"), "true");
  EXPECT_EQ(Result("'ä'.size() == 1"), "true");
  EXPECT_EQ(Result("body.foo.matches('^b.r$') && matches(body.baz, 'u')"), "true");
  EXPECT_EQ(Result("body.foo.contains('a') && body.foo.endsWith('ar')"), "true");
  EXPECT_EQ(Result("has(body.foo) && !has(body.nope) && has(body.deep.ok)"), "true");
  EXPECT_EQ(Result("'foo' in body && 2 in body.list && !('x' in ['y'])"), "true");
  EXPECT_EQ(Result("int(body.n) + 1 == 4 && string(body.n) == '3' && double('1.5') == 1.5"),
            "true");
}

TEST(CelProgram, KnowsTheMacros) {
  EXPECT_EQ(Result("body.items.exists(i, i.up) && !body.items.all(i, i.up)"), "true");
  EXPECT_EQ(Result("body.items.exists_one(i, i.up)"), "true");
  EXPECT_EQ(Result("body.list.filter(x, x > 1.0).map(x, x * 2.0) == [4, 6]"), "true");
  EXPECT_EQ(Result("body.list.all(x, body.list.exists(y, y == x))"), "true");
  EXPECT_EQ(Result("body.deep.exists(key, key == 'ok')"), "true");
}

TEST(CelProgram, ComputesAsCelDoes) {
  EXPECT_EQ(Result("1 + 2 * 3 == 7 && 7 / 2 == 3 && -7 % 4 == -3"), "true");
  EXPECT_EQ(Result("'a' + 'b' == 'ab' && [1] + [2] == [1, 2]"), "true");
  EXPECT_EQ(Result("body.big / 2.0 == 750.0"), "true");
  EXPECT_EQ(Result("body.n > 2 ? body.foo == 'bar' : false"), "true");
  EXPECT_THAT(Result("body.n + 1 == 4"), HasSubstr("fails: no such operation: double + int"));
  EXPECT_THAT(Result("9223372036854775807 + 1 > 0"), HasSubstr("overflow"));
  EXPECT_THAT(Result("1 / 0 == 1"), HasSubstr("division by zero"));
}

TEST(CelProgram, LetsTheDecisiveSideDecide) {
  EXPECT_EQ(Result("body.nope == 1 || true"), "true");
  EXPECT_EQ(Result("false && body.nope"), "false");
  EXPECT_EQ(Result("body.nope && false"), "false");
  EXPECT_THAT(Result("body.nope || false"), HasSubstr("no such key"));
}

TEST(CelProgram, SaysWhatFailsOnABody) {
  EXPECT_THAT(Result("body.a", "{"), HasSubstr("not JSON"));
  EXPECT_THAT(Result("body.n"), HasSubstr("want a bool, got double"));
  EXPECT_THAT(Result("body.list[9] == 1"), HasSubstr("index out of range"));
  EXPECT_THAT(Result("body.foo > 1"), HasSubstr("no order"));
}

TEST(CelProgram, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(Result("nope == 1"), HasSubstr("unknown name \"nope\""));
  EXPECT_THAT(Result("duration('1s') > body.t"), HasSubstr("unsupported function \"duration\""));
  EXPECT_THAT(Result("body.x.getHours() == 1"), HasSubstr("unsupported function"));
  EXPECT_THAT(Result("b'ab' == body"), HasSubstr("bytes are not supported"));
  EXPECT_THAT(Result("body.a =="), HasSubstr("ends too early"));
  EXPECT_THAT(Result("body.a matches"), HasSubstr("column 8"));
  EXPECT_THAT(Result("'abc"), HasSubstr("string without end"));
  EXPECT_THAT(Result("body.foo.matches('[')"), HasSubstr("regular expression"));
  EXPECT_THAT(Result("has(body)"), HasSubstr("has() wants one field"));
  EXPECT_THAT(Result(std::string(10'000, '(')), HasSubstr("refused"));
}

TEST(CelProgram, EndsWhenItTakesTooLong) {
  const auto program = CelProgram::Compile(
      "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, "
      "[1,2,3,4,5,6,7,8,9,10].all(d, a + b + c + d > 0))))");
  ASSERT_TRUE(program.ok()) << program.message();
  EXPECT_TRUE(*program->Evaluate("{}", [] { return false; }));
  EXPECT_EQ(program->Evaluate("{}", [] { return true; }).code(), Code::kTimeout);
}

}  // namespace
}  // namespace narthex::blackbox
