#include "mupip/grammars.h"

namespace hw::mupip {
namespace {

using namespace qualifier;
using enum ValueKind;

constexpr std::string_view kFirstFault = "it stops at the first damaged record of a file, and changes nothing";

constexpr Qualifier kFenceKeywords[] = {flag("ALWAYS"), flag("NONE"), by_default(flag("PROCESS"))};
constexpr Qualifier kLookbackKeywords[] = {
    no_effect("journals are read back as far as they are needed", needs("OPERATIONS", Number, "count")),
    needs("TIME", Text, "time")};
constexpr Qualifier kShowKeywords[] = {
    negatable(flag("ACTIVE_PROCESSES")), negatable(flag("ALL")),       negatable(flag("BROKEN_TRANSACTIONS")),
    negatable(flag("HEADER")),           negatable(flag("PROCESSES")), negatable(flag("STATISTICS")),
};
constexpr Qualifier kTransactionKeywords[] = {negatable(flag("KILL")), negatable(flag("SET"))};

constexpr Qualifier kQualifiers[] = {
    needs("AFTER", Text, "time"),
    no_effect("journals hold no after images", negatable(flag("APPLY_AFTER_IMAGE"))),
    by_default(flag("BACKWARD")),
    needs("BEFORE", Text, "time"),
    negatable(needs("BROKENTRANS", Text, "file")),
    negatable(flag("CHAIN")),
    negatable(flag("CHECKTN")),
    no_effect("a damaged file is refused whatever is asked", flag("CORRUPTDB")),
    flag("DETAIL"),
    no_effect(kFirstFault, negatable(may("ERROR_LIMIT", Number, "count"))),
    may("EXTRACT", Text, "file"),
    may_keywords("FENCES", kFenceKeywords, "PROCESS"),
    needs("FETCHRESYNC", Number, "port"),
    flag("FORWARD"),
    by_default(flag("FULL")),
    needs("GLOBAL", Text, "names"),
    needs("GVPATFILE", Text, "file"),
    needs("ID", Text, "process ids"),
    no_effect(kFirstFault, negatable(flag("INTERACTIVE"))),
    negatable(may_keywords("LOOKBACK_LIMIT", kLookbackKeywords)),
    negatable(needs("LOSTTRANS", Text, "file")),
    negatable(flag("ONLINE")),
    no_effect("one process reads all regions", may("PARALLEL", Number, "processes")),
    whole(negatable(flag("PLAINTEXTFALLBACK"))),
    flag("RECOVER"),
    needs("REDIRECT", Text, "file=file"),
    needs("RESYNC", Number, "seqno"),
    flag("ROLLBACK"),
    no_effect("there are no supplementary instances", needs("RSYNC_STRM", Number, "stream")),
    needs("SEQNO", Text, "seqnos"),
    may_keywords("SHOW", kShowKeywords, "ALL"),
    needs("SINCE", Text, "time"),
    whole(needs("TLSID", Text, "name")),
    needs_keywords("TRANSACTION", kTransactionKeywords),
    needs("USER", Text, "users"),
    no_effect("there is nothing more to tell", flag("VERBOSE")),
    negatable(flag("VERIFY")),
};

constexpr std::string_view kRules[] = {
    "!(RECOVER | VERIFY | SHOW | EXTRACT | ROLLBACK)",
    "RECOVER & ROLLBACK",
    "!one(FORWARD BACKWARD) & !ROLLBACK",
    "FORWARD & BACKWARD",
    "RSYNC_STRM & !RESYNC",
    "RESYNC & FETCHRESYNC",
    "(RESYNC | FETCHRESYNC | ONLINE) & !ROLLBACK",
    "(FETCHRESYNC | ONLINE) & FORWARD",
    "(TLSID | PLAINTEXTFALLBACK) & !FETCHRESYNC",
    "APPLY_AFTER_IMAGE & !(ROLLBACK | RECOVER)",
    "(BROKENTRANS) & !(RECOVER | ROLLBACK | EXTRACT)",
    "(LOSTTRANS) & !(RECOVER | ROLLBACK | EXTRACT)",
    "LOOKBACK_LIMIT & FORWARD",
    "SINCE & FORWARD",
    "AFTER & !FORWARD",
    "CHECKTN & BACKWARD",
    "LOOKBACK_LIMIT & !(VERIFY | RECOVER | EXTRACT | SHOW)",
    "REDIRECT & !RECOVER",
    "REDIRECT & BACKWARD",
    "BACKWARD & ~CHAIN",
    "FULL & (RECOVER | ROLLBACK)",
    "DETAIL & !EXTRACT",
    "(GLOBAL | USER | ID | SEQNO | GVPATFILE | TRANSACTION) & (RECOVER | ROLLBACK | VERIFY)",
};

#define HW_SELECTION \
  "AFTER BEFORE FENCES FORWARD GLOBAL GVPATFILE ID LOOKBACK_LIMIT SEQNO SINCE TRANSACTION USER VERIFY "
constexpr Action kActions[] = {
    {"EXTRACT & !ROLLBACK", "BROKENTRANS DETAIL LOSTTRANS " HW_SELECTION},
    {"SHOW & !ROLLBACK", HW_SELECTION},
    {"VERIFY & !ROLLBACK", "FORWARD LOOKBACK_LIMIT SINCE"},
    {"RECOVER & FORWARD", "AFTER BEFORE BROKENTRANS CHAIN CHECKTN FENCES LOSTTRANS REDIRECT VERIFY"},
    {"RECOVER & !FORWARD", "BEFORE BROKENTRANS LOOKBACK_LIMIT LOSTTRANS SINCE VERIFY"},
    // -forward and all -fences but PROCESS are refused.
    {"ROLLBACK", "BROKENTRANS FENCES FETCHRESYNC FORWARD LOSTTRANS ONLINE PLAINTEXTFALLBACK RESYNC SHOW TLSID VERIFY"},
};

constexpr Parameter kParameters[] = {{.form = "journal files or '*'", .prompt = "Journal File(s): "}};

}  // namespace

constexpr Grammar kJournal{.name = "JOURNAL",
                           .summary = "Recovers, rolls back, extracts, shows and verifies journals.",
                           .qualifiers = kQualifiers,
                           .rules = kRules,
                           .parameters = kParameters,
                           .actions = kActions};

}  // namespace hw::mupip
