/// cluster/site/lost_and_found.h -- lost transactions: an instance gives up what the new root may not have, and at the
/// new root they are applied again. Thread: any; the caller has the instance's hold.
///
/// Files that the commands and the agent share lie in the instance's folder as `losttn-ID.los`; the commands run as its
/// owner. Source: operations, section 10; docs/runbook/lost-transactions.md, primary-back.md.
#pragma once

#include <string>

#include "cluster/site/receipts.h"
#include "cluster/site/site_parts.h"

namespace hw::cluster {

/// `journal -rollback -fetchresync -losttrans`: waits for the new root's source server, and takes out what the two do
/// not share. The file stays in the instance's folder, so that who asks again gets it again.
/// Errors: HWINUSE when the instance is up; HWNEEDREFRESH when its journals do not reach back; HWREMOTE at the
/// deadline; what the command says.
Result<RejoinOutcome> give_up_lost(SiteParts& parts, const Steps::Call& call, const std::string& receipt);

/// The instance is fed again: what its last rejoin without a receipt has found is not asked for any more. The file is
/// kept under another name. Errors: SYSCALL.
Status put_lost_file_aside(const InstancePlace& place);

/// `gbl apply-lost`: whole transactions, each once; those that were changed here go to ID.conflicts. Not broken off at
/// the deadline. Errors: HWREFUSED when the instance that lost them has not talked to this one since; what the command
/// says.
Result<Site::Applied> apply_lost_again(SiteParts& parts, const Steps::Call& call, const Receipts& receipts,
                                       const std::string& id);

/// `-losttncomplete`: nothing counts as changed any more. Errors: what the command says.
Status complete_lost(SiteParts& parts, const Steps::Call& call, const Receipts& receipts, const std::string& id);

/// What the lost transactions set or killed, beside what is here now. Errors: what the commands say; HWREMOTE at the
/// deadline. Blocks: two commands a node.
Result<std::vector<LostNode>> look_at_lost(SiteParts& parts, const Steps::Call& call, const Receipts& receipts,
                                           const std::string& id);

}  // namespace hw::cluster
