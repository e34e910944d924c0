// Any text as a file for mupip load, in the mode that its first line names: loading ends, counts what it stored, and
// what is then in the database, extracted and loaded again, is the same, in either mode.
#include <cstdint>
#include <sstream>

#include "engine/base/limits.h"
#include "engine/extract/extract.h"
#include "engine/extract/load.h"
#include "engine/extract/load_header.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/scratch_database.h"

namespace {

using namespace hw;

class Loaded {
 public:
  std::uint64_t load_text(const std::string& text) {
    std::istringstream in(text);
    std::ostringstream messages;
    LoadOptions options;
    options.charset = charset_by_label(std::string_view(text).substr(0, text.find('\n')));
    const auto result = load(session_, in, options, messages);
    return result.has_value() ? result->keys : 0;
  }
  /// Without its two lines of heading. Empty: there is nothing.
  std::string nodes(Charset charset) {
    std::ostringstream out, messages;
    ExtractOptions options;
    options.charset = charset;
    if (!extract(*database_, out, "fuzz", options, messages).has_value()) return {};
    const std::string text = out.str();
    const auto second = text.find('\n', text.find('\n') + 1);
    return second == text.npos ? std::string() : text.substr(second + 1);
  }
  void clear() {
    for (;;) {
      const auto node = session_.seek("", "");
      HW_CHECK(node.has_value());
      if (!*node) return;
      HW_CHECK(session_.kill((*node)->key.substr(0, (*node)->key.find('\0') + 1)).has_value());
    }
  }

 private:
  test::ScratchDatabase scratch_;
  std::unique_ptr<Database> database_ = scratch_.open();
  Session session_{*database_};
};

}  // namespace

HW_FUZZ_SHAPE(nullptr, fuzz::lines)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Loaded database;
  database.clear();
  (void)database.load_text(fuzz::text_of(data, size));
  const std::string nodes = database.nodes(Charset::M);
  if (nodes.empty()) return 0;
  const std::string characters = database.nodes(Charset::Utf8);
  database.clear();
  HW_CHECK(database.load_text("fuzz\n01-JAN-2026  00:00:00 ZWR\n" + nodes) > 0);
  HW_CHECK(database.nodes(Charset::Utf8) == characters);
  database.clear();
  HW_CHECK(database.load_text("fuzz UTF-8\n01-JAN-2026  00:00:00 ZWR\n" + characters) > 0);
  HW_CHECK(database.nodes(Charset::M) == nodes);
  return 0;
}
