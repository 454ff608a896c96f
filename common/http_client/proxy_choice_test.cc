#include "common/http_client/proxy_choice.h"

#include <gtest/gtest.h>

#include <map>

namespace narthex {
namespace {

TEST(IsException, KnowsNamesDomainsAddressesAndNetworks) {
  const struct {
    const char* list;
    UrlAuthority target;
    bool excepted;
  } cases[] = {
      {"a.test", {"http", "a.test", "80"}, true},
      {"a.test", {"http", "x.A.test", "80"}, true},
      {"a.test", {"http", "ba.test", "80"}, false},
      {".a.test", {"http", "a.test", "80"}, false},
      {" .a.test , b.test", {"http", "x.a.test", "80"}, true},
      {"*.a.test", {"http", "x.a.test", "80"}, true},
      {"a.test:81", {"http", "a.test", "80"}, false},
      {"a.test:80", {"http", "a.test", "80"}, true},
      {"10.0.0.0/8", {"http", "10.9.8.7", "80"}, true},
      {"10.0.0.0/8", {"http", "11.0.0.1", "80"}, false},
      {"10.0.0.0/99", {"http", "10.0.0.1", "80"}, false},
      {"10.0.0.1", {"http", "10.0.0.1", "80"}, true},
      {"10.0.0.1:81", {"http", "10.0.0.1", "80"}, false},
      {"fd00::/16", {"http", "fd00::1", "80"}, true},
      {"::ffff:10.0.0.1", {"http", "10.0.0.1", "80"}, true},
      {"[fd00::1]:80", {"http", "fd00::1", "80"}, true},
      {"*", {"http", "z.test", "80"}, true},
      {"", {"http", "z.test", "80"}, false},
      {"", {"http", "localhost", "80"}, true},
      {"", {"http", "127.3.2.1", "80"}, true},
      {"", {"http", "::1", "80"}, true},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(IsException(one.list, one.target), one.excepted)
        << one.list << " and " << one.target.host << ":" << one.target.port;
  }
}

TEST(ProxyFor, IsTheOneOfTheConfiguration) {
  const UrlAuthority local{"http", "127.0.0.1", "80"};
  const UrlAuthority other{"http", "a.test", "80"};
  EXPECT_EQ(ProxyFor({}, other), "");
  EXPECT_EQ(ProxyFor({.proxy_url = {"http://p:1"}}, local), "http://p:1");
  EXPECT_EQ(ProxyFor({.proxy_url = {"http://p:1"}, .no_proxy = "b.test"}, local), "");
  EXPECT_EQ(ProxyFor({.proxy_url = {"http://p:1"}, .no_proxy = "b.test"}, other), "http://p:1");
  EXPECT_EQ(ProxyFor({.proxy_url = {"http://p:1"}, .no_proxy = "a.test"}, other), "");
}

TEST(ProxyFor, IsTheOneOfTheEnvironment) {
  std::map<std::string, std::string> variables = {
      {"HTTP_PROXY", "p:1"}, {"https_proxy", "http://q:2"}, {"no_proxy", "b.test"}};
  const auto environment = [&](const char* name) { return variables[name]; };
  const ProxyConfig config{.proxy_from_environment = true};
  EXPECT_EQ(ProxyFor(config, {"http", "a.test", "80"}, environment), "http://p:1");
  EXPECT_EQ(ProxyFor(config, {"https", "a.test", "443"}, environment), "http://q:2");
  EXPECT_EQ(ProxyFor(config, {"http", "b.test", "80"}, environment), "");
  variables.clear();
  EXPECT_EQ(ProxyFor(config, {"http", "a.test", "80"}, environment), "");
}

TEST(ReadProxy, MakesAUrlReadyForLibcurl) {
  const std::pair<const char*, const char*> cases[] = {
      {"http://u:p@a.test", "http://u:p@a.test:80/"},
      {"https://a.test:3128/", "https://a.test:3128/"},
      {"socks5://[::1]", "socks5h://[::1]:1080/"},
  };
  for (const auto& [url, ready] : cases) {
    const auto proxy = ReadProxy(url);
    ASSERT_TRUE(proxy.ok()) << proxy.message();
    EXPECT_EQ(proxy->url, ready);
  }
  EXPECT_EQ(ReadProxy("ftp://u:hunter2@a.test").message(),
            "proxy: scheme \"ftp\", want http, https or socks5");
  EXPECT_EQ(ReadProxy("http://u:hunter2@a b").message(), "proxy: not a URL");
}

}  // namespace
}  // namespace narthex
