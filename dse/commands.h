/// dse/commands.h -- the functions of all commands, one file cmd_<name>.cc a command.
#pragma once

#include "dse/command.h"

namespace hw::dse {

/// `all -buffer_flush`, `all -[no]freeze`: for every region. Errors: of the regions, the last one is returned.
Status run_all(const ParsedCommand& command, Session& session, Console& console);
/// `buffer_flush`: database and journal of the region to disk. Errors: DBOPNERR, DBFILERR, JNLFILOPN.
Status run_buffer_flush(const ParsedCommand& command, Session& session, Console& console);
/// `cache -show`, `-verify`: what takes the place of GT.M's buffers.
Status run_cache(const ParsedCommand& command, Session& session, Console& console);
/// `change -fileheader -FIELD=…`: each change is one step, and noted in the operator log. Zqgblmod fields are changed
/// beside live processes, under the commit lock, because they are read from the file at each use; all others
/// need standalone access. Errors: HWHEADERVALUE, HEXERR; those of change_header.
Status run_change(const ParsedCommand& command, Session& session, Console& console);
/// `dump -fileheader [-all]`, `dump -block= [-record= | -offset=] [-count=] [-header]`, `dump -key=`.
/// Errors: DBNOTGDS for a header that cannot be read; BLKINVALID; GVUNDEF; HWDBDAMAGED.
Status run_dump(const ParsedCommand& command, Session& session, Console& console);
/// `evaluate -number= [-decimal | -hexadecimal]`. Errors: CLIERR.
Status run_evaluate(const ParsedCommand& command, Session& session, Console& console);
/// `find -region[=]`, `find -key=`, `find -block=`. Errors: NOREGION; NOTGBL and kin; BLKINVALID; HWDBDAMAGED.
Status run_find(const ParsedCommand& command, Session& session, Console& console);
Status run_help(const ParsedCommand& command, Session& session, Console& console);
Status run_page(const ParsedCommand& command, Session& session, Console& console);
Status run_version(const ParsedCommand& command, Session& session, Console& console);
/// `exit` and `quit`: nothing outside the prompt.
Status run_exit(const ParsedCommand& command, Session& session, Console& console);

}  // namespace hw::dse
