/// cluster/config/key.h -- what a key of a section is: which values it takes, and where its value goes.
///
/// key_tables.h has the keys themselves. A default is what the struct has before anything is put into it, so that it
/// is in one place.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/config/domain.h"
#include "cluster/config/names.h"
#include "cluster/config/toml_text.h"
#include "engine/base/result.h"

namespace hw::cluster {

template <typename Object>
struct Key {
  std::string_view name;
  /// Takes a value from the file. Errors: HWCFGBAD, or what the key has of its own; `full` is its name in them.
  std::function<Status(Object&, const TomlValue&, const std::string& full)> put;
  /// The value as TOML, one text for one value.
  std::function<std::string(const Object&)> text;
  /// Whether the second value is the first and something more, as `config add` allows: a raised number, or a list with
  /// further names at its end, which are returned. Empty function: never.
  std::function<std::optional<std::vector<std::string>>(const Object&, const Object&)> added = {};
  bool mandatory = false;
};

// What of a value has the type that a key wants. Errors: HWCFGBAD.
Result<std::string> take_text(const TomlValue& value, const std::string& full);
Result<bool> take_flag(const TomlValue& value, const std::string& full);
Result<std::int64_t> take_number(const TomlValue& value, const std::string& full, std::int64_t min, std::int64_t max);
Result<double> take_real(const TomlValue& value, const std::string& full, double min, double max);
/// Rounded to milliseconds, but never to 0 or out of the range by that.
Result<Milliseconds> take_seconds(const TomlValue& value, const std::string& full, Milliseconds min, Milliseconds max);
/// At most kDomainNamesMax texts, each as `rule` has it.
Result<std::vector<std::string>> take_list(const TomlValue& value, const std::string& full, TextRule rule);

/// `60`, `0.5`.
std::string seconds_text(Milliseconds time);
std::string real_number_text(double number);
/// The names that `after` has past those of `before`; none when it does not begin with those.
std::optional<std::vector<std::string>> names_added(const std::vector<std::string>& before,
                                                    const std::vector<std::string>& after);

template <typename Object>
Key<Object> needed(Key<Object> key) {
  key.mandatory = true;
  return key;
}

template <typename Object>
Key<Object> text_key(std::string_view name, std::string Object::*member, TextRule rule = refuse_line) {
  return {name,
          [=](Object& object, const TomlValue& value, const std::string& full) -> Status {
            HW_TRY(std::string text, take_text(value, full));
            if (const std::string why = rule(text); !why.empty()) return bad_key(full, why);
            object.*member = std::move(text);
            return {};
          },
          [=](const Object& object) { return toml_string(object.*member); }};
}

template <typename Object>
Key<Object> flag_key(std::string_view name, bool Object::*member) {
  return {name,
          [=](Object& object, const TomlValue& value, const std::string& full) -> Status {
            HW_TRY(object.*member, take_flag(value, full));
            return {};
          },
          [=](const Object& object) { return std::string(object.*member ? "true" : "false"); }};
}

/// A whole number or a port.
template <typename Object, typename Number>
Key<Object> number_key(std::string_view name, Number Object::*member, std::int64_t min, std::int64_t max) {
  return {name,
          [=](Object& object, const TomlValue& value, const std::string& full) -> Status {
            HW_TRY(const std::int64_t number, take_number(value, full, min, max));
            object.*member = static_cast<Number>(number);
            return {};
          },
          [=](const Object& object) { return std::to_string(object.*member); }};
}

template <typename Object>
Key<Object> port_key(std::string_view name, std::uint16_t Object::*member, std::int64_t min = 1) {
  return number_key(name, member, min, 65535);
}

/// A number that `config add` may raise.
template <typename Object>
Key<Object> raisable_key(std::string_view name, std::int64_t Object::*member, std::int64_t min, std::int64_t max) {
  Key<Object> key = number_key(name, member, min, max);
  key.added = [=](const Object& before, const Object& after) -> std::optional<std::vector<std::string>> {
    if (after.*member < before.*member) return std::nullopt;
    return std::vector<std::string>();
  };
  return key;
}

template <typename Object>
Key<Object> real_key(std::string_view name, double Object::*member, double min, double max) {
  return {name,
          [=](Object& object, const TomlValue& value, const std::string& full) -> Status {
            HW_TRY(object.*member, take_real(value, full, min, max));
            return {};
          },
          [=](const Object& object) { return real_number_text(object.*member); }};
}

template <typename Object>
Key<Object> seconds_key(std::string_view name, Milliseconds Object::*member, Milliseconds min, Milliseconds max) {
  return {name,
          [=](Object& object, const TomlValue& value, const std::string& full) -> Status {
            HW_TRY(object.*member, take_seconds(value, full, min, max));
            return {};
          },
          [=](const Object& object) { return seconds_text(object.*member); }};
}

/// A list of texts.
template <typename Object>
Key<Object> list_key(std::string_view name, std::vector<std::string> Object::*member, TextRule rule = refuse_line) {
  return {name,
          [=](Object& object, const TomlValue& value, const std::string& full) -> Status {
            HW_TRY(object.*member, take_list(value, full, rule));
            return {};
          },
          [=](const Object& object) { return toml_list(object.*member); }};
}

/// A list of names of objects, to which `config add` may append. That they exist is for checks.h.
template <typename Object>
Key<Object> names_key(std::string_view name, std::vector<std::string> Object::*member) {
  Key<Object> key = list_key(name, member);
  key.added = [=](const Object& before, const Object& after) { return names_added(before.*member, after.*member); };
  return key;
}

/// A text out of `words`, which are those of the enum's values in their order.
template <typename Object, typename Enum>
Key<Object> choice_key(std::string_view name, Enum Object::*member, const std::vector<std::string>& words) {
  return {name,
          [=](Object& object, const TomlValue& value, const std::string& full) -> Status {
            HW_TRY(const std::string text, take_text(value, full));
            for (std::size_t i = 0; i < words.size(); ++i) {
              if (words[i] != text) continue;
              object.*member = static_cast<Enum>(i);
              return {};
            }
            std::string known = words.front();
            for (std::size_t i = 1; i < words.size(); ++i) known += (i + 1 == words.size() ? " or " : ", ") + words[i];
            return bad_key(full, fmt::format("\"{}\" is not {}", shown(text), known));
          },
          [=](const Object& object) { return toml_string(words.at(static_cast<std::size_t>(object.*member))); }};
}

}  // namespace hw::cluster
