#include "engine/base/line_input.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <ios>
#include <system_error>

#include "engine/base/check.h"
#include "engine/base/file.h"
#include "engine/base/interrupt.h"

namespace hw {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;
constexpr int kLookAgain_ms = 1000;  // For a signal that comes between the look and the wait.

}  // namespace

DescriptorInput::DescriptorInput(int fd) : fd_(fd), buffer_(kBufferBytes) {}

DescriptorInput::int_type DescriptorInput::underflow() {
  while (!end_requested()) {
    struct pollfd wait {
      fd_, POLLIN, 0
    };
    const int ready = ::poll(&wait, 1, kLookAgain_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t got = ready < 0 ? -1 : ::read(fd_, buffer_.data(), buffer_.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) {
      error_ = errno;
      // A throw is what makes istream say that it is bad, and not at its end.
      throw std::ios_base::failure("read()", std::error_code(error_, std::system_category()));
    }
    if (got == 0) break;
    setg(buffer_.data(), buffer_.data(), buffer_.data() + got);
    return traits_type::to_int_type(buffer_.front());
  }
  return traits_type::eof();
}

Result<bool> read_line(std::istream& in, std::string& line, const std::string& name, std::size_t bytes_max) {
  line.clear();
  for (int c = in.get(); c != std::istream::traits_type::eof(); c = in.get()) {
    if (c == '\n') return true;
    if (line.size() == bytes_max) {
      in.unget();
      return system_error("read()", name, EMSGSIZE);
    }
    line += static_cast<char>(c);
  }
  if (!in.bad()) return !line.empty();
  return read_error(in, name);
}

Error read_error(std::istream& in, const std::string& name) {
  HW_CHECK(in.bad());
  // Of a stream of another kind the system's reason is the last one that it gave.
  const auto* const own = dynamic_cast<const DescriptorInput*>(in.rdbuf());
  return system_error("read()", name, own != nullptr ? own->error() : errno);
}

}  // namespace hw
