/// cluster/jobs/group_edit.h -- what jobs write into the orders of a group: its record, its state, what is wanted of
/// its servers. Durable on return, as OrderBook::change.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cluster/jobs/group_look.h"
#include "cluster/plan/domain_servers.h"

namespace hw::cluster {

/// Errors: those of OrderBook::change; HWCFGBAD: the orders have no such group.
Status edit_group(JobContext& context, const std::string& group, const std::function<void(GroupOrder&)>& edit);

/// A coordinator that was rebuilt may have a record of before the last change of root. Where an instance has begun a
/// later reign than the record names, that one holds it. Errors: as edit_group.
Status correct_record(JobContext& context, const GroupLook& look);
/// Of every group of kind role; each is examined. With dcs etcd nothing is corrected. Errors: as edit_group;
/// HWEPOCHBACK, with dcs etcd: an epoch is known, and the store is not known to have had a record.
Status correct_records(JobContext& context);

/// The state, with a line `acct: UP -> QUIESCING` when it changes. Errors: as edit_group.
Status change_state(JobContext& context, const std::string& group, GroupState next);

/// The server is wanted, or not any more, at that node; one that is new gets the next number.
void want_server(Orders& orders, const Domain& domain, const ServerRef& server, const std::string& node, Wanted wanted);

/// Who is to feed an instance; empty: nobody.
void want_feeder(Orders& orders, const std::string& instance, const std::string& feeder);

/// Whether the orders want a source server or receiver of the instance: it was booted, and not taken down since.
bool is_wanted(const Orders& orders, const Member& member);

/// Who may become root after `root`: priority above 0, heard and up.
std::vector<std::string> candidates_beside(const GroupLook& look, const std::string& root);

}  // namespace hw::cluster
