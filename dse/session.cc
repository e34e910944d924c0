#include "dse/session.h"

#include <algorithm>

#include "engine/base/text.h"

namespace hw::dse {

Status Session::open() {
  HW_TRY(directory_, GlobalDirectory::load_from_environment());
  return {};
}

std::string Session::heading() const { return fmt::format("\nFile  \t{}\nRegion\t{}\n\n", path(), region().name); }

Status Session::choose(const std::string& name) {
  const std::string wanted = upper(name);
  const Region* found = directory_->find_region(wanted);
  if (found == nullptr) return make_error<MsgId::NOREGION>(wanted);
  region_ = static_cast<std::size_t>(found - directory_->regions().data());
  block.reset();
  return {};
}

Result<std::unique_ptr<RegionAccess>> Session::take() const { return RegionAccess::take(path(), &region()); }

Status Session::look(const std::function<Status(const RegionLook&)>& look) const {
  HW_TRY(const auto access, take());
  return look_at_region(*access, look);
}

}  // namespace hw::dse
