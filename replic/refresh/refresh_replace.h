/// replic/refresh/refresh_replace.h -- an instance gives way to the copies that have arrived for it.
///
/// In this order, so that an instance half of which is replaced cannot be started, and the same command can
/// always be run again:
///
///   the instance file is set aside (`<instance file>-replaced`); without one no server starts
///   each database gets the name of the former one, and the files beside that one are removed
///   journals that are in the way of new ones get a time stamp: they may hold what no other site has
///
/// What comes after that (journals, the new instance file, servers) is what other commands do as well
/// (cmd_replicate_refresh.cc).
#pragma once

#include <functional>
#include <string>

#include "engine/globals/global_directory.h"
#include "replic/refresh/refresh_fetch.h"

namespace hw {

/// Where the former instance file is until the new one is there.
std::string replaced_instance_path(const std::string& instance_path);

/// What the instance's files say of it; `name` and the regions are set by the caller. Reads the file that was set
/// aside when the other one is not there. False when there is none that can be read.
bool read_refresh_self(const std::string& instance_path, RefreshSelf& self);

/// Whether a database of the directory has had a transaction; one that cannot be read may have. Blocks: opens each.
bool have_transactions(const GlobalDirectory& directory);

/// No process uses the instance, and nothing else has its files' names. Changes nothing. Errors: HWREFRESHUSE naming
/// what is in use; HWREPLLEVEL; DBNOTGDS and SYSCALL naming what is not the instance's.
Status check_refreshable(const GlobalDirectory& directory, const std::string& instance_path);

/// Puts databases in place, durably; files of `arrival` but the instance file are used up. No process can attach to a
/// database meanwhile. `on_renamed` is told of journals that made room.
/// Errors: HWREFRESHUSE when a process uses a database by now: nothing has changed; SYSCALL.
Status replace_instance(RefreshArrival& arrival, const GlobalDirectory& directory, const std::string& instance_path,
                        const std::function<void(const std::string& from, const std::string& to)>& on_renamed);

}  // namespace hw
