/// cluster/board/envelope.h -- a JSON text with its format and checksum around it, itself a JSON text.
///
///   {"format":1,"checksum":"0123456789abcdef","NAME":BODY}\n
///
/// The checksum is XXH3-64 of the body's bytes, in 16 hexadecimal digits.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hw::cluster {

struct Envelope {
  std::string_view name;
  std::size_t bytes_max;  ///< of the whole
};

std::string close_envelope(const Envelope& envelope, std::string_view body);

/// The body, when its checksum agrees. Any bytes; the fault is what is wrong with them.
std::optional<std::string> open_envelope(const Envelope& envelope, std::string_view bytes, std::string_view& body);

/// Of a text: 16 hexadecimal digits.
std::string checksum_digits(std::string_view text);

}  // namespace hw::cluster
