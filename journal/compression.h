/// journal/compression.h -- zstd, behind two objects; the only place that knows it.
///
/// One call is one whole zstd frame: what is sent or stored needs nothing of what came before. Each object keeps its
/// working memory from call to call. Thread: one at a time per object.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/bytes.h"

namespace hw {

class Deflater {
 public:
  Deflater();
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// `body` at a zstd level of 1 to 9; the bytes are good until the next call. Empty when it would not get smaller.
  Bytes deflate(Bytes body, std::uint32_t level);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  std::string deflated_;
};

class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Fills `out`, whose size is what the body is to have. False when `body` is no such frame.
  bool inflate(Bytes body, MutableBytes out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace hw
