/// engine/base/limits.h -- every bound in the product, with the reason for the number.
///
/// docs/limits.md is generated from these rows: HW_LIMIT(type, name, value, unit, reason).
#pragma once

#include <cstddef>
#include <cstdint>

#define HW_LIMITS(HW_LIMIT)                                                                                           \
  HW_LIMIT(std::size_t, kKeyBytesMax, 1018, "bytes",                                                                  \
           "the encoded global name and subscripts: a key that GT.M's largest KEY_SIZE allows")                       \
  HW_LIMIT(std::size_t, kKeySizeMax, 1019, "bytes", "KEY_SIZE of a region, as in GT.M; its keys are shorter by one")  \
  HW_LIMIT(std::size_t, kValueBytesMax, 1048576, "bytes", "GT.M's largest value, 1 MiB")                              \
  HW_LIMIT(std::size_t, kGlobalNameBytesMax, 31, "bytes", "GT.M's longest global name, without the up-arrow")         \
  HW_LIMIT(std::size_t, kSubscriptsMax, 31, "subscripts", "GT.M's most subscripts of a node")                         \
  HW_LIMIT(std::size_t, kRegionNameBytesMax, 31, "bytes", "GT.M's longest region and segment name")                   \
  HW_LIMIT(std::size_t, kRegionsMax, 512, "regions",                                                                  \
           "region slots of a journal pool; an instance's regions. A process needs four descriptors for each")        \
  HW_LIMIT(std::size_t, kSetsBehindMax, 127, "sets", "journaled sets that one LMDB commit brings to a database file") \
  HW_LIMIT(std::size_t, kSetBehindBytesMax, 1024, "bytes", "key and value of a set that may wait for that commit")    \
  HW_LIMIT(std::size_t, kSetsInPlaceMax, 4096, "sets", "written in place until LMDB commits; redone after a death")   \
  HW_LIMIT(std::size_t, kGlobalDirectoryBytesMax, 16777216, "bytes", "a global directory file, read into memory")     \
  HW_LIMIT(std::size_t, kSlotsMax, 16, "secondaries", "source server slots of an instance, as in GT.M")               \
  HW_LIMIT(std::size_t, kPathBytesMax, 255, "bytes",                                                                  \
           "full path of a database, instance file or server log, as in GT.M; kept in headers and shared memory")     \
  HW_LIMIT(std::size_t, kJournalPathBytesMax, 235, "bytes",                                                           \
           "full path of a journal file; leaves room for the time in the names of earlier generations")               \
  HW_LIMIT(unsigned, kReadersMax, 16384, "processes",                                                                 \
           "that have one database open, a place for each thread that reads; 1 MiB of <database>-lock")               \
  HW_LIMIT(std::size_t, kTransactionBytesMax, 67108864, "bytes",                                                      \
           "all updates of one transaction as they travel; held in memory at each site")                              \
  HW_LIMIT(std::size_t, kTransactionIdBytesMax, 8, "bytes", "transaction id kept in journals, as in GT.M")            \
  HW_LIMIT(std::size_t, kNestingMax, 127, "levels", "TSTART levels, as in GT.M")                                      \
  HW_LIMIT(std::size_t, kPoolBytesMin, 1048576, "bytes", "smallest -buffsize; smaller ones are raised to it")         \
  HW_LIMIT(std::size_t, kPoolBytesDefault, 67108864, "bytes", "default -buffsize of both pools, as in GT.M")          \
  HW_LIMIT(std::size_t, kPoolBytesMax, 4294967296, "bytes", "largest -buffsize")                                      \
  HW_LIMIT(std::size_t, kTransactionFrameBytesMax, 67112960, "bytes",                                                 \
           "one encoded transaction frame: kTransactionBytesMax and 4 KiB for its own headers")                       \
  HW_LIMIT(std::size_t, kFrameBodyBytesMax, 67117056, "bytes",                                                        \
           "body of one message of a link: one transaction frame and 4 KiB for what stands around it")                \
  HW_LIMIT(std::size_t, kFrameBatchBytes, 2097152, "bytes",                                                           \
           "transactions are collected up to here into one message; GT.M's I/O buffer")                               \
  HW_LIMIT(std::size_t, kTransactionsPerFrameMax, 65536, "transactions", "bounds the index made of one message")      \
  HW_LIMIT(std::size_t, kSoftwareBytesMax, 63, "bytes", "software version that a peer tells")                         \
  HW_LIMIT(std::size_t, kReasonBytesMax, 255, "bytes", "why a peer ends the connection; one log line")                \
  HW_LIMIT(std::size_t, kControlBytesMax, 4096, "bytes", "payload of a small control message of a link")              \
  HW_LIMIT(std::size_t, kLineageNamesMax, 255, "instances", "above one another that a link tells of; one message")    \
  HW_LIMIT(std::size_t, kLoadLineBytesMax, 8388608, "bytes",                                                          \
           "one line of a load file; the largest value with every byte in a $C() takes 4 MiB")                        \
  HW_LIMIT(std::size_t, kExtractBlockBytesMax, 2101248, "bytes",                                                      \
           "body of one block of a binary extract: 1 MiB of nodes, and the largest node behind them")                 \
  HW_LIMIT(std::size_t, kFilterLineBytesMax, 8388608, "bytes",                                                        \
           "one line of a filter's answer; the largest value with every other byte in a $C() takes 6 MiB")            \
  HW_LIMIT(std::size_t, kFilterCommandBytesMax, 511, "bytes", "command of -filter, as in GT.M")                       \
  HW_LIMIT(std::size_t, kStatementLineBytesMax, 2097152, "bytes", "one line of gbl; a value as large as any fits")    \
  HW_LIMIT(std::size_t, kStatementDepthMax, 32, "levels", "nodes inside subscripts and parentheses of a statement")   \
  HW_LIMIT(std::size_t, kRefreshPieceBytesMax, 1048576, "bytes", "of a file that one message of a refresh holds")     \
  HW_LIMIT(std::size_t, kRefreshBodyBytesMax, 1052672, "bytes",                                                       \
           "body of one message of a refresh: a piece, or the names of all regions, and 4 KiB")                       \
  HW_LIMIT(std::size_t, kRefreshesMax, 4, "processes",                                                                \
           "that send a refresh for one source server at once; each takes room for a copy of the databases")          \
  HW_LIMIT(std::size_t, kHistoryRecordsMax, 1048576, "records", "history of an instance file: 256 MiB of file")

namespace hw {

#define HW_LIMIT(type, name, value, unit, reason) inline constexpr type name = value;
HW_LIMITS(HW_LIMIT)
#undef HW_LIMIT

}  // namespace hw
