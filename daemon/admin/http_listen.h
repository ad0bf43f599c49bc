// The addresses of the admin listener, and of who comes to it.
#pragma once

#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "absl/status/statusor.h"

namespace gatewayd::admin {

// Listens on "host:port" ("[::1]:port" for IPv6), of a name on its first address. UNAVAILABLE, naming the
// address, where it cannot be had.
absl::StatusOr<boost::asio::ip::tcp::acceptor> ListenOn(boost::asio::io_context& io,
                                                        const std::string& address);

// The address as it was asked for, with the port that was bound.
std::string BoundAddress(const std::string& address, const boost::asio::ip::tcp::acceptor& acceptor);

// Whether it listens on loopback alone.
bool IsBoundToLoopback(const boost::asio::ip::tcp::acceptor& acceptor);
// Whether the other end is on this host.
bool PeerIsLoopback(const boost::asio::ip::tcp::socket& socket);

}  // namespace gatewayd::admin
