// Bearer tokens from a file: who may call, and what. A token itself is kept as its SHA-256 digest alone, so
// that neither a log nor an error can show one; who it belongs to has a name.
//
// The file, a token a line:
//
//   # name    token (16 characters or more), or its digest   what it may (default: all)   how much
//   chat      Zk3vXb0pQd81LwTnRz5u                            send,events
//   reports   sha256:9f86d081884c7d659a2feaa0c55ad015…        read                         rate=100/s
//
// A name may stand on several lines, each with a token of its own: all of them are valid, which is how one is
// replaced by the next.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "security/rate.h"
#include "security/rights.h"

namespace gatewayd::security {

using Digest = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kMinTokenLength = 16;
inline constexpr std::size_t kMaxTokenLength = 4096;
inline constexpr std::size_t kMaxTokens = 1000;

// One line of the file. `rate` is shared by all tokens of its name, and goes on when the file is read anew.
struct Token {
  std::string name;
  Digest digest = {};
  Rights rights;
  std::shared_ptr<Rate> rate;  // of the name; null: no limit
};

// Tokens that are valid at the same time. Immutable, so thread-safe.
class TokenSet {
 public:
  TokenSet() = default;
  explicit TokenSet(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  // Whose it is; null: nobody's. Takes as long whether and wherever it is found.
  const Token* Find(std::string_view token) const;
  // The same by a digest that was made before.
  const Token* Find(const Digest& digest) const;
  const std::vector<Token>& tokens() const { return tokens_; }

 private:
  std::vector<Token> tokens_;
};

Digest DigestOf(std::string_view token);

// INVALID_ARGUMENT with a line for each thing that is wrong ("line 3: …"), none of which shows a token. Rates
// go on as they were for the names that `old` has too.
absl::StatusOr<TokenSet> ParseTokens(std::string_view text, const TokenSet& old = {});

// The tokens in force. Thread-safe.
class TokenStore {
 public:
  // Reads the file. The error names flag and file.
  static absl::StatusOr<std::shared_ptr<TokenStore>> Open(const std::string& path);

  std::shared_ptr<const TokenSet> current() const;
  // Grows with every change: what was found out about a caller holds as long as it is the same.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  const std::string& path() const { return path_; }

  // As CertificateStore::Reload.
  bool Reload();

 private:
  TokenStore(std::string path, std::string_view text, TokenSet first);
  void WarnIfReadableByAll() const;

  const std::string path_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TokenSet> current_;  // guarded by mutex_
  std::atomic<std::uint64_t> version_ = 1;
  std::string wrong_;
  bool logged_ = false;
  Digest text_;  // of the file as it is in force
};

}  // namespace gatewayd::security
