// What the tests of TLS and of hostile callers share: a daemon with a TLS listener beside a plain unix
// socket, and a caller who works on while things happen.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "integration/fixture.h"
#include "security/certificates.h"
#include "unit/security/test_certificates.h"

namespace gatewayd::test {

inline constexpr char kServerName[] = "gatewayd.test";

// The status of one call on the channel.
inline grpc::Status CallOn(const std::shared_ptr<grpc::Channel>& channel,
                           grpc::ClientContext* context = nullptr) {
  const auto stub = pb::GatewayService::NewStub(channel);
  grpc::ClientContext own;
  if (context == nullptr) context = &own;
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  pb::GetAllClientCountResponse response;
  return stub->GetAllClientCount(context, {}, &response);
}

// A channel with a connection of its own.
inline std::shared_ptr<grpc::Channel> NewChannel(
    const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetSslTargetNameOverride(kServerName);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

// Calls one after the other, until it is stopped.
class CallerAtWork {
 public:
  // `call` makes one call.
  explicit CallerAtWork(std::function<grpc::Status()> call) : call_(std::move(call)) {
    thread_ = std::thread([this] {
      while (!stopped_) {
        const grpc::Status status = call_();
        ++calls_;
        EXPECT_TRUE(status.ok()) << "call " << calls_ << ": " << status.error_message();
        if (!status.ok()) ++failed_;
      }
    });
  }
  ~CallerAtWork() { Stop(); }
  // Waits until it has made so many calls more.
  bool Works(int calls) {
    const int until = calls_ + calls;
    return Eventually([&] { return calls_ >= until; }, std::chrono::seconds(20));
  }
  void Stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int failed() const { return failed_; }
  int calls() const { return calls_; }

 private:
  const std::function<grpc::Status()> call_;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> calls_ = 0;
  std::atomic<int> failed_ = 0;
  std::thread thread_;
};

class SecureTest : public ClusterTest {
 protected:
  // The daemon listens on a unix socket in clear and, with the certificate if there is one, on a port.
  void StartSecure(
      const Pair* pair, bool mutual = false, const std::function<void(Config&)>& change = [](Config&) {}) {
    StartCluster(1);
    Config config = DaemonConfig(cluster_->register_addresses());
    config.listen = {"unix:" + (folder_ / "socket"), "127.0.0.1:0"};
    if (pair != nullptr) {
      folder_.Replace("tls.crt", pair->certificate);
      folder_.Replace("tls.key", pair->key);
      folder_.Replace("clients.crt", authority_.pem());
      const security::CertificateFiles files = {folder_ / "tls.crt", folder_ / "tls.key",
                                                mutual ? folder_ / "clients.crt" : ""};
      auto loaded = security::LoadCertificates(files);
      ASSERT_TRUE(loaded.ok()) << loaded.status();
      certificates_ = std::make_shared<security::CertificateStore>(files, *std::move(loaded));
      config.certificates = certificates_;
    }
    change(config);
    daemon_ = std::make_unique<Daemon>(std::move(config));
    ASSERT_TRUE(daemon_->WaitLinked(1));
  }

  std::string address() { return daemon_->app().addresses()[1]; }
  std::uint16_t port() {
    return static_cast<std::uint16_t>(std::stoi(address().substr(address().rfind(':') + 1)));
  }
  // A new TLS connection that trusts our authority.
  std::shared_ptr<grpc::Channel> Trusting(const Pair* own = nullptr) {
    grpc::SslCredentialsOptions options = {.pem_root_certs = authority_.pem()};
    if (own != nullptr) {
      options.pem_cert_chain = own->certificate;
      options.pem_private_key = own->key;
    }
    return NewChannel(address(), grpc::SslCredentials(options));
  }
  std::shared_ptr<grpc::Channel> Plain() { return NewChannel(address(), grpc::InsecureChannelCredentials()); }

  const Folder folder_;
  Authority authority_;
  std::shared_ptr<security::CertificateStore> certificates_;
};

}  // namespace gatewayd::test
