// AES-256-CBC as the go dialect encrypts: the key is SHA-256 of the secret, the padding PKCS#7, and there is
// no MAC, so that whoever can write to the wire can change what it says (docs/dialects.md).
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

struct evp_cipher_ctx_st;
struct evp_cipher_st;

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

  // What Encrypt takes, but that the IV stands in front of the text. Not initialized: most of an array of
  // them is never used.
  struct Text {
    char* data;
    std::size_t size;  // at least one block
  };
  static constexpr std::size_t kMaxTogether = 64;
  // Encrypts each of `texts`, at most kMaxTogether, in place. The blocks of one text wait for each other and
  // those of several do not: the processor works on many at a time, which takes a third of the time. `texts`
  // is used up.
  void EncryptTogether(std::span<Text> texts);

  // Decrypts `size` bytes, whole blocks, to `out`, which may be `data`; the padding stays.
  void Decrypt(const char* iv, const char* data, std::size_t size, char* out);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  // One direction. To tell EVP a new IV costs as much as the encryption of a small packet, so it is told one
  // once and goes on from its last block (`chain`), as CBC does; the difference to the packet's IV goes into
  // the first block.
  struct Direction {
    std::unique_ptr<evp_cipher_ctx_st, Free> context;
    std::array<char, kBlockSize> chain{};
  };
  static Direction Begin(std::string_view secret, const evp_cipher_st* cipher, bool encrypts);

  Direction encrypt_;
  Direction decrypt_;
  Direction block_;  // one block by itself, of which CBC is made; has no chain
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
  static constexpr std::size_t kSize = 256 * kBlockSize;
  std::unique_ptr<std::array<char, kSize>> bytes_;  // made when the first is asked for
  std::size_t used_ = kSize;
};

}  // namespace gatewayd::wire::go
