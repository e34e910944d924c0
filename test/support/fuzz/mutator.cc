#include "test/support/fuzz/mutator.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace hw::fuzz {
namespace {

/// Takes a part out, doubles it, or exchanges two.
std::string move_parts(const std::string& bytes, const std::vector<std::size_t>& begins, std::minstd_rand& random) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const std::size_t end = i + 1 < begins.size() ? begins[i + 1] : bytes.size();
    parts.push_back(bytes.substr(begins[i], end - begins[i]));
  }
  const std::size_t one = random() % parts.size();
  const std::size_t other = random() % parts.size();
  switch (random() % 4) {
    case 0:
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(one));
      break;
    case 1: {
      const std::string copy = parts[one];
      parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(other), copy);
      break;
    }
    case 2:
      std::swap(parts[one], parts[other]);
      break;
    default:
      parts[one] = parts[other];
  }
  std::string out = bytes.substr(0, begins.front());
  for (const std::string& part : parts) out += part;
  return out;
}

}  // namespace

std::vector<std::size_t> lines(std::string_view bytes) {
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; at < bytes.size();) {
    begins.push_back(at);
    const std::size_t end = bytes.find('\n', at);
    if (end == bytes.npos) break;
    at = end + 1;
  }
  return begins;
}

std::size_t mutate(const Shape& shape, std::uint8_t* data, std::size_t size, std::size_t max, unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<std::size_t> begins;
  if (shape.parts != nullptr && random() % 4 == 0) begins = shape.parts({reinterpret_cast<const char*>(data), size});
  std::string bytes;
  if (!begins.empty()) {
    bytes = move_parts(text_of(data, size), begins, random);
  } else {
    size = LLVMFuzzerMutate(data, size, max);
    bytes = text_of(data, size);
  }
  if (shape.seal != nullptr && random() % 8 != 0) shape.seal(bytes);
  size = std::min(bytes.size(), max);
  std::memcpy(data, bytes.data(), size);
  return size;
}

}  // namespace hw::fuzz
