/// cluster/config/read_domain.h -- the text of a configuration into a Domain, or what is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/config/domain.h"
#include "cluster/config/finding.h"
#include "cluster/config/toml_text.h"

namespace hw::cluster {

struct CheckedDomain {
  std::string text;
  TomlTable written;             ///< what the text has, for `config diff`; empty when it is no TOML
  std::optional<Domain> domain;  ///< none when a finding is an error
  Findings findings;             ///< sorted
};

/// Makes every check that needs the text alone. `home` is what a node has that names none: the folder above that of
/// hwd. Findings: HWCFGBAD, HWTREE, HWLEASEMATH, HWPORTDUP, HWNOSDP, HWBADWAIT, HWSCRIPT; warnings HWKEYIDLE, HWCFGBAD.
/// Blocks: no; looks at no file. Takes any bytes.
/// Source: operations specification, section 2; keys of sections 8, 9, 11 and 13.
CheckedDomain read_domain(std::string_view text, const std::string& home);

/// The same of a file. One that cannot be read, or is larger than kDomainTextBytesMax, is a finding.
CheckedDomain read_domain_file(const std::string& path, const std::string& home);

}  // namespace hw::cluster
