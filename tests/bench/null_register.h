// A Register that says at once, to everybody who connects, which Gateways there are, and never anything else.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "bench/bench_dialect.h"
#include "wire/register_line.h"

namespace gatewayd::bench {

// On one io thread; it must live as long as that runs.
class NullRegister {
 public:
  NullRegister(boost::asio::io_context& io, const std::vector<std::string>& addresses)
      : line_(Line(addresses)), acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}) {
    Accept();
  }

  int port() const { return acceptor_.local_endpoint().port(); }

 private:
  static std::string Line(const std::vector<std::string>& addresses) {
    const wire::Dialect& dialect = DialectOfFlag();
    return dialect.EncodeRegisterLine(dialect.kind() == wire::DialectKind::kGo
                                          ? wire::GoBroadcastAddressesJson(addresses, addresses)
                                          : wire::BroadcastAddressesJson(addresses),
                                      SecretOfFlag());
  }

  void Accept() {
    acceptor_.async_accept([this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
      if (!error) {
        boost::system::error_code ignored;
        boost::asio::write(socket, boost::asio::buffer(line_), ignored);
        callers_.push_back(std::move(socket));
      }
      Accept();
    });
  }

  const std::string line_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<boost::asio::ip::tcp::socket> callers_;
};

}  // namespace gatewayd::bench
