#include "wire/dialect_hint.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "wire/absl_view.h"
#include "wire/aes_cbc.h"
#include "wire/big_endian.h"
#include "wire/frame.h"
#include "wire/go_packet.h"

namespace gatewayd::wire {
namespace {

constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kMinEncrypted = 2 * go::kBlockSize;

// "N;", "i:1;", "a:0:{}" …
bool StartsSerialized(std::string_view bytes) {
  constexpr std::string_view kTypes = "NbidsaOCE";
  if (bytes.size() < 2 || kTypes.find(bytes[0]) == std::string_view::npos) return false;
  return bytes[1] == (bytes[0] == 'N' ? ';' : ':');
}

// A command and a flag that there are: one of 500 random heads has them.
bool StartsHead(std::string_view bytes) {
  return bytes.size() >= kFrameHeadSize && CommandName(static_cast<Command>(bytes[4])) != "UNKNOWN" &&
         static_cast<unsigned char>(bytes[21]) <= (kFlagScalarBody | kFlagRaw);
}

// The same, and its lengths agree.
bool StartsFrame(std::string_view bytes) {
  if (!StartsHead(bytes)) return false;
  const std::size_t size = LoadU32(bytes.data());
  return size >= kFrameHeadSize && LoadU32(bytes.data() + 24) <= size - kFrameHeadSize;
}

bool IsEncryptedSize(std::size_t size) {
  return size >= kMinEncrypted && size % go::kBlockSize == 0;
}

}  // namespace

bool LooksLikeGoPacket(std::string_view bytes) {
  if (bytes.size() < kLengthSize + 2) return false;
  const std::size_t length = LoadU32(bytes.data());
  return IsEncryptedSize(length) && length <= go::kMaxPacket &&
         !StartsSerialized(bytes.substr(kLengthSize)) && !StartsHead(bytes);
}

bool LooksLikePhpPacket(std::string_view bytes) {
  return StartsFrame(bytes) || (bytes.size() > kLengthSize && StartsSerialized(bytes.substr(kLengthSize)));
}

bool LooksLikeGoRegisterLine(std::string_view line) {
  std::string bytes;
  return absl::Base64Unescape(ToAbsl(line), &bytes) && IsEncryptedSize(bytes.size());
}

bool LooksLikePhpRegisterLine(std::string_view line) {
  if (line.starts_with('{')) return true;
  return line.find(' ') != std::string_view::npos && std::all_of(line.begin(), line.end(), [](char byte) {
           return absl::ascii_isprint(static_cast<unsigned char>(byte));
         });
}

}  // namespace gatewayd::wire
