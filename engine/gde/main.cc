#include <unistd.h>

#include <iostream>
#include <string>

#include "engine/base/program.h"
#include "engine/gde/session.h"

int main(int argc, char** argv) {
  hw::begin_program();
  hw::gde::Session session(std::cout, std::cerr);
  std::string command;
  for (int i = 1; i < argc; ++i) command += std::string(i > 1 ? " " : "") + argv[i];
  if (!command.empty()) return hw::end_program(session.run_one(command));
  return hw::end_program(session.run(std::cin, isatty(STDIN_FILENO) != 0 ? "GDE> " : ""));
}
