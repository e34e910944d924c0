/// test/support/data_place.h -- places in a journal for tests of the layouts that hold them.
#pragma once

#include "engine/region_header.h"

namespace hw {

struct PlaceForTests {
  static DataPlace at(const JournalPlace& journal, Seqno next) { return {journal, next}; }
};

}  // namespace hw
