#include "engine/base/types.h"
