/// engine/gde/show.h -- gde's tables as text, column for column those of GDE.
#pragma once

#include <ostream>
#include <string_view>

#include "engine/globals/global_directory.h"

namespace hw::gde {

/// `only` limits a table to one object; empty shows all.
void show_templates(std::ostream& out, const GlobalDirectoryContents& contents);
void show_names(std::ostream& out, const GlobalDirectoryContents& contents, std::string_view only);
void show_regions(std::ostream& out, const GlobalDirectoryContents& contents, std::string_view only);
void show_segments(std::ostream& out, const GlobalDirectoryContents& contents, std::string_view only);
/// `only` is a region.
void show_map(std::ostream& out, const GlobalDirectoryContents& contents, std::string_view only);
/// The commands that make this directory out of a new one.
void show_commands(std::ostream& out, const GlobalDirectoryContents& contents);

}  // namespace hw::gde
