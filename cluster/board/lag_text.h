/// cluster/board/lag_text.h -- a lag as status and topology print it: `4 / 0.1 s`.
#pragma once

#include <fmt/format.h>

#include <string>

#include "cluster/board/board.h"
#include "cluster/board/table.h"

namespace hw::cluster {

inline std::string lag_text(const Lag& lag) {
  const std::string seconds = lag.seconds ? fmt::format("{:.1f} s", *lag.seconds) : "-";
  return fmt::format("{} / {}", text_of(cell_of(lag.transactions)), seconds);
}

}  // namespace hw::cluster
