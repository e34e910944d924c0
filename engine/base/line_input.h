/// engine/base/line_input.h -- lines and bytes that a program is given: their end is told from a failure to read them.
#pragma once

#include <cstddef>
#include <istream>
#include <streambuf>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace hw {

/// What a stream reads from: a file, pipe or terminal. It is waited for, also when others have set it not to wait; a
/// read that fails makes the stream bad, where std::cin takes it for the end. The end comes early when the process is
/// asked to end (interrupt.h).
class DescriptorInput : public std::streambuf {
 public:
  explicit DescriptorInput(int fd);
  int error() const { return error_; }  ///< errno of the read that failed; 0: none did

 protected:
  int_type underflow() override;

 private:
  int fd_;
  int error_ = 0;
  std::vector<char> buffer_;
};

/// The next line, without its newline; false at the end. A last line may have no newline. `name` is what the message
/// calls the input.
/// Errors: SYSCALL of a read that failed; with errno EMSGSIZE when the line has more than `bytes_max` bytes, of which
/// as many have been taken. Blocks: until there is a line.
Result<bool> read_line(std::istream& in, std::string& line, const std::string& name, std::size_t bytes_max);

/// SYSCALL: why `in`, which is bad, could not be read.
Error read_error(std::istream& in, const std::string& name);

}  // namespace hw
