#include "test/sim/powerloss/call_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>
#include <utility>

namespace hw::powerloss {

std::string path_of(int fd) {
  char path[4096];
  const ssize_t bytes = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
  std::string found(path, bytes < 0 ? 0 : static_cast<std::size_t>(bytes));
  constexpr std::string_view kGone = " (deleted)";
  if (found.ends_with(kGone)) found.resize(found.size() - kGone.size());
  return found;
}

std::string canonical(const CallPath& call) {
  std::string path = call.path;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const auto slash = path.rfind('/');
  const std::string last = slash == std::string::npos ? path : path.substr(slash + 1);
  std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const int fd = ::openat(call.folder_fd, folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return {};
  folder = path_of(fd);
  ::close(fd);
  return folder == "/" ? folder + last : folder + "/" + last;
}

Outcome<std::uint64_t> file_at(Recording& recording, const std::string& path) {
  const FileFacts facts = facts_of(AT_FDCWD, path.c_str(), false);
  if (facts.kind == FileKind::None) return 0;
  if (const std::uint64_t known = recording.find(facts.key); known != 0) return known;
  const int fd = facts.kind == FileKind::Regular ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
  if (facts.kind == FileKind::Regular && fd < 0) return failure("open()", path);
  auto added = recording.add(facts, false, fd);
  if (fd >= 0) ::close(fd);
  if (!added) return added;
  Event event;
  event.type = EventType::Base;
  event.kind = facts.kind;
  event.file = *added;
  if (facts.kind == FileKind::Link) {
    char text[4096];
    const ssize_t bytes = ::readlink(path.c_str(), text, sizeof text);
    if (bytes > 0) event.from.assign(text, static_cast<std::size_t>(bytes));
  }
  if (!recording.relative(path, event.to)) return added;
  if (Done done = recording.append(std::move(event)); !done) return tl::unexpected(done.error());
  return added;
}

Outcome<std::uint64_t> file_of(Recording& recording, int fd, bool created) {
  const FileFacts facts = facts_of(fd, "", true);
  if (const std::uint64_t known = recording.find(facts.key); known != 0) return known;
  const std::string path = path_of(fd);
  const int copy = created ? -1 : ::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY | O_CLOEXEC);
  if (!created && copy < 0) return failure("open()", path);
  auto added = recording.add(facts, created, copy);
  if (copy >= 0) ::close(copy);
  if (!added) return added;
  const FileFacts named = facts_of(AT_FDCWD, path.c_str(), false);
  Event event;
  event.type = created ? EventType::Create : EventType::Base;
  event.file = *added;
  if (named.key != facts.key || !recording.relative(path, event.to)) return added;
  if (Done done = recording.append(std::move(event)); !done) return tl::unexpected(done.error());
  return added;
}

}  // namespace hw::powerloss
