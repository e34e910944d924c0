/// engine/base/check.h -- invariants that end the process when broken.
///
/// HW_CHECK guards facts that only a bug of ours can break; it is on in every build. Bytes from
/// disk, shared memory or the network are never HW_CHECKed: bad bytes are an Error.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace hw {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%%GTM-F-HWCHECK, broken invariant: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace hw

#define HW_CHECK(condition) \
  (__builtin_expect(static_cast<bool>(condition), 1) ? void(0) : ::hw::check_failed(#condition, __FILE__, __LINE__))
