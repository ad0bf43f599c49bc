#include "security/tokens.h"

#include <glog/logging.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "security/text_file.h"
#include "wire/absl_view.h"

namespace gatewayd::security {
namespace {

constexpr std::uint32_t kMaxRate = 1'000'000;
constexpr std::size_t kMaxName = 64;

// What RFC 6750 allows in a bearer token.
bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("-._").find(c) != std::string_view::npos;
}

bool ParseRight(absl::string_view word, Rights* rights) {
  for (const Right right : kAllRights) {
    if (word != wire::ToAbsl(ToString(right))) continue;
    rights->Add(right);
    return true;
  }
  return false;
}

// One line, read; an error's text names no part of the token.
class LineReader {
 public:
  explicit LineReader(const TokenSet& old) : old_(old) {}

  absl::Status Read(absl::string_view line, Token* token) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (words.size() < 2) return Wrong("a name and a token must stand on it");
    token->name = std::string(words[0]);
    if (token->name.size() > kMaxName || !std::ranges::all_of(token->name, IsNameCharacter))
      return Wrong("a name has 1 to 64 letters, digits, '-', '.' or '_'");
    if (absl::Status status = ReadToken(words[1], token); !status.ok()) return status;
    bool rights_given = false;
    std::uint32_t rate = 0;
    for (std::size_t i = 2; i < words.size(); ++i) {
      absl::string_view word = words[i];
      if (absl::ConsumePrefix(&word, "rate=")) {
        if (!absl::ConsumeSuffix(&word, "/s") || !absl::SimpleAtoi(word, &rate) || rate == 0 ||
            rate > kMaxRate)
          return Wrong("rate= takes 1/s to 1000000/s");
        continue;
      }
      if (std::exchange(rights_given, true)) return Wrong("what it may stands there twice: use commas");
      for (const absl::string_view right : absl::StrSplit(word, ',')) {
        if (!ParseRight(right, &token->rights))
          return Wrong("what it may is read, send, events or admin, with commas between");
      }
    }
    if (!rights_given) token->rights = Rights::All();
    return TakeRate(rate, token);
  }

 private:
  static absl::Status Wrong(absl::string_view what) { return absl::InvalidArgumentError(what); }

  static absl::Status ReadToken(absl::string_view word, Token* token) {
    if (absl::ConsumePrefix(&word, "sha256:")) {
      const std::string bytes = absl::HexStringToBytes(
          word.size() == 2 * token->digest.size() &&
                  std::ranges::all_of(
                      word, [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); })
              ? word
              : "");
      if (bytes.size() != token->digest.size()) return Wrong("sha256: takes 64 hexadecimal digits");
      std::ranges::transform(bytes, token->digest.begin(),
                             [](char c) { return static_cast<std::uint8_t>(c); });
      return absl::OkStatus();
    }
    if (word.size() < kMinTokenLength || word.size() > kMaxTokenLength ||
        !std::ranges::all_of(word, IsTokenCharacter)) {
      return Wrong("a token has 16 to 4096 letters, digits or any of -._~+/=");
    }
    token->digest = DigestOf({word.data(), word.size()});
    return absl::OkStatus();
  }

  absl::Status TakeRate(std::uint32_t per_second, Token* token) {
    const auto [at, first] = rates_.try_emplace(token->name);
    if (first) {
      if (per_second > 0) at->second = OldRate(token->name, per_second);
    } else if ((at->second == nullptr ? 0 : at->second->per_second()) != per_second) {
      return Wrong("another line gives this name another rate");
    }
    token->rate = at->second;
    return absl::OkStatus();
  }

  // Or a change of the file would give everybody a new second.
  std::shared_ptr<Rate> OldRate(const std::string& name, std::uint32_t per_second) {
    for (const Token& token : old_.tokens()) {
      if (token.name == name && token.rate != nullptr && token.rate->per_second() == per_second)
        return token.rate;
    }
    return std::make_shared<Rate>(per_second);
  }

  const TokenSet& old_;
  std::map<std::string, std::shared_ptr<Rate>> rates_;
};

absl::StatusOr<std::string> ReadTokens(const std::string& path) {
  absl::StatusOr<std::string> text = ReadSmallFile(path);
  if (text.ok()) return text;
  return absl::InvalidArgumentError(absl::StrCat("--tokens_file=", path, ": ", text.status().message()));
}

// The lines of `status`, each with flag and file in front.
absl::Status InFile(const std::string& path, const absl::Status& status) {
  std::vector<std::string> lines = absl::StrSplit(status.message(), '\n');
  for (std::string& line : lines)
    line = absl::StrCat("--tokens_file=", path, ": ", line);
  return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
}

}  // namespace

Digest DigestOf(std::string_view token) {
  Digest digest = {};
  unsigned int size = 0;
  EVP_Digest(token.data(), token.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return digest;
}

const Token* TokenSet::Find(std::string_view token) const {
  return token.size() > kMaxTokenLength ? nullptr : Find(DigestOf(token));
}

const Token* TokenSet::Find(const Digest& digest) const {
  const Token* found = nullptr;
  for (const Token& known : tokens_) {
    if (CRYPTO_memcmp(known.digest.data(), digest.data(), digest.size()) == 0) found = &known;
  }
  return found;
}

absl::StatusOr<TokenSet> ParseTokens(std::string_view text, const TokenSet& old) {
  LineReader reader(old);
  std::vector<Token> tokens;
  std::vector<std::string> problems;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(wire::ToAbsl(text), '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    Token token;
    absl::Status status = reader.Read(line, &token);
    if (status.ok() && std::ranges::any_of(tokens, [&](const Token& t) { return t.digest == token.digest; }))
      status = absl::InvalidArgumentError("the same token stands on another line");
    if (status.ok()) {
      tokens.push_back(std::move(token));
    } else {
      problems.push_back(absl::StrCat("line ", number, ": ", status.message()));
    }
  }
  if (tokens.empty() && problems.empty()) problems.emplace_back("names no token");
  if (tokens.size() > kMaxTokens) problems.push_back(absl::StrCat("names more than ", kMaxTokens, " tokens"));
  if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
  return TokenSet(std::move(tokens));
}

absl::StatusOr<std::shared_ptr<TokenStore>> TokenStore::Open(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadTokens(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<TokenSet> tokens = ParseTokens(*text);
  if (!tokens.ok()) return InFile(path, tokens.status());
  return std::shared_ptr<TokenStore>(new TokenStore(path, *text, *std::move(tokens)));
}

TokenStore::TokenStore(std::string path, std::string_view text, TokenSet first)
    : path_(std::move(path)),
      current_(std::make_shared<const TokenSet>(std::move(first))),
      text_(DigestOf(text)) {
  WarnIfReadableByAll();
}

std::shared_ptr<const TokenSet> TokenStore::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

bool TokenStore::Reload() {
  const absl::StatusOr<std::string> text = ReadTokens(path_);
  if (text.ok() && DigestOf(*text) == text_) {
    wrong_.clear();
    return true;
  }
  absl::Status status = text.status();
  absl::StatusOr<TokenSet> tokens = TokenSet();
  if (status.ok()) {
    tokens = ParseTokens(*text, *current());
    if (!tokens.ok()) status = InFile(path_, tokens.status());
  }
  if (!status.ok()) {
    const std::string wrong(status.message());
    if (std::exchange(wrong_, wrong) != wrong) {
      logged_ = false;
      return false;
    }
    if (!std::exchange(logged_, true)) LOG(ERROR) << "tokens: the old ones stay in force: " << wrong;
    return true;
  }
  wrong_.clear();
  text_ = DigestOf(*text);
  const std::size_t count = tokens->tokens().size();
  {
    std::lock_guard lock(mutex_);
    current_ = std::make_shared<const TokenSet>(*std::move(tokens));
  }
  version_.fetch_add(1, std::memory_order_release);
  LOG(INFO) << "tokens: " << path_ << " is taken: " << count << " are valid";
  WarnIfReadableByAll();
  return true;
}

void TokenStore::WarnIfReadableByAll() const {
  struct stat status = {};
  if (stat(path_.c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) return;
  LOG(WARNING) << "tokens: " << path_ << " can be read by every user of this host";
}

}  // namespace gatewayd::security
