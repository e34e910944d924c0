#include <unistd.h>

#include <iostream>

#include "cluster/admin/linked_agents.h"
#include "cluster/admin/person.h"
#include "cluster/admin/program.h"
#include "engine/base/line_input.h"
#include "engine/base/program.h"

int main(int argc, char** argv) {
  using namespace hw::cluster::hwadm;
  hw::begin_program();
  hw::DescriptorInput input(STDIN_FILENO);
  std::istream in(&input);
  Console console{in, std::cout, std::cerr, ::isatty(STDIN_FILENO) != 0};
  const Person person = this_person();
  const std::string program = own_program(argc > 0 ? argv[0] : "hwadm");
  LinkedAgents agents({.given = {}, .environment = environment_text("HW_DIR")}, person, program);
  Surroundings surroundings{console, agents, person, program,
                            [&](const std::string& folder) { agents.set_folder(folder); }};
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  return hw::end_program(run_program(called_name(argc > 0 ? argv[0] : "hwadm"), words, surroundings));
}
