#!/usr/bin/env python3
"""threads.py [--self-test | FOLDER] -- threads are made by start_thread (engine/base/start_thread.h) alone.

A thread that the system does not allow is an exception of std::thread, which would end the process. Declarations are no
threads yet. Prints each place where one is made; exit status 0 when there is none, 1 otherwise.
"""

import re
import sys

import source_check

ALLOWED = "engine/base/start_thread.cc"
MADE = re.compile(r"std::j?thread\s*[({]\s*[^)}\s]|std::j?thread\s+\w+\s*[({]\s*[^)}\s]|std::async\s*\(|pthread_create\s*\((?!\))|\bthrd_create\s*\(")
MEMBER = re.compile(r"std::j?thread\s+(\w+)\s*;")


def threads_made(path, text):
    members = MEMBER.findall(text)
    filled = re.compile(r"[:,]\s*(" + "|".join(members) + r")\s*[({]\s*[^)}\s]") if members else None
    for number, line in enumerate(text.splitlines(), 1):
        code = re.sub(r'"[^"]*"', '""', line.split("//")[0])
        if MADE.search(code) or (filled and filled.search(code)):
            yield f"{path}:{number}: a thread is made; start_thread does it: {line.strip()}"


FAULTS = ["  thread_ = std::thread([this] { run(); });\n", "  std::thread other([&] {\n", "  std::jthread worker{run};\n",
          "  auto later = std::async(run);\n", "  pthread_create(&id, nullptr, run, nullptr);\n",
          "C() : a_(1), thread_([this] { run(); }) {}\n  std::thread thread_;\n"]
FINE = ["  std::thread thread_;\n", "Result<std::thread> start_thread(std::string_view what);\n", "/// std::thread(run)\n",
        '  system_error("pthread_create()", what);\n', "  HW_TRY(thread_, start_thread(what, [this] { run(); }));\n"]

if __name__ == "__main__":
    sys.exit(source_check.main(threads_made, folders=source_check.ROOMS, faults=FAULTS, fine=FINE,
                               well="no thread but by start_thread", allowed=(ALLOWED,)))
