#include "dse/grammars.h"

namespace hw::dse {
namespace {

using namespace qualifier;
using enum ValueKind;

constexpr std::string_view kNoBlocks = "it is a field of GT.M's block store, which Headwater does not have";
constexpr std::string_view kBySet = "use mupip set, which changes journal files and checkpoint image with it";

constexpr Qualifier kAllQualifiers[] = {
    flag("BUFFER_FLUSH"),
    refused("CRITINIT", "the commit lock is released by the kernel when its holder dies, and needs no initialisation"),
    refused("DUMP",
            "there are no lock or cache structures to dump; mupip replicate -source -jnlpool -show has the pool"),
    negatable(flag("FREEZE")),
    flag("OVERRIDE"),
    refused("REFERENCE", "attached processes are counted by the kernel; there is no counter to reset"),
    refused("RELEASE", "the commit lock is released by the kernel when its holder dies"),
    refused("RENEW", "the commit lock is released by the kernel when its holder dies"),
    refused("SEIZE", "a seized commit lock would stop all processes, readers too"),
    refused("WCINIT", "there is no cache of global buffers"),
};

constexpr Qualifier kCacheQualifiers[] = {
    refused("CHANGE", "there is no cache of global buffers"),
    flag("ALL"),
    refused("RECOVER", "there is no cache of global buffers"),
    flag("SHOW"),
    flag("VERIFY"),
};

constexpr Qualifier kNullKeywords[] = {flag("ALWAYS"), flag("EXISTING"), flag("FALSE"), flag("NEVER"), flag("TRUE")};
constexpr Qualifier kTruthKeywords[] = {flag("FALSE"), flag("TRUE")};
constexpr Qualifier kChangeQualifiers[] = {
    refused("ABANDONED_KILLS", kNoBlocks),
    refused("AVG_BLKS_READ", kNoBlocks),
    refused("B_BYTESTREAM", kNoBlocks),
    refused("B_COMPREHENSIVE", kNoBlocks),
    refused("B_DATABASE", kNoBlocks),
    refused("B_INCREMENTAL", kNoBlocks),
    refused("B_RECORD", kNoBlocks),
    refused("BLK_SIZE", kNoBlocks),
    refused("BLOCK", "pages are the storage engine's; damage is repaired from image and journal, see docs/runbook"),
    refused("BLOCKS_FREE", kNoBlocks),
    refused("BSIZ", kNoBlocks),
    refused("CORRUPT_FILE", "mupip integ finds damage; there is no mark for it"),
    refused("CURRENT_TN", "the storage engine counts transactions and cannot be set"),
    refused("DB_WRITE_FMT", kNoBlocks),
    refused("DEF_COLLATION", "there is one collation, M's own"),
    refused("EPOCH_TAPER", kNoBlocks),
    flag("FILEHEADER"),
    refused("FLUSH_TIME", kNoBlocks),
    needs_keywords("FREEZE", kTruthKeywords),
    refused("HARD_SPIN_COUNT", kNoBlocks),
    refused("INTERRUPTED_RECOV",
            "a recovery that was broken off is finished by the next process that opens the region"),
    refused("JNL_SYNC_IO", kBySet),
    refused("JNL_YIELD_LIMIT", kBySet),
    needs("KEY_MAX_SIZE", Number, "bytes"),
    refused("KILL_IN_PROG", kNoBlocks),
    refused("LEVEL", kNoBlocks),
    refused("MBM_SIZE", kNoBlocks),
    needs_keywords("NULL_SUBSCRIPTS", kNullKeywords),
    needs("RECORD_MAX_SIZE", Number, "bytes"),
    refused("REFERENCE_COUNT", "attached processes are counted by the kernel"),
    needs("REG_SEQNO", Hex, "seqno"),
    refused("RESERVED_BYTES", kNoBlocks),
    refused("SLEEP_SPIN_COUNT", kNoBlocks),
    refused("SPIN_SLEEP_MASK", kNoBlocks),
    refused("STDNULLCOLL", "stored keys would change their order; extract, make the database anew, and load"),
    refused("STRM_NUM", "supplementary instances have streams, and Headwater does not have those"),
    refused("STRM_REG_SEQNO", "supplementary instances have streams, and Headwater does not have those"),
    refused("TIMERS_PENDING", kNoBlocks),
    refused("TN", kNoBlocks),
    refused("TOTAL_BLKS", kNoBlocks),
    refused("TRIGGER_FLUSH", kNoBlocks),
    refused("WAIT_DISK", kNoBlocks),
    refused("WRITES_PER_FLUSH", kNoBlocks),
    needs("ZQGBLMOD_SEQNO", Hex, "seqno"),
    needs("ZQGBLMOD_TN", Hex, "transaction"),
};

constexpr Qualifier kDumpQualifiers[] = {
    flag("ALL"),
    negatable(flag("BASIC")),
    needs("BLOCK", Hex, "block"),
    needs("COUNT", Hex, "records or blocks"),
    negatable(flag("CRIT")),
    flag("FILEHEADER"),
    refused("GLO", "records are shown as text already; mupip extract writes files"),
    refused("GVSTATS", "no counters of a region's accesses are kept"),
    negatable(flag("HEADER")),
    needs("KEY", Text, "node"),
    needs("OFFSET", Hex, "offset"),
    needs("RECORD", Hex, "record"),
    refused("UPDPROC", "the update process has no settings in the file header"),
    refused("ZWR", "records are shown as text already; mupip extract writes files"),
};
constexpr std::string_view kDumpRules[] = {
    "FILEHEADER & (BLOCK | RECORD | OFFSET | KEY | COUNT)",
    "KEY & (BLOCK | RECORD | OFFSET | COUNT)",
    "RECORD & OFFSET",
    "ALL & !FILEHEADER",
};

constexpr Qualifier kFindQualifiers[] = {
    needs("BLOCK", Hex, "block"),
    negatable(flag("CRIT")),
    flag("EXHAUSTIVE"),
    refused("FREEBLOCK", "free pages are listed in a tree of their own; mupip integ counts them"),
    refused("HINT", "it belongs to -freeblock"),
    needs("KEY", Text, "node"),
    may("REGION", Text, "region"),
    refused("SIBLINGS", "find -key shows the leaves beside the one that holds the node"),
};
constexpr std::string_view kFindRules[] = {"REGION & (BLOCK | KEY)", "BLOCK & KEY"};

constexpr Qualifier kEvaluateQualifiers[] = {
    flag("DECIMAL"),
    flag("HEXADECIMAL"),
    needs("NUMBER", Text, "number"),
};
constexpr std::string_view kEvaluateRules[] = {"DECIMAL & HEXADECIMAL", "!NUMBER"};
constexpr Parameter kHelpParameters[] = {{.form = "command"}};

constexpr std::string_view kPages =
    "pages are the storage engine's and are not edited; damage is repaired from image and journal, or from a backup";
constexpr std::string_view kScratch = "it belongs to the editing of blocks: use mupip extract and mupip load";

constexpr Grammar refuse(std::string_view name, std::string_view why) {
  return {.name = name, .summary = {}, .refusal = why};
}
constexpr Grammar kRefused[] = {
    refuse("ADD", kPages),
    refuse("CLOSE", kScratch),
    refuse("CRITICAL", "the commit lock is released by the kernel when its holder dies: nothing to seize or to reset"),
    refuse("INTEGRIT", "use mupip integ, which checks a whole region while it is in use"),
    refuse("MAPS", "free pages are listed in a tree of their own, which mupip integ checks against those in use"),
    refuse("OPEN", kScratch),
    refuse("OVERWRITE", kPages),
    refuse("RANGE", "find -key shows the page that holds a node"),
    refuse("REMOVE", kPages),
    refuse("RESTORE", kPages),
    refuse("SAVE", kPages),
    refuse("SHIFT", kPages),
    refuse("SPAWN", "use the shell's job control"),
    refuse("WCINIT", "there is no cache of global buffers"),
};

}  // namespace

constexpr Grammar kAll{.name = "ALL", .summary = "Flushes or freezes all regions.", .qualifiers = kAllQualifiers};
constexpr Grammar kBufferFlush{.name = "BUFFER_FLUSH", .summary = "Writes the region's database and journal to disk."};
constexpr Grammar kCache{
    .name = "CACHE", .summary = "Shows how the region is held in memory.", .qualifiers = kCacheQualifiers};
constexpr Grammar kChange{
    .name = "CHANGE", .summary = "Changes fields of the file header.", .qualifiers = kChangeQualifiers};
constexpr Grammar kDump{.name = "DUMP",
                        .summary = "Shows the file header, a page, or the record of a node.",
                        .qualifiers = kDumpQualifiers,
                        .rules = kDumpRules};
constexpr Grammar kEvaluate{.name = "EVALUATE",
                            .summary = "Shows a number in hexadecimal and decimal.",
                            .qualifiers = kEvaluateQualifiers,
                            .rules = kEvaluateRules};
constexpr Grammar kExit{.name = "EXIT", .summary = "Leaves the prompt."};
constexpr Grammar kFind{.name = "FIND",
                        .summary = "Chooses a region, or finds the page of a node.",
                        .qualifiers = kFindQualifiers,
                        .rules = kFindRules};
constexpr Grammar kHelp{
    .name = "HELP", .summary = "Shows the commands, or one command's qualifiers.", .parameters = kHelpParameters};
constexpr Grammar kPage{.name = "PAGE", .summary = "Sends a form feed."};
constexpr Grammar kQuit{.name = "QUIT", .summary = "Leaves the prompt."};
constexpr Grammar kVersion{.name = "VERSION", .summary = "Shows the product's version."};

std::span<const Grammar> refused_commands() { return kRefused; }

}  // namespace hw::dse
