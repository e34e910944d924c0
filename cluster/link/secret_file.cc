#include "cluster/link/secret_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

Error bad_file(const std::string& path, std::string_view why) {
  return make_error<MsgId::HWCFGBAD>("security.key_file", fmt::format("{} {}", path, why));
}

}  // namespace

Result<SecretFile> SecretFile::load(const std::string& path) {
  SecretFile out(path);
  HW_TRY_VOID(out.read());
  return out;
}

const std::string& SecretFile::current() {
  if (stamp_of(path_) == stamp_) return key_;
  const Status read_again = read();
  trouble_.reset();
  if (!read_again.has_value()) trouble_ = read_again.error();
  return key_;
}

Status SecretFile::read() {
  // Of the path, so that a file which is not there is not looked for again and again.
  stamp_ = stamp_of(path_);
  const auto file = File::open(path_, O_RDONLY);
  if (!file.has_value()) return rename_error<MsgId::HWCFGBAD>(file.error(), "security.key_file", path_);
  struct stat found {};
  if (::fstat(file->fd(), &found) != 0) return bad_file(path_, "cannot be looked at").with_errno(errno);
  if ((found.st_mode & 0177) != 0)
    return bad_file(path_, fmt::format("has mode {:04o}, and must have 0600", found.st_mode & 07777));
  if (found.st_uid != ::geteuid() && found.st_uid != 0)
    return bad_file(path_, fmt::format("belongs to user {}, and must be this user's or root's", found.st_uid));
  const auto bytes = static_cast<std::size_t>(found.st_size);
  if (bytes < kAgentKeyBytesMin)
    return bad_file(path_, fmt::format("has {} bytes, and needs {}", bytes, kAgentKeyBytesMin));
  if (bytes > kAgentKeyBytesMax)
    return bad_file(path_, fmt::format("has {} bytes, more than {}", bytes, kAgentKeyBytesMax));
  std::string key(bytes, '\0');
  const Status whole = file->read_exact(0, std::as_writable_bytes(std::span(key)));
  if (!whole.has_value()) return rename_error<MsgId::HWCFGBAD>(whole.error(), "security.key_file", path_);
  key_ = std::move(key);
  return {};
}

}  // namespace hw::cluster
