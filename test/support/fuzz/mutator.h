/// test/support/fuzz/mutator.h -- mutations that reach what stands after a decoder's first check.
///
/// A decoder refuses bytes whose checksum or length is wrong, and random changes make nearly every checksum wrong. So a
/// fuzzer describes its format, and after libFuzzer's own mutation the checksums and lengths are put right (seal.h,
/// with the codecs' own functions). One input in eight is left as it is, so that the checks themselves are tested too.
/// Formats that are a row of records also have whole records taken out, doubled and exchanged, which changes of single
/// bytes hardly ever do.
///
/// Source: libFuzzer's documentation of LLVMFuzzerCustomMutator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hw::fuzz {

struct Shape {
  /// Puts checksums and lengths right; takes any bytes. Null: the format has none.
  void (*seal)(std::string& bytes) = nullptr;
  /// Where each part that can be moved as a whole begins, ascending; the last one ends with the input. Null: none.
  std::vector<std::size_t> (*parts)(std::string_view bytes) = nullptr;
};

/// One mutation of the `size` bytes at `data`, in place; at most `max` bytes. Returns the new size.
std::size_t mutate(const Shape& shape, std::uint8_t* data, std::size_t size, std::size_t max, unsigned seed);

/// Parts that are lines.
std::vector<std::size_t> lines(std::string_view bytes);

/// The input as bytes and as text.
inline std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace hw::fuzz

extern "C" {
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max);
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max, unsigned seed);
}

/// Gives this fuzzer the mutator above.
#define HW_FUZZ_SHAPE(...)                                                                                    \
  std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max, unsigned seed) { \
    return hw::fuzz::mutate(hw::fuzz::Shape{__VA_ARGS__}, data, size, max, seed);                             \
  }
