#include "cluster/plan/commands.h"

#include "cluster/board/json_archive.h"
#include "cluster/plan/command_fields.h"

namespace hw::cluster {
namespace {

/// A caller that may only watch may send a request of at most this size.
constexpr JsonBounds kCommandBounds{kBoardRowsMax, kBoardTextBytesMax};

/// Of an object, the first key that is not in `model`, with its path; none: all are.
std::optional<std::string> stranger(const Json& json, const Json& model, const std::string& path) {
  if (!json.is_object() || !model.is_object()) return std::nullopt;
  for (const auto& [key, value] : json.items()) {
    const std::string its_path = path.empty() ? key : path + "." + key;
    const auto known = model.find(key);
    if (known == model.end()) return its_path;
    if (auto inner = stranger(value, *known, its_path)) return inner;
  }
  return std::nullopt;
}

Error bad(std::string why) { return make_error<MsgId::CLIERR>("Arguments of the request: " + std::move(why)); }

}  // namespace

template <class Command>
Result<Command> command_of(std::string_view json) {
  Command command;
  if (auto fault = read_json(json, kCommandBounds, command)) return bad(std::move(*fault));
  if (auto unknown = stranger(parse_bounded(json), JsonWriter::to_json(Command{}), {}))
    return bad(*unknown + ": no such argument");
  return command;
}

template <class Command>
std::string json_of_command(const Command& command) {
  return dump(JsonWriter::to_json(command));
}

template Result<BootCommand> command_of<BootCommand>(std::string_view);
template std::string json_of_command<BootCommand>(const BootCommand&);
template Result<DownCommand> command_of<DownCommand>(std::string_view);
template std::string json_of_command<DownCommand>(const DownCommand&);
template Result<SwitchoverCommand> command_of<SwitchoverCommand>(std::string_view);
template std::string json_of_command<SwitchoverCommand>(const SwitchoverCommand&);
template Result<FailoverCommand> command_of<FailoverCommand>(std::string_view);
template std::string json_of_command<FailoverCommand>(const FailoverCommand&);
template Result<RejoinCommand> command_of<RejoinCommand>(std::string_view);
template std::string json_of_command<RejoinCommand>(const RejoinCommand&);
template Result<ReparentCommand> command_of<ReparentCommand>(std::string_view);
template std::string json_of_command<ReparentCommand>(const ReparentCommand&);
template Result<RefreshCommand> command_of<RefreshCommand>(std::string_view);
template std::string json_of_command<RefreshCommand>(const RefreshCommand&);
template Result<MigrateCommand> command_of<MigrateCommand>(std::string_view);
template std::string json_of_command<MigrateCommand>(const MigrateCommand&);
template Result<LosttnCommand> command_of<LosttnCommand>(std::string_view);
template std::string json_of_command<LosttnCommand>(const LosttnCommand&);
template Result<PauseCommand> command_of<PauseCommand>(std::string_view);
template std::string json_of_command<PauseCommand>(const PauseCommand&);
template Result<ResumeCommand> command_of<ResumeCommand>(std::string_view);
template std::string json_of_command<ResumeCommand>(const ResumeCommand&);
template Result<FenceCommand> command_of<FenceCommand>(std::string_view);
template std::string json_of_command<FenceCommand>(const FenceCommand&);
template Result<DrillCommand> command_of<DrillCommand>(std::string_view);
template std::string json_of_command<DrillCommand>(const DrillCommand&);
template Result<MasterCommand> command_of<MasterCommand>(std::string_view);
template std::string json_of_command<MasterCommand>(const MasterCommand&);
template Result<PcleanCommand> command_of<PcleanCommand>(std::string_view);
template std::string json_of_command<PcleanCommand>(const PcleanCommand&);

}  // namespace hw::cluster
