#include "mupip/grammars.h"

namespace hw::mupip {
namespace {
constexpr Parameter kHelpParameters[] = {{.form = "command"}};

constexpr Grammar reserve(std::string_view name) { return {.name = name, .summary = {}, .reserved = true}; }
constexpr Grammar kReserved[] = {
    reserve("BACKUP"),    reserve("CONVERT"),   reserve("CREATE"), reserve("CRYPT"),     reserve("DOWNGRADE"),
    reserve("DUMPFHEAD"), reserve("ENDIANCVT"), reserve("EXTEND"), reserve("EXTRACT"),   reserve("FREEZE"),
    reserve("FTOK"),      reserve("HASH"),      reserve("INTEG"),  reserve("INTRPT"),    reserve("JOURNAL"),
    reserve("LOAD"),      reserve("RCTLDUMP"),  reserve("REORG"),  reserve("REPLICATE"), reserve("RESTORE"),
    reserve("RUNDOWN"),   reserve("SEMAPHORE"), reserve("SET"),    reserve("SIZE"),      reserve("STOP"),
    reserve("TRIGGER"),   reserve("UPGRADE"),
};
}  // namespace

constexpr Grammar kExit{.name = "EXIT", .summary = "Leaves the prompt."};
constexpr Grammar kQuit{.name = "QUIT", .summary = "Leaves the prompt."};
constexpr Grammar kVersion{.name = "VERSION", .summary = "Shows the product's version."};
constexpr Grammar kHelp{
    .name = "HELP", .summary = "Shows the commands, or one command's qualifiers.", .parameters = kHelpParameters};

std::span<const Grammar> reserved_commands() { return kReserved; }

}  // namespace hw::mupip
