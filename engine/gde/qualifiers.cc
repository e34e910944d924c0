#include "engine/gde/qualifiers.h"

#include <cctype>
#include <optional>
#include <set>

#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace hw::gde {
namespace {

constexpr std::uint32_t kBlockUnitBytes = 512;

/// One qualifier with its value, if any, given to the attribute it names.
class Setter {
 public:
  Setter(const Attribute& attribute, bool negated, std::optional<std::string> value, Messages& info)
      : attribute_(attribute), negated_(negated), value_(std::move(value)), info_(info) {}

  Outcome<bool> operator()(bool* flag) {
    if (value_.has_value()) return make<MsgId::NOVALUE>(attribute_.name);
    *flag = !negated_;
    return true;
  }
  Outcome<bool> operator()(NullSubscripts* target) {
    if (negated_ || !value_.has_value()) {
      *target = negated_ ? NullSubscripts::Never : NullSubscripts::Always;
      return true;
    }
    if (!parse(*value_, *target)) return make<MsgId::VALUEBAD>(*value_, attribute_.name);
    return true;
  }
  Outcome<bool> operator()(AccessMethod* target) {
    HW_TRY(const auto text, required());
    if (!parse(text, *target)) return make<MsgId::VALUEBAD>(text, attribute_.name);
    return true;
  }
  Outcome<bool> operator()(std::uint32_t* target) {
    HW_TRY(const auto text, required());
    for (const unsigned char c : text)
      if (!std::isdigit(c)) return make<MsgId::VALUEBAD>(text, "number");
    std::uint32_t number = 0;
    const bool fits = parse(text, number);
    if (!fits || number > attribute_.max) return make<MsgId::VALTOOBIG>(text, attribute_.max, attribute_.name);
    if (number < attribute_.min) return make<MsgId::VALTOOSMALL>(text, attribute_.min, attribute_.name);
    if (attribute_.name == "BLOCK_SIZE" && number % kBlockUnitBytes != 0) {
      const auto rounded = (number / kBlockUnitBytes + 1) * kBlockUnitBytes;
      info_.push_back(make<MsgId::BLKSIZ512>(number, rounded));
      number = rounded;
    }
    *target = number;
    return true;
  }
  Outcome<bool> operator()(std::string* target) {
    HW_TRY(const auto text, required());
    if (attribute_.name == "DYNAMIC_SEGMENT") {
      HW_TRY(*target, object_name(text, "segment"));
      return true;
    }
    if (text.size() > kPathBytesMax) return make<MsgId::VALTOOLONG>(text, kPathBytesMax, attribute_.name);
    for (const unsigned char c : text)
      if (c < 0x20) return make<MsgId::ILLCHAR>(fmt::format("$CHAR({})", c));
    *target = text;
    return true;
  }

 private:
  Outcome<std::string> required() const {
    if (!value_.has_value() || value_->empty()) return make<MsgId::VALUEREQD>(attribute_.name);
    return *value_;
  }

  const Attribute& attribute_;
  bool negated_;
  std::optional<std::string> value_;
  Messages& info_;
};

class QualifierReader {
 public:
  QualifierReader(Scanner& line, std::span<const Attribute> attributes, Messages& info)
      : line_(line), attributes_(attributes), info_(info) {}

  Outcome<bool> read_all() {
    while (!line_.at_end()) {
      if (!line_.take('-')) return make<MsgId::MISSINGDELIM>("dash", "qualifier", line_.pattern());
      HW_TRY(const auto found, keyword(false));
      if (found.attribute->name == "JOURNAL" && !found.negated && line_.take('=')) {
        HW_TRY(*std::get<bool*>(found.attribute->value), read_journal_list());
        continue;
      }
      HW_TRY(const bool done, read_value(found, {}));
      (void)done;
    }
    return true;
  }

 private:
  struct Found {
    const Attribute* attribute;
    bool negated;
  };

  Outcome<Found> keyword(bool of_journal) {
    const std::string word = line_.keyword();
    std::vector<std::string_view> names;
    for (const auto& attribute : attributes_)
      if (attribute.of_journal == of_journal) names.push_back(attribute.name);
    bool negated = false;
    auto match = match_keyword(word, names, "qualifier");
    if (!match.has_value() && word.starts_with("NO") && match.error()[0].id == MsgId::KEYWRDBAD) {
      negated = true;
      match = match_keyword(std::string_view(word).substr(2), names, "qualifier");
    }
    HW_TRY(const auto name, std::move(match));
    const Attribute* attribute = nullptr;
    for (const auto& each : attributes_)
      if (each.of_journal == of_journal && each.name == name) attribute = &each;
    if (negated && !attribute->negatable) return make<MsgId::NONEGATE>(name);
    if (!seen_.insert(attribute).second) return make<MsgId::QUALDUP>(name);
    return Found{attribute, negated};
  }

  Outcome<bool> read_value(const Found& found, std::string_view stops) {
    std::optional<std::string> value;
    if (line_.take('=')) {
      HW_TRY(value, line_.value(stops));
    }
    return std::visit(Setter(*found.attribute, found.negated, std::move(value), info_), found.attribute->value);
  }

  /// `=BEFORE` or `=(BEFORE,FILE="x")`.
  Outcome<bool> read_journal_list() {
    const bool in_list = line_.take('(');
    do {
      HW_TRY(const auto found, keyword(true));
      HW_TRY(const bool done, read_value(found, in_list ? ",)" : ""));
      (void)done;
    } while (in_list && line_.take(','));
    if (in_list && !line_.take(')')) return make<MsgId::RPAREN>();
    return true;
  }

  Scanner& line_;
  std::span<const Attribute> attributes_;
  Messages& info_;
  std::set<const Attribute*> seen_;
};

}  // namespace

Outcome<std::string_view> match_keyword(std::string_view word, std::span<const std::string_view> choices,
                                        std::string_view kind) {
  std::vector<std::string_view> found;
  for (const auto choice : choices) {
    if (choice == word) return choice;
    if (!word.empty() && choice.starts_with(word)) found.push_back(choice);
  }
  if (found.empty()) return make<MsgId::KEYWRDBAD>(word, kind);
  if (found.size() > 1) return make<MsgId::KEYWRDAMB>(word, fmt::format("{} and {}", found[0], found[1]));
  return found[0];
}

Outcome<bool> apply_qualifiers(Scanner& line, std::span<const Attribute> attributes, Messages& info) {
  return QualifierReader(line, attributes, info).read_all();
}

Outcome<std::string> required_value(Scanner& line, std::string_view keyword, std::string_view stops) {
  if (!line.take('=')) return make<MsgId::VALUEREQD>(keyword);
  HW_TRY(auto value, line.value(stops));
  if (value.empty()) return make<MsgId::VALUEREQD>(keyword);
  return value;
}

Outcome<std::string> object_name(std::string_view written, std::string_view kind) {
  std::string name = upper(written);
  if (name.empty()) return make<MsgId::OBJREQD>(kind);
  if (!std::isalpha(static_cast<unsigned char>(name[0]))) return make<MsgId::PREFIXBAD>(name, kind);
  if (name.size() > kRegionNameBytesMax) return make<MsgId::VALTOOLONG>(name, kRegionNameBytesMax, kind);
  if (!is_region_name(name)) return make<MsgId::VALUEBAD>(written, kind);
  return name;
}

}  // namespace hw::gde
