// Certificates of a test, made as it wants them: names, times, authorities.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace gatewayd::test {

// A certificate and its key, PEM.
struct Pair {
  std::string certificate;
  std::string key;
};

// One that signs others. Not thread-safe.
class Authority {
 public:
  explicit Authority(const std::string& name = "test authority") : key_(NewKey()) {
    certificate_ =
        NewCertificate(name, key_.get(), absl::Now() - absl::Hours(1), absl::Now() + absl::Hours(24));
    AddExtension(NID_basic_constraints, "critical,CA:TRUE");
    Sign(certificate_.get(), certificate_.get());
  }

  std::string pem() const { return Pem(certificate_.get()); }

  // For `name` as DNS name, and 127.0.0.1; valid from an hour ago to `until`, to the second.
  Pair Issue(const std::string& name, absl::Time until = absl::Now() + absl::Hours(24)) {
    const auto key = NewKey();
    const auto made = NewCertificate(name, key.get(), absl::Now() - absl::Hours(1), until);
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate_.get(), made.get(), nullptr, nullptr, 0);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name,
                                                ("DNS:" + name + ",IP:127.0.0.1").c_str());
    X509_add_ext(made.get(), names, -1);
    X509_EXTENSION_free(names);
    Sign(made.get(), certificate_.get());
    return {Pem(made.get()), Pem(key.get())};
  }

 private:
  struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(BIO* bio) const { BIO_free(bio); }
  };
  using Certificate = std::unique_ptr<X509, Free>;
  using Key = std::unique_ptr<EVP_PKEY, Free>;

  static Key NewKey() { return Key(EVP_EC_gen("P-256")); }

  static Certificate NewCertificate(const std::string& name, EVP_PKEY* key, absl::Time from,
                                    absl::Time until) {
    static long serial = 0;
    Certificate made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), absl::ToTimeT(from));
    ASN1_TIME_set(X509_getm_notAfter(made.get()), absl::ToTimeT(until));
    X509_set_pubkey(made.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return made;
  }

  void AddExtension(int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate_.get(), certificate_.get(), nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  void Sign(X509* made, X509* issuer) {
    X509_set_issuer_name(made, X509_get_subject_name(issuer));
    X509_sign(made, key_.get(), EVP_sha256());
  }

  static std::string Text(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
  }
  static std::string Pem(X509* certificate) {
    const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return Text(bio.get());
  }
  static std::string Pem(EVP_PKEY* key) {
    const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return Text(bio.get());
  }

  Key key_;
  Certificate certificate_;
};

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "gatewayd_test_XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Writes the file in place.
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(*this / name, std::ios::binary) << text;
    return *this / name;
  }
  // Puts another file in its place, at once.
  std::string Replace(const std::string& name, const std::string& text) const {
    Write(name + ".new", text);
    std::rename((*this / (name + ".new")).c_str(), (*this / name).c_str());
    return *this / name;
  }

 private:
  std::string path_;
};

}  // namespace gatewayd::test
