#include "engine/globals/key.h"

#include <algorithm>
#include <array>

#include "engine/base/ascii.h"
#include "engine/globals/number.h"

namespace hw {
namespace {

constexpr unsigned char kZero = 0x80;
constexpr unsigned char kStringMark = 0xFF;
constexpr unsigned char kStandardNull = 0x01;
constexpr unsigned char kEscape = 0x01;
constexpr unsigned char kNegativeEnd = 0xFF;
constexpr int kExponentBias = 0xBE;
constexpr char kTerminator = '\0';
constexpr std::size_t kPairsMax = Number::kDigitsMax / 2;

unsigned char byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }

void append_encoded_number(std::string& key, const SignificantDigits& number) {
  if (number.count == 0) {
    key += static_cast<char>(kZero);
    return;
  }
  const unsigned flip = number.negative ? 0xFF : 0x00;
  const auto digit = [&number](std::size_t i) {
    return i < number.count ? static_cast<unsigned>(number.digits[i] - '0') : 0u;
  };
  std::array<char, 1 + kPairsMax + 1> bytes;
  std::size_t size = 0;
  bytes[size++] = static_cast<char>(static_cast<unsigned>(kExponentBias + number.exponent) ^ flip);
  for (std::size_t i = 0; i < number.count; i += 2)
    bytes[size++] = static_cast<char>((digit(i) * 16 + digit(i + 1) + 1) ^ flip);
  if (number.negative) bytes[size++] = static_cast<char>(kNegativeEnd);
  key.append(bytes.data(), size);
}

void append_encoded_string(std::string& key, std::string_view text) {
  key += static_cast<char>(kStringMark);
  const auto needs_escape = [](char c) { return static_cast<unsigned char>(c) <= kEscape; };
  for (;;) {
    const auto special = std::find_if(text.begin(), text.end(), needs_escape);
    const auto plain = static_cast<std::size_t>(special - text.begin());
    key.append(text.data(), plain);
    if (special == text.end()) return;
    key += static_cast<char>(kEscape);
    key += static_cast<char>(*special + 1);
    text.remove_prefix(plain + 1);
  }
}

bool decode_number(std::string_view component, SignificantDigits& out) {
  if (component.size() == 1 && byte_at(component, 0) == kZero) {
    out.count = 0;
    return true;
  }
  out.negative = byte_at(component, 0) < kZero;
  if (out.negative) {
    if (byte_at(component, component.size() - 1) != kNegativeEnd) return false;
    component.remove_suffix(1);
  }
  if (component.size() < 2 || component.size() > 1 + kPairsMax) return false;
  const unsigned flip = out.negative ? 0xFF : 0x00;
  out.exponent = static_cast<int>(byte_at(component, 0) ^ flip) - kExponentBias;
  if (out.exponent < Number::kExponentMin || out.exponent > Number::kExponentMax) return false;
  out.count = 0;
  for (std::size_t i = 1; i < component.size(); ++i) {
    const unsigned pair = (byte_at(component, i) ^ flip) - 1u;
    if (pair > 0x99 || pair % 16 > 9) return false;
    out.digits[out.count++] = static_cast<char>('0' + pair / 16);
    out.digits[out.count++] = static_cast<char>('0' + pair % 16);
  }
  if (out.digits[out.count - 1] == '0') --out.count;
  return out.digits[0] != '0' && out.digits[out.count - 1] != '0';
}

/// `encoded` follows the FF. False when an escape is incomplete or unknown, or a 00 is inside.
bool append_unescaped(std::string& text, std::string_view encoded) {
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (byte_at(encoded, i) > kEscape) {
      text += encoded[i];
      continue;
    }
    if (byte_at(encoded, i) != kEscape || i + 1 == encoded.size()) return false;
    const unsigned char escaped = byte_at(encoded, ++i);
    if (escaped != 1 && escaped != 2) return false;
    text += static_cast<char>(escaped - 1);
  }
  return true;
}

}  // namespace

bool is_global_name(std::string_view name) {
  if (name.empty() || name.size() > kGlobalNameBytesMax) return false;
  if (!is_letter(name[0]) && name[0] != '%') return false;
  return std::all_of(name.begin() + 1, name.end(), is_letter_or_digit);
}

Result<std::string> encode_key(std::string_view global, std::span<const std::string> subscripts, NullCollation nulls) {
  if (!is_global_name(global)) return make_error<MsgId::NOTMNAME>(global);
  if (subscripts.size() > kSubscriptsMax) return make_error<MsgId::MAXNRSUBSCRIPTS>();
  std::string key{global};
  key += kTerminator;
  for (const auto& subscript : subscripts) {
    if (subscript.size() > kKeyBytesMax) return make_error<MsgId::GVSUBOFLOW>();
    append_subscript(key, subscript, nulls);
    key += kTerminator;
    if (key.size() > kKeyBytesMax) return make_error<MsgId::GVSUBOFLOW>();
  }
  return key;
}

Result<NodeName> decode_key(std::string_view key, NullCollation nulls) {
  if (key.size() > kKeyBytesMax) return make_error<MsgId::HWKEYBAD>("longer than the longest key");
  if (key.empty() || key.back() != kTerminator) return make_error<MsgId::HWKEYBAD>("no 00 at the end");
  NodeName node;
  node.global = key_global(key);
  if (!is_global_name(node.global)) return make_error<MsgId::HWKEYBAD>("no global name at the front");
  for (std::size_t at = node.global.size() + 1; at < key.size();) {
    const auto end = key.find(kTerminator, at);
    if (node.subscripts.size() == kSubscriptsMax) return make_error<MsgId::HWKEYBAD>("more than 31 subscripts");
    auto& subscript = node.subscripts.emplace_back();
    if (!append_decoded_subscript(subscript, key.substr(at, end - at), nulls))
      return make_error<MsgId::HWKEYBAD>(fmt::format("bad subscript at byte {}", at));
    at = end + 1;
  }
  return node;
}

void append_subscript(std::string& key, std::string_view subscript, NullCollation nulls) {
  if (subscript.empty()) {
    key += static_cast<char>(nulls == NullCollation::Standard ? kStandardNull : kStringMark);
    return;
  }
  SignificantDigits number;
  if (parse_canonical_number(subscript, number)) {
    append_encoded_number(key, number);
  } else {
    append_encoded_string(key, subscript);
  }
}

std::string encode_subscript(std::string_view subscript, NullCollation nulls) {
  std::string out;
  append_subscript(out, subscript, nulls);
  return out;
}

ComponentKind component_kind(std::string_view component, NullCollation nulls) {
  const bool one_byte = component.size() == 1;
  if (one_byte && byte_at(component, 0) == (nulls == NullCollation::Standard ? kStandardNull : kStringMark))
    return ComponentKind::Null;
  return !component.empty() && byte_at(component, 0) == kStringMark ? ComponentKind::String : ComponentKind::Number;
}

bool append_decoded_subscript(std::string& text, std::string_view component, NullCollation nulls) {
  if (component.empty()) return false;
  switch (component_kind(component, nulls)) {
    case ComponentKind::Null:
      return true;
    case ComponentKind::Number: {
      SignificantDigits number;
      if (!decode_number(component, number)) return false;
      append_number(text, number);
      return true;
    }
    case ComponentKind::String:
      break;
  }
  const auto before = text.size();
  const bool good = append_unescaped(text, component.substr(1));
  const std::string_view decoded = std::string_view{text}.substr(before);
  if (good && !decoded.empty() && !is_canonical_number(decoded)) return true;
  text.resize(before);
  return false;
}

std::string_view key_global(std::string_view key) { return key.substr(0, key.find(kTerminator)); }

std::string_view key_last_component(std::string_view key) {
  key.remove_suffix(1);
  const auto before = key.rfind(kTerminator);
  return before == std::string_view::npos ? key : key.substr(before + 1);
}

std::string_view key_parent(std::string_view key) {
  return key.substr(0, key.size() - 1 - key_last_component(key).size());
}

std::size_t key_subscript_count(std::string_view key) {
  return static_cast<std::size_t>(std::count(key.begin(), key.end(), kTerminator)) - 1;
}

std::string subtree_upper_bound(std::string_view key) {
  std::string bound{key};
  bound.back() = '\x01';
  return bound;
}

}  // namespace hw
