/// engine/base/mapping_fault.h -- what happens when a mapped file cannot be used any more.
///
/// A file may be cut, or its disk fail, while processes have it mapped; the next access to what is gone is SIGBUS.
/// The process then cannot go on, but it ends with a message that names the file, on standard error and in the
/// operator log, and with that message's exit status. It ends at once, as if it had been killed: nothing more is
/// written, its locks are released by the kernel, and whoever comes next finishes or undoes what it had begun.
///
/// Every mapped file is also checked for its length before it is touched (JournalWriter::attach, Environment::open,
/// look_at_file): this is for what happens afterwards.
#pragma once

namespace hw {

/// Installs the handler for SIGBUS, once a process. A fault that is not in a shared mapping of a file goes to the
/// handler that was there before. Called by everything that maps files. Thread: any.
void report_mapping_faults();

}  // namespace hw
