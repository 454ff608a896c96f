#include "common/http_server/basic_auth.h"

#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <sstream>
#include <type_traits>
#include <vector>

namespace narthex {
namespace {

using config::Secret;
using Verdict = PasswordChecker::Verdict;

// Of "secret", with the least cost that there is.
const Secret kSecretHash("$2y$04$1u5sWcvIpRSiDxzZ9NqFOegjbCAjLpOiKLfeA4vC99xHeir2G.t3W");

Credentials Given(std::string user, std::string_view password) {
  return {std::move(user), Secret(password)};
}

TEST(ParseBasicAuthorization, SplitsAtTheFirstColon) {
  const auto credentials = ParseBasicAuthorization("basic dTpwOnE=");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "u");
  EXPECT_EQ(credentials->password.reveal(), "p:q");
  EXPECT_TRUE(ParseBasicAuthorization("Basic dTo=")->password.empty());
}

TEST(ParseBasicAuthorization, TakesNothingElse) {
  for (const char* header : {"", "Basic", "Basic ", "Bearer dTpw", "Basic dTpw=", "Basic dTp",
                             "Basic d=pw", "Basic dT==", "Basic dQ==", "Basic dT.w", "Basic  dTpw",
                             "Basic dTpwOnE=dTpw", "Basic ===="}) {
    EXPECT_FALSE(ParseBasicAuthorization(header)) << header;
  }
}

TEST(CheckBcryptHash, TakesThreePrefixesOfFullLength) {
  std::string text = kSecretHash.reveal();
  for (const char minor : {'a', 'b', 'y'}) {
    text[2] = minor;
    EXPECT_TRUE(CheckBcryptHash(Secret(text)).ok());
    EXPECT_TRUE(CheckBcrypt(Secret(text), Secret("secret")));
    EXPECT_FALSE(CheckBcrypt(Secret(text), Secret("secret ")));
  }
  EXPECT_FALSE(CheckBcryptHash(Secret(text.substr(0, 59))).ok());
  EXPECT_FALSE(CheckBcryptHash(Secret("$1$" + text.substr(3))).ok());
  EXPECT_FALSE(CheckBcryptHash(Secret("$2y$03" + text.substr(6))).ok());
  EXPECT_FALSE(CheckBcryptHash(Secret("$2y$32" + text.substr(6))).ok());
  EXPECT_FALSE(CheckBcryptHash(Secret("plain")).ok());
}

// bcrypt would end at the zero byte and take it.
TEST(CheckBcrypt, RefusesAPasswordThatGoesOnAfterAZeroByte) {
  EXPECT_FALSE(CheckBcrypt(kSecretHash, Secret(std::string_view("secret\0x", 8))));
}

TEST(PasswordChecker, IsNotFooledByWhatItRemembers) {
  const PasswordChecker::Users users = {{"alice", kSecretHash}, {"alic", kSecretHash}};
  PasswordChecker checker;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(checker.Check(users, Given("alice", "secret")), Verdict::kRight);
    EXPECT_EQ(checker.Check(users, Given("alice", "Secret")), Verdict::kWrong);
    EXPECT_EQ(checker.Check(users, Given("alice", "")), Verdict::kWrong);
    // The same bytes, cut elsewhere.
    EXPECT_EQ(checker.Check(users, Given("alic", "esecret")), Verdict::kWrong);
    EXPECT_EQ(checker.Check(users, Given("bob", "secret")), Verdict::kWrong);
  }
}

TEST(PasswordChecker, ForgetsAPasswordWithItsHash) {
  PasswordChecker checker;
  ASSERT_EQ(checker.Check({{"alice", kSecretHash}}, Given("alice", "secret")), Verdict::kRight);
  // Of another password.
  const Secret other("$2y$04$AAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(checker.Check({{"alice", other}}, Given("alice", "secret")), Verdict::kWrong);
  EXPECT_EQ(checker.Check({{"bob", kSecretHash}}, Given("alice", "secret")), Verdict::kWrong);
  EXPECT_EQ(checker.Check({{"alice", kSecretHash}}, Given("alice", "secret")), Verdict::kRight);
}

TEST(PasswordChecker, LetsFewWait) {
  // Cost 10: slow enough for all to come while the first is checked.
  const PasswordChecker::Users users = {
      {"alice", Secret("$2y$10$1u5sWcvIpRSiDxzZ9NqFOe9VSBAVMDA3tCuZR9WAc7zH8eNcg5U6m")}};
  PasswordChecker checker;
  std::latch all_here(41);
  std::vector<std::future<Verdict>> verdicts;
  verdicts.reserve(40);
  for (int i = 0; i < 40; ++i) {
    verdicts.push_back(std::async(std::launch::async, [&] {
      all_here.arrive_and_wait();
      return checker.Check(users, Given("alice", "wrong"));
    }));
  }
  all_here.arrive_and_wait();
  int busy = 0;
  for (auto& verdict : verdicts) busy += verdict.get() == Verdict::kBusy ? 1 : 0;
  EXPECT_GT(busy, 0);
  EXPECT_LT(busy, 40);
  EXPECT_EQ(checker.Check(users, Given("alice", "secret")), Verdict::kRight);
}

TEST(Secret, DoesNotPrint) {
  std::ostringstream out;
  out << Secret("hunter2");
  EXPECT_EQ(out.str(), "<secret>");
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string_view>);
}

}  // namespace
}  // namespace narthex
