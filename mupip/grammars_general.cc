#include "mupip/grammars.h"

namespace hw::mupip {
namespace {
constexpr Parameter kHelpParameters[] = {{.form = "command"}};

constexpr Grammar reserve(std::string_view name) { return {.name = name, .summary = {}, .reserved = true}; }
constexpr Grammar refuse(std::string_view name, std::string_view why) {
  return {.name = name, .summary = {}, .refusal = why};
}
constexpr std::string_view kOneFormatAnywhere = "there is one format of database files, the same on every machine";
constexpr Grammar kReserved[] = {
    reserve("BACKUP"),
    refuse("CONVERT", kOneFormatAnywhere),
    reserve("CREATE"),
    refuse("CRYPT", "databases are not encrypted; use an encrypted file system"),
    refuse("DOWNGRADE", kOneFormatAnywhere),
    refuse("DUMPFHEAD", "use dse dump -fileheader -all"),
    refuse("ENDIANCVT", kOneFormatAnywhere),
    reserve("EXTEND"),
    reserve("EXTRACT"),
    reserve("FREEZE"),
    reserve("FTOK"),
    refuse("HASH", "it is about M routines, which there are none of"),
    reserve("INTEG"),
    refuse("INTRPT", "processes have no $ZINTERRUPT; mupip stop asks one to end"),
    reserve("JOURNAL"),
    reserve("LOAD"),
    refuse("RCTLDUMP", "it is about M routines, which there are none of"),
    reserve("REORG"),
    reserve("REPLICATE"),
    reserve("RESTORE"),
    reserve("RUNDOWN"),
    refuse("SEMAPHORE", "locks are kept by the kernel with open files and shared memory; there are no semaphores"),
    reserve("SET"),
    reserve("SIZE"),
    reserve("STOP"),
    refuse("TRIGGER", "Headwater has no triggers"),
    refuse("UPGRADE", kOneFormatAnywhere),
};
}  // namespace

constexpr Grammar kExit{.name = "EXIT", .summary = "Leaves the prompt."};
constexpr Grammar kQuit{.name = "QUIT", .summary = "Leaves the prompt."};
constexpr Grammar kVersion{.name = "VERSION", .summary = "Shows the product's version."};
constexpr Grammar kHelp{
    .name = "HELP", .summary = "Shows the commands, or one command's qualifiers.", .parameters = kHelpParameters};

std::span<const Grammar> reserved_commands() { return kReserved; }

}  // namespace hw::mupip
