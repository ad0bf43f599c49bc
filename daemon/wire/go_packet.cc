#include "wire/go_packet.h"

#include <array>
#include <cassert>
#include <limits>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "wire/absl_view.h"
#include "wire/big_endian.h"
#include "wire/dialect_hint.h"
#include "wire/register_line.h"

namespace gatewayd::wire::go {
namespace {

constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kMinEncrypted = 2 * kBlockSize;  // the IV and one block

// A link that once carried a large packet gives the memory back with the next small one.
constexpr std::size_t kPlainKept = 256 * 1024;

constexpr std::string_view kNotGateway = ": wrong secret or not a go-dialect Gateway";
constexpr std::string_view kNotRegister = ": wrong secret or not a go-dialect Register";

// The part of a packet that `plain_size` bytes become, without its length.
std::size_t EncryptedSize(std::size_t plain_size) {
  return kBlockSize + PaddedSize(plain_size);
}

// Appends length and IV, then what `append_plain()` appends, padded. Returns where that stands in `out`.
template <typename AppendPlain>
std::size_t AppendPadded(const char* iv, std::size_t plain_size, std::string& out, AppendPlain append_plain) {
  const std::size_t size = EncryptedSize(plain_size);
  assert(size <= std::numeric_limits<std::uint32_t>::max());
  // One growth at most (reserve doubles where it must grow).
  if (out.capacity() - out.size() < kLengthSize + size) out.reserve(out.size() + kLengthSize + size);
  char head[kLengthSize];
  StoreU32(static_cast<std::uint32_t>(size), head);
  out.append(head, kLengthSize);
  out.append(iv, kBlockSize);
  const std::size_t start = out.size();
  append_plain();
  assert(out.size() - start == plain_size);
  AppendPadding(plain_size, out);
  return start;
}

// The same, encrypted where it stands.
template <typename AppendPlain>
void Append(AesCbc& cipher, const char* iv, std::size_t plain_size, std::string& out,
            AppendPlain append_plain) {
  const std::size_t start = AppendPadded(iv, plain_size, out, append_plain);
  cipher.Encrypt(iv, out.data() + start, out.size() - start);
}

Packet Malformed(std::string_view what, std::string_view hint = {}) {
  return {.kind = Packet::Kind::kMalformed,
          .error = absl::StrCat(ToAbsl(what), ToAbsl(kNotGateway), ToAbsl(hint))};
}

Packet BadLength(std::size_t length, std::string_view bytes) {
  return Malformed(absl::StrCat("a packet cannot have ", length, " bytes"),
                   LooksLikePhpPacket(bytes) ? kLooksLikePhp : std::string_view());
}

// The plain text of `encrypted` (IV and blocks) into `plain`.
bool Decrypt(AesCbc& cipher, std::string_view encrypted, std::string& plain) {
  const std::string_view blocks = encrypted.substr(kBlockSize);
  if (plain.capacity() > kPlainKept && blocks.size() < kPlainKept) std::string().swap(plain);
  if (plain.size() < blocks.size()) plain.resize(blocks.size());
  cipher.Decrypt(encrypted.data(), blocks.data(), blocks.size(), plain.data());
  std::string_view whole(plain.data(), blocks.size());
  if (!RemovePadding(&whole)) return false;
  plain.resize(whole.size());
  return true;
}

}  // namespace

void AppendPacket(AesCbc& cipher, const char* iv, const Frame& frame, std::string& out) {
  Append(cipher, iv, FrameSize(frame), out, [&] { AppendFrame(frame, out); });
}

void AppendPlainPacket(const char* iv, const Frame& frame, std::string& out) {
  AppendPadded(iv, FrameSize(frame), out, [&] { AppendFrame(frame, out); });
}

std::size_t EncryptPackets(AesCbc& cipher, char* bytes, std::size_t size, std::size_t enough) {
  std::array<AesCbc::Text, AesCbc::kMaxTogether> texts;
  std::size_t done = 0;
  while (done < size && done < enough) {
    std::size_t count = 0;
    for (; count < texts.size() && done < size && done < enough; ++count) {
      const std::size_t length = LoadU32(bytes + done);
      assert(kLengthSize + length <= size - done);
      texts[count] = {.data = bytes + done + kLengthSize + kBlockSize, .size = length - kBlockSize};
      done += kLengthSize + length;
    }
    cipher.EncryptTogether(std::span(texts).first(count));
  }
  return done;
}

void AppendAnswerPacket(AesCbc& cipher, const char* iv, std::string_view answer, std::string& out) {
  Append(cipher, iv, kLengthSize + answer.size(), out, [&] {
    char head[kLengthSize];
    StoreU32(static_cast<std::uint32_t>(answer.size()), head);
    out.append(head, kLengthSize).append(answer);
  });
}

Packet NextPlain(AesCbc& cipher, std::string_view bytes, std::size_t max_size, std::string& plain) {
  using Kind = Packet::Kind;
  if (bytes.size() < kLengthSize) return {.kind = Kind::kIncomplete};
  const std::size_t length = LoadU32(bytes.data());
  if (length % kBlockSize != 0 || length < kMinEncrypted || length > kMaxPacket)
    return BadLength(length, bytes);
  const std::size_t size = kLengthSize + length;
  if (length > EncryptedSize(max_size + kLengthSize)) return {.kind = Kind::kTooLarge, .size = size};
  if (bytes.size() < size) return {.kind = Kind::kIncomplete, .size = size};
  if (!Decrypt(cipher, bytes.substr(kLengthSize, length), plain)) {
    return Malformed("a packet does not decrypt",
                     LooksLikePhpPacket(bytes) ? kLooksLikePhp : std::string_view());
  }
  return {.kind = Kind::kFrame, .size = size};
}

Packet NextPacket(AesCbc& cipher, std::string_view bytes, std::size_t max_size, std::string& plain) {
  using Kind = Packet::Kind;
  Packet packet = NextPlain(cipher, bytes, max_size, plain);
  if (packet.kind != Kind::kFrame) return packet;
  const std::string_view text = plain;
  const std::size_t first = text.size() < kLengthSize ? 0 : LoadU32(text.data());
  if (first > 0 && first == text.size() - kLengthSize) {
    packet.kind = first > max_size ? Kind::kTooLarge : Kind::kAnswer;
    packet.answer = text.substr(kLengthSize);
    return packet;
  }
  if (first == 0 || first != text.size()) return Malformed("a packet holds neither a frame nor an answer");
  const FrameSplit split = SplitFrame(text, max_size);
  if (split.kind == FrameSplit::Kind::kTooLarge) return {.kind = Kind::kTooLarge, .size = packet.size};
  if (split.kind != FrameSplit::Kind::kFrame) return Malformed(split.error);
  packet.frame = split.frame;
  return packet;
}

std::string EncodeRegisterLine(std::string_view json, std::string_view secret, const char* iv) {
  std::string encrypted(iv, kBlockSize);
  encrypted.append(json);
  AppendPadding(json.size(), encrypted);
  AesCbc(secret).Encrypt(iv, encrypted.data() + kBlockSize, encrypted.size() - kBlockSize);
  std::string line = absl::Base64Escape(encrypted);
  line += '\n';
  return line;
}

absl::StatusOr<std::string> DecodeRegisterLine(std::string_view line, std::string_view secret) {
  const auto error = [](std::string_view what, std::string_view hint = {}) {
    return absl::InvalidArgumentError(
        absl::StrCat("Register line: ", ToAbsl(what), ToAbsl(kNotRegister), ToAbsl(hint)));
  };
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > kMaxRegisterLine) return error(absl::StrCat("too long, ", line.size(), " bytes"));
  std::string encrypted;
  if (!absl::Base64Unescape(ToAbsl(line), &encrypted) || encrypted.size() < kMinEncrypted ||
      encrypted.size() % kBlockSize != 0) {
    return error("not encrypted", LooksLikePhpRegisterLine(line) ? kLooksLikePhp : std::string_view());
  }
  std::string plain;
  AesCbc cipher(secret);
  // Anything but an object has been decrypted with another key, and is not to be quoted to anybody.
  if (!Decrypt(cipher, encrypted, plain) || !plain.starts_with('{')) return error("does not decrypt");
  return plain;
}

}  // namespace gatewayd::wire::go
