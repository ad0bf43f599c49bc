// Whether bytes that one dialect cannot read look like the other's: for the sentence that tells an operator
// to look at
// --dialect. Guesses, used for words alone.
#pragma once

#include <string_view>

namespace gatewayd::wire {

// `bytes` begin as a packet of a Go Gateway would: a length of IV and whole blocks, then bytes that no frame
// and no serialized value begins with.
bool LooksLikeGoPacket(std::string_view bytes);
// `bytes` begin as a php Gateway's frame or answer would.
bool LooksLikePhpPacket(std::string_view bytes);
// `line` (without '\n') is base64 of IV and whole blocks.
bool LooksLikeGoRegisterLine(std::string_view line);
// `line` is JSON, or the one line of plain text that PHP's Register sends before it closes.
bool LooksLikePhpRegisterLine(std::string_view line);

// Appended to an error, with its own punctuation.
inline constexpr std::string_view kLooksLikeGo = "; this looks like the go dialect: is --dialect=php right?";
inline constexpr std::string_view kLooksLikePhp = "; this looks like the php dialect: is --dialect=go right?";

}  // namespace gatewayd::wire
