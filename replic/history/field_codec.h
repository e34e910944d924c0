/// replic/history/field_codec.h -- a record's bytes from one list of its fields.
///
/// A format with named fields has one function template that calls a visitor with each field and the member it
/// belongs to. With FieldWriter it encodes, with FieldReader it decodes, with FieldLister it gives the table that
/// commands show. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/base/field_table.h"
#include "engine/base/types.h"

namespace hw {

/// Writes members to their places; everything else is left as it is.
class FieldWriter {
 public:
  explicit FieldWriter(MutableBytes out) : out_(out) {}
  template <std::unsigned_integral T>
  void operator()(const Field& field, const T& value) const {
    if constexpr (std::is_same_v<T, bool>) {
      put_le<std::uint32_t>(out_, field.offset, value ? 1 : 0);
    } else {
      HW_CHECK(sizeof(T) == field.bytes);
      put_le<T>(out_, field.offset, value);
    }
  }
  template <typename E>
  requires std::is_enum_v<E>
  void operator()(const Field& field, const E& value) const {
    (*this)(field, static_cast<std::underlying_type_t<E>>(value));
  }
  void operator()(const Field& field, const Seqno& value) const { (*this)(field, value.value); }
  void operator()(const Field& field, const std::string& text) const {
    HW_CHECK(text.size() <= field.bytes);
    std::memcpy(out_.data() + field.offset, text.data(), text.size());
  }
  template <std::size_t N>
  void operator()(const Field& field, const std::array<std::byte, N>& bytes) const {
    HW_CHECK(N == field.bytes);
    std::copy(bytes.begin(), bytes.end(), out_.begin() + field.offset);
  }

 private:
  MutableBytes out_;
};

/// Reads members from their places. A constant is compared instead: ok() is false when one differs.
class FieldReader {
 public:
  explicit FieldReader(Bytes in) : in_(in) {}
  bool ok() const { return ok_; }

  template <std::unsigned_integral T>
  void operator()(const Field& field, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = get_le<std::uint32_t>(in_, field.offset) != 0;
    } else {
      value = get_le<T>(in_, field.offset);
    }
  }
  template <std::unsigned_integral T>
  void operator()(const Field& field, const T& expected) {
    T found{};
    (*this)(field, found);
    ok_ = ok_ && found == expected;
  }
  template <typename E>
  requires std::is_enum_v<E>
  void operator()(const Field& field, E& value) {
    value = static_cast<E>(get_le<std::underlying_type_t<E>>(in_, field.offset));
  }
  void operator()(const Field& field, Seqno& value) { (*this)(field, value.value); }
  void operator()(const Field& field, std::string& text) const {
    const std::string_view room = as_text(in_.subspan(field.offset, field.bytes));
    text = room.substr(0, std::min(room.find('\0'), room.size()));
  }
  template <std::size_t N>
  void operator()(const Field& field, std::array<std::byte, N>& bytes) const {
    const Bytes part = in_.subspan(field.offset, N);
    std::copy(part.begin(), part.end(), bytes.begin());
  }

 private:
  Bytes in_;
  bool ok_ = true;
};

/// Collects the fields themselves.
class FieldLister {
 public:
  template <typename Member>
  void operator()(const Field& field, const Member&) {
    fields_.push_back(field);
  }
  std::vector<Field> take() { return std::move(fields_); }

 private:
  std::vector<Field> fields_;
};

}  // namespace hw
