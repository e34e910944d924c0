/// engine/base/check.h -- invariants that end the process when broken.
///
/// HW_CHECK guards facts that only a bug of ours can break; it is on in every build. Bytes from disk, shared memory or
/// the network are never HW_CHECKed: bad bytes are an Error. What this process wrote itself, under a lock that it still
/// holds, is a fact; what another process left there has to be looked at first.
///
/// HW_CHECK_EQ, _LE, _LT and _GE print both values, too. HW_CHECK_DEAR is for what costs more than a comparison of
/// values at hand: it is compiled only where failpoints are, and into debug builds. A header does not use it: programs
/// that embed the database are compiled without.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace hw {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%%GTM-F-HWCHECK, broken invariant: %s at %s:%d\n", condition, file, line);
  std::abort();
}

[[noreturn]] inline void check_failed(const char* condition, unsigned long long left, unsigned long long right,
                                      const char* file, int line) {
  std::fprintf(stderr, "%%GTM-F-HWCHECK, broken invariant: %s (%llu, %llu) at %s:%d\n", condition, left, right, file,
               line);
  std::abort();
}

/// Of a whole number, an enum, or a quantity of engine/base/types.h.
template <typename T>
constexpr unsigned long long checked_number(const T& from) {
  if constexpr (std::is_class_v<T>)
    return static_cast<unsigned long long>(from.value);
  else
    return static_cast<unsigned long long>(from);
}

template <typename Left, typename Right, typename Holds>
inline void check_values(const Left& left, const Right& right, Holds holds, const char* condition, const char* file,
                         int line) {
  if (__builtin_expect(!holds(left, right), 0))
    check_failed(condition, checked_number(left), checked_number(right), file, line);
}

}  // namespace hw

#define HW_CHECK(condition) \
  (__builtin_expect(static_cast<bool>(condition), 1) ? void(0) : ::hw::check_failed(#condition, __FILE__, __LINE__))

/// Both sides have one type, or are unsigned: `HW_CHECK_EQ(pool.regions_behind.load(), 0u)`.
#define HW_CHECK_VALUES(left, op, right)                                                             \
  ::hw::check_values((left), (right), [](const auto& it, const auto& other) { return it op other; }, \
                     #left " " #op " " #right, __FILE__, __LINE__)
#define HW_CHECK_EQ(left, right) HW_CHECK_VALUES(left, ==, right)
#define HW_CHECK_LE(left, right) HW_CHECK_VALUES(left, <=, right)
#define HW_CHECK_LT(left, right) HW_CHECK_VALUES(left, <, right)
#define HW_CHECK_GE(left, right) HW_CHECK_VALUES(left, >=, right)

#if defined(HW_FAILPOINTS) || !defined(NDEBUG)
#define HW_CHECK_DEAR(condition) HW_CHECK(condition)
#else
#define HW_CHECK_DEAR(condition) (sizeof(static_cast<bool>(condition)) != 0 ? void(0) : void(0))
#endif
