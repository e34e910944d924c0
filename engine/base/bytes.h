/// engine/base/bytes.h -- little-endian integers in byte buffers, and a reader that cannot overrun.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/check.h"

namespace hw {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

template <std::unsigned_integral T>
constexpr T to_little_endian(T value) {
  if constexpr (std::endian::native == std::endian::little) return value;
  T out = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) out = static_cast<T>((out << 8) | ((value >> (8 * i)) & 0xFF));
  return out;
}

/// Reads T at `offset`; the caller has checked that the bytes are there.
template <std::unsigned_integral T>
T get_le(Bytes in, std::size_t offset) {
  HW_CHECK(offset + sizeof(T) <= in.size());
  T value;
  std::memcpy(&value, in.data() + offset, sizeof(T));
  return to_little_endian(value);
}

/// Writes T at `offset`; the caller owns the room.
template <std::unsigned_integral T>
void put_le(MutableBytes out, std::size_t offset, T value) {
  HW_CHECK(offset + sizeof(T) <= out.size());
  value = to_little_endian(value);
  std::memcpy(out.data() + offset, &value, sizeof(T));
}

/// Appends T to a growing buffer.
template <std::unsigned_integral T>
void append_le(std::string& out, T value) {
  value = to_little_endian(value);
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Reads a buffer front to back. After the first read past the end every read gives zero or empty
/// and `ok()` is false, so a decoder may read a whole layout and test once.
class ByteReader {
 public:
  explicit ByteReader(Bytes in) : in_(in) {}

  template <std::unsigned_integral T>
  T take() {
    if (!have(sizeof(T))) return 0;
    T value = get_le<T>(in_, at_);
    at_ += sizeof(T);
    return value;
  }
  Bytes take_bytes(std::size_t count) {
    if (!have(count)) return {};
    Bytes out = in_.subspan(at_, count);
    at_ += count;
    return out;
  }
  std::string_view take_text(std::size_t count) { return as_text(take_bytes(count)); }

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && at_ == in_.size(); }
  std::size_t offset() const { return at_; }
  std::size_t left() const { return in_.size() - at_; }

 private:
  bool have(std::size_t count) {
    if (ok_ && count <= in_.size() - at_) return true;
    ok_ = false;
    return false;
  }

  Bytes in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

/// A text: its length in two bytes, then the bytes.
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
