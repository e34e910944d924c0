#include "engine/journal_tools/journal_selection.h"

#include "engine/globals/key.h"

namespace hw {

bool matches_pattern(std::string_view pattern, std::string_view text) {
  // Where the last * is, and how much of the text it matches by now.
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  std::size_t p = 0;
  for (std::size_t t = 0; t < text.size();) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

ValuePattern::ValuePattern(std::string_view pattern) {
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

bool ValuePattern::matches(std::string_view value) const {
  using enum Token::Kind;
  // The last Any that was met, and how much of the value it matches by now.
  std::size_t any = tokens_.size(), resume = 0;
  std::size_t p = 0;
  for (std::size_t v = 0; v < value.size();) {
    if (p < tokens_.size() && tokens_[p].kind == Any) {
      any = p++;
      resume = v;
    } else if (p < tokens_.size() && (tokens_[p].kind == One || tokens_[p].literal == value[v])) {
      ++p;
      ++v;
    } else if (any < tokens_.size()) {
      p = any + 1;
      v = ++resume;
    } else {
      return false;
    }
  }
  while (p < tokens_.size() && tokens_[p].kind == Any) ++p;
  return p == tokens_.size();
}

bool JournalSelection::selects_process(std::uint32_t pid, std::string_view user) const {
  return passes(pids, [&](std::uint32_t wanted) { return wanted == pid; }) &&
         passes(users, [&](const std::string& wanted) { return matches_pattern(wanted, user); });
}

bool JournalSelection::selects_seqno(Seqno seqno) const {
  return passes(seqnos, [&](const SeqnoRange& range) { return range.first <= seqno && seqno <= range.last; });
}

bool JournalSelection::selects_update(const UpdateView& update) const {
  if (!(update.type == UpdateType::Set ? sets : kills)) return false;
  if (update.type == UpdateType::Set &&
      !passes(values, [&](const ValuePattern& wanted) { return wanted.matches(update.value); }))
    return false;
  return passes(globals, [&](const GlobalChoice& wanted) {
    return wanted.pattern.empty() ? update.key.starts_with(wanted.key_prefix)
                                  : matches_pattern(wanted.pattern, key_global(update.key));
  });
}

}  // namespace hw
