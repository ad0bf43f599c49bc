// What TLS needs, read from PEM files and checked as a whole: a pair that does not match, or is half-written,
// is never handed on.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace gatewayd::security {

// Paths. All empty: no TLS.
struct CertificateFiles {
  std::string certificate;         // the server's, with its intermediates behind it
  std::string key;                 // its private key, not encrypted
  std::string client_authorities;  // "": clients need no certificate

  bool enabled() const { return !certificate.empty(); }
  bool operator==(const CertificateFiles&) const = default;
};

// PEM texts that belong together.
struct Certificates {
  std::string certificate;
  std::string key;
  std::string client_authorities;
  absl::Time not_before;
  absl::Time not_after;  // of the first to expire among those of the file

  bool SameAs(const Certificates& other) const {
    return certificate == other.certificate && key == other.key &&
           client_authorities == other.client_authorities;
  }
};

// INVALID_ARGUMENT with a line for each thing that is wrong, each naming its flag and file. An expired
// certificate is no error here.
absl::StatusOr<Certificates> LoadCertificates(const CertificateFiles& files);

// What is to be said of a certificate as its end comes near: 30 days, 7 days, a day and an hour before, and
// once it is over; each once. No clock inside.
class ExpiryNotice {
 public:
  struct Line {
    bool expired = false;
    std::string text;
  };
  // nullopt: nothing that was not said before of a certificate with this end.
  std::optional<Line> At(absl::Time now, absl::Time not_after);

 private:
  absl::Time not_after_ = absl::InfiniteFuture();
  std::size_t said_ = 0;  // how many of the steps have been passed
};

// The certificates in force. Thread-safe.
class CertificateStore {
 public:
  CertificateStore(CertificateFiles files, Certificates first);

  const CertificateFiles& files() const { return files_; }
  std::shared_ptr<const Certificates> current() const;
  // When the certificate in force expires: for metrics.
  absl::Time expires() const { return current()->not_after; }

  // Reads the files again, and takes what is good; what is not leaves the old in force and is logged once.
  // False: something is wrong that may be half-written; it is only logged if the next call finds it again.
  // Called by one thread.
  bool Reload();

 private:
  void LogExpiry(const Certificates& certificates);

  const CertificateFiles files_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Certificates> current_;  // guarded by mutex_
  std::string wrong_;                            // what the last Reload found wrong; of the one who calls it
  bool logged_ = false;
  ExpiryNotice notice_;
};

}  // namespace gatewayd::security
