/// engine/base/ascii.h -- classes of characters, whatever the locale. Pure.
#pragma once

namespace hw {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace hw
