#include "mupip/grammars.h"

namespace hw::mupip {
namespace {

using namespace qualifier;
using enum ValueKind;

// Why a qualifier does nothing.
constexpr std::string_view kBlockStore = "it is a setting of GT.M's block store";
constexpr std::string_view kJournalBuffer =
    "it is a setting of GT.M's journal buffer; journal files are mapped into memory";
constexpr std::string_view kOneFormat = "there is one format of database files";
constexpr std::string_view kPageFill = "LMDB decides how full a page becomes";
constexpr std::string_view kNothingMore = "there is nothing more to tell";
constexpr std::string_view kToFiles = "backups are written to files and commands, not to ports";
constexpr std::string_view kOneMoment = "what is written is of one moment in any case";

// ---- create ----------------------------------------------------------------------------------------

constexpr Qualifier kCreateQualifiers[] = {needs("REGION", Text, "region")};

// ---- set -------------------------------------------------------------------------------------------

constexpr Qualifier kJournalKeywords[] = {
    no_effect(kJournalBuffer, needs("ALIGNSIZE", Number, "blocks")),
    needs("ALLOCATION", Number, "blocks"),
    needs("AUTOSWITCHLIMIT", Number, "blocks"),
    negatable(flag("BEFORE_IMAGES")),
    no_effect(kJournalBuffer, needs("BUFFER_SIZE", Number, "blocks")),
    flag("DISABLE"),
    flag("ENABLE"),
    no_effect(kJournalBuffer, needs("EPOCH_INTERVAL", Number, "seconds")),
    needs("EXTENSION", Number, "blocks"),
    needs("FILENAME", Text, "file"),
    flag("OFF"),
    flag("ON"),
    no_effect(kJournalBuffer, negatable(flag("SYNC_IO"))),
    no_effect(kJournalBuffer, needs("YIELD_LIMIT", Number, "yields")),
};
constexpr Qualifier kAccessKeywords[] = {by_default(negatable(flag("BG"))), negatable(flag("MM"))};
constexpr Qualifier kNullKeywords[] = {flag("ALWAYS"), flag("EXISTING"), by_default(flag("FALSE")),
                                       by_default(flag("NEVER")), flag("TRUE")};
constexpr Qualifier kOnOffKeywords[] = {flag("OFF"), flag("ON")};
constexpr Qualifier kVersionKeywords[] = {flag("V4"), flag("V6")};

constexpr Qualifier kSetQualifiers[] = {
    needs_keywords("ACCESS_METHOD", kAccessKeywords),
    no_effect(kBlockStore, negatable(flag("ASYNCIO"))),
    no_effect("it goes with -jnlfile", flag("BYPASS")),
    no_effect(kBlockStore, negatable(flag("DEFER_ALLOCATE"))),
    no_effect(kBlockStore, negatable(needs("DEFER_TIME", Text, "seconds"))),
    negatable(flag("ENCRYPTABLE")),
    flag("ENCRYPTIONCOMPLETE"),
    no_effect(kBlockStore, negatable(flag("EPOCHTAPER"))),
    needs("EXTENSION_COUNT", Number, "blocks"),
    by_default(flag("FILE")),
    no_effect(kBlockStore, may("FLUSH_TIME", Text, "time")),
    no_effect(kBlockStore, needs("FULLBLKWRT", Number, "0 to 2")),
    no_effect(kBlockStore, needs("GLOBAL_BUFFERS", Number, "buffers")),
    no_effect(kBlockStore, needs("HARD_SPIN_COUNT", Number, "spins")),
    no_effect(kBlockStore, negatable(flag("INST_FREEZE_ON_ERROR"))),
    flag("JNLFILE"),
    negatable(may_keywords("JOURNAL", kJournalKeywords)),
    needs("KEY_SIZE", Number, "bytes"),
    no_effect(kBlockStore, negatable(flag("LCK_SHARES_DB_CRIT"))),
    no_effect(kBlockStore, needs("LOCK_SPACE", Number, "pages")),
    no_effect(kBlockStore, needs("MUTEX_SLOTS", Number, "slots")),
    needs_keywords("NULL_SUBSCRIPTS", kNullKeywords),
    may("OWN", Text, "instance name"),
    no_effect(kBlockStore, flag("PARTIAL_RECOV_BYPASS")),
    negatable(needs("PREVJNLFILE", Text, "name")),
    no_effect(kBlockStore, needs("PROBLKSPLIT", Number, "blocks")),
    no_effect(kBlockStore, negatable(flag("QDBRUNDOWN"))),
    negatable(flag("READ_ONLY")),
    needs("RECORD_SIZE", Number, "bytes"),
    flag("REGION"),
    negatable(needs_keywords("REPLICATION", kOnOffKeywords)),
    no_effect("it goes with -jnlfile", negatable(needs("REPL_STATE", Text, "on|off"))),
    no_effect(kBlockStore, needs("RESERVED_BYTES", Number, "bytes")),
    no_effect(kBlockStore, needs("SLEEP_SPIN_COUNT", Number, "spins")),
    no_effect(kBlockStore, needs("SPIN_SLEEP_MASK", Hex, "hex")),
    no_effect(kBlockStore, flag("STANDALONENOT")),
    no_effect(kBlockStore, negatable(flag("STATS"))),
    no_effect(kBlockStore, needs("STATSDB_ALLOCATION", Number, "blocks")),
    negatable(flag("STDNULLCOLL")),
    no_effect(kBlockStore, needs("TRIGGER_FLUSH_LIMIT", Number, "blocks")),
    no_effect(kOneFormat, needs_keywords("VERSION", kVersionKeywords)),
    no_effect(kBlockStore, needs("WAIT_DISK", Number, "seconds")),
    no_effect(kBlockStore, needs("WRITES_PER_FLUSH", Number, "writes")),
};
constexpr std::string_view kSetRules[] = {
    "!one(FILE REGION JNLFILE)",
    "JOURNAL.DISABLE & (JOURNAL.ON | JOURNAL.OFF | JOURNAL.ENABLE)",
    "JOURNAL.ON & JOURNAL.OFF",
    "JOURNAL & !(JOURNAL.DISABLE | JOURNAL.OFF | JOURNAL.BEFORE_IMAGES | JOURNAL.~BEFORE_IMAGES)",
    "REPLICATION.ON & REPLICATION.OFF",
    "REPLICATION.ON & (JOURNAL.OFF | JOURNAL.DISABLE | ~JOURNAL)",
    "PREVJNLFILE & !JNLFILE",
    "OWN & (JOURNAL | ~JOURNAL | REPLICATION | ~REPLICATION | ACCESS_METHOD | ENCRYPTABLE | ~ENCRYPTABLE | "
    "ENCRYPTIONCOMPLETE | EXTENSION_COUNT | JNLFILE | KEY_SIZE | NULL_SUBSCRIPTS | ~PREVJNLFILE | READ_ONLY | "
    "~READ_ONLY | RECORD_SIZE | STDNULLCOLL | ~STDNULLCOLL)",
};
constexpr Parameter kRegionOrFile[] = {{.form = "regions or file", .prompt = "File or Region: "}};

// ---- extract, load ---------------------------------------------------------------------------------

constexpr Qualifier kFormatKeywords[] = {negatable(flag("BINARY")), negatable(flag("GO")),
                                         by_default(negatable(flag("ZWR")))};
constexpr Qualifier kOnErrorKeywords[] = {negatable(flag("INTERACTIVE")), by_default(negatable(flag("PROCEED"))),
                                          negatable(flag("STOP"))};
constexpr Qualifier kExtractQualifiers[] = {
    needs_keywords("FORMAT", kFormatKeywords),
    no_effect(kOneMoment, flag("FREEZE")),
    may("LABEL", Text, "text"),
    negatable(flag("LOG")),
    no_effect("extracts are not encrypted", negatable(flag("NULL_IV"))),
    needs("OCHSET", Text, "character set"),
    may("REGION", Text, "regions"),
    needs("SELECT", Text, "globals"),
    flag("STDOUT"),
};
constexpr std::string_view kExtractRules[] = {"NULL_IV & !FORMAT.BINARY"};
constexpr Parameter kExtractParameters[] = {{.form = "file", .prompt = "Output File: "}};

constexpr Qualifier kLoadQualifiers[] = {
    needs("BEGIN", Number, "record"),
    no_effect(kPageFill, may("BLOCK_DENSITY", Number, "percent")),
    needs("END", Number, "record"),
    no_effect(kPageFill, may("FILL_FACTOR", Number, "percent")),
    may_keywords("FORMAT", kFormatKeywords),
    flag("IGNORECHSET"),
    may_keywords("ONERROR", kOnErrorKeywords),
    flag("STDIN"),
};
constexpr Parameter kLoadParameters[] = {{.form = "file", .prompt = "Input File: "}};

// ---- rundown, backup, integ ------------------------------------------------------------------------

constexpr Qualifier kRundownQualifiers[] = {
    no_effect("journal files hold no state of processes", flag("CLEANJNL")),
    flag("FILE"),
    flag("OVERRIDE"),
    flag("REGION"),
    no_effect("it is about M routines, which there are none of", flag("RELINKCTL")),
};
constexpr std::string_view kRundownRules[] = {"FILE & REGION"};
constexpr Parameter kRundownParameters[] = {{.form = "regions or file", .prompt = "Files or Regions: "}};

constexpr Qualifier kBackupJournalKeywords[] = {flag("DISABLE"), flag("OFF")};
constexpr Qualifier kNewJournalKeywords[] = {flag("NOPREVLINK"), no_effect(kJournalBuffer, flag("NOSYNC_IO")),
                                             by_default(flag("PREVLINK")), no_effect(kJournalBuffer, flag("SYNC_IO"))};
constexpr Qualifier kSinceKeywords[] = {flag("BYTESTREAM"), flag("COMPREHENSIVE"), flag("DATABASE"),
                                        flag("INCREMENTAL"), flag("RECORD")};
constexpr Qualifier kBackupQualifiers[] = {
    needs_keywords("BKUPDBJNL", kBackupJournalKeywords),
    flag("BYTESTREAM"),
    flag("COMPREHENSIVE"),
    flag("DATABASE"),
    no_effect(kNothingMore, flag("DBG")),
    flag("INCREMENTAL"),
    negatable(needs("JOURNAL", Text, "disable|off")),
    no_effect(kToFiles, needs("NETTIMEOUT", Number, "seconds")),
    negatable(may_keywords("NEWJNLFILES", kNewJournalKeywords)),
    negatable(flag("ONLINE")),
    flag("RECORD"),
    flag("REPLACE"),
    needs("REPLINSTANCE", Text, "file or directory"),
    no_effect(kToFiles, needs("RETRY", Number, "tries")),
    negatable(flag("SHOWPROGRESS")),
    needs_keywords("SINCE", kSinceKeywords),
    needs("TRANSACTION", Hex, "transaction"),
};
constexpr std::string_view kBackupRules[] = {
    "(INCREMENTAL | BYTESTREAM) & (COMPREHENSIVE | DATABASE)",
    "TRANSACTION & !(INCREMENTAL | BYTESTREAM)",
    "TRANSACTION & SINCE",
    "BKUPDBJNL.DISABLE & BKUPDBJNL.OFF",
};
#define HW_ANY_BACKUP "BKUPDBJNL NEWJNLFILES ONLINE RECORD REPLACE REPLINSTANCE SHOWPROGRESS SINCE"
constexpr Action kBackupActions[] = {
    {"INCREMENTAL", "BYTESTREAM TRANSACTION " HW_ANY_BACKUP},
    {"BYTESTREAM", "INCREMENTAL TRANSACTION " HW_ANY_BACKUP},
    {"!(INCREMENTAL | BYTESTREAM)", "COMPREHENSIVE DATABASE JOURNAL " HW_ANY_BACKUP},
};
constexpr Parameter kBackupParameters[] = {
    {.form = "regions", .prompt = "Region: "},
    {.form = "directory, files or |command", .prompt = "Backup Directory: ", .pipe = true}};

constexpr Qualifier kFreezeQualifiers[] = {
    no_effect("a freeze lasts until -off", negatable(flag("AUTORELEASE"))),
    no_effect(kNothingMore, flag("DBG")),
    flag("OFF"),
    flag("ON"),
    negatable(flag("ONLINE")),
    flag("OVERRIDE"),
    flag("RECORD"),
};
constexpr std::string_view kFreezeRules[] = {"!(ON | OFF)", "ON & OFF", "RECORD & !ON", "OVERRIDE & !OFF"};
constexpr Parameter kFreezeParameters[] = {{.form = "regions", .prompt = "Region: "}};

constexpr Qualifier kRestoreQualifiers[] = {
    no_effect("the file grows by itself", negatable(may("EXTEND", Number, "blocks"))),
    no_effect("backups are read from files", needs("NETTIMEOUT", Number, "seconds")),
};
constexpr Parameter kRestoreParameters[] = {{.form = "database", .prompt = "Database: "},
                                            {.form = "files", .prompt = "Input file(s): "}};

constexpr Qualifier kIntegQualifiers[] = {
    needs("ADJACENCY", Number, "blocks"),
    needs("BLOCK", Hex, "block"),
    by_default(flag("BRIEF")),
    no_effect(kNothingMore, flag("DBG")),
    may("DIGEST", Number, "seqno"),
    flag("FAST"),
    by_default(flag("FILE")),
    flag("FULL"),
    no_effect("each damaged page is named with the node that leads to it", negatable(flag("KEYRANGES"))),
    negatable(may("MAP", Number, "errors")),
    negatable(may("MAXKEYSIZE", Number, "errors")),
    no_effect("the region is checked as it was when the check began, whoever updates it meanwhile",
              negatable(flag("ONLINE"))),
    flag("REBUILD"),
    flag("REGION"),
    no_effect("there is no statistics database", negatable(flag("STATS"))),
    needs("SUBSCRIPT", Text, "node"),
    flag("TN_RESET"),
    no_effect("pages hold no transaction numbers that could be wrong", negatable(may("TRANSACTION", Number, "errors"))),
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
#define HW_INTEG_REFUSED "BLOCK SUBSCRIPT TN_RESET"
constexpr Action kIntegActions[] = {
    {"DIGEST", "REGION " HW_INTEG_REFUSED},
    {"REBUILD", "REGION " HW_INTEG_REFUSED},
    {"!(DIGEST | REBUILD)", "ADJACENCY FAST FULL MAP MAXKEYSIZE REGION " HW_INTEG_REFUSED},
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
                          .parameters = kBackupParameters,
                          .actions = kBackupActions};
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
                         .parameters = kRegionOrFile,
                         .actions = kIntegActions};

}  // namespace hw::mupip
