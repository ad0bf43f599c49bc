#include "security/certificates.h"

#include <glog/logging.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "security/text_file.h"

namespace gatewayd::security {
namespace {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<&BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;

Bio Open(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// No passphrase: OpenSSL would ask the terminal for one.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
  return -1;
}

absl::Time TimeOf(const ASN1_TIME* time) {
  std::tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InfiniteFuture();
  return absl::FromTimeT(timegm(&parts));
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

// All of a PEM file, in order. Empty where there is none, or one of them cannot be read.
std::vector<Certificate> ReadCertificates(const std::string& pem) {
  ERR_clear_error();
  std::vector<Certificate> found;
  const Bio bio = Open(pem);
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, &NoPassphrase, nullptr))
    found.emplace_back(next);
  const unsigned long error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) found.clear();
  return found;
}

Key ReadKey(const std::string& pem) {
  Key key(PEM_read_bio_PrivateKey(Open(pem).get(), nullptr, &NoPassphrase, nullptr));
  ERR_clear_error();
  return key;
}

class Problems {
 public:
  void Add(std::string_view flag, const std::string& path, std::string_view what) {
    lines_.push_back(absl::StrCat("--", absl::string_view(flag.data(), flag.size()), "=", path, ": ",
                                  absl::string_view(what.data(), what.size())));
  }
  // The file's text; "" where it cannot be read, which is noted.
  std::string Read(std::string_view flag, const std::string& path) {
    absl::StatusOr<std::string> text = ReadSmallFile(path);
    if (text.ok()) return *std::move(text);
    Add(flag, path, std::string(text.status().message()));
    return "";
  }
  bool any() const { return !lines_.empty(); }
  absl::Status status() const { return absl::InvalidArgumentError(absl::StrJoin(lines_, "\n")); }

 private:
  std::vector<std::string> lines_;
};

constexpr std::string_view kCertificateFlag = "tls_certificate";
constexpr std::string_view kKeyFlag = "tls_key";
constexpr std::string_view kAuthoritiesFlag = "tls_client_authorities";
constexpr std::string_view kNoCertificate = "holds no certificate in PEM, or one that is cut off";

}  // namespace

absl::StatusOr<Certificates> LoadCertificates(const CertificateFiles& files) {
  Problems problems;
  Certificates loaded = {.certificate = problems.Read(kCertificateFlag, files.certificate),
                         .key = problems.Read(kKeyFlag, files.key)};
  const std::vector<Certificate> chain = ReadCertificates(loaded.certificate);
  if (chain.empty() && !loaded.certificate.empty())
    problems.Add(kCertificateFlag, files.certificate, kNoCertificate);
  const Key key = ReadKey(loaded.key);
  if (key == nullptr && !loaded.key.empty()) {
    problems.Add(kKeyFlag, files.key, "holds no private key in PEM that can be read without a passphrase");
  }
  if (!chain.empty() && key != nullptr && X509_check_private_key(chain[0].get(), key.get()) != 1) {
    ERR_clear_error();
    problems.Add(kKeyFlag, files.key,
                 absl::StrCat("is not the key of the certificate in ", files.certificate));
  }
  if (!files.client_authorities.empty()) {
    loaded.client_authorities = problems.Read(kAuthoritiesFlag, files.client_authorities);
    if (!loaded.client_authorities.empty() && ReadCertificates(loaded.client_authorities).empty())
      problems.Add(kAuthoritiesFlag, files.client_authorities, kNoCertificate);
  }
  if (loaded.certificate.empty() && !problems.any())
    problems.Add(kCertificateFlag, files.certificate, "is empty");
  if (loaded.key.empty() && !problems.any()) problems.Add(kKeyFlag, files.key, "is empty");
  if (!files.client_authorities.empty() && loaded.client_authorities.empty() && !problems.any())
    problems.Add(kAuthoritiesFlag, files.client_authorities, "is empty");
  if (problems.any()) return problems.status();
  loaded.not_before = TimeOf(X509_get0_notBefore(chain[0].get()));
  loaded.not_after = absl::InfiniteFuture();
  for (const Certificate& certificate : chain)
    loaded.not_after = std::min(loaded.not_after, TimeOf(X509_get0_notAfter(certificate.get())));
  return loaded;
}

std::optional<ExpiryNotice::Line> ExpiryNotice::At(absl::Time now, absl::Time not_after) {
  static constexpr std::array<std::int64_t, 5> kHoursBefore = {30 * 24, 7 * 24, 24, 1, 0};
  if (not_after != not_after_) {
    not_after_ = not_after;
    said_ = 0;
  }
  std::size_t passed = 0;
  while (passed < kHoursBefore.size() && now >= not_after - absl::Hours(kHoursBefore[passed]))
    ++passed;
  if (passed <= said_) return std::nullopt;
  said_ = passed;
  const std::string when = TimeText(not_after);
  if (passed == kHoursBefore.size()) {
    return Line{true, absl::StrCat("has expired on ", when, ": clients that connect will refuse it")};
  }
  return Line{false, absl::StrCat("expires on ", when, ", in less than ",
                                  absl::FormatDuration(absl::Hours(kHoursBefore[passed - 1])))};
}

CertificateStore::CertificateStore(CertificateFiles files, Certificates first)
    : files_(std::move(files)), current_(std::make_shared<const Certificates>(std::move(first))) {
  LogExpiry(*current_);
}

std::shared_ptr<const Certificates> CertificateStore::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

bool CertificateStore::Reload() {
  absl::StatusOr<Certificates> loaded = LoadCertificates(files_);
  const std::shared_ptr<const Certificates> old = current();
  if (!loaded.ok()) {
    const std::string wrong(loaded.status().message());
    if (std::exchange(wrong_, wrong) != wrong) {
      logged_ = false;
      return false;
    }
    if (!std::exchange(logged_, true)) {
      LOG(ERROR) << "TLS: the old certificate stays in force: " << wrong;
    }
  } else {
    wrong_.clear();
    if (!loaded->SameAs(*old)) {
      const std::string until = TimeText(loaded->not_after);
      {
        std::lock_guard lock(mutex_);
        current_ = std::make_shared<const Certificates>(*std::move(loaded));
      }
      LOG(INFO) << "TLS: " << files_.certificate << " is taken, valid until " << until;
    }
  }
  LogExpiry(*current());
  return true;
}

void CertificateStore::LogExpiry(const Certificates& certificates) {
  const auto line = notice_.At(absl::Now(), certificates.not_after);
  if (!line) return;
  if (line->expired) {
    LOG(ERROR) << "TLS: the certificate in " << files_.certificate << " " << line->text;
  } else {
    LOG(WARNING) << "TLS: the certificate in " << files_.certificate << " " << line->text;
  }
}

}  // namespace gatewayd::security
