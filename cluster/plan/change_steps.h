/// cluster/plan/change_steps.h -- the steps of a planned and of an unplanned change of root, as data: what is done, and
/// what is said when it fails. Jobs name the step that failed by them, `plan` prints them.
///
/// Pure. Source: operations, section 10, both tables.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/message.h"

namespace hw::cluster {

enum class ChangeStep : std::uint8_t { S1, S2, S3, S4, S5, S6, S7, S8, F1, F2, F3, F4, F5 };

/// What is true when a step has failed.
enum class AfterFailure : std::uint8_t {
  OldReigns,  ///< the old root takes updates, as before
  NobodyYet,  ///< nobody takes updates; the same command, or failover, goes on
  NewReigns,  ///< the new root takes updates; the rest can be done again
  Unchanged   ///< nothing has been done
};

struct StepRow {
  ChangeStep step;
  std::string_view name;  ///< S1
  std::string_view does;  ///< with {0} the new root, {1} the old one
  MsgId if_fails;         ///< TEXT: it has no message of its own
  AfterFailure afterwards;
};

inline constexpr std::array<StepRow, 13> kChangeSteps{{
    {ChangeStep::S1, "S1", "check {0}", MsgId::HWNOCAND, AfterFailure::Unchanged},
    {ChangeStep::S2, "S2", "stop updates at {1}", MsgId::HWREMOTE, AfterFailure::OldReigns},
    {ChangeStep::S3, "S3", "{0} applies all of {1}", MsgId::HWSWITCHBACK, AfterFailure::OldReigns},
    {ChangeStep::S4, "S4", "{1} gives up, record released", MsgId::HWREMOTE, AfterFailure::NobodyYet},
    {ChangeStep::S5, "S5", "{0} takes", MsgId::HWREMOTE, AfterFailure::NobodyYet},
    {ChangeStep::S6, "S6", "held updates go to {0}", MsgId::TEXT, AfterFailure::NewReigns},
    {ChangeStep::S7, "S7", "{1} rejoins", MsgId::HWREJOIN, AfterFailure::NewReigns},
    {ChangeStep::S8, "S8", "others are fed by upstreams", MsgId::HWREPARENT, AfterFailure::NewReigns},
    {ChangeStep::F1, "F1", "{1} takes no updates", MsgId::HWLEASEVALID, AfterFailure::Unchanged},
    {ChangeStep::F2, "F2", "{0} is chosen", MsgId::HWLOSSLIMIT, AfterFailure::Unchanged},
    {ChangeStep::F3, "F3", "{0} applies what it received, takes", MsgId::HWREMOTE, AfterFailure::NobodyYet},
    {ChangeStep::F4, "F4", "others are fed by upstreams", MsgId::HWREPARENT, AfterFailure::NewReigns},
    {ChangeStep::F5, "F5", "receipt of {1}", MsgId::HWREMOTE, AfterFailure::NobodyYet},
}};

constexpr const StepRow& row_of(ChangeStep step) { return kChangeSteps.at(static_cast<std::size_t>(step)); }

/// `S3 B applies all of A`.
std::string text_of(ChangeStep step, std::string_view new_root, std::string_view old_root);

}  // namespace hw::cluster
