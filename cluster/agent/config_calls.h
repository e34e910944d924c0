/// cluster/agent/config_calls.h -- how a generation comes to the nodes: what the coordinator asks each of them.
///
///   verb            arguments                                     does
///   --------------- --------------------------------------------- ----------------------------------------------
///   config.state    {}                                            last piece: a NodeGenerations
///   config.put      {"number","time_s","by","added_to","text"}    checks it for that node and stores it
///   config.current  {"number","sha256"}                           what is stored becomes current
///   config.drop     {"number"}                                    takes one away that did not become current
///   config.name     {"name","text"}                               stored beside the generations (apply -o)
///
/// Requests and answers are the envelopes of cluster/plan/request.h; only agents ask (Rights::All).
/// Source: operations, section 2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cluster/config/generation.h"
#include "engine/base/result.h"

namespace hw::cluster {

inline constexpr std::string_view kConfigState = "config.state";
inline constexpr std::string_view kConfigPut = "config.put";
inline constexpr std::string_view kConfigCurrent = "config.current";
inline constexpr std::string_view kConfigDrop = "config.drop";
inline constexpr std::string_view kConfigName = "config.name";

/// What a node has.
struct NodeGenerations {
  std::uint64_t current = 0;  ///< 0: none
  std::uint64_t highest = 0;
  std::string domain;       ///< name of the current one's
  std::string coordinator;  ///< node; empty: it knows of none
  friend bool operator==(const NodeGenerations&, const NodeGenerations&) = default;
};

struct NumberedGeneration {
  std::uint64_t number = 0;
  std::string sha256;
  friend bool operator==(const NumberedGeneration&, const NumberedGeneration&) = default;
};

struct NamedText {
  std::string name;
  std::string text;
  friend bool operator==(const NamedText&, const NamedText&) = default;
};

/// `config.apply` and `config.add`, as hwadm asks.
struct ApplyArguments {
  std::string text;
  std::string store_as;  ///< -o NAME; empty: as next generation
  std::string file;      ///< as the user has named it, for messages
  friend bool operator==(const ApplyArguments&, const ApplyArguments&) = default;
};

/// Of each decode: any bytes. Errors: HWBOARDBAD.
std::string encode_generation(const Generation& generation);
Result<Generation> decode_generation(std::string_view json);
std::string encode_state(const NodeGenerations& state);
Result<NodeGenerations> decode_state(std::string_view json, std::string_view node);
std::string encode_number(const NumberedGeneration& number);
Result<NumberedGeneration> decode_number(std::string_view json);
std::string encode_named(const NamedText& named);
Result<NamedText> decode_named(std::string_view json);
Result<ApplyArguments> decode_apply(std::string_view json);

}  // namespace hw::cluster
