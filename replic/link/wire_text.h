/// replic/link/wire_text.h -- a text in the body of a message: its length in two bytes, then the bytes.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/check.h"

namespace hw {

inline void append_text(std::string& out, std::string_view text, std::size_t bytes_max) {
  HW_CHECK(text.size() <= bytes_max);
  append_le<std::uint16_t>(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

/// False when the text is longer than it may be, or than what is left.
inline bool take_text(ByteReader& in, std::string& out, std::size_t bytes_max) {
  const auto size = in.take<std::uint16_t>();
  if (!in.ok() || size > bytes_max) return false;
  out = in.take_text(size);
  return in.ok();
}

}  // namespace hw
