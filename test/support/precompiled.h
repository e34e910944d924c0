/// test/support/precompiled.h -- what nearly every test includes, parsed once a build (option HW_PRECOMPILE).
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/base/precompiled.h"
