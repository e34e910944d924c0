/// cluster/store/key_value_calls.h -- reads, puts, compare-and-put, compaction: what is asked, and what etcd answers.
/// Pure.
///
/// Source: operations, section 9 (what etcd 3.4.23 does); etcd's api_grpc_gateway, version 3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/store/decoded.h"

namespace hw::cluster::store {

inline constexpr std::string_view kRangePath = "/v3/kv/range";
inline constexpr std::string_view kPutPath = "/v3/kv/put";
inline constexpr std::string_view kTxnPath = "/v3/kv/txn";
inline constexpr std::string_view kCompactionPath = "/v3/kv/compaction";

struct KeyValue {
  std::string key;
  std::string value;
  std::uint64_t mod_revision = 0;
  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

struct RangeAnswer {
  std::uint64_t revision = 0;  ///< the store's
  std::vector<KeyValue> values;
};

/// What must be so for a put to be done.
struct Compare {
  std::string key;
  std::uint64_t mod_revision = 0;    ///< 0: the key is missing
  std::optional<std::string> value;  ///< none: not compared. Of a missing key no value is equal
};

struct TxnAnswer {
  bool succeeded = false;
  std::uint64_t revision = 0;  ///< succeeded: of what was put
};

/// A linearizable read of one key.
std::string encode_read(std::string_view key);
/// The same of all keys from `first` to before `end`, at most kStoreKeysMax.
std::string encode_range(std::string_view first, std::string_view end);
/// `lease`: the key goes with it; 0: none.
std::string encode_put(std::string_view key, std::string_view value, std::uint64_t lease = 0);
/// Puts if all of `compares` are so; else changes nothing.
std::string encode_compare_and_put(const std::vector<Compare>& compares, std::string_view key, std::string_view value);
std::string encode_compaction(std::uint64_t revision);

Decoded<RangeAnswer> decode_range(std::string_view body);
/// The revision of the key that was put.
Decoded<std::uint64_t> decode_put(std::string_view body);
Decoded<TxnAnswer> decode_txn(std::string_view body);
/// The store's revision.
Decoded<std::uint64_t> decode_compaction(std::string_view body);

}  // namespace hw::cluster::store
