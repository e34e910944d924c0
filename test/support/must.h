/// test/support/must.h -- what has to succeed for a test to go on.
#pragma once

#include <cstdio>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/result.h"

namespace hw::test {

/// The value; a failure is printed and ends the process.
template <typename T>
T must(Result<T> result) {
  if (!result.has_value()) std::fputs(result.error().render().c_str(), stderr);
  HW_CHECK(result.has_value());
  return std::move(result).value();
}
inline void must(Status status) {
  if (!status.has_value()) std::fputs(status.error().render().c_str(), stderr);
  HW_CHECK(status.has_value());
}

}  // namespace hw::test
