// The conformance program: the package, driven by JSON lines. What they say is in
// ../../conformance/README.md.
#include <unistd.h>

#include <iostream>
#include <string>
#include <thread>

#include "program.h"

int main() {
  static conformance::Program program;
  std::string line;
  while (std::getline(std::cin, line)) {
    // Requests can overlap: each on a thread of its own.
    std::thread([line] { program.Answer(conformance::Parse(line)); }).detach();
  }
  ::_exit(0);
}
