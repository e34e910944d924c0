/// engine/base/precompiled.h -- what nearly every source includes, parsed once a build (option HW_PRECOMPILE).
///
/// Sources include what they use all the same: builds without the option hold them to that.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/result.h"
