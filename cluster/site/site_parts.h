/// cluster/site/site_parts.h -- what the parts of a LocalSite have in common.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "cluster/keeper/event_loop.h"
#include "cluster/site/instance_look.h"
#include "cluster/site/instance_place.h"
#include "cluster/site/local_site.h"
#include "cluster/site/site_waits.h"
#include "cluster/site/steps.h"

namespace hw::cluster {

struct SiteParts {
  SiteParts(EventLoop& its_loop, ProcessTable& table, LocalSiteSettings its_settings)
      : loop(its_loop),
        settings(std::move(its_settings)),
        waits(std::make_shared<SiteWaits>()),
        holds(waits, settings.node),
        gate(waits),
        runner(loop, table),
        steps(loop, runner, waits, settings.node) {}

  EventLoop& loop;
  const LocalSiteSettings settings;
  const std::shared_ptr<SiteWaits> waits;
  InstanceHolds holds;
  MemoryGate gate;
  StepRunner runner;
  Steps steps;

  /// By the configuration that runs. Errors: those of place_of.
  Result<InstancePlace> place(const std::string& instance) const {
    return place_of(settings.domain(0), {settings.node, settings.home, settings.dir, settings.umask}, instance);
  }
  /// Through the gate. Errors: those of look_at_instance.
  Result<InstanceLook> look(const InstancePlace& place) {
    Result<InstanceLook> seen = InstanceLook();
    gate.pass(place.instance->name, [&](bool open) {
      seen = open ? look_at_instance(place.instance->dir) : look_at_files(place.instance->dir);
    });
    return seen;
  }
  Error no_answer(const std::string& why) const { return make_error<MsgId::HWREMOTE>(settings.node, why); }
};

}  // namespace hw::cluster
