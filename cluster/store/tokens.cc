#include "cluster/store/tokens.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <span>
#include <utility>

#include "cluster/store/token_calls.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"

namespace hw::cluster::store {
namespace {

constexpr std::string_view kKey = "etcd.password_file";

Error bad_file(const std::string& path, std::string_view why) {
  return make_error<MsgId::HWCFGBAD>(kKey, fmt::format("{} {}", path, why));
}

}  // namespace

Result<std::string> read_password(const std::string& path) {
  const auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) return rename_error<MsgId::HWCFGBAD>(file.error(), kKey, path);
  struct stat found {};
  if (::fstat(file->fd(), &found) != 0) return bad_file(path, "cannot be looked at").with_errno(errno);
  if ((found.st_mode & 077) != 0)
    return bad_file(path, fmt::format("has mode {:04o}, and must have 0600", found.st_mode & 07777));
  const auto bytes = static_cast<std::size_t>(found.st_size);
  if (bytes > kStorePasswordBytesMax)
    return bad_file(path, fmt::format("has {} bytes, more than {}", bytes, kStorePasswordBytesMax));
  std::string text(bytes, '\0');
  const Status whole = file->read_exact(0, std::as_writable_bytes(std::span(text)));
  if (!whole.has_value()) return rename_error<MsgId::HWCFGBAD>(whole.error(), kKey, path);
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  if (text.empty()) return bad_file(path, "has no password in its first line");
  return text;
}

Tokens::Tokens(const std::shared_ptr<LaneSettings>& settings, std::string user, std::string password_file)
    : lane_(settings), soon_(settings->loop), user_(std::move(user)), password_file_(std::move(password_file)) {}

void Tokens::ask(Done done) {
  waiting_.push_back(std::move(done));
  if (waiting_.size() > 1) return;
  auto password = read_password(password_file_);
  if (!password.has_value()) {
    soon_.after({}, [this, error = password.error()] { finish(error); });
    return;
  }
  lane_.send({std::string(kAuthenticatePath), "", encode_authenticate(user_, *password)},
             [this](Result<HttpAnswer> answer) { answered(std::move(answer)); });
}

void Tokens::answered(Result<HttpAnswer> answer) {
  if (!answer.has_value()) return finish(answer.error());
  const auto refuse = [&](std::string_view why) {
    finish(make_error<MsgId::HWREMOTE>("etcd", fmt::format("user {}: {}", user_, why)));
  };
  if (answer->status != kHttpOk) return refuse(refusal_of(answer->body).reason);
  auto token = decode_authenticate(answer->body);
  if (!token.has_value()) return refuse(token.error());
  token_ = *std::move(token);
  finish({});
}

void Tokens::finish(const Status& outcome) {
  for (const Done& done : std::exchange(waiting_, {})) done(outcome);
}

void Tokens::refused(const std::string& token) {
  if (token == token_) token_.clear();
}

}  // namespace hw::cluster::store
