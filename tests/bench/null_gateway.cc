// A cluster that costs nothing: a Register and N Gateways of --dialect in one process and one thread.
// Commands are dropped, queries answered at once: IS_ONLINE by 1, counts by 1. Usage:
// bench_null_gateway [--dialect=go] N [ADDRESS…]; the Register also lists the addresses given, which are
// Gateways of other processes: such a one can be frozen alone. Prints "gateway ADDRESS CLIENT_ID" for each of
// its Gateways, with a client on it, and then "register ADDRESS".
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "absl/flags/parse.h"
#include "bench/bench_dialect.h"
#include "bench/null_register.h"
#include "embedded/gateway_dialect.h"
#include "wire/aes_cbc.h"
#include "wire/big_endian.h"
#include "wire/client_id.h"
#include "wire/frame.h"

namespace {

namespace asio = boost::asio;
namespace bench = gatewayd::bench;
namespace embedded = gatewayd::embedded;
namespace wire = gatewayd::wire;
using asio::ip::tcp;
using boost::system::error_code;

// The command of each packet and no more, so that what is dropped costs as little as it can in both dialects:
// of a go packet the first of its blocks is decrypted.
class CommandReader {
 public:
  // The size of the packet at the front, and its command; 0 while it is not whole.
  std::size_t Next(std::string_view bytes, wire::Command* command) {
    if (bytes.size() < kLengthSize) return 0;
    const std::size_t length = wire::LoadU32(bytes.data());
    const std::size_t size = go_ ? kLengthSize + length : length;
    if (size < wire::kFrameHeadSize || bytes.size() < size) return 0;
    std::array<char, wire::go::kBlockSize> block;
    const char* head = bytes.data();
    if (go_) {
      const char* iv = bytes.data() + kLengthSize;
      cipher_.Decrypt(iv, iv + block.size(), block.size(), block.data());
      head = block.data();
    }
    *command = static_cast<wire::Command>(head[kLengthSize]);
    return size;
  }

 private:
  static constexpr std::size_t kLengthSize = 4;
  const bool go_ = bench::DialectOfFlag().kind() == wire::DialectKind::kGo;
  wire::go::AesCbc cipher_{bench::SecretOfFlag()};
};

// One worker's connection to a Gateway.
class Link : public std::enable_shared_from_this<Link> {
 public:
  explicit Link(tcp::socket socket)
      : socket_(std::move(socket)),
        codec_(bench::GatewayDialectOfFlag().NewLinkCodec(bench::SecretOfFlag())),
        one_(bench::GatewayDialectOfFlag().Count(1)),
        input_(256 * 1024, '\0') {
    socket_.set_option(tcp::no_delay(true));
  }

  void Read() {
    socket_.async_read_some(asio::buffer(input_.data() + have_, input_.size() - have_),
                            [self = shared_from_this()](error_code error, std::size_t bytes) {
                              if (!error) self->OnRead(bytes);
                            });
  }

 private:
  void OnRead(std::size_t bytes) {
    have_ += bytes;
    std::string_view rest(input_.data(), have_);
    for (;;) {
      wire::Command command{};
      const std::size_t size = reader_.Next(rest, &command);
      if (size == 0) break;
      if (wire::IsQuery(command)) codec_->AppendAnswer(one_, output_);
      rest.remove_prefix(size);
    }
    if (rest.size() == input_.size()) input_.resize(input_.size() * 2);
    std::copy(rest.begin(), rest.end(), input_.begin());
    have_ = rest.size();
    if (output_.empty()) {
      Read();
      return;
    }
    asio::async_write(socket_, asio::buffer(output_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        self->output_.clear();
                        if (!error) self->Read();
                      });
  }

  tcp::socket socket_;
  CommandReader reader_;
  const std::unique_ptr<embedded::LinkCodec> codec_;
  const std::string one_;
  std::string input_;
  std::size_t have_ = 0;
  std::string output_;
};

void AcceptLinks(tcp::acceptor& acceptor) {
  acceptor.async_accept([&](error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Link>(std::move(socket))->Read();
    AcceptLinks(acceptor);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  const std::size_t gateways = arguments.size() > 1 ? std::stoul(arguments[1]) : 1;
  asio::io_context io(1);
  const tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
  std::vector<std::unique_ptr<tcp::acceptor>> inner;
  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < gateways; ++i) {
    inner.push_back(std::make_unique<tcp::acceptor>(io, any));
    addresses.push_back("127.0.0.1:" + std::to_string(inner.back()->local_endpoint().port()));
    AcceptLinks(*inner.back());
  }
  for (std::size_t i = 2; i < arguments.size(); ++i)
    addresses.emplace_back(arguments[i]);
  const bench::NullRegister reg(io, addresses);
  for (std::size_t i = 0; i < gateways; ++i) {
    const wire::ClientId client{{0x7f000001, inner[i]->local_endpoint().port()}, 1};
    std::printf("gateway %s %s\n", addresses[i].c_str(), wire::FormatClientId(client).c_str());
  }
  std::printf("register 127.0.0.1:%d\n", reg.port());
  std::fflush(stdout);
  io.run();
}
