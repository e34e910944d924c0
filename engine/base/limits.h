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
           "region slots of a journal pool; an instance's regions. A process needs up to six descriptors for each")   \
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
           "body of one message of a link: one transaction frame and 4 KiB for what is around it")                    \
  HW_LIMIT(std::size_t, kFrameBatchBytes, 2097152, "bytes",                                                           \
           "transactions are collected up to here into one message; GT.M's I/O buffer")                               \
  HW_LIMIT(std::size_t, kTransactionsPerFrameMax, 65536, "transactions", "bounds the index made of one message")      \
  HW_LIMIT(std::size_t, kSoftwareBytesMax, 63, "bytes", "software version that a peer tells")                         \
  HW_LIMIT(std::size_t, kReasonBytesMax, 255, "bytes", "why a peer ends the connection; one log line")                \
  HW_LIMIT(std::size_t, kControlBytesMax, 4096, "bytes", "payload of a small control message of a link")              \
  HW_LIMIT(std::size_t, kAppliedAsksMax, 64, "seqnos",                                                                \
           "whose application a receiver server is asked to tell; of more the first is forgotten")                    \
  HW_LIMIT(std::size_t, kLineageNamesMax, 255, "instances", "above one another that a link tells of; one message")    \
  HW_LIMIT(std::size_t, kLoadLineBytesMax, 8388608, "bytes",                                                          \
           "one line of a load file; the largest value with every byte in a $C() takes 4 MiB")                        \
  HW_LIMIT(std::size_t, kExtractBlockBytesMax, 2101248, "bytes",                                                      \
           "body of one block of a binary extract: 1 MiB of nodes, and the largest node after them")                  \
  HW_LIMIT(std::size_t, kFilterLineBytesMax, 8388608, "bytes",                                                        \
           "one line of a filter's answer; the largest value with every other byte in a $C() takes 6 MiB")            \
  HW_LIMIT(std::size_t, kTlsIdBytesMax, 31, "bytes", "name of -tlsid, as in GT.M")                                    \
  HW_LIMIT(std::size_t, kFilterCommandBytesMax, 511, "bytes", "command of -filter, as in GT.M")                       \
  HW_LIMIT(std::size_t, kStatementLineBytesMax, 2097152, "bytes", "one line of gbl; a value as large as any fits")    \
  HW_LIMIT(std::size_t, kCommandLineBytesMax, 65536, "bytes",                                                         \
           "one line at the prompt of mupip, dse or gde; GT.M takes half as much")                                    \
  HW_LIMIT(std::size_t, kStatementDepthMax, 32, "levels", "nodes inside subscripts and parentheses of a statement")   \
  HW_LIMIT(std::size_t, kRefreshPieceBytesMax, 1048576, "bytes", "of a file that one message of a refresh holds")     \
  HW_LIMIT(std::size_t, kRefreshBodyBytesMax, 1052672, "bytes",                                                       \
           "body of one message of a refresh: a piece, or the names of all regions, and 4 KiB")                       \
  HW_LIMIT(std::size_t, kRefreshesMax, 4, "processes",                                                                \
           "that send a refresh for one source server at once; each takes room for a copy of the databases")          \
  HW_LIMIT(std::size_t, kHistoryRecordsMax, 1048576, "records", "history of an instance file: 256 MiB of file")       \
  HW_LIMIT(std::size_t, kProcessesMax, 4096, "processes", "servers and steps of an agent: more than a node runs")     \
  HW_LIMIT(std::size_t, kProcessNameBytesMax, 63, "bytes",                                                            \
           "name of a server or a step in the agent's table: a kind and a name of the configuration")                 \
  HW_LIMIT(std::size_t, kDomainTextBytesMax, 262144, "bytes",                                                         \
           "text of a domain's configuration; with its quotes doubled it fits into a message between agents")         \
  HW_LIMIT(std::size_t, kTomlDotsMax, 255, "dots",                                                                    \
           "of one line of TOML: its reader goes as deep, and destroys what it has read by recursion")                \
  HW_LIMIT(std::size_t, kDomainObjectsMax, 1024, "objects",                                                           \
           "nodes of a domain, and as many of each other kind; the configuration's text has no room for more")        \
  HW_LIMIT(std::size_t, kDomainNamesMax, 256, "names", "of one list in the configuration of a domain")                \
  HW_LIMIT(std::size_t, kGroupInstancesMax, 64, "instances",                                                          \
           "of one group; the check of all its trees grows with the fourth power")                                    \
  HW_LIMIT(std::size_t, kClusterNameBytesMax, 31, "bytes",                                                            \
           "name of a domain, node, group, gateway, server or resource; a column of a table")                         \
  HW_LIMIT(std::size_t, kConfigValueBytesMax, 4096, "bytes",                                                          \
           "one string in the configuration of a domain; an argument of a program")                                   \
  HW_LIMIT(std::size_t, kHostBytesMax, 253, "bytes", "a host's name, as in DNS")                                      \
  HW_LIMIT(std::size_t, kShownTextBytesMax, 80, "bytes", "of a wrong text that a message shows")                      \
  HW_LIMIT(std::int64_t, kServersOfNameMax, 1024, "processes", "of one server, or handlers of one gateway")           \
  HW_LIMIT(std::int64_t, kConfigCountMax, 1000000000, "of its unit",                                                  \
           "counts, and seconds, in the configuration of a domain; 31 years")                                         \
  HW_LIMIT(std::size_t, kGenerationNoteBytesMax, 4096, "bytes", "what is kept beside the text of a generation")       \
  HW_LIMIT(std::size_t, kAgentFrameBytesMax, 1048576, "bytes", "one frame of the agents' link, its seal included")    \
  HW_LIMIT(std::size_t, kAgentMessageBytesMax, 16777216, "bytes",                                                     \
           "a request to an agent, or one piece of an answer; held in memory at both ends")                           \
  HW_LIMIT(std::size_t, kAgentWatcherBytesMax, 65536, "bytes", "a request to an agent by a user who may only watch")  \
  HW_LIMIT(std::size_t, kAgentGreetingBytesMax, 512, "bytes",                                                         \
           "body of a frame from a peer of an agent that has not proven who it is")                                   \
  HW_LIMIT(std::size_t, kAgentQueueBytesMax, 33554432, "bytes",                                                       \
           "answers that one peer of an agent has not taken yet; more, and its connection ends")                      \
  HW_LIMIT(std::size_t, kAgentConnectionsMax, 512, "connections", "to one agent; a descriptor each")                  \
  HW_LIMIT(std::size_t, kAgentUnprovenMax, 32, "connections",                                                         \
           "to one agent over TCP that have not proven who they are; one more ends the oldest")                       \
  HW_LIMIT(std::size_t, kAgentUserConnectionsMax, 16, "connections",                                                  \
           "to one agent's socket of one user who may not do all")                                                    \
  HW_LIMIT(std::size_t, kAgentLocalConnectionsMax, 128, "connections",                                                \
           "to one agent's socket of all such users: root finds room")                                                \
  HW_LIMIT(std::size_t, kAgentRequestsMax, 64, "requests", "of one connection to an agent that are not answered yet") \
  HW_LIMIT(std::size_t, kAgentVerbBytesMax, 64, "bytes", "what is asked of an agent, without its body")               \
  HW_LIMIT(std::size_t, kAgentNameBytesMax, 255, "bytes",                                                             \
           "what a peer of an agent calls itself: user@host, a host name has up to 253 bytes")                        \
  HW_LIMIT(std::size_t, kAgentKeyBytesMin, 32, "bytes", "the key that agents share: as much as HMAC-SHA-256 can use") \
  HW_LIMIT(std::size_t, kAgentKeyBytesMax, 65536, "bytes", "the key that agents share; a larger file is another one") \
  HW_LIMIT(std::uint64_t, kAgentHandshakeMs, 5000, "ms", "in which a peer of an agent has proven who it is")          \
  HW_LIMIT(std::uint64_t, kAgentFrameMs, 10000, "ms",                                                                 \
           "from the first byte of a frame to its last, and until a peer has taken some of what it is sent")          \
  HW_LIMIT(std::size_t, kBadProofsMax, 5, "proofs", "from one address that fail in kBadProofMs; then it is silenced") \
  HW_LIMIT(std::uint64_t, kBadProofMs, 60000, "ms",                                                                   \
           "in which failed proofs are counted, and for which an address is silenced")                                \
  HW_LIMIT(std::size_t, kBadProofAddressesMax, 4096, "addresses",                                                     \
           "whose failed proofs an agent remembers; the oldest go first")                                             \
  HW_LIMIT(std::size_t, kDenialLinesMax, 10, "lines",                                                                 \
           "a minute in the operator log of peers that an agent has turned away; the rest is counted")                \
  HW_LIMIT(std::size_t, kStoreAnswerHeadBytesMax, 16384, "bytes",                                                     \
           "status line and fields of an answer of the lease store; etcd sends 400")                                  \
  HW_LIMIT(std::size_t, kStoreAnswerBodyBytesMax, 1048576, "bytes",                                                   \
           "body of an answer of the store, or what of a watch is no whole line yet; a record has some hundred")      \
  HW_LIMIT(std::size_t, kStoreRecordBytesMax, 65536, "bytes", "the text of a record in the store")                    \
  HW_LIMIT(std::size_t, kStoreRecordNamesMax, 1024, "names", "of one list of a record in the store")                  \
  HW_LIMIT(std::size_t, kStoreRecordNameBytesMax, 255, "bytes",                                                       \
           "one name in a record of the store; ours have at most 31")                                                 \
  HW_LIMIT(std::size_t, kStoreKeysMax, 4096, "keys", "that one read of a folder of the store takes: a key a node")    \
  HW_LIMIT(std::size_t, kStoreTokenBytesMax, 8192, "bytes",                                                           \
           "a token of the store; etcd's own have 43, or some hundred as JWT")                                        \
  HW_LIMIT(std::size_t, kStorePasswordBytesMax, 1024, "bytes", "the file with the password for the store")            \
  HW_LIMIT(std::size_t, kStoreReasonBytesMax, 256, "bytes", "a reason that the store gives, in a message")            \
  HW_LIMIT(std::int64_t, kCertificateWarningDays, 30, "days", "before a certificate ends the operator is told")       \
  HW_LIMIT(std::size_t, kBoardBytesMax, 4194304, "bytes", "a board as a file or message: some thousand servers")      \
  HW_LIMIT(std::size_t, kBoardRowsMax, 65536, "entries", "of one list of a board; kBoardBytesMax is reached before")  \
  HW_LIMIT(std::size_t, kBoardTextBytesMax, 4096, "bytes", "one name, path or text of a board")                       \
  HW_LIMIT(std::uint64_t, kBoardSecondsMax, 1000000000, "seconds", "a lag of a board; 30 years")                      \
  HW_LIMIT(std::size_t, kHistoryTextBytesMax, 1024, "bytes",                                                          \
           "what and why of a change in the history; longer ones are cut")                                            \
  HW_LIMIT(std::size_t, kHistoryLineBytesMax, 32768, "bytes",                                                         \
           "one line of history.jsonl; every byte of its texts may be escaped")                                       \
  HW_LIMIT(std::size_t, kHistoryFileBytesMax, 67108864, "bytes",                                                      \
           "history.jsonl as it is read; older lines of a longer one are passed over")                                \
  HW_LIMIT(std::size_t, kReceiptFileBytesMax, 67108864, "bytes", "losttn/ID.json, read into memory")                  \
  HW_LIMIT(std::size_t, kReceiptRowsMax, 2097152, "entries",                                                          \
           "lost transactions of one receipt; kReceiptFileBytesMax is reached before")                                \
  HW_LIMIT(std::size_t, kReceiptTextBytesMax, 16384, "bytes", "a node in a receipt, with every byte in a $C()")

namespace hw {

#define HW_LIMIT(type, name, value, unit, reason) inline constexpr type name = value;
HW_LIMITS(HW_LIMIT)
#undef HW_LIMIT

}  // namespace hw
