// operator_log -- a library to be preloaded: what a program sends to the operator log goes to the file that
// HW_OPERATOR_LOG names, a line each.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace {

void append(int priority, const char* format, va_list arguments) {
  const char* name = std::getenv("HW_OPERATOR_LOG");
  std::FILE* file = name == nullptr ? nullptr : std::fopen(name, "a");
  if (file == nullptr) return;
  std::fprintf(file, "<%d> ", priority);
  std::vfprintf(file, format, arguments);
  std::fputc('\n', file);
  std::fclose(file);
}

}  // namespace

extern "C" {

void syslog(int priority, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  append(priority, format, arguments);
  va_end(arguments);
}

void vsyslog(int priority, const char* format, va_list arguments) { append(priority, format, arguments); }

/// What a compiler makes of syslog() when it checks formats.
void __syslog_chk(int priority, int, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  append(priority, format, arguments);
  va_end(arguments);
}

}  // extern "C"
