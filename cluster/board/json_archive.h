/// cluster/board/json_archive.h -- structs to JSON and back by their lists of fields. Included by sources of
/// cluster rooms only.
///
/// The reader trusts nothing: each value has a type and a bound, and the first that is wrong is named by its path.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cluster/board/json.h"
#include "cluster/board/words.h"
#include "engine/base/limits.h"

namespace hw::cluster {

class JsonWriter {
 public:
  static constexpr bool kReads = false;

  template <typename Value>
  void operator()(const char* key, const Value& value) {
    json_[key] = to_json(value);
  }
  Json take() { return std::move(json_); }

  template <typename Value>
  static Json to_json(const Value& value) {
    if constexpr (std::is_enum_v<Value>) {
      return word_in_list(value);
    } else if constexpr (std::is_same_v<Value, char>) {
      return std::string(1, value);
    } else if constexpr (std::is_arithmetic_v<Value> || std::is_same_v<Value, std::string>) {
      return value;
    } else {
      JsonWriter inner;
      visit_fields(inner, value);
      return inner.take();
    }
  }
  template <typename Value>
  static Json to_json(const std::optional<Value>& value) {
    return value ? to_json(*value) : Json(nullptr);
  }
  template <typename Value>
  static Json to_json(const std::vector<Value>& values) {
    Json list = Json::array();
    for (const Value& value : values) list.push_back(to_json(value));
    return list;
  }

 private:
  Json json_ = Json::object();
};

/// What one file may hold.
struct JsonBounds {
  std::size_t rows_max;  ///< of a list
  std::size_t text_bytes_max;
};
inline constexpr JsonBounds kBoardBounds{kBoardRowsMax, kBoardTextBytesMax};
inline constexpr JsonBounds kReceiptBounds{kReceiptRowsMax, kReceiptTextBytesMax};

class JsonReader {
 public:
  static constexpr bool kReads = true;

  /// `path` is the object's, for the fault; what is referred to outlives the reader.
  JsonReader(const Json& object, const std::string& path, const JsonBounds& bounds, std::optional<std::string>& fault)
      : object_(object), path_(path), bounds_(bounds), fault_(fault) {}

  template <typename Value>
  void operator()(const char* key, Value& value) {
    if (fault_) return;
    if (!object_.is_object()) return fail(path_, "not an object");
    const auto found = object_.find(key);
    if (found != object_.end())
      read(*found, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key), value);
  }

 private:
  void fail(const std::string& path, std::string_view why) { fault_ = fmt::format("{}: {}", path, why); }

  template <typename Value>
  void read(const Json& json, const std::string& path, Value& value) {
    if constexpr (std::is_same_v<Value, bool>) {
      if (!json.is_boolean()) return fail(path, "neither true nor false");
      value = json.get<bool>();
    } else if constexpr (std::is_unsigned_v<Value>) {
      if (!json.is_number_unsigned() || json.get<std::uint64_t>() > std::numeric_limits<Value>::max())
        return fail(path, fmt::format("not a whole number up to {}", std::numeric_limits<Value>::max()));
      value = static_cast<Value>(json.get<std::uint64_t>());
    } else if constexpr (std::is_enum_v<Value>) {
      const auto found = json.is_string() ? from_word<Value>(json.get_ref<const std::string&>()) : std::nullopt;
      if (!found) return fail(path, "not one of its words");
      value = *found;
    } else {
      JsonReader inner(json, path, bounds_, fault_);
      if (!json.is_object()) return fail(path, "not an object");
      visit_fields(inner, value);
    }
  }
  void read(const Json& json, const std::string& path, std::string& text) {
    if (!json.is_string() || json.get_ref<const std::string&>().size() > bounds_.text_bytes_max)
      return fail(path, fmt::format("not a text of at most {} bytes", bounds_.text_bytes_max));
    text = json.get<std::string>();
  }
  void read(const Json& json, const std::string& path, char& letter) {
    const bool is_letter = json.is_string() && json.get_ref<const std::string&>().size() == 1;
    letter = is_letter ? json.get_ref<const std::string&>().front() : '\0';
    if (letter < 'A' || letter > 'Z') fail(path, "not a letter");
  }
  void read(const Json& json, const std::string& path, double& number) {
    if (!json.is_number() || !(json.get<double>() >= 0) || json.get<double>() > static_cast<double>(kBoardSecondsMax))
      return fail(path, fmt::format("not a number from 0 to {}", kBoardSecondsMax));
    number = json.get<double>();
  }
  template <typename Value>
  void read(const Json& json, const std::string& path, std::optional<Value>& value) {
    value.reset();
    if (!json.is_null()) read(json, path, value.emplace());
  }
  template <typename Value>
  void read(const Json& json, const std::string& path, std::vector<Value>& values) {
    values.clear();
    if (!json.is_array() || json.size() > bounds_.rows_max)
      return fail(path, fmt::format("not a list of at most {} entries", bounds_.rows_max));
    for (std::size_t i = 0; i < json.size() && !fault_; ++i)
      read(json[i], fmt::format("{}[{}]", path, i), values.emplace_back());
  }

  const Json& object_;
  const std::string& path_;
  const JsonBounds& bounds_;
  std::optional<std::string>& fault_;
};

/// One object of a text. The fault says what is wrong with it; `value` is then of no use.
template <typename Value>
std::optional<std::string> read_json(std::string_view text, const JsonBounds& bounds, Value& value) {
  const Json json = parse_bounded(text);
  if (!json.is_object()) return "no JSON object";
  std::optional<std::string> fault;
  const std::string path;
  JsonReader reader(json, path, bounds, fault);
  visit_fields(reader, value);
  return fault;
}

}  // namespace hw::cluster
