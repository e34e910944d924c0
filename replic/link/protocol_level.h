/// replic/link/protocol_level.h -- whether this instance is a multi-site or a dual-site one.
///
/// The environment variable gtm_repl_level says it for every command and server: unset or 2 is multi-site, all of this
/// product; 1 is the dual-site version that came before: one secondary, no instance names, no history, an instance file
/// of its own format. It exists so that a rolling upgrade from that version can be rehearsed, and so that an instance
/// can serve a peer that has not been upgraded yet: docs/runbook/rolling-upgrade.md.
///
/// Source: multi-site specification, section 10.
#pragma once

#include "engine/base/result.h"
#include "replic/link/wire.h"

namespace hw {

/// kLevelDualSite or kLevelMultiSite. Errors: HWREPLLEVEL for any other value. Any thread, as getenv.
Result<std::uint16_t> protocol_level_from_environment();

}  // namespace hw
