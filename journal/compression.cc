#include "journal/compression.h"

#include <zstd.h>

namespace hw {

struct Deflater::Context {
  Context() : zstd(ZSTD_createCCtx()) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { ZSTD_freeCCtx(zstd); }
  ZSTD_CCtx* zstd;  ///< null: no memory
};

Deflater::Deflater() = default;
Deflater::~Deflater() = default;

Bytes Deflater::deflate(Bytes body, std::uint32_t level) {
  if (!context_) context_ = std::make_unique<Context>();
  if (context_->zstd == nullptr) return {};
  deflated_.resize(ZSTD_compressBound(body.size()));
  const std::size_t bytes = ZSTD_compressCCtx(context_->zstd, deflated_.data(), deflated_.size(), body.data(),
                                              body.size(), static_cast<int>(level));
  if (ZSTD_isError(bytes) != 0 || bytes >= body.size()) return {};
  return as_bytes(std::string_view(deflated_).substr(0, bytes));
}

struct Inflater::Context {
  Context() : zstd(ZSTD_createDCtx()) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { ZSTD_freeDCtx(zstd); }
  ZSTD_DCtx* zstd;  ///< null: no memory
};

Inflater::Inflater() = default;
Inflater::~Inflater() = default;

bool Inflater::inflate(Bytes body, MutableBytes out) {
  if (!context_) context_ = std::make_unique<Context>();
  if (context_->zstd == nullptr) return false;
  const std::size_t got = ZSTD_decompressDCtx(context_->zstd, out.data(), out.size(), body.data(), body.size());
  return ZSTD_isError(got) == 0 && got == out.size();
}

}  // namespace hw
