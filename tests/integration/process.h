// gatewayd as an operator starts it: a process, its output and its exit code.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/match.h"

namespace gatewayd::test {

// A gatewayd that runs until it ends by itself or is told to; stdout and stderr come together.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    arguments.insert(arguments.begin(), Binary());
    std::vector<char*> argv, envp;
    for (std::string& argument : arguments)
      argv.push_back(argument.data());
    for (std::string& variable : environment)
      envp.push_back(variable.data());
    for (char** variable = environ; *variable != nullptr; ++variable)
      envp.push_back(*variable);
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, Binary().c_str(), &actions, nullptr, argv.data(), envp.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = fdopen(ends[0], "r");
  }
  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      Wait();
    }
    fclose(output_);
  }

  // Reads lines until one contains `part`; "" at the end of the output.
  std::string LineWith(const std::string& part) {
    char* line = nullptr;
    std::size_t size = 0;
    std::string found;
    while (found.empty() && getline(&line, &size, output_) > 0) {
      all_ += line;
      if (absl::StrContains(line, part)) found = line;
    }
    free(line);
    return found;
  }
  void Terminate() { kill(pid_, SIGTERM); }
  // The exit code; what is left of the output is in all().
  int Wait() {
    LineWith("\x01 never said \x01");
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  const std::string& all() const { return all_; }
  pid_t pid() const { return pid_; }
  // Where it says that it listens; "" where it ended instead.
  std::string ListeningAddress() {
    const std::string line = LineWith("gatewayd is listening on ");
    return line.empty() ? "" : line.substr(line.rfind(' ') + 1, line.size() - line.rfind(' ') - 2);
  }

 private:
  // Beside the test's own program.
  static std::string Binary() {
    char path[4096];
    const ssize_t size = readlink("/proc/self/exe", path, sizeof(path));
    const std::string own(path, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return own.substr(0, own.rfind('/')) + "/gatewayd";
  }

  pid_t pid_ = -1;
  FILE* output_ = nullptr;
  std::string all_;
};

inline const std::vector<std::string> kEmbedded = {"--embedded",
                                                   "--listen=127.0.0.1:0",
                                                   "--admin_listen=127.0.0.1:0",
                                                   "--embedded_websocket_port=0",
                                                   "--embedded_text_port=0",
                                                   "--embedded_frame_port=0",
                                                   "--embedded_page_port=0"};

}  // namespace gatewayd::test
