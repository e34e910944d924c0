#include "engine/journal_tools/journal_selection.h"

#include "engine/globals/key.h"
#include "engine/globals/number.h"

namespace hw {

namespace {

/// `^name(1,"a""b")`: without the $C() of an extract, so that a pattern meets the characters themselves.
/// Source: observed on GT.M V7.0-005 (`mupip journal -extract -global`).
std::string plain_reference(const NodeName& node) {
  std::string out = "^" + node.global;
  for (const std::string& subscript : node.subscripts) {
    out += &subscript == &node.subscripts.front() ? '(' : ',';
    if (is_canonical_number(subscript)) {
      out += subscript;
      continue;
    }
    out += '"';
    for (const char c : subscript) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  if (!node.subscripts.empty()) out += ')';
  return out;
}

}  // namespace

TextPattern::TextPattern(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    using enum Token::Kind;
    if (pattern[i] == '\\' && i + 1 < pattern.size())
      tokens_.push_back({Literal, pattern[++i]});
    else if (pattern[i] == '*')
      tokens_.push_back({Any});
    else if (pattern[i] == '%')
      tokens_.push_back({One});
    else
      tokens_.push_back({Literal, pattern[i]});
  }
}

bool TextPattern::matches(std::string_view text) const {
  using enum Token::Kind;
  // The last Any that was met, and how much of the text it matches by now.
  std::size_t any = tokens_.size(), resume = 0;
  std::size_t p = 0;
  for (std::size_t t = 0; t < text.size();) {
    if (p < tokens_.size() && tokens_[p].kind == Any) {
      any = p++;
      resume = t;
    } else if (p < tokens_.size() && (tokens_[p].kind == One || tokens_[p].literal == text[t])) {
      ++p;
      ++t;
    } else if (any < tokens_.size()) {
      p = any + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < tokens_.size() && tokens_[p].kind == Any) ++p;
  return p == tokens_.size();
}

bool JournalSelection::selects_process(std::uint32_t pid, std::string_view user) const {
  return passes(pids, [&](std::uint32_t wanted) { return wanted == pid; }) &&
         passes(users, [&](const TextPattern& wanted) { return wanted.matches(user); });
}

bool JournalSelection::selects_seqno(Seqno seqno) const {
  return passes(seqnos, [&](const SeqnoRange& range) { return range.first <= seqno && seqno <= range.last; });
}

bool JournalSelection::selects_update(const UpdateView& update) const {
  if (!(update.type == UpdateType::Set ? sets : kills)) return false;
  if (update.type == UpdateType::Set &&
      !passes(values, [&](const TextPattern& wanted) { return wanted.matches(update.value); }))
    return false;
  std::optional<std::string> text;  // Made when a pattern asks for it.
  return passes(globals, [&](const GlobalChoice& wanted) {
    if (!wanted.pattern) return update.key.starts_with(wanted.key_prefix);
    if (!text) {
      const auto node = decode_key(update.key);
      text = node.has_value() ? plain_reference(*node) : std::string();
    }
    return wanted.pattern->matches(*text);
  });
}

}  // namespace hw
