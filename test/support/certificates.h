/// test/support/certificates.h -- certificates of a small authority, made as they are needed.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

namespace hw::test {

class Certificate {
 public:
  /// `issuer` is nullptr for an authority's own. `names`: the common name, empty for
  /// none, then DNS names and IP addresses, `IP:127.0.0.1`.
  Certificate(const std::vector<std::string>& names, long lifetime_s, const Certificate* issuer)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    static long serial = 1;
    X509* const x = certificate_.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), -86400);
    X509_gmtime_adj(X509_getm_notAfter(x), lifetime_s);
    X509_set_pubkey(x, key_.get());
    X509_NAME* const subject = X509_get_subject_name(x);
    if (!names[0].empty())
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(names[0].data()),
                                 static_cast<int>(names[0].size()), -1, 0);
    X509_set_issuer_name(x, issuer == nullptr ? subject : X509_get_subject_name(issuer->certificate_.get()));
    if (issuer == nullptr) add(NID_basic_constraints, "critical,CA:TRUE");
    std::string others;
    for (std::size_t i = 1; i < names.size(); ++i)
      others += (i > 1 ? "," : "") + (names[i].starts_with("IP:") ? names[i] : "DNS:" + names[i]);
    if (!others.empty()) add(NID_subject_alt_name, others.c_str());
    X509_sign(x, issuer == nullptr ? key_.get() : issuer->key_.get(), EVP_sha256());
  }

  const X509& x509() const { return *certificate_; }
  void write(const std::string& path) const {
    with_file(path, [&](FILE* out) { return PEM_write_X509(out, certificate_.get()); });
  }
  void write_key(const std::string& path) const {
    with_file(path,
              [&](FILE* out) { return PEM_write_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }

 private:
  void add(int what, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  /// As an administrator does it: under another name first.
  template <typename Write>
  static void with_file(const std::string& path, Write write) {
    const std::string unfinished = path + ".new";
    FILE* const out = std::fopen(unfinished.c_str(), "w");
    ASSERT_NE(out, nullptr) << path;
    EXPECT_EQ(write(out), 1);
    std::fclose(out);
    ASSERT_EQ(std::rename(unfinished.c_str(), path.c_str()), 0);
  }

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::unique_ptr<X509, void (*)(X509*)> certificate_;
};

constexpr long kDay_s = 86400;

}  // namespace hw::test
