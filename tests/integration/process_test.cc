// gatewayd as a process: exit codes and the lines that go with them, a drain on SIGTERM, --wait.
#include "integration/process.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "integration/fixture.h"

namespace gatewayd::test {
namespace {

struct BadConfig {
  std::vector<std::string> arguments;
  std::string says;
};

TEST(ProcessTest, ABadConfigurationIsOneClearLineAndExitCode2) {
  const std::string empty = ::testing::TempDir() + "gatewayd_empty_secret";
  std::ofstream(empty).flush();
  const BadConfig cases[] = {
      {{"--embedded", "--no_such_flag"}, "unknown flag --no_such_flag"},
      {{"--embedded", "stray"}, "unexpected argument \"stray\""},
      {{}, "no cluster named"},
      {{"--register=127.0.0.1:1236", "--cq_threads=many"}, "bad value \"many\" for --cq_threads"},
      {{"--register=127.0.0.1:1236", "--cq_threads=0"}, "--cq_threads: 0 is not in 1 to 64"},
      {{"--register=127.0.0.1:1236", "--query_timeout=-1s"}, "--query_timeout"},
      {{"--register=:"}, "--register"},
      {{"--register=127.0.0.1:1236", "--command_buffer=16XiB"}, "--command_buffer"},
      {{"--register=127.0.0.1:1236", "--secret_file=/no/such/file"},
       "--secret_file=/no/such/file: cannot be read"},
      {{"--register=127.0.0.1:1236", "--secret_file=" + empty}, "empty"},
      {{"--register=127.0.0.1:1236", "--listen=0.0.0.0:50051"}, "not on loopback"},
      {{"--register=127.0.0.1:1236", "--listen=nonsense"}, "--listen"},
      {{"--register=127.0.0.1:1236", "--dialect=erlang"}, "--dialect"},
      {{"--register=127.0.0.1:1236", "--go_addresses=both"}, "--go_addresses"},
      {{"--register=127.0.0.1:1236", "--address_map=a:1"}, "--address_map"},
      {{"--register=127.0.0.1:1236", "--embedded"}, "exclude each other"},
      {{"--embedded", "--flagfile=/no/such/file"}, "--flagfile=/no/such/file: cannot be read"},
  };
  for (const BadConfig& bad : cases) {
    Process process(bad.arguments);
    EXPECT_EQ(process.Wait(), 2) << process.all();
    EXPECT_NE(process.all().find(bad.says), std::string::npos) << bad.says << " in " << process.all();
    EXPECT_EQ(std::count(process.all().begin(), process.all().end(), '\n'), 1) << process.all();
  }
  unlink(empty.c_str());
}

TEST(ProcessTest, CheckConfigSaysAllThatIsWrongAndStartsNothing) {
  Process good({"--check_config", "--register=127.0.0.1:1"}, {"GATEWAYD_SECRET=hush-hush-hush"});
  EXPECT_EQ(good.Wait(), 0);
  EXPECT_EQ(good.all(), "gatewayd: the configuration is good\n");
  Process bad({"--check_config", "--listen=0.0.0.0:1", "--secret_file=/no/such/file"},
              {"GATEWAYD_CQ_THREADS=0"});
  EXPECT_EQ(bad.Wait(), 2);
  for (const char* said :
       {"gatewayd: --listen: 0.0.0.0:1 is not on loopback", "gatewayd: --secret_file=/no/such/file",
        "gatewayd: --cq_threads: 0 is not in 1 to 64 (environment GATEWAYD_CQ_THREADS)",
        "gatewayd: no cluster named"})
    EXPECT_NE(bad.all().find(said), std::string::npos) << said << " in " << bad.all();
  EXPECT_EQ(std::count(bad.all().begin(), bad.all().end(), '\n'), 4) << bad.all();
}

TEST(ProcessTest, EnvironmentAndFlagfileSetFlagsAndTheCommandLineWins) {
  const std::string file = ::testing::TempDir() + "gatewayd_flagfile";
  std::ofstream(file) << "# a comment\n--query_links=3\n\n--cq_threads=0\n";
  Process environment({}, {"GATEWAYD_REGISTER=127.0.0.1:1", "GATEWAYD_CQ_THREADS=65"});
  EXPECT_EQ(environment.Wait(), 2);
  EXPECT_NE(environment.all().find("--cq_threads: 65"), std::string::npos) << environment.all();
  Process flagfile({"--register=127.0.0.1:1", "--flagfile=" + file}, {"GATEWAYD_CQ_THREADS=65"});
  EXPECT_EQ(flagfile.Wait(), 2);
  EXPECT_NE(flagfile.all().find("--cq_threads: 0 "), std::string::npos) << flagfile.all();
  Process unknown({"--version"}, {"GATEWAYD_NO_SUCH=1", "GATEWAYD_ADDRESS=127.0.0.1:50051"});
  EXPECT_EQ(unknown.Wait(), 0);
  EXPECT_NE(unknown.all().find("GATEWAYD_NO_SUCH names no flag"), std::string::npos) << unknown.all();
  EXPECT_EQ(unknown.all().find("GATEWAYD_ADDRESS"), std::string::npos) << unknown.all();
  unlink(file.c_str());
}

TEST(ProcessTest, HelpNamesEachFlag) {
  Process process({"--help"});
  EXPECT_EQ(process.Wait(), 0);
  for (const char* flag :
       {"--register=", "--secret_file=", "--listen=127.0.0.1:50051", "--command_buffer=16MiB",
        "--query_timeout=5s", "--embedded=false", "--wait=false"}) {
    EXPECT_NE(process.all().find(flag), std::string::npos) << flag;
  }
}

void ExpectAFirstRun(const std::vector<std::string>& arguments) {
  Process process(arguments);
  const std::string listening = process.LineWith("gatewayd is listening on ");
  ASSERT_FALSE(listening.empty()) << process.all();
  EXPECT_FALSE(process.LineWith("in a browser").empty()) << process.all();
  EXPECT_FALSE(process.LineWith("./dev example chat").empty()) << process.all();
  EXPECT_FALSE(process.LineWith("grpcurl -plaintext -d").empty()) << process.all();
  const std::string address =
      listening.substr(listening.rfind(' ') + 1, listening.size() - listening.rfind(' ') - 2);
  Process wait({"--wait", "--address=" + address, "--wait_timeout=20s"});
  EXPECT_EQ(wait.Wait(), 0) << wait.all();
  process.Terminate();
  EXPECT_EQ(process.Wait(), 0) << process.all();
  EXPECT_NE(process.all().find("draining"), std::string::npos);
}

TEST(ProcessTest, EmbeddedSaysWhatToTypeNextAndDrainsOnSigterm) {
  ExpectAFirstRun(kEmbedded);
}

TEST(ProcessTest, EmbeddedDoesTheSameOnTheGoDialect) {
  std::vector<std::string> arguments = kEmbedded;
  arguments.insert(arguments.end(), {"--dialect=go", "--embedded_tcp_port=0"});
  ExpectAFirstRun(arguments);
}

TEST(ProcessTest, WaitGivesUpWithACauseAndExitCode1) {
  Process wait({"--wait", "--address=unix:/no/such/socket", "--wait_timeout=100ms"});
  EXPECT_EQ(wait.Wait(), 1);
  EXPECT_NE(wait.all().find("is not ready after 100ms"), std::string::npos) << wait.all();
}

TEST(ProcessTest, APortThatIsTakenIsAClearLineAndExitCode1) {
  Process first(kEmbedded);
  const std::string line = first.LineWith("gatewayd is listening on ");
  ASSERT_FALSE(line.empty());
  const std::string address = line.substr(line.rfind(' ') + 1, line.size() - line.rfind(' ') - 2);
  Process second({"--register=127.0.0.1:1", "--listen=" + address});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_NE(second.all().find(address), std::string::npos) << second.all();
}

}  // namespace
}  // namespace gatewayd::test
