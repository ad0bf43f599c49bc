#include "wire/aes_cbc.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cassert>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace gatewayd::wire::go {
namespace {

void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "OpenSSL failed: %s\n", what);
  std::abort();
}

unsigned char* Bytes(char* data) {
  return reinterpret_cast<unsigned char*>(data);
}
const unsigned char* Bytes(const char* data) {
  return reinterpret_cast<const unsigned char*>(data);
}

// Below this a text's own chain is no slower.
constexpr std::size_t kMinTogether = 3;

// out = a ^ b, which may be one
void Xor(const char* a, const char* b, char* out) {
  std::array<std::uint64_t, kBlockSize / sizeof(std::uint64_t)> left;
  std::array<std::uint64_t, kBlockSize / sizeof(std::uint64_t)> right;
  std::memcpy(left.data(), a, kBlockSize);
  std::memcpy(right.data(), b, kBlockSize);
  for (std::size_t i = 0; i < left.size(); ++i)
    left[i] ^= right[i];
  std::memcpy(out, left.data(), kBlockSize);
}

void Update(EVP_CIPHER_CTX* context, const char* data, std::size_t size, char* out) {
  assert(size % kBlockSize == 0 && size <= std::numeric_limits<int>::max());
  int written = 0;
  Require(EVP_CipherUpdate(context, Bytes(out), &written, Bytes(data), static_cast<int>(size)) == 1 &&
              static_cast<std::size_t>(written) == size,
          "EVP_CipherUpdate");
}

}  // namespace

void AesCbc::Free::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

AesCbc::Direction AesCbc::Begin(std::string_view secret, const evp_cipher_st* cipher, bool encrypts) {
  std::array<unsigned char, 32> key;
  unsigned int size = 0;
  Require(EVP_Digest(secret.data(), secret.size(), key.data(), &size, EVP_sha256(), nullptr) == 1, "SHA-256");
  Direction out;
  out.context.reset(EVP_CIPHER_CTX_new());
  Require(out.context != nullptr &&
              EVP_CipherInit_ex(out.context.get(), cipher, nullptr, key.data(), Bytes(out.chain.data()),
                                encrypts ? 1 : 0) == 1 &&
              EVP_CIPHER_CTX_set_padding(out.context.get(), 0) == 1,
          "AES-256-CBC");
  return out;
}

AesCbc::AesCbc(std::string_view secret)
    : encrypt_(Begin(secret, EVP_aes_256_cbc(), true)),
      decrypt_(Begin(secret, EVP_aes_256_cbc(), false)),
      block_(Begin(secret, EVP_aes_256_ecb(), true)) {}

void AesCbc::Encrypt(const char* iv, char* data, std::size_t size) {
  if (size == 0) return;
  Xor(iv, data, data);
  Xor(encrypt_.chain.data(), data, data);
  Update(encrypt_.context.get(), data, size, data);
  std::memcpy(encrypt_.chain.data(), data + size - kBlockSize, kBlockSize);
}

void AesCbc::EncryptTogether(std::span<Text> texts) {
  assert(texts.size() <= kMaxTogether);
  std::size_t count = texts.size();
  std::array<char, kMaxTogether * kBlockSize> blocks;
  while (count >= kMinTogether) {
    // The next block of each, with the one before it, or the IV.
    for (std::size_t i = 0; i < count; ++i)
      Xor(texts[i].data - kBlockSize, texts[i].data, blocks.data() + i * kBlockSize);
    Update(block_.context.get(), blocks.data(), count * kBlockSize, blocks.data());
    for (std::size_t i = 0; i < count; ++i)
      std::memcpy(texts[i].data, blocks.data() + i * kBlockSize, kBlockSize);
    for (std::size_t i = count; i-- > 0;) {
      texts[i] = {.data = texts[i].data + kBlockSize, .size = texts[i].size - kBlockSize};
      if (texts[i].size == 0) texts[i] = texts[--count];
    }
  }
  for (const Text& rest : texts.first(count))
    Encrypt(rest.data - kBlockSize, rest.data, rest.size);
}

void AesCbc::Decrypt(const char* iv, const char* data, std::size_t size, char* out) {
  if (size == 0) return;
  std::array<char, kBlockSize> last;  // `out` may be `data`, and `iv` stand before it
  std::memcpy(last.data(), data + size - kBlockSize, kBlockSize);
  Update(decrypt_.context.get(), data, size, out);
  Xor(iv, out, out);
  Xor(decrypt_.chain.data(), out, out);
  decrypt_.chain = last;
}

bool RemovePadding(std::string_view* padded) {
  if (padded->empty()) return false;
  const auto count = static_cast<unsigned char>(padded->back());
  if (count == 0 || count > kBlockSize || count > padded->size()) return false;
  const std::string_view padding = padded->substr(padded->size() - count);
  if (padding.find_first_not_of(static_cast<char>(count)) != std::string_view::npos) return false;
  padded->remove_suffix(count);
  return true;
}

const char* RandomIvs::Next() {
  if (used_ == kSize) {
    if (bytes_ == nullptr) bytes_ = std::make_unique<std::array<char, kSize>>();
    Require(RAND_bytes(Bytes(bytes_->data()), kSize) == 1, "RAND_bytes");
    used_ = 0;
  }
  const char* iv = bytes_->data() + used_;
  used_ += kBlockSize;
  return iv;
}

}  // namespace gatewayd::wire::go
