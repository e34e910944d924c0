/// cluster/store/record_text.h -- a group's record and a member's try key as the store keeps them. Pure.
///
///   {"format":1,"checksum":"0123456789abcdef","record":{"holder":"A","state":"held",…}}\n
///   {"format":1,"checksum":"0123456789abcdef","try":{"run":…,"number":…}}\n
///
/// Two records that differ have different texts, so that comparing texts is comparing records.
///
/// Source: operations, section 9; docs/formats/store.md.
#pragma once

#include <string>
#include <string_view>

#include "cluster/lease/record.h"
#include "cluster/store/decoded.h"

namespace hw::cluster::store {

std::string encode_record(const lease::Record& record);
/// Any bytes. A record has a holder.
Decoded<lease::Record> decode_record(std::string_view text);

std::string encode_try(const lease::Serial& serial);
Decoded<lease::Serial> decode_try(std::string_view text);

}  // namespace hw::cluster::store
