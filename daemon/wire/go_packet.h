// The packets of the go dialect: `[u32 length][IV(16) ‖ AES-256-CBC(plain)]`, where `plain` is a frame, or an
// answer as `[u32 n][n bytes]`. The two tell themselves apart: a frame's first number counts itself, an
// answer's does not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "wire/aes_cbc.h"
#include "wire/dialect.h"
#include "wire/frame.h"

namespace gatewayd::wire::go {

// A length above this is taken for garbage and not for a packet to be passed over: no Gateway sends as much,
// and every ASCII letter at its place makes a larger one.
inline constexpr std::size_t kMaxPacket = std::size_t{1} << 30;

// Appends one packet; `iv` is kBlockSize bytes, and must be new for each (RandomIvs).
void AppendPacket(AesCbc& cipher, const char* iv, const Frame& frame, std::string& out);
// The same but for the encryption: EncryptPackets must follow, before a byte of it is sent.
void AppendPlainPacket(const char* iv, const Frame& frame, std::string& out);
// Encrypts what AppendPlainPacket has appended, side by side, from the start of a packet: until `enough`
// bytes are done, or all. Returns how many are, whole packets.
std::size_t EncryptPackets(AesCbc& cipher, char* bytes, std::size_t size, std::size_t enough);
// The same of an answer, which only a Gateway sends.
void AppendAnswerPacket(AesCbc& cipher, const char* iv, std::string_view answer, std::string& out);

// PacketCodec::Next. What it returns borrows from `plain`, which is used again by the next call.
Packet NextPacket(AesCbc& cipher, std::string_view bytes, std::size_t max_size, std::string& plain);

// One packet of `bytes` taken apart, as a Gateway reads it: it does not look at the first number inside. As
// Packet, but kFrame stands for any plain text, which is in `plain`.
Packet NextPlain(AesCbc& cipher, std::string_view bytes, std::size_t max_size, std::string& plain);

// Register lines: `base64(IV ‖ AES-256-CBC(JSON))`, and '\n' where written.
std::string EncodeRegisterLine(std::string_view json, std::string_view secret, const char* iv);
absl::StatusOr<std::string> DecodeRegisterLine(std::string_view line, std::string_view secret);

}  // namespace gatewayd::wire::go
