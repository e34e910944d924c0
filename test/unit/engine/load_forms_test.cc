// `mupip load` of files as other systems and programs write them. Each file in test/golden/load_forms has beside it
// what GT.M V7.0-005 said of it (recorded by test/conformance/load_forms): messages, exit status, and what was in the
// database.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/extract.h"
#include "engine/load.h"
#include "engine/load_header.h"
#include "test/support/temporary_database.h"

namespace hw {
namespace {

using test::TemporaryDatabase;

const std::filesystem::path kForms = std::filesystem::path(HW_SOURCE_DIR) / "test" / "golden" / "load_forms";

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What test/conformance/load_forms records of GT.M.
std::string answer_of(const std::filesystem::path& file) {
  TemporaryDatabase database;
  std::ifstream in(file, std::ios::binary);
  std::ostringstream answer;
  const auto loaded = load(database.session(), in, {}, answer);
  if (!loaded.has_value()) answer << loaded.error().render();
  answer << "status " << (loaded.has_value() ? loaded->status : loaded.error().status()) << '\n';
  std::ostringstream extracted, ignored;
  (void)extract(database.database(), extracted, "out", {}, ignored);
  std::string nodes = extracted.str();
  for (int line = 0; line < 2 && !nodes.empty(); ++line) nodes.erase(0, nodes.find('\n') + 1);
  return answer.str() + nodes;
}

TEST(LoadForms, AnswersAreThoseOfGtm) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kForms)) {
    if (entry.path().extension() == ".gtm") continue;
    ++files;
    EXPECT_EQ(answer_of(entry.path()), content(entry.path().string() + ".gtm")) << entry.path().filename();
  }
  EXPECT_GE(files, 20);
}

TEST(LoadForms, TheSecondLineTells) {
  using enum ExtractFormat;
  struct Row {
    std::string_view line;
    std::optional<ExtractFormat> format;
  };
  // Tried on GT.M V7.0-005, each with ZWR and with GO records behind it.
  constexpr Row kRows[] = {
      {"28-NOV-2026  10:00:00 ZWR", Zwr},
      {"28-NOV-2026  10:00:00 ZWR \t", Zwr},
      {"28-NOV-2026  10:00:00 ZWR foo", Zwr},
      {"xZWR", Zwr},
      {"zWr", Zwr},
      {"extract in ZWRITE format", Zwr},
      {"GLO ZWR", Zwr},
      {"ZWR GLO", Zwr},
      {"x GLO", Go},
      {"AGLOBAL", Go},
      {"file is aglo ", Go},
      {"28-NOV-2026  10:00:00", Go},
      {"28-nov-2026 10:00:00", Go},
      {"GT.M 28-NOV-2026  10:00:00 foo bar", Go},
      {"x99-XXX-2026 99:99:99y", Go},
      {"28-NOV-2026 10:00", {}},
      {"28-NOV-26 10:00:00", {}},
      {"8-NOV-2026 10:00:00", {}},
      {"28-NOV-2026 9:00:00", {}},
      {"28-NOV-2026   10:00:00", {}},
      {"28-NOV-2026\t10:00:00", {}},
      {"28/11/2026 10:00:00", {}},
      {"x GO", {}},
      {"", {}},
  };
  for (const Row& row : kRows) EXPECT_EQ(format_by_header(row.line), row.format) << row.line;
}

TEST(LoadForms, ElseTheFirstRecordTells) {
  using enum ExtractFormat;
  for (const auto* line : {"^a(1)=1", "^a(\"x=y\")=\"z\"", " ^a(1)=\"x\"", "^a(1)=5", "^a=\"\""})
    EXPECT_EQ(format_by_record(line), Zwr) << line;
  for (const auto* line : {"^a", "^a(1)", "^a(\"x=y\")", "^a(\"=\")", "^a(\"q\"\"=\"\"q\")"})
    EXPECT_EQ(format_by_record(line), Go) << line;
  for (const auto* line : {"foo", "", " ", "^a(1)=", "a(1)=\"x\"", "^a(1) =\"x\"", "^a(1)= \"x\"", "^a=", "^", "=",
                           "x=y", "^a(1)=\"x\" ", "^a(1)  ", "^a(\"x\"", "**", "^a(=", "^a(1)=foo", "^a(1)x=\"y\""})
    EXPECT_EQ(format_by_record(line), std::nullopt) << line;
}

TEST(LoadForms, Utf8Labels) {
  for (const auto* label : {"GT.M MUPIP EXTRACT UTF-8", "x UTF-8 ", "UTF-8\r"})
    EXPECT_TRUE(is_utf8_label(label)) << label;
  for (const auto* label : {"GT.M MUPIP EXTRACT", "UTF-8 extract", ""}) EXPECT_FALSE(is_utf8_label(label)) << label;
}

TEST(LoadForms, ALoadThatIsEndedSaysHowFarItCame) {
  const std::string zwr = "x\n28-NOV-2026  10:00:00 ZWR\n^a(1)=1\n^a(2)=2\n^a(3)=3\n";
  const std::string go = "x\n28-NOV-2026  10:00:00 GLO\n^a(1)\n1\n^a(2)\n2\n^a(3)\n3\n";
  for (const std::string& text : {zwr, go}) {
    TemporaryDatabase database;
    LoadOptions options;
    int asked = 0;
    options.end_requested = [&] { return ++asked > 2; };
    std::istringstream in(text);
    std::ostringstream messages;
    const auto loaded = load(database.session(), in, options, messages);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().id, MsgId::FORCEDHALT);
    EXPECT_NE(messages.str().find("LOAD TOTAL\t\tKey Cnt: 2 "), std::string::npos) << messages.str();
    EXPECT_NE(messages.str().find("%GTM-I-LOADRECCNT"), std::string::npos) << messages.str();
    EXPECT_EQ(database.get("^a(2)") + database.get("^a(3)"), "2(none)");
  }
}

}  // namespace
}  // namespace hw
