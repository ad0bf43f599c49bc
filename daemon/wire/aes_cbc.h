// AES-256-CBC as the go dialect encrypts: the key is SHA-256 of the secret, the padding PKCS#7, and there is
// no MAC, so that whoever can write to the wire can change what it says (docs/dialects.md).
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

struct evp_cipher_ctx_st;

namespace gatewayd::wire::go {

inline constexpr std::size_t kBlockSize = 16;

// Bytes that `size` bytes take once they are padded: always more, and whole blocks.
constexpr std::size_t PaddedSize(std::size_t size) {
  return (size / kBlockSize + 1) * kBlockSize;
}

// Both directions under one key, whose schedule is made once, in the constructor. Not thread-safe. Where
// OpenSSL fails, which takes a broken installation, the process ends: there is nothing that could be sent
// instead.
class AesCbc {
 public:
  explicit AesCbc(std::string_view secret);

  // Encrypts `size` bytes in place: padded already, so whole blocks, below 2 GiB. `iv` is kBlockSize bytes
  // and may stand anywhere.
  void Encrypt(const char* iv, char* data, std::size_t size);
  // Decrypts `size` bytes, whole blocks, to `out`, which may be `data`; the padding stays.
  void Decrypt(const char* iv, const char* data, std::size_t size, char* out);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_cipher_ctx_st, Free>;

  Context encrypt_;
  Context decrypt_;
};

// Appends the PKCS#7 padding of `size` bytes to `out`.
template <typename Out>
void AppendPadding(std::size_t size, Out& out) {
  const std::size_t count = PaddedSize(size) - size;
  out.append(count, static_cast<char>(count));
}

// `padded` without its padding; false where that is wrong, as it is (255 times of 256) where the key is.
bool RemovePadding(std::string_view* padded);

// IVs that nobody can foretell, from OpenSSL's random generator: many at a time, as one call costs more than
// an encrypted packet does. Not thread-safe.
class RandomIvs {
 public:
  // kBlockSize bytes, valid until the next call.
  const char* Next();

 private:
  static constexpr std::size_t kIvs = 64;
  std::array<char, kIvs * kBlockSize> bytes_;
  std::size_t used_ = kIvs;
};

}  // namespace gatewayd::wire::go
