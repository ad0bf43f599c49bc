// A certificate store as gRPC's server credentials.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "security/certificates.h"

namespace gatewayd::api {

// TLS with the certificates that the store has at the moment of each handshake: connections stay as they are
// when it takes others. One object a listener.
std::shared_ptr<grpc::ServerCredentials> TlsCredentials(
    std::shared_ptr<const security::CertificateStore> store);

}  // namespace gatewayd::api
