#include "test/sim/powerloss/names.h"

#include <algorithm>

namespace hw::powerloss {
namespace {

bool changes_names(EventType type) {
  return type == EventType::Create || type == EventType::Rename || type == EventType::Remove;
}

void move_below(Names& names, const std::string& from, const std::string& to) {
  Names moved;
  for (auto at = names.lower_bound(from + "/"); at != names.end() && at->first.starts_with(from + "/");) {
    moved[to + at->first.substr(from.size())] = at->second;
    at = names.erase(at);
  }
  names.merge(moved);
}

bool synced_by_folders(const Event& event, const std::map<std::string, std::uint64_t>& folders, std::uint64_t all) {
  if (all > event.sequence) return true;
  const auto synced = [&](const std::string& path) {
    const auto at = folders.find(folder_of(path));
    return at != folders.end() && at->second > event.sequence;
  };
  if (event.type == EventType::Rename) return synced(event.to) && synced(event.from);
  return synced(event.type == EventType::Remove ? event.from : event.to);
}

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

void apply(Names& names, const Event& event) {
  const auto is_named = [&](const std::string& path) {
    const auto at = names.find(path);
    return at != names.end() && at->second.file == event.file;
  };
  switch (event.type) {
    case EventType::Base:
    case EventType::Create:
      names[event.to] = {event.file, event.kind, event.kind == FileKind::Link ? event.from : ""};
      break;
    case EventType::Rename: {
      Named moved{event.file, event.kind, ""};
      if (is_named(event.from)) {
        moved = names[event.from];
        names.erase(event.from);
      }
      names[event.to] = moved;
      if (event.kind == FileKind::Directory) move_below(names, event.from, event.to);
      break;
    }
    case EventType::Remove:
      if (is_named(event.from)) names.erase(event.from);
      break;
    default:
      break;
  }
}

NameState replay(const std::vector<Event>& events, const std::map<std::uint64_t, std::uint64_t>& name_syncs,
                 bool strict) {
  NameState state;
  std::map<std::string, std::uint64_t> folders;
  std::uint64_t all = 0;
  for (const Event& event : events) {
    if (event.type == EventType::FolderSync) folders[event.to] = event.sequence;
    if (event.type == EventType::AllSync) all = event.sequence;
    if (event.type == EventType::Known) state.keys[event.file] = event.key;
  }
  std::uint64_t in_order_to = 0;  // Everything up to it is on disk, because something later is.
  if (!strict)
    for (const Event& event : events) {
      if (!changes_names(event.type)) continue;
      const auto at = name_syncs.find(event.file);
      if (synced_by_folders(event, folders, all) || (at != name_syncs.end() && at->second > event.sequence))
        in_order_to = event.sequence;
    }
  for (const Event& event : events) {
    if (event.type == EventType::Base) {
      apply(state.durable, event);
      apply(state.now, event);
    }
    if (!changes_names(event.type)) continue;
    apply(state.now, event);
    if (event.sequence <= in_order_to || (strict && synced_by_folders(event, folders, all)))
      apply(state.durable, event);
    else
      state.pending.push_back(event);
  }
  return state;
}

}  // namespace hw::powerloss
