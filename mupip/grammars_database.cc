#include "mupip/grammars.h"

namespace hw::mupip {
namespace {

using namespace qualifier;
using enum ValueKind;

// ---- create ----------------------------------------------------------------------------------------

constexpr Qualifier kCreateQualifiers[] = {needs("REGION", Text, "region")};

// ---- set -------------------------------------------------------------------------------------------

constexpr Qualifier kJournalKeywords[] = {
    needs("ALIGNSIZE", Number, "blocks"),
    needs("ALLOCATION", Number, "blocks"),
    needs("AUTOSWITCHLIMIT", Number, "blocks"),
    negatable(flag("BEFORE_IMAGES")),
    needs("BUFFER_SIZE", Number, "blocks"),
    flag("DISABLE"),
    flag("ENABLE"),
    needs("EPOCH_INTERVAL", Number, "seconds"),
    needs("EXTENSION", Number, "blocks"),
    needs("FILENAME", Text, "file"),
    flag("OFF"),
    flag("ON"),
    negatable(flag("SYNC_IO")),
    needs("YIELD_LIMIT", Number, "yields"),
};
constexpr Qualifier kAccessKeywords[] = {negatable(flag("BG")), negatable(flag("MM"))};
constexpr Qualifier kNullKeywords[] = {flag("ALWAYS"), flag("EXISTING"), flag("FALSE"), flag("NEVER"), flag("TRUE")};
constexpr Qualifier kOnOffKeywords[] = {flag("OFF"), flag("ON")};
constexpr Qualifier kVersionKeywords[] = {flag("V4"), flag("V6")};

constexpr Qualifier kSetQualifiers[] = {
    needs_keywords("ACCESS_METHOD", kAccessKeywords),
    negatable(flag("ASYNCIO")),
    flag("BYPASS"),
    negatable(flag("DEFER_ALLOCATE")),
    negatable(needs("DEFER_TIME", Text, "seconds")),
    negatable(flag("ENCRYPTABLE")),
    flag("ENCRYPTIONCOMPLETE"),
    negatable(flag("EPOCHTAPER")),
    needs("EXTENSION_COUNT", Number, "blocks"),
    flag("FILE"),
    may("FLUSH_TIME", Text, "time"),
    needs("FULLBLKWRT", Number, "0 to 2"),
    needs("GLOBAL_BUFFERS", Number, "buffers"),
    needs("HARD_SPIN_COUNT", Number, "spins"),
    negatable(flag("INST_FREEZE_ON_ERROR")),
    flag("JNLFILE"),
    negatable(may_keywords("JOURNAL", kJournalKeywords)),
    needs("KEY_SIZE", Number, "bytes"),
    negatable(flag("LCK_SHARES_DB_CRIT")),
    needs("LOCK_SPACE", Number, "pages"),
    needs("MUTEX_SLOTS", Number, "slots"),
    needs_keywords("NULL_SUBSCRIPTS", kNullKeywords),
    flag("PARTIAL_RECOV_BYPASS"),
    negatable(flag("PREVJNLFILE")),
    needs("PROBLKSPLIT", Number, "blocks"),
    negatable(flag("QDBRUNDOWN")),
    negatable(flag("READ_ONLY")),
    needs("RECORD_SIZE", Number, "bytes"),
    flag("REGION"),
    negatable(needs_keywords("REPLICATION", kOnOffKeywords)),
    negatable(needs("REPL_STATE", Text, "on|off")),
    needs("RESERVED_BYTES", Number, "bytes"),
    needs("SLEEP_SPIN_COUNT", Number, "spins"),
    needs("SPIN_SLEEP_MASK", Hex, "hex"),
    flag("STANDALONENOT"),
    negatable(flag("STATS")),
    needs("STATSDB_ALLOCATION", Number, "blocks"),
    negatable(flag("STDNULLCOLL")),
    needs("TRIGGER_FLUSH_LIMIT", Number, "blocks"),
    needs_keywords("VERSION", kVersionKeywords),
    needs("WAIT_DISK", Number, "seconds"),
    needs("WRITES_PER_FLUSH", Number, "writes"),
};
constexpr std::string_view kSetRules[] = {
    "!one(FILE REGION JNLFILE)",
    "JOURNAL.DISABLE & (JOURNAL.ON | JOURNAL.OFF | JOURNAL.ENABLE)",
    "JOURNAL.ON & JOURNAL.OFF",
    "JOURNAL & !(JOURNAL.DISABLE | JOURNAL.OFF | JOURNAL.BEFORE_IMAGES | JOURNAL.~BEFORE_IMAGES)",
    "REPLICATION.ON & (JOURNAL.OFF | JOURNAL.DISABLE | ~JOURNAL)",
};
constexpr Parameter kRegionOrFile[] = {{.form = "regions or file", .prompt = "File or Region: "}};

// ---- extract, load ---------------------------------------------------------------------------------

constexpr Qualifier kFormatKeywords[] = {negatable(flag("BINARY")), negatable(flag("GO")), negatable(flag("ZWR"))};
constexpr Qualifier kOnErrorKeywords[] = {negatable(flag("INTERACTIVE")), negatable(flag("PROCEED")),
                                          negatable(flag("STOP"))};
constexpr Qualifier kExtractQualifiers[] = {
    needs_keywords("FORMAT", kFormatKeywords),
    flag("FREEZE"),
    may("LABEL", Text, "text"),
    negatable(flag("LOG")),
    negatable(flag("NULL_IV")),
    needs("OCHSET", Text, "character set"),
    may("REGION", Text, "regions"),
    needs("SELECT", Text, "globals"),
    flag("STDOUT"),
};
constexpr std::string_view kExtractRules[] = {"NULL_IV & !FORMAT.BINARY"};
constexpr Parameter kExtractParameters[] = {{.form = "file", .prompt = "Output File: "}};

constexpr Qualifier kLoadQualifiers[] = {
    needs("BEGIN", Number, "record"),
    may("BLOCK_DENSITY", Number, "percent"),
    needs("END", Number, "record"),
    may("FILL_FACTOR", Number, "percent"),
    may_keywords("FORMAT", kFormatKeywords),
    may_keywords("ONERROR", kOnErrorKeywords),
    flag("STDIN"),
};
constexpr Parameter kLoadParameters[] = {{.form = "file", .prompt = "Input File: "}};

// ---- rundown, backup, integ ------------------------------------------------------------------------

constexpr Qualifier kRundownQualifiers[] = {
    flag("CLEANJNL"), flag("FILE"), flag("OVERRIDE"), flag("REGION"), flag("RELINKCTL"),
};
constexpr std::string_view kRundownRules[] = {"FILE & REGION"};
constexpr Parameter kRundownParameters[] = {{.form = "regions or file", .prompt = "Files or Regions: "}};

constexpr Qualifier kBackupJournalKeywords[] = {flag("DISABLE"), flag("OFF")};
constexpr Qualifier kNewJournalKeywords[] = {flag("NOPREVLINK"), flag("NOSYNC_IO"), flag("PREVLINK"), flag("SYNC_IO")};
constexpr Qualifier kSinceKeywords[] = {flag("BYTESTREAM"), flag("COMPREHENSIVE"), flag("DATABASE"),
                                        flag("INCREMENTAL"), flag("RECORD")};
constexpr Qualifier kBackupQualifiers[] = {
    needs_keywords("BKUPDBJNL", kBackupJournalKeywords),
    flag("BYTESTREAM"),
    flag("COMPREHENSIVE"),
    flag("DATABASE"),
    flag("DBG"),
    flag("INCREMENTAL"),
    negatable(needs("JOURNAL", Text, "directory")),
    needs("NETTIMEOUT", Number, "seconds"),
    negatable(may_keywords("NEWJNLFILES", kNewJournalKeywords)),
    negatable(flag("ONLINE")),
    flag("RECORD"),
    flag("REPLACE"),
    needs("REPLINSTANCE", Text, "file or directory"),
    needs("RETRY", Number, "tries"),
    negatable(flag("SHOWPROGRESS")),
    needs_keywords("SINCE", kSinceKeywords),
    needs("TRANSACTION", Hex, "transaction"),
};
constexpr std::string_view kBackupRules[] = {
    "INCREMENTAL & (COMPREHENSIVE | DATABASE)",
    "TRANSACTION & !(INCREMENTAL | BYTESTREAM)",
};
constexpr Parameter kBackupParameters[] = {
    {.form = "regions", .prompt = "Region: "},
    {.form = "directory, files or |command", .prompt = "Backup Directory: ", .pipe = true}};

constexpr Qualifier kFreezeQualifiers[] = {
    negatable(flag("AUTORELEASE")), flag("DBG"),      flag("OFF"),    flag("ON"),
    negatable(flag("ONLINE")),      flag("OVERRIDE"), flag("RECORD"),
};
constexpr std::string_view kFreezeRules[] = {"!(ON | OFF)", "ON & OFF", "RECORD & !ON", "OVERRIDE & !OFF"};
constexpr Parameter kFreezeParameters[] = {{.form = "regions", .prompt = "Region: "}};

constexpr Qualifier kRestoreQualifiers[] = {
    negatable(needs("EXTEND", Number, "blocks")),
    needs("NETTIMEOUT", Number, "seconds"),
};
constexpr Parameter kRestoreParameters[] = {{.form = "database", .prompt = "Database: "},
                                            {.form = "files", .prompt = "Input file(s): "}};

constexpr Qualifier kIntegQualifiers[] = {
    needs("ADJACENCY", Number, "blocks"),
    needs("BLOCK", Hex, "block"),
    flag("BRIEF"),
    flag("DBG"),
    may("DIGEST", Number, "seqno"),
    flag("FAST"),
    flag("FILE"),
    flag("FULL"),
    negatable(flag("KEYRANGES")),
    negatable(may("MAP", Number, "errors")),
    negatable(may("MAXKEYSIZE", Number, "errors")),
    negatable(flag("ONLINE")),
    flag("REBUILD"),
    flag("REGION"),
    negatable(flag("STATS")),
    needs("SUBSCRIPT", Text, "node"),
    flag("TN_RESET"),
    negatable(may("TRANSACTION", Number, "errors")),
};
constexpr std::string_view kIntegRules[] = {
    "FILE & REGION",
    "ONLINE & !TN_RESET & FILE",
    "TN_RESET & (FAST | BLOCK | SUBSCRIPT | REGION)",
    "BRIEF & FULL",
    "DIGEST & (REBUILD | FAST | FULL)",
    "DIGEST & !REGION",
    "REBUILD & (FAST | FULL)",
};

}  // namespace

constexpr Grammar kCreate{.name = "CREATE", .summary = "Creates database files.", .qualifiers = kCreateQualifiers};
constexpr Grammar kSet{.name = "SET",
                       .summary = "Sets journaling, replication and other properties of databases.",
                       .qualifiers = kSetQualifiers,
                       .rules = kSetRules,
                       .parameters = kRegionOrFile};
constexpr Grammar kExtract{.name = "EXTRACT",
                           .summary = "Writes globals to a file.",
                           .qualifiers = kExtractQualifiers,
                           .rules = kExtractRules,
                           .parameters = kExtractParameters};
constexpr Grammar kLoad{.name = "LOAD",
                        .summary = "Reads globals from a file.",
                        .qualifiers = kLoadQualifiers,
                        .parameters = kLoadParameters};
constexpr Grammar kRundown{.name = "RUNDOWN",
                           .summary = "Closes databases and pools that ended without.",
                           .qualifiers = kRundownQualifiers,
                           .rules = kRundownRules,
                           .parameters = kRundownParameters};
constexpr Grammar kBackup{.name = "BACKUP",
                          .summary = "Copies databases and the instance file while they are in use.",
                          .qualifiers = kBackupQualifiers,
                          .rules = kBackupRules,
                          .parameters = kBackupParameters};
constexpr Grammar kFreeze{.name = "FREEZE",
                          .summary = "Keeps databases as they are, and lets them go again.",
                          .qualifiers = kFreezeQualifiers,
                          .rules = kFreezeRules,
                          .parameters = kFreezeParameters};
constexpr Grammar kRestore{.name = "RESTORE",
                           .summary = "Brings the copy of a database up to date from incremental backups.",
                           .qualifiers = kRestoreQualifiers,
                           .parameters = kRestoreParameters};
constexpr Grammar kInteg{.name = "INTEG",
                         .summary = "Checks databases.",
                         .qualifiers = kIntegQualifiers,
                         .rules = kIntegRules,
                         .parameters = kRegionOrFile};

}  // namespace hw::mupip
