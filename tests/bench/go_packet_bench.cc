// What encryption costs a packet of the go dialect: commands of 100 bytes written and read alone and in
// batches of 100, beside frames that are not encrypted, and beside EVP's AES-256-CBC alone at the same size.
// Key set-up, IVs and memory are all that a codec may cost above the last.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <memory>
#include <string>

#include "wire/aes_cbc.h"
#include "wire/dialect.h"

namespace gatewayd::wire {
namespace {

constexpr std::size_t kBodySize = 100;
constexpr std::size_t kLimit = 10 * 1024 * 1024;

const Dialect& DialectOf(benchmark::State& state) {
  return state.range(1) != 0 ? GoDialect() : PhpDialect();
}

Frame Command100(const std::string& body) {
  return {.command = Command::kSendToOne, .connection_id = 7, .body = body};
}

// Appends a batch to one buffer and seals it, as a link does when it writes.
void Encode(benchmark::State& state) {
  const auto codec = DialectOf(state).NewPacketCodec("secret");
  const std::string body(kBodySize, 'x');
  const Frame frame = Command100(body);
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (std::int64_t i = 0; i < state.range(0); ++i)
      codec->AppendUnsealed(frame, out);
    for (std::size_t sealed = 0; sealed < out.size();)
      sealed += codec->Seal(out.data() + sealed, out.size() - sealed);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void Decode(benchmark::State& state) {
  const auto codec = DialectOf(state).NewPacketCodec("secret");
  const std::string body(kBodySize, 'x');
  std::string bytes;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    codec->AppendFrame(Command100(body), bytes);
  for (auto _ : state) {
    for (std::string_view rest = bytes; !rest.empty();) {
      const Packet packet = codec->Next(rest, LinkRole::kEvents, kLimit);
      if (packet.kind != Packet::Kind::kFrame) return state.SkipWithError("not a frame");
      benchmark::DoNotOptimize(packet.frame.body.data());
      rest.remove_prefix(packet.size);
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// EVP_CipherUpdate and nothing else, over as many bytes as a packet's blocks. That is what `openssl speed`
// counts.
void EvpAlone(benchmark::State& state) {
  const std::size_t size = go::PaddedSize(kFrameHeadSize + kBodySize);
  unsigned char key[32] = {1};
  unsigned char iv[16] = {2};
  std::string data(size, 'x');
  auto* bytes = reinterpret_cast<unsigned char*>(data.data());
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EVP_CipherInit_ex(context, EVP_aes_256_cbc(), nullptr, key, iv, static_cast<int>(state.range(1)));
  EVP_CIPHER_CTX_set_padding(context, 0);
  int written = 0;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i)
      EVP_CipherUpdate(context, bytes, &written, bytes, static_cast<int>(size));
  }
  EVP_CIPHER_CTX_free(context);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(Encode)->ArgNames({"batch", "go"})->ArgsProduct({{1, 100}, {0, 1}});
BENCHMARK(Decode)->ArgNames({"batch", "go"})->ArgsProduct({{1, 100}, {0, 1}});
BENCHMARK(EvpAlone)->ArgNames({"batch", "encrypt"})->ArgsProduct({{1, 100}, {0, 1}});

}  // namespace
}  // namespace gatewayd::wire

BENCHMARK_MAIN();
