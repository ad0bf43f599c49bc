#include "admin/http_listen.h"

#include <boost/asio/ip/address_v6.hpp>

#include "cluster/text.h"

namespace gatewayd::admin {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using cluster::StrCat;

absl::Status CannotListen(const std::string& address, const std::string& why) {
  return absl::UnavailableError(StrCat("cannot listen on ", address, " (--admin_listen): ", why));
}

bool IsLoopback(const boost::asio::ip::address& address) {
  namespace ip = boost::asio::ip;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

}  // namespace

bool IsBoundToLoopback(const tcp::acceptor& acceptor) {
  error_code error;
  const tcp::endpoint endpoint = acceptor.local_endpoint(error);
  return !error && IsLoopback(endpoint.address());
}

bool PeerIsLoopback(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint endpoint = socket.remote_endpoint(error);
  return !error && IsLoopback(endpoint.address());
}

absl::StatusOr<tcp::acceptor> ListenOn(boost::asio::io_context& io, const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return CannotListen(address, "not host:port");
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  error_code error;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, address.substr(colon + 1),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error || found.empty()) return CannotListen(address, error ? error.message() : "no such host");
  const tcp::endpoint endpoint = found.begin()->endpoint();
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return CannotListen(address, error.message());
  return acceptor;
}

std::string BoundAddress(const std::string& address, const tcp::acceptor& acceptor) {
  error_code ignored;
  return StrCat(address.substr(0, address.rfind(':')), ":", acceptor.local_endpoint(ignored).port());
}

}  // namespace gatewayd::admin
