#include "mupip/grammars.h"

namespace hw::mupip {
namespace {

using namespace qualifier;
using enum ValueKind;

#define HW_SOURCE_ACTIONS                                                                           \
  "START SHUTDOWN ACTIVATE DEACTIVATE CHECKHEALTH STATSLOG SHOWBACKLOG CHANGELOG STOPSOURCEFILTER " \
  "LOSTTNCOMPLETE NEEDRESTART JNLPOOL FREEZE"
#define HW_RECEIVER_ACTIONS "START SHUTDOWN CHECKHEALTH STATSLOG SHOWBACKLOG CHANGELOG STOPRECEIVERFILTER"

constexpr std::string_view kNoRenegotiation =
    "TLS 1.3 changes its keys by itself, and 1.2 does so with each connection";
constexpr std::string_view kFollowsFile = "processes that end leave nothing to run down";

// ---- -editinstance and -source -jnlpool: one table, but a file name only for the first -------------

constexpr Qualifier kEditQualifiers[] = {
    flag("CHANGE"),
    flag("CLEANSLOTS"),
    flag("DETAIL"),
    needs("FORGETREGION", Text, "region"),
    needs("NAME", Text, "instance name"),
    needs("OFFSET", Hex, "hex"),
    no_effect(kFollowsFile, negatable(flag("QDBRUNDOWN"))),
    flag("SHOW"),
    needs("SIZE", Hex, "1, 2, 4 or 8"),
    needs("VALUE", Hex, "hex"),
};
#define HW_EDIT_ACTIONS "CHANGE | SHOW | NAME | QDBRUNDOWN | ~QDBRUNDOWN | CLEANSLOTS"
#define HW_EDIT_RULES                                                                                     \
  "CHANGE & SHOW", "CHANGE & NAME", "CHANGE & QDBRUNDOWN", "CHANGE & ~QDBRUNDOWN", "CHANGE & CLEANSLOTS", \
      "SHOW & NAME", "SHOW & QDBRUNDOWN", "SHOW & ~QDBRUNDOWN", "SHOW & CLEANSLOTS",                      \
      "!CHANGE & (OFFSET | SIZE | VALUE)", "CHANGE & !(OFFSET & SIZE)", "!SHOW & DETAIL"

constexpr std::string_view kEditRules[] = {"!(" HW_EDIT_ACTIONS " | FORGETREGION)", HW_EDIT_RULES,
                                           "FORGETREGION & (" HW_EDIT_ACTIONS ")"};
constexpr std::string_view kJnlpoolRules[] = {
    "!(" HW_EDIT_ACTIONS ")", HW_EDIT_RULES,           "!one(" HW_SOURCE_ACTIONS ")", "JNLPOOL & NAME",
    "JNLPOOL & QDBRUNDOWN",   "JNLPOOL & ~QDBRUNDOWN", "JNLPOOL & CLEANSLOTS",        "JNLPOOL & FORGETREGION"};
constexpr Action kJnlpoolActions[] = {{"SHOW", "DETAIL"}, {"CHANGE", "OFFSET SIZE VALUE"}};
constexpr Parameter kEditParameters[] = {{.form = "instance file", .prompt = "Instance File Name: "}};

// ---- -instance_create ------------------------------------------------------------------------------

constexpr Qualifier kCreateQualifiers[] = {
    needs("NAME", Text, "instance name"),
    flag("NOREPLACE"),
    no_effect(kFollowsFile, negatable(flag("QDBRUNDOWN"))),
    flag("SUPPLEMENTARY"),
};

// ---- -source ---------------------------------------------------------------------------------------

constexpr Qualifier kFreezeQualifiers[] = {negatable(may("COMMENT", Text, "text"))};
constexpr std::string_view kFreezeRules[] = {"!one(" HW_SOURCE_ACTIONS ")"};
constexpr Action kFreezeActions[] = {{"FREEZE", "COMMENT"}};

constexpr Qualifier kStatusQualifiers[] = {by_default(flag("JSON"))};
constexpr std::string_view kStatusRules[] = {"!one(" HW_SOURCE_ACTIONS " STATUS)", "STATUS & !JSON"};
constexpr Action kStatusActions[] = {{"STATUS"}};

constexpr Qualifier kSourceQualifiers[] = {
    flag("ACTIVATE"),
    needs("BUFFSIZE", Number, "bytes"),
    flag("CHANGELOG"),
    flag("CHECKHEALTH"),
    needs("CMPLVL", Number, "0 to 9"),
    needs("CONNECTPARAMS", Text, "hard tries[,hard ms[,soft s[,alert s[,heartbeat s[,heartbeat wait s]]]]]"),
    flag("DEACTIVATE"),
    by_default(flag("DETAIL")),
    needs("FILTER", Text, "command"),
    {.name = "FREEZE", .assignment = Assignment::Optional, .value_form = "on|off", .grammar = &kReplicateSourceFreeze},
    needs("INSTSECONDARY", Text, "instance name"),
    negatable(flag("JNLFILEONLY")),
    leads_to("JNLPOOL", kReplicateSourceJnlpool),
    needs("LOG", Text, "file"),
    needs("LOG_INTERVAL", Number, "transactions"),
    whole(needs("LOGLEVEL", Text, "error|warning|info|debug|trace")),
    flag("LOSTTNCOMPLETE"),
    flag("NEEDRESTART"),
    flag("PASSIVE"),
    negatable(flag("PLAINTEXTFALLBACK")),
    flag("PROPAGATEPRIMARY"),
    whole(needs("REFRESHPORT", Number, "port")),
    no_effect(kNoRenegotiation, needs("RENEGOTIATE_INTERVAL", Text, "minutes")),
    flag("ROOTPRIMARY"),
    needs("SECONDARY", Text, "host:port"),
    flag("SHOWBACKLOG"),
    flag("SHUTDOWN"),
    flag("START"),
    needs("STATSLOG", Text, "on|off"),
    whole(leads_to("STATUS", kReplicateSourceStatus)),
    flag("STOPSOURCEFILTER"),
    negatable(may("TIMEOUT", Number, "seconds")),
    needs("TLSID", Text, "name"),
    refused("UPDATE", "Use -rootprimary (-updok) or -propagateprimary (-updnotok)"),
    flag("UPDNOTOK"),
    flag("UPDOK"),
    flag("ZEROBACKLOG"),
};
constexpr std::string_view kSourceRules[] = {
    "!one(" HW_SOURCE_ACTIONS ")",
    "!START & (BUFFSIZE | CMPLVL | FILTER | PASSIVE | PLAINTEXTFALLBACK | TLSID)",
    "!START & REFRESHPORT",
    "!(START | ACTIVATE) & (CONNECTPARAMS | SECONDARY)",
    "STATSLOG & LOG",
    "!(START | CHANGELOG | ACTIVATE) & LOG",
    "!(START | CHANGELOG | ACTIVATE | STATSLOG) & LOG_INTERVAL",
    "!(START | CHANGELOG | ACTIVATE) & LOGLEVEL",
    "!SHUTDOWN & TIMEOUT",
    "START & !one(PASSIVE SECONDARY)",
    "START & !LOG",
    "ACTIVATE & !SECONDARY",
    "CHANGELOG & !(LOG | LOG_INTERVAL | ?LOGLEVEL)",
    "(ROOTPRIMARY | UPDOK) & (PROPAGATEPRIMARY | UPDNOTOK)",
    "(ROOTPRIMARY | PROPAGATEPRIMARY | UPDOK | UPDNOTOK) & !(START | ACTIVATE | DEACTIVATE)",
    "INSTSECONDARY & LOSTTNCOMPLETE",
    "!JNLPOOL & DETAIL",
};
#define HW_SOURCE_ROLES "ROOTPRIMARY PROPAGATEPRIMARY UPDOK UPDNOTOK"
// What -start refuses is here too: it says why.
constexpr Action kSourceActions[] = {
    {"START & (PASSIVE | SECONDARY)",
     "BUFFSIZE CMPLVL CONNECTPARAMS FILTER INSTSECONDARY JNLFILEONLY LOG LOG_INTERVAL LOGLEVEL PLAINTEXTFALLBACK "
     "REFRESHPORT TLSID " HW_SOURCE_ROLES},
    {"SHUTDOWN", "INSTSECONDARY TIMEOUT ZEROBACKLOG"},
    {"ACTIVATE", "CONNECTPARAMS INSTSECONDARY LOG LOG_INTERVAL LOGLEVEL SECONDARY " HW_SOURCE_ROLES},
    {"DEACTIVATE", "INSTSECONDARY " HW_SOURCE_ROLES},
    {"CHECKHEALTH", "INSTSECONDARY"},
    {"STATSLOG", "INSTSECONDARY"},
    {"SHOWBACKLOG", "INSTSECONDARY"},
    {"CHANGELOG", "INSTSECONDARY LOG LOG_INTERVAL LOGLEVEL"},
    {"STOPSOURCEFILTER", "INSTSECONDARY"},
    {"LOSTTNCOMPLETE"},
    {"NEEDRESTART", "INSTSECONDARY"},
};

// ---- -receiver -------------------------------------------------------------------------------------

constexpr Qualifier kAutorollbackKeywords[] = {flag("VERBOSE")};
constexpr Qualifier kReceiverQualifiers[] = {
    negatable(may_keywords("AUTOROLLBACK", kAutorollbackKeywords)),
    needs("BUFFSIZE", Number, "bytes"),
    flag("CHANGELOG"),
    flag("CHECKHEALTH"),
    needs("CMPLVL", Number, "0 to 9"),
    needs("FILTER", Text, "command"),
    may("HELPERS", Text, "helpers[,readers]"),
    flag("INITIALIZE"),
    needs("LISTENPORT", Number, "port"),
    needs("LOG", Text, "file"),
    needs("LOG_INTERVAL", Text, "receiver[,update process]"),
    whole(needs("LOGLEVEL", Text, "error|warning|info|debug|trace")),
    flag("NORESYNC"),
    negatable(flag("PLAINTEXTFALLBACK")),
    needs("RESUME", Number, "stream"),
    needs("REUSE", Text, "instance name"),
    flag("SHOWBACKLOG"),
    flag("SHUTDOWN"),
    flag("START"),
    needs("STATSLOG", Text, "on|off"),
    flag("STOPRECEIVERFILTER"),
    flag("STOPSOURCEFILTER"),
    negatable(may("TIMEOUT", Number, "seconds")),
    needs("TLSID", Text, "name"),
    flag("UPDATEONLY"),
    may("UPDATERESYNC", Text, "instance file of the primary"),
};
constexpr std::string_view kReceiverRules[] = {
    "!one(" HW_RECEIVER_ACTIONS ")",
    "START & !(LISTENPORT | UPDATEONLY | HELPERS)",
    "START & LISTENPORT & UPDATEONLY",
    "START & LISTENPORT & !LOG",
    "!START & (LISTENPORT | UPDATERESYNC | NORESYNC)",
    "UPDATERESYNC & NORESYNC",
    "!UPDATERESYNC & (REUSE | RESUME | INITIALIZE)",
    "INITIALIZE & RESUME",
    "REUSE & RESUME",
    "!(START | SHUTDOWN) & UPDATEONLY",
    "UPDATEONLY & HELPERS",
    "CHANGELOG & !(LOG | LOG_INTERVAL | ?LOGLEVEL)",
    "!START & (BUFFSIZE | CMPLVL | FILTER)",
    "!(START | CHANGELOG) & LOGLEVEL",
    "START & LOGLEVEL & !LISTENPORT",
    "STATSLOG & LOG",
    "AUTOROLLBACK & !LISTENPORT & !START",
    "?STOPRECEIVERFILTER & (AUTOROLLBACK | HELPERS | INITIALIZE | LISTENPORT | LOG | LOG_INTERVAL | NORESYNC | "
    "PLAINTEXTFALLBACK | RESUME | REUSE | STOPSOURCEFILTER | TIMEOUT | UPDATEONLY | UPDATERESYNC)",
};
#define HW_RECEIVER_REFUSED "INITIALIZE NORESYNC RESUME REUSE"
constexpr Action kReceiverActions[] = {
    {"START & LISTENPORT",
     "AUTOROLLBACK BUFFSIZE CMPLVL FILTER HELPERS LOG LOG_INTERVAL LOGLEVEL PLAINTEXTFALLBACK STOPSOURCEFILTER TLSID "
     "UPDATERESYNC " HW_RECEIVER_REFUSED},
    {"START & UPDATEONLY", HW_RECEIVER_REFUSED},
    {"START & HELPERS & !LISTENPORT", HW_RECEIVER_REFUSED},
    {"SHUTDOWN", "HELPERS TIMEOUT UPDATEONLY"},
    {"CHECKHEALTH"},
    {"STATSLOG"},
    {"SHOWBACKLOG"},
    {"CHANGELOG", "LOG LOG_INTERVAL LOGLEVEL"},
    {"STOPRECEIVERFILTER"},
};

// ---- -refresh (ours) -------------------------------------------------------------------------------

constexpr Qualifier kRefreshQualifiers[] = {
    needs("BUFFSIZE", Number, "bytes"),   flag("DISCARD"),
    needs("FROM", Text, "host:port"),     needs("LISTENPORT", Number, "port"),
    needs("LOG", Text, "file"),           needs("NAME", Text, "instance name"),
    negatable(flag("PLAINTEXTFALLBACK")), needs("TIMEOUT", Number, "seconds"),
    needs("TLSID", Text, "name"),
};
constexpr Qualifier kRefreshSendQualifiers[] = {
    negatable(flag("PLAINTEXTFALLBACK")),
    needs("TLSID", Text, "name"),
};
constexpr std::string_view kRefreshRules[] = {"!FROM", "LISTENPORT & !LOG"};

// ---- replicate -------------------------------------------------------------------------------------

constexpr Qualifier kReplicateQualifiers[] = {
    leads_to("EDITINSTANCE", kReplicateEditInstance),
    leads_to("INSTANCE_CREATE", kReplicateInstanceCreate),
    leads_to("RECEIVER", kReplicateReceiver),
    whole(leads_to("REFRESH", kReplicateRefresh)),
    whole(leads_to("REFRESHSEND", kReplicateRefreshSend)),
    leads_to("SOURCE", kReplicateSource),
    leads_to("UPDATEPROC", kReplicateUpdateProcess),
};
constexpr std::string_view kReplicateRules[] = {
    "!one(EDITINSTANCE INSTANCE_CREATE RECEIVER SOURCE UPDATEPROC UPDHELPER)"};

}  // namespace

constexpr Grammar kReplicate{.name = "REPLICATE",
                             .summary = "Replication: instance file, source server, receiver server.",
                             .qualifiers = kReplicateQualifiers,
                             .rules = kReplicateRules,
                             .parameters = kEditParameters};
constexpr Grammar kReplicateEditInstance{.name = "EDITINSTANCE",
                                         .summary = "Shows or changes a replication instance file.",
                                         .qualifiers = kEditQualifiers,
                                         .rules = kEditRules,
                                         .parameters = kEditParameters};
constexpr Grammar kReplicateInstanceCreate{
    .name = "INSTANCE_CREATE", .summary = "Creates the replication instance file.", .qualifiers = kCreateQualifiers};
constexpr Grammar kReplicateSource{.name = "SOURCE",
                                   .summary = "Starts, stops and asks source servers.",
                                   .qualifiers = kSourceQualifiers,
                                   .rules = kSourceRules,
                                   .actions = kSourceActions};
constexpr Grammar kReplicateSourceFreeze{.name = "FREEZE",
                                         .summary = "Freezes or thaws the instance.",
                                         .qualifiers = kFreezeQualifiers,
                                         .rules = kFreezeRules,
                                         .actions = kFreezeActions};
constexpr Grammar kReplicateSourceJnlpool{.name = "JNLPOOL",
                                          .summary = "Shows or changes the journal pool.",
                                          .qualifiers = kEditQualifiers,
                                          .rules = kJnlpoolRules,
                                          .actions = kJnlpoolActions};
constexpr Grammar kReplicateSourceStatus{.name = "STATUS",
                                         .summary = "Shows the whole instance as JSON.",
                                         .qualifiers = kStatusQualifiers,
                                         .rules = kStatusRules,
                                         .actions = kStatusActions};
constexpr Grammar kReplicateReceiver{.name = "RECEIVER",
                                     .summary = "Starts, stops and asks the receiver server.",
                                     .qualifiers = kReceiverQualifiers,
                                     .rules = kReceiverRules,
                                     .actions = kReceiverActions};

constexpr Grammar kReplicateRefresh{
    .name = "REFRESH",
    .summary = "Makes this instance a copy of another one that is up, over the network.",
    .qualifiers = kRefreshQualifiers,
    .rules = kRefreshRules};
constexpr Grammar kReplicateRefreshSend{.name = "REFRESHSEND",
                                        .summary = "The process that sends a copy: started by source servers only.",
                                        .qualifiers = kRefreshSendQualifiers};

constexpr Grammar kReplicateUpdateProcess{.name = "UPDATEPROC",
                                          .summary = "The update process itself: started by the receiver server only."};

}  // namespace hw::mupip
