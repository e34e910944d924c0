#include "mupip/grammars.h"

namespace hw::mupip {
namespace {
constexpr Parameter kHelpParameters[] = {{.form = "command"}};
}  // namespace

constexpr Grammar kExit{.name = "EXIT", .summary = "Leaves the prompt."};
constexpr Grammar kQuit{.name = "QUIT", .summary = "Leaves the prompt."};
constexpr Grammar kVersion{.name = "VERSION", .summary = "Shows the product's version."};
constexpr Grammar kHelp{
    .name = "HELP", .summary = "Shows the commands, or one command's qualifiers.", .parameters = kHelpParameters};

}  // namespace hw::mupip
