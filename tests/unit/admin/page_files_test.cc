// What is served as the status page: whole, of one piece, and nothing from elsewhere.
#include "admin/page_files.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace gatewayd::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Content(std::string_view name) {
  const auto at = std::ranges::find(PageFiles(), name, &PageFile::name);
  EXPECT_NE(at, PageFiles().end()) << name;
  return at == PageFiles().end() ? "" : std::string(at->content);
}

TEST(PageFilesTest, AreThoseOfTheFolderByteForByte) {
  ASSERT_GT(PageFiles().size(), 5);
  for (const PageFile& file : PageFiles()) {
    std::ostringstream text;
    text << std::ifstream(GATEWAYD_SOURCE_DIR "/daemon/admin/page/" + std::string(file.name)).rdbuf();
    EXPECT_TRUE(file.content == text.str()) << file.name << " was changed, and not built anew";
  }
}

TEST(PageFilesTest, ThePageNamesOnlyFilesThatAreThere) {
  const std::string page = Content("index.html");
  for (std::size_t at = page.find("\"/page/"); at != std::string::npos; at = page.find("\"/page/", at + 1)) {
    const std::size_t name = at + std::string("\"/page/").size();
    EXPECT_NE(Content(page.substr(name, page.find('"', name) - name)), "");
  }
}

// What the policy forbids, and what would make HTML of text.
TEST(PageFilesTest, NothingInlineNothingFromElsewhereNoHtmlOutOfText) {
  const std::string page = Content("index.html");
  for (const char* never : {"<style", "style=", "onclick", "<script>", "http:", "https:"})
    EXPECT_THAT(page, Not(HasSubstr(never)));
  for (const PageFile& file : PageFiles()) {
    for (const char* never :
         {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "https:"})
      EXPECT_THAT(std::string(file.content), Not(HasSubstr(never))) << file.name;
  }
}

}  // namespace
}  // namespace gatewayd::admin
