/// test/sim/lease/main.cc -- lease-sim: plays schedules of the lease machine, one after the other.
///
///   lease-sim [--schedules N] [--seed S] [--replay S] [--without RULE] [--quick]
///
/// Prints what it has come to, or the first schedule in which something did not hold; exit status 1 then.
#include "test/sim/lease/runner.h"

int main(int argc, char** argv) { return hw::lease_sim::run_program(argc, argv); }
