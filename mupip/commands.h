/// mupip/commands.h -- the functions of all commands, one file cmd_<name>.cc a command.
#pragma once

#include "mupip/command.h"

namespace hw::mupip {

/// `help [command]`: made from the tables. Errors: CLIERR for an unknown command.
Result<int> run_help(const ParsedCommand& command, Console& console);
/// `version`: the product's name and version. Errors: none.
Result<int> run_version(const ParsedCommand& command, Console& console);
/// `create [-region=]`: makes the database files. Errors: ZGBLDIRACC, GDINVALID; NOREGION with MUPCLIERR; DBNOCRE.
Result<int> run_create(const ParsedCommand& command, Console& console);
/// `set -journal= -replication= -region LIST | -file F`. Errors: MUNOFINISH (a warning when all failures were),
/// MUNOACTION after NOREGION and values out of range.
Result<int> run_set(const ParsedCommand& command, Console& console);
/// `set -own[=NAME] -region LIST | -file F`: copies become databases of their own, with ids and journals of their own;
/// the instance file of the environment, too, when they replicate. Errors: MUNOACTION after its cause, nothing
/// changed then; MUNOFINISH; those of InstanceFile::become_own.
Result<int> run_set_own(const ParsedCommand& command, const std::string& named, Console& console);
/// `rundown [-region LIST | -file F]`; without an argument, the global directory's regions. Errors: MUNOTALLSEC.
Result<int> run_rundown(const ParsedCommand& command, Console& console);
/// `journal`: -extract, -show, -verify, -recover of journal files or of all regions ("*"); -rollback. Everything on
/// `err` but an extract to -stdout. Errors: MUNOACTION after the lines of its cause; MUPCLIERR for values that cannot
/// be used; CLIERR for what is not built.
Result<int> run_journal(const ParsedCommand& command, Console& console);
/// `journal -rollback -backward "*"`. Errors: MUNOACTION, NOSTARFILE with MUPCLIERR; CLIERR for what is not built.
Result<int> run_journal_rollback(const ParsedCommand& command, Console& console);
/// `replicate -instance_create`: makes the file named by gtm_repl_instance; the name is -name's or gtm_repl_instname's.
/// Errors: REPLINSTUNDEF, REPLINSTNMUNDEF, REPLINSTNMLEN, FILEEXISTS, REPLINSTSTNDALN, those of InstanceFile::create;
/// MUPCLIERR for -supplementary.
Result<int> run_instance_create(const ParsedCommand& command, Console& console);
/// `replicate -editinstance FILE`: -show [-detail], -change -offset -size [-value], -name (before the first reign
/// only), -cleanslots. Everything on `err`. Errors: FILENOTFND, REPLINSTOPEN, REPLINSTREAD, REPLINSTFMT, SIZENOTVALID8;
/// MUPCLIERR without a file and for values that cannot be used.
Result<int> run_edit_instance(const ParsedCommand& command, Console& console);
/// `replicate -source -jnlpool`: -show [-detail], -change -offset -size [-value] of the live pool, as -editinstance.
/// Errors: NOJNLPOOL, REPLREQROLLBACK, SIZENOTVALID8; MUPCLIERR.
Result<int> run_source_jnlpool(const ParsedCommand& command, Console& console);
/// `extract [file]`: engine/extract/extract.h's options from the line. A file that could not be finished is removed.
/// Errors: EXTRFILEXISTS, SELECTSYNTAX and NOREGION, each with MUNOACTION; NOSELECT; IONOTOPEN; EXTRIOERR; MUPCLIERR
/// for a format that is not supported.
Result<int> run_extract(const ParsedCommand& command, Console& console);
/// `load [file]`: engine/extract/load.h's options from the line. The status is that of the last record that failed.
/// Errors: those of load(); FILEOPENFAIL (status 255); MUPCLIERR for -stdin with a file, or a format that is not
/// supported.
Result<int> run_load(const ParsedCommand& command, Console& console);
/// `replicate -receiver …`: starts, stops and asks the receiver server and the update process. Blocks: -start until the
/// server listens; -shutdown until both have ended. Errors: NOJNLPOOL, NORECVPOOL, PRIMARYISROOT, RECVPOOLSETUP,
/// UPDSYNC2MTINS, REPLCOMM, REPLLOGOPN; MUPCLIERR for values that cannot be used.
Result<int> run_receiver(const ParsedCommand& command, Console& console);
/// `replicate -updateproc`: becomes the update process; the receiver server runs it. Errors: REPLINSTUNDEF; what ends
/// it later is in its log and its status.
Result<int> run_update_process_command(const ParsedCommand& command, Console& console);
/// `replicate -refresh -from=`: makes this instance a copy of the one that answers there and starts its servers; may be
/// broken off at any moment and run again (replic/refresh/refresh_fetch.h, replic/refresh/refresh_replace.h). Lines on
/// `err`. Blocks: for a copy of everything. Errors: those of fetch_refresh, check_refreshable and replace_instance;
/// those of the commands whose work it does in the end, with their statuses; REPLINSTNMUNDEF; MUPCLIERR for values that
/// cannot be used.
Result<int> run_refresh(const ParsedCommand& command, Console& console);
/// `replicate -refreshsend`: becomes what sends a copy to the connection on its standard input. Errors: MUPCLIERR for
/// qualifiers that do not go together. What stops the copy is said in lines, and by the status.
Result<int> run_refresh_send(const ParsedCommand& command, Console& console);
/// `replicate -source`: -start (a server in the background; returns when it has started or could not), -shutdown,
/// -activate, -deactivate, -checkhealth, -showbacklog, -needrestart, -changelog, -statslog, -stopsourcefilter,
/// -losttncomplete; mupip/replicate/source_actions.h tells of each.
/// Blocks: -shutdown the given time, then at most 180 s.
/// Errors: those of check_source_start and enter_instance; NOJNLPOOL, REPLINSTSECNONE, SRCSRVNOTEXIST, REPLINSTNMSAME,
/// PRIMARYISROOT, PRIMARYNOTROOT, ACTIVATEFAIL; MUPCLIERR after REPLINSTSECUNDF and REPLINSTSECLEN, and for values
/// that cannot be used.
Result<int> run_source(const ParsedCommand& command, Console& console);
/// `replicate -source -freeze[=on|off]`: OFF is what it says and all it does. Errors: MUPCLIERR for -freeze=on.
Result<int> run_source_freeze(const ParsedCommand& command, Console& console);
/// `replicate -source -status -json`: replic/control/instance_status.h on `out`, also of an instance that is down.
/// Errors: REPLINSTUNDEF, those of instance_status.
Result<int> run_source_status(const ParsedCommand& command, Console& console);
/// `integ FILE` (standalone), `integ -region LIST` (while updates go on), `-digest[=seqno]`,
/// `-rebuild`: rebuild_region (both ours).
/// Errors: INTEGERRS after faults or what could not be checked; MUNOACTION after DBOPNERR, NOREGION; FORCEDHALT.
Result<int> run_integ(const ParsedCommand& command, Console& console);
/// `extend REGION -blocks=N`: N blocks of 4096 bytes more, also beside live processes. Errors: NOREGION, GBLOFLOW.
Result<int> run_extend(const ParsedCommand& command, Console& console);
/// `freeze -on | -off LIST`: freeze_region or thaw_region on each (engine/admin/freeze.h). Errors: MUNOACTION after
/// what is wrong before anything is done; MUNOFINISH after those of regions.
Result<int> run_freeze(const ParsedCommand& command, Console& console);
/// `ftok FILE`: GT.M's table; the semaphore is always -1. Errors: DBOPNERR.
Result<int> run_ftok(const ParsedCommand& command, Console& console);
/// `reorg [-region=LIST]`: compact_region on each. Errors: MUNOFINISH after those of regions.
Result<int> run_reorg(const ParsedCommand& command, Console& console);
/// `size [-select=] [-region=]`: pages, nodes and bytes of each global, from one snapshot. Errors: NOSELECT, NOREGION.
Result<int> run_size(const ParsedCommand& command, Console& console);
/// `stop PID`: SIGTERM. Errors: CLIERR for what is no process id; status 1 when there is no such process.
Result<int> run_stop(const ParsedCommand& command, Console& console);
/// `backup`: copies of regions and instance file at one point in time, into files or commands; see
/// replic/instance/site_backup.h. Errors: BACKUPFAIL and MUNOACTION after what is wrong with destinations; MUNOFINISH
/// after what stopped it.
Result<int> run_backup(const ParsedCommand& command, Console& console);
/// `restore`: incremental backups onto a database that no process uses. Errors: MUPRESTERR after what is wrong.
Result<int> run_restore(const ParsedCommand& command, Console& console);
/// `exit` and `quit`: nothing outside the prompt. Errors: none.
Result<int> run_exit(const ParsedCommand& command, Console& console);

}  // namespace hw::mupip
