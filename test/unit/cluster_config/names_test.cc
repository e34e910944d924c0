// Names, hosts, paths and endpoints as the configuration takes them.
#include "cluster/config/names.h"

#include <gtest/gtest.h>

namespace hw::cluster {
namespace {

TEST(Names, HaveTheirCharactersAndLengths) {
  for (const char* good : {"a", "A-1_z", "0", "-", "abcdefghijklmnopqrstuvwxyz01234"})
    EXPECT_EQ(refuse_name(good), "") << good;
  for (const char* bad : {"", "a b", "a.b", "\xc3\xa4", "abcdefghijklmnopqrstuvwxyz012345"})
    EXPECT_NE(refuse_name(bad), "") << bad;
  EXPECT_EQ(refuse_instance_name("123456789012345"), "");
  EXPECT_NE(refuse_instance_name("1234567890123456"), "");
}

TEST(Names, HostsAreAddressesOrNames) {
  for (const char* good : {"127.0.0.1", "::1", "fe80::1", "localhost", "n1.example.com", "my_host", "1a"})
    EXPECT_EQ(refuse_host(good), "") << good;
  for (const char* bad : {"", "10.0.0", "10.0.0.300", "1:2", "[::1]", "a b", "-a", "a..b", ".a", "a/b"})
    EXPECT_NE(refuse_host(bad), "") << bad;
  EXPECT_NE(refuse_host(std::string_view("1.2.3.4\0", 8)), "");
  EXPECT_NE(refuse_host(std::string(254, 'a')), "");
}

TEST(Names, EndpointsAreHostAndPort) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:6379"), (Endpoint{"127.0.0.1", 6379}));
  EXPECT_EQ(parse_endpoint("[::1]:1"), (Endpoint{"::1", 1}));
  EXPECT_EQ(parse_endpoint("n1:65535"), (Endpoint{"n1", 65535}));
  for (const char* bad :
       {"", ":", "n1", "n1:", "n1:0", "n1:65536", "n1:+1", "n1:1 ", "::1:6379", "[127.0.0.1]:1", "[]:1", ":1"})
    EXPECT_FALSE(parse_endpoint(bad).has_value()) << bad;
  EXPECT_EQ((Endpoint{"::1", 6379}).text(), "[::1]:6379");
  EXPECT_EQ((Endpoint{"n1", 6379}).text(), "n1:6379");
}

TEST(Names, UrlsHaveSchemeHostAndPort) {
  bool secure = false;
  EXPECT_EQ(parse_url("https://10.0.0.1:2379", secure), (Endpoint{"10.0.0.1", 2379}));
  EXPECT_TRUE(secure);
  EXPECT_EQ(parse_url("http://[::1]:2379/", secure), (Endpoint{"::1", 2379}));
  EXPECT_FALSE(secure);
  for (const char* bad : {"", "10.0.0.1:2379", "ftp://a:1", "http://", "http://a", "http://a:1/x", "http://a:1//"})
    EXPECT_FALSE(parse_url(bad, secure).has_value()) << bad;
}

TEST(Names, LoopbackIsKnownHoweverItIsWritten) {
  for (const char* good : {"127.0.0.1", "127.9.9.9", "::1", "0:0:0:0:0:0:0:1", "localhost", "LOCALHOST"})
    EXPECT_TRUE(is_loopback(good)) << good;
  for (const char* other : {"128.0.0.1", "0.0.0.0", "::", "::2", "n1", "localhost.example.com"})
    EXPECT_FALSE(is_loopback(other)) << other;
  EXPECT_EQ(normal_host("0:0::0001"), "::1");
  EXPECT_EQ(normal_host("N1.Example"), "n1.example");
}

TEST(Names, UmasksAreOctal) {
  for (const char* good : {"0", "0027", "777", "00777"}) EXPECT_EQ(refuse_umask(good), "") << good;
  for (const char* bad : {"", "8", "1000", "-1", "0x7", "000027"}) EXPECT_NE(refuse_umask(bad), "") << bad;
}

TEST(Names, GlobalsAreThoseOfTheEngine) {
  for (const char* good : {"redis", "%x", "A1"}) EXPECT_EQ(refuse_global(good), "") << good;
  for (const char* bad : {"", "1a", "^a", "a%", "a_b", "abcdefghijklmnopqrstuvwxyzABCDEF"})
    EXPECT_NE(refuse_global(bad), "") << bad;
}

TEST(Names, TheNearestNeedsTheFewestChanges) {
  const std::vector<std::string> keys = {"ttl_s", "renew_s", "retry_s", "margin_s"};
  EXPECT_EQ(nearest("renew", keys), "renew_s");
  EXPECT_EQ(nearest("tl_s", keys), "ttl_s");
  EXPECT_EQ(nearest("ab", {"abx", "aby"}), "abx");  // The first of equals.
  EXPECT_EQ(nearest("", {"abc", "de"}), "de");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace hw::cluster
