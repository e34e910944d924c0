/// engine/journal_tools/journal_selection.h -- which records of journals an operator wants to see.
///
/// Each criterion is a list whose entries include or exclude (`~` in front). A record passes a list when an entry that
/// includes matches, or there is none that includes, and none that excludes matches. All functions are pure.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/record.h"

namespace hw {

/// One entry of a list.
template <typename T>
struct Choice {
  T what;
  bool exclude = false;
};

/// Whether a record passes a list; `matches` compares an entry with the record.
template <typename T, typename Matches>
bool passes(const std::vector<Choice<T>>& list, Matches&& matches) {
  bool any_includes = false;
  bool included = false;
  for (const Choice<T>& choice : list) {
    any_includes = any_includes || !choice.exclude;
    if (!matches(choice.what)) continue;
    if (choice.exclude) return false;
    included = true;
  }
  return included || !any_includes;
}

/// A pattern of nodes, users and values: `*` stands for any text, `%` for one byte, and a backslash takes both their
/// meaning. Source: observed on GT.M V7.0-005 (`mupip journal -extract` with -global, -user and -gvpatfile).
class TextPattern {
 public:
  explicit TextPattern(std::string_view pattern);
  bool matches(std::string_view text) const;

 private:
  struct Token {
    enum class Kind : std::uint8_t { Literal, One, Any } kind;
    char literal = 0;
  };
  std::vector<Token> tokens_;
};

/// A pattern of nodes, or a node with everything below it.
struct GlobalChoice {
  std::optional<TextPattern> pattern;  ///< of a node's name and subscripts as in `^a("x",1)`, its bytes as they are
  std::string key_prefix;              ///< without a pattern: encoded key of the node, standard null collation
};

struct SeqnoRange {
  Seqno first;
  Seqno last;  ///< inclusive
};

struct JournalSelection {
  std::optional<std::uint64_t> after_us;   ///< records earlier than this are left out
  std::optional<std::uint64_t> before_us;  ///< records later than this are left out
  std::vector<Choice<GlobalChoice>> globals;
  std::vector<Choice<TextPattern>> users;
  std::vector<Choice<std::uint32_t>> pids;
  std::vector<Choice<SeqnoRange>> seqnos;
  std::vector<Choice<TextPattern>> values;  ///< of SETs; KILLs have none and pass
  bool sets = true;
  bool kills = true;  ///< ZKILLs too

  bool selects_time(std::uint64_t time_us) const {
    return (!after_us || time_us >= *after_us) && (!before_us || time_us <= *before_us);
  }
  bool selects_process(std::uint32_t pid, std::string_view user) const;
  bool selects_seqno(Seqno seqno) const;
  bool selects_update(const UpdateView& update) const;
};

}  // namespace hw
