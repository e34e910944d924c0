/// engine/tls/certificate.h -- what a certificate says. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct x509_st;

namespace hw {

/// The common names of its subject and its DNS names, as they are there. A name with a zero byte is left out: it
/// could be taken for a shorter one.
std::vector<std::string> names_of(const x509_st& certificate);

/// Whether it is for the host that a client has called by this name or IP address.
bool is_for_host(x509_st& certificate, const std::string& host);

/// When it ends, in seconds since 1970; 0 when that cannot be read, as if it had ended.
std::int64_t end_s_of(const x509_st& certificate);

/// Whole days from now until then, below 0 when it is over.
std::int64_t days_until(std::int64_t end_s, std::int64_t now_s);

}  // namespace hw
