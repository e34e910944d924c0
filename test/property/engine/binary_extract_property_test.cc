// Binary extracts: what is written is read again, into any null collation; any byte that is changed, and any cut, is
// noticed, and what was handed out before is what was written.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <sstream>

#include "engine/extract/binary_extract.h"
#include "engine/extract/extract.h"
#include "engine/extract/load.h"
#include "test/support/random_transactions.h"
#include "test/support/temporary_database.h"

namespace hw {
namespace {

using test::TemporaryDatabase;

std::string extract_of(TemporaryDatabase& database, ExtractFormat format, const std::string& select = "*") {
  ExtractOptions options;
  options.format = format;
  options.select = select;
  options.log = false;
  std::ostringstream out, messages;
  const auto result = extract(database.database(), out, "out", options, messages);
  EXPECT_TRUE(result.has_value()) << result.error().render();
  return out.str();
}

std::string load_into(TemporaryDatabase& database, const std::string& bytes, const LoadOptions& options = {}) {
  std::istringstream in(bytes);
  std::ostringstream messages;
  const auto result = load(database.session(), in, options, messages);
  return result.has_value() ? messages.str() : result.error().render();
}

void fill(TemporaryDatabase& database, std::mt19937_64& random, int nodes) {
  for (int i = 0; i < nodes; ++i) {
    std::string value(random() % (i % 50 == 0 ? 4000 : 60), '\0');
    for (char& c : value) c = static_cast<char>(random());
    std::string reference = "^" + std::string(1 + random() % 3, static_cast<char>('a' + random() % 4)) + "(" +
                            std::to_string(static_cast<std::int64_t>(random() % 2000) - 1000);
    if (random() % 3 == 0) reference += ",\"\"";
    if (random() % 3 == 0) reference += ",\"s" + std::to_string(random() % 100) + "\"";
    database.set(reference + ")", value);
  }
}

/// The nodes that a reader hands out, and how it ended: an empty text for a whole file.
std::string read_all(const std::string& bytes, std::vector<std::pair<std::string, std::string>>& nodes) {
  std::istringstream in(bytes);
  std::string label(kBinaryExtractLabel.size(), '\0');
  in.read(label.data(), static_cast<std::streamsize>(label.size()));
  if (label != kBinaryExtractLabel) return "another label";
  BinaryExtractReader reader(in);
  if (const Status opened = reader.open(); !opened.has_value()) return opened.error().render();
  for (;;) {
    const auto node = reader.next();
    if (!node.has_value()) return node.error().render();
    if (!*node) return "";
    nodes.emplace_back((*node)->key, (*node)->value);
  }
}

TEST(BinaryExtract, RoundTripKeepsEveryNodeInAnyCollation) {
  const std::uint64_t seed = test::random_seed();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 4; ++round) {
    SCOPED_TRACE(fmt::format("HW_SEED={} round {}", seed, round));
    TemporaryDatabase from({"b*"}, round % 2 == 0);
    fill(from, random, 3000);
    const std::string binary = extract_of(from, ExtractFormat::Binary);
    for (const bool standard : {true, false}) {
      TemporaryDatabase to({}, standard);
      const std::string said = load_into(to, binary);
      EXPECT_NE(said.find("Key Cnt: "), std::string::npos) << said;
      // Every node of the one is in the other: their ZWR lines are the same, in whatever order the empty subscript has.
      const auto lines = [](const std::string& text) {
        std::multiset<std::string> found;
        std::istringstream in(text);
        std::string line;
        for (int number = 0; std::getline(in, line); ++number)
          if (number >= 2) found.insert(line);
        return found;
      };
      EXPECT_EQ(lines(extract_of(from, ExtractFormat::Zwr)), lines(extract_of(to, ExtractFormat::Zwr)));
    }
  }
}

TEST(BinaryExtract, DamageAndCutsAreNoticed) {
  const std::uint64_t seed = test::random_seed();
  std::mt19937_64 random(seed);
  TemporaryDatabase from;
  fill(from, random, 2000);
  const std::string whole = extract_of(from, ExtractFormat::Binary);
  std::vector<std::pair<std::string, std::string>> nodes;
  ASSERT_EQ(read_all(whole, nodes), "");
  ASSERT_GT(nodes.size(), 1000u);
  const auto expect_noticed = [&](const std::string& bytes) {
    std::vector<std::pair<std::string, std::string>> found;
    EXPECT_NE(read_all(bytes, found), "");
    ASSERT_LE(found.size(), nodes.size());
    EXPECT_TRUE(std::equal(found.begin(), found.end(), nodes.begin()));
  };
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(fmt::format("HW_SEED={} round {}", seed, round));
    std::string changed = whole;
    changed[random() % changed.size()] ^= static_cast<char>(1 << random() % 8);
    expect_noticed(changed);
    expect_noticed(whole.substr(0, random() % whole.size()));
  }
  expect_noticed(whole + "x");
}

TEST(BinaryExtract, AFileThatIsNotWholeIsNamedAndItsFirstNodesAreLoaded) {
  TemporaryDatabase from;
  for (int i = 0; i < 1000; ++i) from.set("^a(" + std::to_string(i) + ")", std::string(3000, 'v'));
  const std::string whole = extract_of(from, ExtractFormat::Binary);
  TemporaryDatabase to;
  const std::string said = load_into(to, whole.substr(0, whole.size() - 40));
  EXPECT_NE(said.find("HWEXTRBIN, Binary extract is damaged at offset 0x"), std::string::npos) << said;
  EXPECT_EQ(to.get("^a(0)"), std::string(3000, 'v'));
  EXPECT_NE(load_into(to, std::string(kBinaryExtractLabel)).find("the file ends inside the header"), std::string::npos);
  LoadOptions zwr;
  zwr.format = ExtractFormat::Zwr;
  EXPECT_NE(load_into(to, whole, zwr).find("LDBINFMT"), std::string::npos);
  LoadOptions binary;
  binary.format = ExtractFormat::Binary;
  EXPECT_NE(load_into(to, extract_of(from, ExtractFormat::Zwr), binary).find("LDBINFMT"), std::string::npos);
}

TEST(BinaryExtract, BeginAndEndCountNodes) {
  TemporaryDatabase from;
  for (int i = 1; i <= 10; ++i) from.set("^a(" + std::to_string(i) + ")", std::to_string(i));
  TemporaryDatabase to;
  LoadOptions options;
  options.begin = 4;
  options.end = 6;
  const std::string said = load_into(to, extract_of(from, ExtractFormat::Binary), options);
  EXPECT_NE(said.find("Key Cnt: 3 "), std::string::npos) << said;
  EXPECT_EQ(to.get("^a(3)"), "(none)");
  EXPECT_EQ(to.get("^a(4)"), "4");
  EXPECT_EQ(to.get("^a(6)"), "6");
  EXPECT_EQ(to.get("^a(7)"), "(none)");
}

/// Header, a block of two nodes, the last block.
constexpr std::string_view kGolden =
    "4857585452433031476c37a1985db45b00401e18240a0600000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000065a6ed8c3d2d374c00000000000000001c000000020000000500000003000000"
    "6100bf11006f6e6504000100000000006200ff005fba22d187ce8e900100000000000000080000000000000002000000"
    "00000000";

TEST(BinaryExtract, GoldenBytesStay) {
  BinaryExtractBuilder builder;
  builder.add(std::string_view("a\0\xBF\x11\0", 5), "one", NullCollation::Standard);
  builder.add(std::string_view("b\0\xFF\0", 4), "", NullCollation::Gtm);
  std::string file = binary_extract_header(1'700'000'000'000'000);
  file += builder.finish();
  file += builder.finish_file();
  std::string hex;
  for (const char c : file) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  EXPECT_EQ(hex, kGolden);
}

}  // namespace
}  // namespace hw
