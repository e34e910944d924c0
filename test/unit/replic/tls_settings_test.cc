#include "replic/link/tls_settings.h"

#include <gtest/gtest.h>

#include "replic/link/libconfig_text.h"

namespace hw {
namespace {

std::string fault_of(std::string_view text) {
  const auto parsed = parse_libconfig(text);
  return parsed.has_value() ? "" : parsed.error().text;
}

TEST(Libconfig, SettingsHaveTheirPaths) {
  const auto parsed = parse_libconfig(R"(
# a comment
version = 1; // another
tls: {
  CAfile: "/etc/" /* between */ "ca.pem";
  dh-512 = "x"
  PRODUCTION: { format: "PEM"; session-timeout: 600, on = true };
};
database: { keys: ( { dat: "/a.dat"; key: "a" }, { dat: "/b.dat" } ); sizes = [ 1, -2.5e+3, 0x1F ]; };
)");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().lines();
  EXPECT_EQ(*parsed, (LibconfigSettings{{"version", "1"},
                                        {"tls.CAfile", "/etc/ca.pem"},
                                        {"tls.dh-512", "x"},
                                        {"tls.PRODUCTION.format", "PEM"},
                                        {"tls.PRODUCTION.session-timeout", "600"},
                                        {"tls.PRODUCTION.on", "true"},
                                        {"database.keys.0.dat", "/a.dat"},
                                        {"database.keys.0.key", "a"},
                                        {"database.keys.1.dat", "/b.dat"},
                                        {"database.sizes.0", "1"},
                                        {"database.sizes.1", "-2.5e+3"},
                                        {"database.sizes.2", "0x1F"}}));
}

TEST(Libconfig, EscapesAreThoseOfStrings) {
  const auto parsed = parse_libconfig(R"(a = "q\"b\\n\n\t\x41";)");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->at("a"), "q\"b\\n\n\tA");
}

TEST(Libconfig, EveryFaultHasItsLine) {
  EXPECT_EQ(fault_of("a = 1;\n\"x\" = 2;"), "line 2: no name of a setting");
  EXPECT_EQ(fault_of("a 1;"), "line 1: neither : nor = behind a name");
  EXPECT_EQ(fault_of("a: {\n b: 1;\n"), "line 3: end of the file inside a group");
  EXPECT_EQ(fault_of("a: (1, 2"), "line 1: end of the file inside a list");
  EXPECT_EQ(fault_of("a: \"x\ny"), "line 2: string without an end");
  EXPECT_EQ(fault_of("a: \"\\q\""), "line 1: unknown character behind a backslash");
  EXPECT_EQ(fault_of("a: \"\\x4\""), "line 1: unknown character behind a backslash");
  EXPECT_EQ(fault_of("/* a"), "line 1: comment without an end");
  EXPECT_EQ(fault_of("a = ;"), "line 1: no value");
  EXPECT_EQ(fault_of("@include \"x\""), "line 1: no name of a setting");
  EXPECT_EQ(fault_of(std::string(1, '}')), "line 1: no name of a setting");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "a:{";
  EXPECT_EQ(fault_of(deep), "line 1: groups too deep inside of each other");
  EXPECT_EQ(fault_of(std::string("a\0b", 3)), "line 1: neither : nor = behind a name");
}

TEST(Libconfig, EveryCutOfAFileIsReadOrRefused) {
  const std::string text = R"(tls: { CAfile: "/etc/ca.pem"; P: { cert: "\x41" "b"; list: ( 1, [ 2 ] ); }; }; # end)";
  for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) (void)fault_of(text.substr(0, bytes));
}

constexpr std::string_view kSettings = R"(tls: {
  CAfile: "/etc/ca.pem";
  PRODUCTION: { format: "PEM"; cert: "/etc/p.crt"; key: "/etc/p.key"; };
  DEVELOPMENT: { CAfile: "/etc/own.pem"; cert: "/etc/d.crt"; key: "/etc/d.key"; };
};
)";

std::string why_not(std::string_view text, const std::string& id = "P") {
  const auto paths = parse_tls_settings(text, id);
  return paths.has_value() ? "" : paths.error().lines();
}

TEST(TlsSettings, AreThoseOfTheId) {
  const auto production = parse_tls_settings(kSettings, "PRODUCTION");
  ASSERT_TRUE(production.has_value());
  EXPECT_EQ(*production, (TlsPaths{"/etc/ca.pem", "/etc/p.crt", "/etc/p.key"}));
  const auto development = parse_tls_settings(kSettings, "DEVELOPMENT");
  ASSERT_TRUE(development.has_value());
  EXPECT_EQ(*development, (TlsPaths{"/etc/own.pem", "/etc/d.crt", "/etc/d.key"}));
}

TEST(TlsSettings, WhatIsMissingIsNamed) {
  const std::string first =
      "%GTM-E-TLSINIT, Failed to initialize GT.M TLS/SSL library for secure communication\n%GTM-I-TEXT, ";
  EXPECT_EQ(why_not(kSettings, "OTHER"), first + "no group tls: { OTHER: { … } }");
  EXPECT_EQ(why_not("tls: { P: { cert: \"c\"; key: \"k\" } }"), first + "tls.P.CAfile is missing");
  EXPECT_EQ(why_not("tls: { CAfile: \"a\"; P: { key: \"k\" } }"), first + "tls.P.cert is missing");
  EXPECT_EQ(why_not("tls: { CAfile: \"a\"; P: { cert: \"c\" } }"), first + "tls.P.key is missing");
  EXPECT_EQ(why_not("tls: {"), first + "line 1: end of the file inside a group");
}

TEST(TlsSettings, WhatWouldMakeItSaferIsNotLeftOutSilently) {
  const std::string first =
      "%GTM-E-TLSINIT, Failed to initialize GT.M TLS/SSL library for secure communication\n%GTM-I-TEXT, ";
  EXPECT_EQ(why_not("tls: { CAfile: \"a\"; crl: \"x\"; P: { cert: \"c\"; key: \"k\" } }"),
            first + "tls.crl is not supported");
  EXPECT_EQ(why_not("tls: { CAfile: \"a\"; P: { cert: \"c\"; key: \"k\"; cipher-list: \"x\" } }"),
            first + "tls.P.cipher-list is not supported");
  EXPECT_EQ(why_not("tls: { CAfile: \"a\"; P: { format: \"ASN1\"; cert: \"c\"; key: \"k\" } }"),
            first + "tls.P.format is ASN1; only PEM is supported");
  EXPECT_EQ(why_not("tls: { CAfile: \"a\"; session-timeout: 60; P: { cert: \"c\"; key: \"k\" } }"), "");
}

}  // namespace
}  // namespace hw
