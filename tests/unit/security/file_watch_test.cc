#include "security/file_watch.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "unit/security/test_certificates.h"

namespace gatewayd::security {
namespace {

// A look that says what is in the file.
class Looks {
 public:
  explicit Looks(std::string path) : path_(std::move(path)) {}

  bool Look() {
    std::lock_guard lock(mutex_);
    std::ifstream file(path_);
    text_.assign(std::istreambuf_iterator<char>(file), {});
    ++count_;
    changed_.notify_all();
    return settled_;
  }
  bool WaitFor(const std::string& text) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return text_ == text; });
  }
  bool WaitForLooks(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return count_ >= count; });
  }
  void Unsettled() { settled_ = false; }

 private:
  const std::string path_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  int count_ = 0;
  bool settled_ = true;
};

TEST(FileWatchTest, AFileThatIsWrittenReplacedOrComesToBe) {
  const test::Folder folder;
  Looks looks(folder / "file");
  FileWatch watch;
  watch.Add({folder / "file"}, [&] { return looks.Look(); });
  watch.Start();
  ASSERT_TRUE(looks.WaitForLooks(1));
  folder.Write("file", "first");
  EXPECT_TRUE(looks.WaitFor("first"));
  folder.Write("file", "in place");
  EXPECT_TRUE(looks.WaitFor("in place"));
  folder.Replace("file", "replaced");
  EXPECT_TRUE(looks.WaitFor("replaced"));
  watch.Stop();
  watch.Stop();
}

// Kubernetes mounts a secret so: the file is a link through "..data", which is turned to another folder.
TEST(FileWatchTest, AFolderBehindALinkThatIsTurned) {
  const test::Folder folder;
  for (const std::string text : {"old", "new"}) {
    std::filesystem::create_directory(folder / text);
    folder.Write(text + "/file", text);
  }
  std::filesystem::create_directory_symlink("old", folder / "..data");
  std::filesystem::create_symlink("..data/file", folder / "file");
  Looks looks(folder / "file");
  FileWatch watch;
  watch.Add({folder / "file"}, [&] { return looks.Look(); });
  watch.Start();
  EXPECT_TRUE(looks.WaitFor("old"));
  std::filesystem::create_directory_symlink("new", folder / "..data_tmp");
  std::filesystem::rename(folder / "..data_tmp", folder / "..data");
  EXPECT_TRUE(looks.WaitFor("new"));
}

TEST(FileWatchTest, WhatIsHalfDoneIsLookedAtAgainWithoutAChange) {
  const test::Folder folder;
  Looks looks(folder / "file");
  looks.Unsettled();
  FileWatch watch;
  watch.Add({folder / "file"}, [&] { return looks.Look(); });
  watch.Start();
  EXPECT_TRUE(looks.WaitForLooks(2));
}

TEST(FileWatchTest, NothingToWatchIsNoThread) {
  FileWatch watch;
  watch.Start();
  watch.Stop();
}

}  // namespace
}  // namespace gatewayd::security
