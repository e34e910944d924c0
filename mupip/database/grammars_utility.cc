#include "mupip/grammars.h"

namespace hw::mupip {
namespace {

using namespace qualifier;
using enum ValueKind;

constexpr Parameter kRegionsParameter[] = {{.form = "regions", .prompt = "Regions: "}};
constexpr Parameter kRegionParameter[] = {{.form = "region", .prompt = "Region: "}};
constexpr Parameter kFileParameter[] = {{.form = "file", .prompt = "File: "}};
constexpr Parameter kProcessParameter[] = {{.form = "process id", .prompt = "ID: "}};

// Why a qualifier does nothing.
constexpr std::string_view kWrittenAnew = "the whole region is written anew, in key order, with full pages";
constexpr std::string_view kCounted = "every node is counted, none is guessed";

constexpr Qualifier kExtendQualifiers[] = {needs("BLOCKS", Number, "blocks")};

constexpr Qualifier kFtokQualifiers[] = {
    by_default(flag("DB")),
    negatable(flag("HEADER")),
    no_effect("the key is that of databases, 43", needs("ID", Number, "id")),
    flag("JNLPOOL"),
    no_effect("the key is that of databases, 43", flag("ONLY")),
    flag("RECVPOOL"),
};

constexpr Qualifier kHeuristicKeywords[] = {
    flag("ARSAMPLE"),
    flag("IMPSAMPLE"),
    needs("LEVEL", Number, "level"),
    needs("SAMPLES", Number, "samples"),
    flag("SCAN"),
    needs("SEED", Number, "seed"),
};
constexpr Qualifier kSizeQualifiers[] = {
    no_effect(kCounted, needs("ADJACENCY", Number, "blocks")),
    no_effect(kCounted, needs_keywords("HEURISTIC", kHeuristicKeywords)),
    needs("REGION", Text, "regions"),
    needs("SELECT", Text, "globals"),
    needs("SUBSCRIPT", Text, "range"),
};

constexpr Qualifier kReorgQualifiers[] = {
    refused("DOWNGRADE", "there is one format of database files"),
    refused("ENCRYPT", "databases are not encrypted; use an encrypted file system"),
    needs("EXCLUDE", Text, "globals"),
    no_effect(kWrittenAnew, needs("FILL_FACTOR", Number, "percent")),
    no_effect(kWrittenAnew, needs("INDEX_FILL_FACTOR", Number, "percent")),
    no_effect(kWrittenAnew, may("KEEP", Text, "blocks")),
    no_effect(kWrittenAnew, needs("MIN_LEVEL", Number, "level")),
    no_effect(kWrittenAnew, negatable(flag("COALESCE"))),
    may("REGION", Text, "regions"),
    no_effect(kWrittenAnew, flag("RESUME")),
    needs("SELECT", Text, "globals"),
    no_effect(kWrittenAnew, negatable(flag("SPLIT"))),
    no_effect(kWrittenAnew, negatable(flag("SWAP"))),
    may("TRUNCATE", Number, "percent"),
    refused("UPGRADE", "there is one format of database files"),
    refused("USER_DEFINED_REORG", "the whole region is written anew, in key order"),
};

}  // namespace

constexpr Grammar kExtend{.name = "EXTEND",
                          .summary = "Reserves more space for a region's file.",
                          .qualifiers = kExtendQualifiers,
                          .parameters = kRegionParameter};
constexpr Grammar kFtok{.name = "FTOK",
                        .summary = "Shows a database file's key and identity, and its instance's shared memory.",
                        .qualifiers = kFtokQualifiers,
                        .parameters = kFileParameter};
constexpr Grammar kReorg{.name = "REORG",
                         .summary = "Writes regions anew without gaps and gives the space back.",
                         .qualifiers = kReorgQualifiers,
                         .parameters = kRegionsParameter};
constexpr Grammar kSize{.name = "SIZE", .summary = "Shows what each global takes.", .qualifiers = kSizeQualifiers};
constexpr Grammar kStop{.name = "STOP", .summary = "Asks a process to end.", .parameters = kProcessParameter};

}  // namespace hw::mupip
