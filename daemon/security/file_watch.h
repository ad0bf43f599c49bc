// Tells when files were changed by somebody: certificates that were renewed, tokens.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace gatewayd::security {

// A thread that sleeps until something changes in the folder of a watched file (so that a file which is
// replaced, or a symbolic link that is turned, is noticed), and once a minute. Where the system cannot tell
// of changes, it looks every few seconds.
class FileWatch {
 public:
  // Looks at the files again. False: something is half-done; it is asked again after a second. On the
  // thread of the watch.
  using Look = std::function<bool()>;

  FileWatch();
  ~FileWatch();  // as Stop
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Before Start.
  void Add(const std::vector<std::string>& paths, Look look);
  // Does nothing where no file was added.
  void Start();
  // No look runs once it has returned. Idempotent.
  void Stop();

 private:
  void Run();
  bool WatchFolders();
  void WaitForChange(int milliseconds);

  std::vector<std::string> folders_;
  std::vector<Look> looks_;
  int changes_ = -1;  // inotify
  int wake_ = -1;     // an eventfd that Stop writes to
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace gatewayd::security
