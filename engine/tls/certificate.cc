#include "engine/tls/certificate.h"

#include <openssl/x509v3.h>

#include <ctime>

namespace hw {
namespace {

void add_name(std::vector<std::string>& out, const ASN1_STRING* text) {
  unsigned char* as_utf8 = nullptr;
  const int bytes = ASN1_STRING_to_UTF8(&as_utf8, text);
  if (bytes < 0) return;
  std::string name(reinterpret_cast<const char*>(as_utf8), static_cast<std::size_t>(bytes));
  OPENSSL_free(as_utf8);
  if (!name.empty() && name.find('\0') == std::string::npos) out.push_back(std::move(name));
}

}  // namespace

std::vector<std::string> names_of(const x509_st& certificate) {
  std::vector<std::string> out;
  const X509_NAME* const subject = X509_get_subject_name(&certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;)
    add_name(out, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  auto* const others =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(others); ++i) {
    const GENERAL_NAME* const each = sk_GENERAL_NAME_value(others, i);
    if (each->type == GEN_DNS) add_name(out, each->d.dNSName);
  }
  GENERAL_NAMES_free(others);
  return out;
}

bool is_for_host(x509_st& certificate, const std::string& host) {
  // The first says -2 of what is no address.
  const int is_address = X509_check_ip_asc(&certificate, host.c_str(), 0);
  if (is_address >= 0) return is_address == 1;
  return X509_check_host(&certificate, host.data(), host.size(), 0, nullptr) == 1;
}

std::int64_t end_s_of(const x509_st& certificate) {
  struct tm parts {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &parts) != 1) return 0;
  return ::timegm(&parts);
}

std::int64_t days_until(std::int64_t end_s, std::int64_t now_s) {
  constexpr std::int64_t kDay_s = 86400;
  const std::int64_t left_s = end_s - now_s;
  return left_s < 0 ? (left_s + 1) / kDay_s - 1 : left_s / kDay_s;
}

}  // namespace hw
