// TLS on real sockets: who gets in, and certificates that are replaced while callers are at work.
#include "integration/secure_fixture.h"

namespace gatewayd::test {
namespace {

class TlsTest : public SecureTest {
 protected:
  // What the daemon shows to a new connection.
  std::string Shown() {
    grpc::ClientContext context;
    const grpc::Status status = CallOn(Trusting(), &context);
    if (!status.ok() || context.auth_context() == nullptr) return "";
    const auto values = context.auth_context()->FindPropertyValues("x509_pem_cert");
    return values.empty() ? "" : std::string(values[0].data(), values[0].size());
  }
};

TEST_F(TlsTest, WhoTrustsItsAuthorityGetsInAndOthersDoNot) {
  const Pair pair = authority_.Issue(kServerName);
  StartSecure(&pair);
  EXPECT_TRUE(CallOn(Trusting()).ok());
  EXPECT_TRUE(CallOn(daemon_->channel()).ok()) << "the unix socket stays in clear";
  EXPECT_EQ(CallOn(Plain()).error_code(), grpc::StatusCode::UNAVAILABLE);
  const Authority stranger("stranger");
  const auto distrusting = NewChannel(address(), grpc::SslCredentials({.pem_root_certs = stranger.pem()}));
  EXPECT_EQ(CallOn(distrusting).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, MutualTlsTakesThoseWhomTheAuthorityKnows) {
  const Pair pair = authority_.Issue(kServerName);
  StartSecure(&pair, true);
  const Pair client = authority_.Issue("client");
  EXPECT_TRUE(CallOn(Trusting(&client)).ok());
  EXPECT_EQ(CallOn(Trusting()).error_code(), grpc::StatusCode::UNAVAILABLE);
  Authority stranger("stranger");
  const Pair unknown = stranger.Issue("client");
  EXPECT_EQ(CallOn(Trusting(&unknown)).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, OtherClientAuthoritiesAreTakenWithoutARestart) {
  const Pair pair = authority_.Issue(kServerName);
  StartSecure(&pair, true);
  Authority next("next authority");
  const Pair client = next.Issue("client");
  EXPECT_FALSE(CallOn(Trusting(&client)).ok());
  folder_.Replace("clients.crt", authority_.pem() + next.pem());
  EXPECT_TRUE(Eventually([&] { return CallOn(Trusting(&client)).ok(); }, std::chrono::seconds(20)));
}

TEST_F(TlsTest, ARenewedPairIsTakenWithoutAFailedCallAndAHalfWrittenOneIsNot) {
  const Pair first = authority_.Issue(kServerName);
  StartSecure(&first);
  const auto channel = Trusting();
  CallerAtWork steady([&] { return CallOn(channel); });
  CallerAtWork reconnecting([&] { return CallOn(Trusting()); });
  ASSERT_TRUE(reconnecting.Works(5));
  Pair last = first;
  for (int i = 0; i < 3; ++i) {
    last = authority_.Issue(kServerName);
    folder_.Write("tls.crt", last.certificate.substr(0, 100));
    ASSERT_TRUE(reconnecting.Works(5));
    folder_.Write("tls.crt", last.certificate);
    ASSERT_TRUE(reconnecting.Works(5)) << "the pair does not match yet";
    folder_.Write("tls.key", last.key);
    ASSERT_TRUE(Eventually([&] { return Shown() == last.certificate; }, std::chrono::seconds(20)));
    ASSERT_TRUE(reconnecting.Works(5));
  }
  ASSERT_TRUE(steady.Works(5));
  steady.Stop();
  reconnecting.Stop();
  EXPECT_EQ(steady.failed() + reconnecting.failed(), 0);
}

TEST_F(TlsTest, AnExpiredCertificateIsReplacedUnderLoadWithoutAFailedCall) {
  const Pair expiring = authority_.Issue(kServerName, absl::Now() + absl::Seconds(3));
  StartSecure(&expiring);
  const auto channel = Trusting();
  CallerAtWork load([&] { return CallOn(channel); });
  ASSERT_TRUE(load.Works(5));
  ASSERT_TRUE(Eventually([&] { return !CallOn(Trusting()).ok(); }, std::chrono::seconds(20)))
      << "nobody who connects takes an expired certificate";
  ASSERT_TRUE(load.Works(5)) << "those who are connected go on";
  EXPECT_LT(certificates_->expires(), absl::Now());
  const Pair renewed = authority_.Issue(kServerName);
  folder_.Replace("tls.key", renewed.key);
  folder_.Replace("tls.crt", renewed.certificate);
  ASSERT_TRUE(Eventually([&] { return CallOn(Trusting()).ok(); }, std::chrono::seconds(20)));
  CallerAtWork reconnecting([&] { return CallOn(Trusting()); });
  ASSERT_TRUE(reconnecting.Works(5));
  ASSERT_TRUE(load.Works(5));
  load.Stop();
  reconnecting.Stop();
  EXPECT_EQ(load.failed() + reconnecting.failed(), 0);
  EXPECT_GT(certificates_->expires(), absl::Now());
}

}  // namespace
}  // namespace gatewayd::test
