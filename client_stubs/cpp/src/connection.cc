#include "gatewayworker/connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace gatewayworker {

std::string AddressOf(std::string_view given) {
  if (!given.empty()) return std::string(given);
  const char* from_environment = std::getenv("GATEWAYD_ADDRESS");
  if (from_environment != nullptr && *from_environment != '\0') return from_environment;
  return std::string(kDefaultAddress);
}

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address, const std::optional<Tls>& tls,
                                           std::size_t max_message_bytes) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(
      std::clamp<std::size_t>(max_message_bytes, kDefaultMaxMessageBytes, std::numeric_limits<int>::max())));
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // Or a second channel would share the first one's backoff.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (!tls) return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  if (!tls->server_name.empty()) arguments.SetSslTargetNameOverride(tls->server_name);
  grpc::SslCredentialsOptions credentials;
  credentials.pem_root_certs = tls->root_certificates;
  credentials.pem_private_key = tls->private_key;
  credentials.pem_cert_chain = tls->certificate_chain;
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(credentials), arguments);
}

}  // namespace gatewayworker
