#include "cluster/plan/change_steps.h"

#include <fmt/format.h>

namespace hw::cluster {

std::string text_of(ChangeStep step, std::string_view new_root, std::string_view old_root) {
  const StepRow& row = row_of(step);
  return fmt::format("{} {}", row.name, fmt::format(fmt::runtime(row.does), new_root, old_root));
}

}  // namespace hw::cluster
