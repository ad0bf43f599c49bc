// Runs a fuzzer's function over its corpus, within a test of GoogleTest.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace gatewayd::fuzz {

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A property that does not hold aborts the test program and prints itself; the file's name is printed before.
inline void ReplayCorpus(const std::string& source_dir, const std::string& fuzzer,
                         const std::function<void(std::string_view)>& entry) {
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(source_dir + "/tests/fuzz/corpus/" + fuzzer)) {
    SCOPED_TRACE(file.path().string());
    ++files;
    const std::string content = ReadFile(file.path());
    // Copies of exactly the right size, so that a sanitizer sees any read past them.
    for (const std::size_t size : {content.size(), content.size() / 2}) {
      const std::vector<char> bytes(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(size));
      entry({bytes.data(), bytes.size()});
    }
  }
  EXPECT_GE(files, 10);
}

}  // namespace gatewayd::fuzz
