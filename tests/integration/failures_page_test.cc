// docs/failures.md is what an operator reads: each test that it names must exist.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace gatewayd::test {
namespace {

std::string Read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void AddMatches(const std::string& text, const std::regex& pattern, const std::string& between,
                std::set<std::string>& out) {
  for (auto at = std::sregex_iterator(text.begin(), text.end(), pattern); at != std::sregex_iterator(); ++at)
    out.insert((*at)[1].str() + (between.empty() ? "" : between + (*at)[2].str()));
}

// "Suite.Case" of each test in C++ and "test_name" of each in Python, below tests/.
std::set<std::string> TestsInTheSources() {
  std::set<std::string> tests;
  const std::regex cpp(R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\))"), python(R"(def (test_\w+)\()");
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(GATEWAYD_SOURCE_DIR) + "/tests")) {
    if (entry.path().extension() == ".cc") AddMatches(Read(entry.path()), cpp, ".", tests);
    if (entry.path().extension() == ".py") AddMatches(Read(entry.path()), python, "", tests);
  }
  return tests;
}

TEST(FailuresPageTest, EachTestThatItNamesExists) {
  const std::string page = Read(std::string(GATEWAYD_SOURCE_DIR) + "/docs/failures.md");
  std::set<std::string> named;
  AddMatches(page, std::regex(R"(`(\w+Test)\.(\w+)`)"), ".", named);
  AddMatches(page, std::regex(R"(`(test_\w+)`)"), "", named);
  EXPECT_GT(named.size(), 20) << "the page names its tests as `Suite.Case`";
  const std::set<std::string> tests = TestsInTheSources();
  for (const std::string& name : named)
    EXPECT_TRUE(tests.contains(name)) << name << " is named in docs/failures.md and does not exist";
}

// A row without a test would be a claim.
TEST(FailuresPageTest, EachRowNamesATest) {
  std::istringstream page(Read(std::string(GATEWAYD_SOURCE_DIR) + "/docs/failures.md"));
  const std::regex name(R"(`(\w+Test\.\w+|test_\w+)` *\|$)");
  int rows = 0;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| ") || line.starts_with("| fault") || line.starts_with("|---")) continue;
    ++rows;
    EXPECT_TRUE(std::regex_search(line, name)) << line;
  }
  EXPECT_GT(rows, 20);
}

}  // namespace
}  // namespace gatewayd::test
