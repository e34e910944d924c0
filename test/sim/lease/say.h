/// test/sim/lease/say.h -- events and actions of the machine in words, for the schedule that a failure prints.
#pragma once

#include <string>

#include "cluster/lease/actions.h"
#include "cluster/lease/events.h"

namespace hw::lease_sim {

std::string describe(const cluster::lease::Event& event);
std::string describe(const cluster::lease::Action& action);
std::string describe(const cluster::lease::Stored& stored);

}  // namespace hw::lease_sim
