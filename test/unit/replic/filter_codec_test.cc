#include "replic/filter/filter_codec.h"

#include <gtest/gtest.h>

#include <sstream>

#include "engine/globals/key.h"

namespace hw {
namespace {

const NullsOf kStandard = [](std::string_view) { return NullCollation::Standard; };

std::string key_of(const std::string& global, const std::vector<std::string>& subscripts) {
  return encode_key(global, subscripts, NullCollation::Standard).value();
}

struct Frames {
  FrameBuilder builder;
  std::string bytes;
  FrameView view() const { return FrameView::parse(as_bytes(bytes), "test").value(); }
};

Frames frame(bool fenced, std::string_view id, const std::vector<UpdateView>& updates, std::uint64_t seqno) {
  Frames out;
  out.builder.start(fenced, id);
  for (const auto& one : updates) EXPECT_TRUE(out.builder.add(one).has_value());
  out.bytes = out.builder.finish(Seqno{seqno}, 1'700'000'000'000'000);
  return out;
}

std::string lines_of(const Frames& of, ExtractLayout layout = ExtractLayout::V7) {
  std::string out;
  EXPECT_TRUE(append_filter_lines(out, of.view(), kStandard, layout).has_value());
  return out;
}

/// The answer's frame as lines again, or the error's lines.
std::string answered(const Frames& asked, const std::string& answer, ExtractLayout layout = ExtractLayout::V7) {
  FilterAnswer codec(kStandard, layout);
  codec.begin(asked.view());
  std::istringstream in(answer);
  for (std::string line; std::getline(in, line);) {
    const auto whole = codec.take(line);
    if (!whole.has_value()) return whole.error().render();
    if (!*whole) continue;
    EXPECT_FALSE(std::getline(in, line)) << "lines behind the answer: " << line;
    const std::string bytes(codec.frame());
    const auto view = FrameView::parse(as_bytes(bytes), "answer");
    if (!view.has_value()) return view.error().render();
    EXPECT_EQ(view->seqno(), asked.view().seqno());
    EXPECT_EQ(view->time_us(), asked.view().time_us());
    std::string out;
    EXPECT_TRUE(append_filter_lines(out, *view, kStandard, layout).has_value());
    return out;
  }
  return "not whole";
}

class FilterCodec : public testing::Test {
 protected:
  const std::string a1 = key_of("a", {"1"});
  const std::string a2 = key_of("a", {"2"});
  const std::string x2 = key_of("x", {"2"});
  const Frames single = frame(false, "", {{UpdateType::Set, a1, "x"}}, 1);
  const Frames fenced =
      frame(true, "T", {{UpdateType::Set, a2, "2"}, {UpdateType::Set, x2, "2"}, {UpdateType::Kill, a1, ""}}, 2);
};

// The lines that a filter of GT.M V7.0-005 was given for these updates, but for the region transaction numbers.
TEST_F(FilterCodec, LinesAreThoseOfGtm) {
  EXPECT_EQ(lines_of(single), "05\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^a(1)=\"x\"\n");
  EXPECT_EQ(lines_of(fenced),
            "08\\0,0\\0\\0\\0\\2\\0\\0\n"
            "05\\0,0\\0\\0\\0\\2\\0\\0\\1\\0\\^a(2)=\"2\"\n"
            "05\\0,0\\0\\0\\0\\2\\0\\0\\2\\0\\^x(2)=\"2\"\n"
            "04\\0,0\\0\\0\\0\\2\\0\\0\\3\\0\\^a(1)\n"
            "09\\0,0\\0\\0\\0\\2\\0\\0\\1\\T\n");
  EXPECT_EQ(lines_of(frame(false, "", {{UpdateType::ZKill, x2, ""}}, 3)), "10\\0,0\\0\\0\\0\\3\\0\\0\\0\\0\\^x(2)\n");
  EXPECT_EQ(lines_of(single, ExtractLayout::V5), "05\\0,0\\0\\0\\0\\1\\^a(1)=\"x\"\n");
}

TEST_F(FilterCodec, AnAnswerWithTheSameLinesIsTheSameTransaction) {
  for (const auto layout : {ExtractLayout::V7, ExtractLayout::V5})
    for (const Frames* one : {&single, &fenced})
      EXPECT_EQ(answered(*one, lines_of(*one, layout), layout), lines_of(*one, layout));
  FilterAnswer codec(kStandard, ExtractLayout::V7);
  codec.begin(single.view());
  EXPECT_TRUE(codec.take("05\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^a(1)=\"x\"").value());
  EXPECT_EQ(codec.frame(), single.bytes);
}

TEST_F(FilterCodec, EveryByteOfAValueComesThrough) {
  std::string value;
  for (int byte = 0; byte < 256; ++byte) value += static_cast<char>(byte);
  value += "\\\n\"";
  const Frames all = frame(false, "", {{UpdateType::Set, a1, value}}, 9);
  FilterAnswer codec(kStandard, ExtractLayout::V7);
  codec.begin(all.view());
  std::string line = lines_of(all);
  line.pop_back();
  EXPECT_TRUE(codec.take(line).value());
  EXPECT_EQ(codec.frame(), all.bytes);
}

TEST_F(FilterCodec, AnAnswerMayRewriteAndDrop) {
  EXPECT_EQ(answered(single, "05\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^b(\"new\")=\"y\"\n"),
            "05\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^b(\"new\")=\"y\"\n");
  const std::string null_line = "00\\0,0\\0\\0\\0\\2\\0\\0\\0\n";
  EXPECT_EQ(answered(fenced, null_line), null_line);
  EXPECT_EQ(answered(fenced, "08\\\\\\\\\\2\\\\\n09\\\\\\\\\\2\\\\\\1\\\n"),
            "08\\0,0\\0\\0\\0\\2\\0\\0\n09\\0,0\\0\\0\\0\\2\\0\\0\\1\\T\n");
  // One update becomes a transaction of two.
  EXPECT_EQ(answered(single,
                     "08\\0,0\\0\\0\\0\\1\\0\\0\n05\\0,0\\0\\0\\0\\1\\0\\0\\1\\0\\^a=\"1\"\n"
                     "05\\0,0\\0\\0\\0\\1\\0\\0\\1\\0\\^b=\"2\"\n09\\0,0\\0\\0\\0\\1\\0\\0\\1\\\n"),
            "08\\0,0\\0\\0\\0\\1\\0\\0\n05\\0,0\\0\\0\\0\\1\\0\\0\\1\\0\\^a=\"1\"\n"
            "05\\0,0\\0\\0\\0\\1\\0\\0\\2\\0\\^b=\"2\"\n09\\0,0\\0\\0\\0\\1\\0\\0\\1\\\n");
}

TEST_F(FilterCodec, NonsenseIsRefusedWithWhatIsWrong) {
  struct Bad {
    std::string answer;
    std::string why;
  };
  const std::vector<Bad> cases = {
      {"garbage\n", "Not a line of a journal extract"},
      {"\n", "Not a line of a journal extract"},
      {"05\n", "Not a line of a journal extract"},
      {"05\\0,0\\0\\0\\0\\1\n", "Not a line of a journal extract"},
      {"05x\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^a=\"1\"\n", "Not a line of a journal extract"},
      {"13\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^a=\"1\"\n", "Not a line of a journal extract"},
      {"05\\0,0\\0\\0\\0\\2\\0\\0\\0\\0\\^a=\"1\"\n", "The line is not of seqno 1"},
      {"05\\0,0\\0\\0\\0\\01x\\0\\0\\0\\0\\^a=\"1\"\n", "The line is not of seqno 1"},
      {"05\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\\n", "Expected a global variable name"},
      {"05\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^a(1=\"1\"\n", "character 5"},
      {"05\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^a(1)=\"1\n", "character"},
      {"05\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^a(1)\n", "character"},
      {"04\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^a(1)=\"1\"\n", "character"},
      {"09\\0,0\\0\\0\\0\\1\\0\\0\\1\\\n", "ends without having begun"},
      {"08\\0,0\\0\\0\\0\\1\\0\\0\n08\\0,0\\0\\0\\0\\1\\0\\0\n", "begins twice"},
      {"08\\0,0\\0\\0\\0\\1\\0\\0\n00\\0,0\\0\\0\\0\\1\\0\\0\\0\n", "null record inside"},
      {"05\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^a(\"" + std::string(1100, 'k') + "\")=\"1\"\n", "Maximum combined length"},
      {"05\\0,0\\0\\0\\0\\1\\0\\0\\0\\0\\^a=\"" + std::string(kValueBytesMax + 1, 'v') + "\"\n", "character"},
  };
  for (const auto& [answer, why] : cases) {
    const std::string said = answered(single, answer);
    EXPECT_NE(said.find("%GTM-E-FILTERBADCONV, Bad conversion of seqno 0x0000000000000001 by filter"),
              std::string::npos)
        << answer.substr(0, 80) << said;
    EXPECT_NE(said.find(why), std::string::npos) << answer.substr(0, 80) << said;
  }
  EXPECT_EQ(answered(single, "08\\0,0\\0\\0\\0\\1\\0\\0\n"), "not whole");
}

TEST_F(FilterCodec, AnAnswerWithoutEndHasALimit) {
  FilterAnswer codec(kStandard, ExtractLayout::V7);
  codec.begin(single.view());
  ASSERT_FALSE(codec.take("08\\0,0\\0\\0\\0\\1\\0\\0").value());
  const std::string line = "05\\0,0\\0\\0\\0\\1\\0\\0\\1\\0\\^a=\"" + std::string(kValueBytesMax, 'v') + "\"";
  std::size_t lines = 0;
  for (; lines < 100; ++lines) {
    const auto taken = codec.take(line);
    if (taken.has_value()) continue;
    EXPECT_EQ(taken.error().id, MsgId::FILTERBADCONV);
    break;
  }
  EXPECT_LT(lines, 64U);
}

}  // namespace
}  // namespace hw
