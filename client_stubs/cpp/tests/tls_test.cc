// TLS with own authorities and a client's certificate, against a server of gRPC's. Certificates are made by
// openssl.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "fake_daemon.h"
#include "gatewayworker/client.h"
#include "gatewayworker/worker.h"

namespace gatewayworker {
namespace {

using ::testing::Contains;
using testing::FakeDaemon;
using ::testing::Pair;

// An authority, a server "gatewayd.test" and a client, in a folder that goes with this.
class Certificates {
 public:
  Certificates() {
    std::string folder = std::filesystem::temp_directory_path() / "gatewayworker.XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for certificates");
    folder_ = folder;
    Openssl("req -x509 " + kKey + " -keyout ca.key -out ca.crt -subj '/CN=test authority' -days 2");
    std::ofstream(folder_ / "names") << "subjectAltName=DNS:gatewayd.test\n";
    for (const std::string name : {"server", "client"}) {
      Openssl("req " + kKey + " -keyout " + name + ".key -out " + name + ".csr -subj /CN=" + name);
      Openssl("x509 -req -in " + name + ".csr -CA ca.crt -CAkey ca.key -CAcreateserial -out " + name +
              ".crt -days 2 -extfile names");
    }
  }
  ~Certificates() { std::filesystem::remove_all(folder_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  [[nodiscard]] std::string Read(const char* name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }

  [[nodiscard]] std::shared_ptr<grpc::ServerCredentials> OfServer() const {
    grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = Read("ca.crt");
    options.pem_key_cert_pairs.push_back({Read("server.key"), Read("server.crt")});
    return grpc::SslServerCredentials(options);
  }

  [[nodiscard]] Tls OfClient() const {
    return {.root_certificates = Read("ca.crt"),
            .private_key = Read("client.key"),
            .certificate_chain = Read("client.crt"),
            .server_name = "gatewayd.test"};
  }

 private:
  void Openssl(const std::string& arguments) const {
    const std::string command = "cd '" + folder_.string() + "' && openssl " + arguments + " 2>/dev/null";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl " + arguments);
  }

  const std::string kKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  std::filesystem::path folder_;
};

TEST(TlsTest, OfAClientAndAWorkerWithTheirOwnCertificate) {
  const Certificates certificates;
  FakeDaemon daemon({}, certificates.OfServer());
  Client client({.address = daemon.address(), .tls = certificates.OfClient(), .token = "t"});
  EXPECT_TRUE(client.IsOnline("x"));
  EXPECT_THAT(daemon.metadata()[0], Contains(Pair("authorization", "Bearer t")));

  Worker worker({.address = daemon.address(), .tls = certificates.OfClient(), .token = "w"});
  worker.OnAttached([&](const Welcome&) {
    EXPECT_TRUE(worker.client().IsOnline("x"));
    worker.Stop();
  });
  worker.Serve();
  EXPECT_THAT(daemon.metadata()[1], Contains(Pair("authorization", "Bearer w")));
}

TEST(TlsTest, AStrangerIsUnavailable) {
  const Certificates certificates;
  FakeDaemon daemon({}, certificates.OfServer());
  Client without_certificate(
      {.address = daemon.address(),
       .timeout = std::chrono::seconds(5),
       .tls = Tls{.root_certificates = certificates.Read("ca.crt"), .server_name = "gatewayd.test"}});
  EXPECT_THROW(without_certificate.IsOnline("x"), UnavailableError);
  Client wrong_name({.address = daemon.address(),
                     .timeout = std::chrono::seconds(5),
                     .tls = Tls{.root_certificates = certificates.Read("ca.crt")}});
  EXPECT_THROW(wrong_name.IsOnline("x"), UnavailableError);
}

}  // namespace
}  // namespace gatewayworker
