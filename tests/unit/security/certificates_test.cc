#include "security/certificates.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "unit/security/test_certificates.h"

namespace gatewayd::security {
namespace {

using test::Authority;
using test::Folder;
using test::Pair;
using testing::AllOf;
using testing::HasSubstr;

class CertificatesTest : public testing::Test {
 protected:
  CertificatesTest() { Put(pair_); }

  void Put(const Pair& pair) {
    folder_.Replace("tls.crt", pair.certificate);
    folder_.Replace("tls.key", pair.key);
  }
  std::string WhatIsWrong() {
    const auto loaded = LoadCertificates(files_);
    return loaded.ok() ? "" : std::string(loaded.status().message());
  }

  const Folder folder_;
  Authority authority_;
  const absl::Time until_ = absl::FromTimeT(absl::ToTimeT(absl::Now()) + 3600);
  const Pair pair_ = authority_.Issue("gatewayd.test", until_);
  CertificateFiles files_ = {folder_ / "tls.crt", folder_ / "tls.key", ""};
};

TEST_F(CertificatesTest, APairThatBelongsTogetherIsRead) {
  const auto loaded = LoadCertificates(files_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->certificate, pair_.certificate);
  EXPECT_EQ(loaded->key, pair_.key);
  EXPECT_EQ(loaded->not_after, until_);
}

TEST_F(CertificatesTest, OfAChainTheFirstToExpireCounts) {
  folder_.Write("tls.crt",
                pair_.certificate + authority_.Issue("intermediate", until_ - absl::Minutes(1)).certificate);
  const auto loaded = LoadCertificates(files_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->not_after, until_ - absl::Minutes(1));
}

TEST_F(CertificatesTest, EachThingThatIsWrongIsALineThatNamesFlagAndFile) {
  files_.client_authorities = folder_ / "no_such_file";
  folder_.Write("tls.key", "rubbish");
  EXPECT_THAT(WhatIsWrong(), AllOf(HasSubstr("--tls_key=" + files_.key + ": holds no private key"),
                                   HasSubstr("\n--tls_client_authorities=" + files_.client_authorities +
                                             ": cannot be read: No such file or directory")));
}

TEST_F(CertificatesTest, WhatIsNotAWholePairIsNone) {
  const Pair other = authority_.Issue("other");
  folder_.Write("tls.key", other.key);
  EXPECT_THAT(WhatIsWrong(), HasSubstr("--tls_key=" + files_.key + ": is not the key of the certificate"));
  Put(pair_);
  for (const std::string& text :
       {std::string(), std::string("rubbish"), pair_.certificate.substr(0, pair_.certificate.size() / 2),
        pair_.certificate + pair_.certificate.substr(0, pair_.certificate.size() / 2)}) {
    folder_.Write("tls.crt", text);
    EXPECT_THAT(WhatIsWrong(), HasSubstr("--tls_certificate=" + files_.certificate + ": ")) << text;
  }
  Put(pair_);
  folder_.Write("tls.key", pair_.key.substr(0, pair_.key.size() / 2));
  EXPECT_THAT(WhatIsWrong(), HasSubstr("--tls_key="));
  Put(pair_);
  folder_.Write("huge", std::string(2 * 1024 * 1024, 'x'));
  files_.client_authorities = folder_ / "huge";
  EXPECT_THAT(WhatIsWrong(), HasSubstr("is larger than"));
  files_.client_authorities = folder_.Write("empty", "");
  EXPECT_THAT(WhatIsWrong(), HasSubstr("empty: is empty"));
}

TEST_F(CertificatesTest, AnEncryptedKeyIsRefusedAndNobodyIsAskedForItsPassphrase) {
  folder_.Write("tls.key",
                "-----BEGIN ENCRYPTED PRIVATE "
                "KEY-----\n"
                "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg=\n"
                "-----END ENCRYPTED PRIVATE "
                "KEY-----\n");
  EXPECT_THAT(WhatIsWrong(), HasSubstr("without a passphrase"));
}

TEST_F(CertificatesTest, APipeThatNobodyWritesToHoldsNothingUp) {
  unlink(files_.key.c_str());
  ASSERT_EQ(mkfifo(files_.key.c_str(), 0600), 0);
  EXPECT_THAT(WhatIsWrong(), HasSubstr("--tls_key"));
}

TEST_F(CertificatesTest, AStoreTakesWhatIsWholeAndKeepsTheOldWhileItIsNot) {
  CertificateStore store(files_, *LoadCertificates(files_));
  const auto first = store.current();
  EXPECT_TRUE(store.Reload());
  EXPECT_EQ(store.current(), first) << "nothing has changed";

  const Pair renewed = authority_.Issue("gatewayd.test", until_ + absl::Hours(1));
  folder_.Replace("tls.crt", renewed.certificate);
  EXPECT_FALSE(store.Reload()) << "the key is still to come";
  EXPECT_TRUE(store.Reload()) << "it was said, and is not asked for every second";
  EXPECT_EQ(store.current(), first);
  folder_.Replace("tls.key", renewed.key);
  EXPECT_TRUE(store.Reload());
  EXPECT_EQ(store.current()->certificate, renewed.certificate);
  EXPECT_EQ(store.expires(), until_ + absl::Hours(1));

  unlink(files_.certificate.c_str());
  EXPECT_FALSE(store.Reload());
  EXPECT_EQ(store.current()->certificate, renewed.certificate);
}

TEST(ExpiryNoticeTest, EachStepIsSaidOnceAndARenewedCertificateStartsAnew) {
  const absl::Time end = absl::FromUnixSeconds(1'800'000'000);
  ExpiryNotice notice;
  EXPECT_FALSE(notice.At(end - absl::Hours(31 * 24), end));
  const auto month = notice.At(end - absl::Hours(30 * 24), end);
  ASSERT_TRUE(month);
  EXPECT_FALSE(month->expired);
  EXPECT_THAT(month->text, HasSubstr("expires on 2027-01-15 08:00:00 UTC"));
  EXPECT_FALSE(notice.At(end - absl::Hours(20 * 24), end));
  EXPECT_TRUE(notice.At(end - absl::Hours(2), end)) << "a week and a day are over: one line";
  EXPECT_FALSE(notice.At(end - absl::Hours(2), end));
  EXPECT_TRUE(notice.At(end - absl::Minutes(59), end));
  const auto over = notice.At(end, end);
  ASSERT_TRUE(over);
  EXPECT_TRUE(over->expired);
  EXPECT_FALSE(notice.At(end + absl::Hours(1), end));
  EXPECT_FALSE(notice.At(end + absl::Hours(1), end + absl::Hours(1000)));
  EXPECT_TRUE(notice.At(end + absl::Hours(999), end + absl::Hours(1000)));
}

}  // namespace
}  // namespace gatewayd::security
