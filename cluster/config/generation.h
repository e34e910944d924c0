/// cluster/config/generation.h -- one generation of a configuration, and the note that is kept beside its text.
///
/// `N.toml` is the text as it was given, byte for byte. `N.note` says the rest, a line each:
///
///   line                       rule
///   -------------------------- -----------------------------------------------------------------------
///   headwater generation 1     1 is the format; a reader refuses every other number
///   check 0123456789abcdef     XXH3-64 of all lines below it, 16 digits
///   number 3                   N, from 1
///   sha256 9f2c...             of the text, 64 digits
///   time 2026-11-28T20:24:02Z  when it was stored, UTC
///   by root@n1                 who stored it
///   added_to 2                 the generation that `config add` added to; 0: `config apply`
///
/// Compatibility: a new line takes a new format number; format 1 is still read. docs/formats/generation.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace hw::cluster {

struct Generation {
  std::uint64_t number = 0;
  std::string sha256;
  std::int64_t time_s = 0;  ///< seconds since 1970, UTC
  std::string by;           ///< `user@host`
  std::uint64_t added_to = 0;
  std::string text;  ///< not in the note

  /// As tables show it.
  std::string short_sha256() const { return sha256.substr(0, 12); }
};

/// A generation of `text`, with its SHA-256. `by` is cut to one line of kReasonBytesMax.
Generation make_generation(std::uint64_t number, std::string text, std::int64_t time_s, std::string_view by,
                           std::uint64_t added_to = 0);

std::string encode_note(const Generation& generation);
/// Takes any bytes. Errors: HWCFGBAD about `file`, when it is no note, or damaged, or of another format.
Result<Generation> decode_note(std::string_view note, const std::string& file);

}  // namespace hw::cluster
