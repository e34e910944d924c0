/// engine/base/bus_error.h -- a mapped file that is cut ends the process with a message that names it, not without a
/// word.
///
/// A map reaches as far as the file did when it was made. Where another program has cut the file since (emptied it,
/// copied over it, restored half of it), and where the disk fails, the kernel answers a load or store with SIGBUS. The
/// file's length is checked before it is mapped; what happens to it afterwards can only be met when it is touched.
///
/// The handler finds the file of the faulting address in /proc/self/maps and compares it with the files that were noted
/// here. One of these: `%GTM-F-DBFILERR` or `%GTM-F-JNLFILEOPNERR` with file, offset and length, to standard error and
/// to the operator log, then the end of the process with that message's status. What it held is taken over as after any
/// death. Any other address: the former handler has it, which as a rule is the system's, and ends the process.
#pragma once

#include <string>

namespace hw {

enum class MappedKind : unsigned char { Database, Journal };

/// Installs the handler, unless the process has a handler of SIGBUS already. Any number of calls. Thread: any.
void handle_bus_errors();

/// Notes that the open file `fd` of this path is or will be mapped, and installs the handler with the first one.
/// Another file that got the path takes the former one's place. Lock-free; a file more than there is room for (4,000
/// paths) is not told from other programs' files. Thread: any.
void note_mapped_file(int fd, const std::string& path, MappedKind kind);

}  // namespace hw
