#include "mupip/grammars.h"

namespace hw::mupip {
namespace {

using namespace qualifier;
using enum ValueKind;

constexpr Qualifier kFenceKeywords[] = {flag("ALWAYS"), flag("NONE"), flag("PROCESS")};
constexpr Qualifier kLookbackKeywords[] = {needs("OPERATIONS", Number, "count"), needs("TIME", Text, "time")};
constexpr Qualifier kShowKeywords[] = {
    negatable(flag("ACTIVE_PROCESSES")), negatable(flag("ALL")),       negatable(flag("BROKEN_TRANSACTIONS")),
    negatable(flag("HEADER")),           negatable(flag("PROCESSES")), negatable(flag("STATISTICS")),
};
constexpr Qualifier kTransactionKeywords[] = {negatable(flag("KILL")), negatable(flag("SET"))};

constexpr Qualifier kQualifiers[] = {
    needs("AFTER", Text, "time"),
    negatable(flag("APPLY_AFTER_IMAGE")),
    flag("BACKWARD"),
    needs("BEFORE", Text, "time"),
    negatable(needs("BROKENTRANS", Text, "file")),
    negatable(flag("CHAIN")),
    negatable(flag("CHECKTN")),
    flag("CORRUPTDB"),
    flag("DETAIL"),
    negatable(may("ERROR_LIMIT", Number, "count")),
    may("EXTRACT", Text, "file"),
    may_keywords("FENCES", kFenceKeywords, "PROCESS"),
    needs("FETCHRESYNC", Number, "port"),
    flag("FORWARD"),
    flag("FULL"),
    needs("GLOBAL", Text, "names"),
    needs("GVPATFILE", Text, "file"),
    needs("ID", Text, "process ids"),
    negatable(flag("INTERACTIVE")),
    negatable(may_keywords("LOOKBACK_LIMIT", kLookbackKeywords)),
    negatable(needs("LOSTTRANS", Text, "file")),
    negatable(flag("ONLINE")),
    may("PARALLEL", Number, "processes"),
    flag("RECOVER"),
    needs("REDIRECT", Text, "file=file"),
    needs("RESYNC", Number, "seqno"),
    flag("ROLLBACK"),
    needs("RSYNC_STRM", Number, "stream"),
    needs("SEQNO", Text, "seqnos"),
    may_keywords("SHOW", kShowKeywords, "ALL"),
    needs("SINCE", Text, "time"),
    needs_keywords("TRANSACTION", kTransactionKeywords),
    needs("USER", Text, "users"),
    flag("VERBOSE"),
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
    "APPLY_AFTER_IMAGE & !(ROLLBACK | RECOVER)",
    "(BROKENTRANS) & !(RECOVER | ROLLBACK | EXTRACT)",
    "(LOSTTRANS) & !(RECOVER | ROLLBACK | EXTRACT)",
    "LOOKBACK_LIMIT & FORWARD",
    "SINCE & FORWARD",
    "AFTER & !FORWARD",
    "CHECKTN & BACKWARD",
    "LOOKBACK_LIMIT & !(VERIFY | RECOVER | EXTRACT | SHOW)",
    "REDIRECT & !RECOVER",
    "FULL & (RECOVER | ROLLBACK)",
    "DETAIL & !EXTRACT",
    "(GLOBAL | USER | ID | SEQNO | GVPATFILE | TRANSACTION) & (RECOVER | ROLLBACK | VERIFY)",
};

constexpr Parameter kParameters[] = {{.form = "journal files or '*'", .prompt = "Journal File(s): "}};

}  // namespace

constexpr Grammar kJournal{.name = "JOURNAL",
                           .summary = "Recovers, rolls back, extracts, shows and verifies journals.",
                           .qualifiers = kQualifiers,
                           .rules = kRules,
                           .parameters = kParameters};

}  // namespace hw::mupip
