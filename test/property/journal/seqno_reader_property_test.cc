// Property: whatever regions took part and whenever they switched their journals, the frames read back are the
// frames that were committed.
#include "journal/seqno_reader.h"

#include "test/support/journal_files.h"

namespace hw {
namespace {

using test::RegionJournal;
using test::TestFolder;
using test::TestUpdate;

struct Instance {
  explicit Instance(std::uint64_t seed, std::size_t value_bytes_max) : random(seed), value_max(value_bytes_max) {
    for (std::size_t i = 0; i < 3; ++i) regions.emplace_back(folder.file("r" + std::to_string(i) + ".mjl"));
  }

  void commit() {
    const Seqno seqno{frames.size() + 1};
    time_us += 1 + random() % 5;
    std::string tid;
    for (auto left = random() % 9; left > 0; --left) tid.push_back(static_cast<char>(random()));
    const std::size_t count = random() % 4 == 0 ? random() % 12 : 1;
    const bool fenced = count != 1 || random() % 2 == 0;
    FrameBuilder frame;
    frame.start(fenced, tid);
    std::vector<RecordBuilder> records(regions.size());
    for (auto& record : records) record.start_transaction(fenced, tid, 1);
    for (std::size_t number = 1; number <= count; ++number) {
      TestUpdate update{static_cast<UpdateType>(1 + random() % 3), "^k" + std::to_string(random() % 100), ""};
      if (update.type == UpdateType::Set) update.value.assign(random() % (value_max + 1), static_cast<char>(random()));
      ASSERT_TRUE(frame.add(update.view()).has_value());
      const std::string old_value(random() % 20, 'o');
      records[random() % regions.size()].add_update(update.view(), OldKind::Inline, old_value,
                                                    static_cast<std::uint32_t>(number));
    }
    std::uint16_t participants = 0;
    for (const auto& record : records) participants = static_cast<std::uint16_t>(participants + (record.count() > 0));
    if (count == 0) participants = 1;  // A null transaction stands in one region.
    for (std::size_t i = 0; i < regions.size(); ++i) {
      if (records[i].count() == 0 && !(count == 0 && i == 0)) continue;
      if (random() % 3 == 0) regions[i].removed(seqno, time_us, 1);
      records[i].set_totals(static_cast<std::uint32_t>(count), participants);
      regions[i].append(records[i], seqno, regions[i].next_tn(), time_us);
      regions[i].committed(seqno);
    }
    frames.emplace_back(frame.finish(seqno, time_us));
  }

  void disturb() {
    RegionJournal& region = regions[random() % regions.size()];
    switch (random() % 12) {
      case 0:
        region.switch_file();
        break;
      case 1:
        region.epoch(time_us);
        break;
      case 2:
        region.commit(Seqno{0}, time_us, {{UpdateType::Set, "^unreplicated", "1"}});  // Skipped by the reader.
        region.facts().reg_seqno = frames.size() + 1;
        break;
      default:
        break;
    }
  }

  std::vector<std::string> paths() const {
    std::vector<std::string> out;
    for (const auto& region : regions) out.push_back(region.path());
    return out;
  }
  SeqnoReader::LiveEndOf live_end() {
    return [this](std::size_t i) { return regions[i].live_end(); };
  }
  std::string expected(std::uint64_t from, std::uint64_t to) const {
    std::string out;
    for (std::uint64_t s = from; s < to; ++s) out += frames[s - 1];
    return out;
  }

  TestFolder folder;
  std::mt19937_64 random;
  std::size_t value_max;
  std::vector<RegionJournal> regions;
  std::vector<std::string> frames;  // of seqno index + 1
  std::uint64_t time_us = 1000;
};

TEST(SeqnoReader, PropertyFramesReadBackAreThoseCommitted) {
  const auto seed = test::journal_test_seed();
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed));
  Instance instance(seed, 300);
  auto& random = instance.random;
  for (int i = 0; i < 50; ++i) instance.commit();

  auto reader = SeqnoReader::open(instance.paths(), Seqno{1});
  ASSERT_TRUE(reader.has_value()) << reader.error().render();
  Seqno at{1};
  std::string got;
  for (int round = 0; round < 3000; ++round) {
    instance.commit();
    instance.disturb();
    if (random() % 4 == 0) {
      // Reads behind the committer, over files that are renamed while they are open.
      const Seqno end{at.value + random() % (instance.frames.size() + 2 - at.value)};
      const Seqno before = at;
      auto count = reader->read(at, end, random() % 5000, got, instance.live_end());
      ASSERT_TRUE(count.has_value()) << count.error().render();
      ASSERT_EQ(before.value + *count, at.value);
      ASSERT_TRUE(*count > 0 || before >= end);
    }
    if (random() % 100 == 0) {
      // A second reader from anywhere.
      const std::uint64_t from = 1 + random() % instance.frames.size();
      const std::uint64_t to = instance.frames.size() + 1;
      auto other = SeqnoReader::open(instance.paths(), Seqno{from});
      ASSERT_TRUE(other.has_value()) << other.error().render();
      Seqno place{from};
      std::string bytes;
      auto count = other->read(place, Seqno{to}, SIZE_MAX, bytes, instance.live_end());
      ASSERT_TRUE(count.has_value()) << count.error().render();
      ASSERT_EQ(place, Seqno{to});
      ASSERT_TRUE(bytes == instance.expected(from, to));
    }
  }
  ASSERT_TRUE(got == instance.expected(1, at.value));
}

// Files large enough that the place to start is found by halving, with values that hold whole journal records.
TEST(SeqnoReader, PropertyStartIsFoundInLargeFilesThatHoldRecordsInValues) {
  const auto seed = test::journal_test_seed();
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed));
  TestFolder folder;
  std::mt19937_64 random(seed);
  RegionJournal region(folder.file("a.mjl"));
  // A value full of records with seqnos that must not be believed, aligned as records are.
  std::string decoys(1000000, 'x');
  {
    RecordBuilder builder;
    decoys.clear();
    std::uint32_t last = 0;
    for (std::uint64_t i = 0; decoys.size() + 200 < 1000000; ++i) {
      builder.start_transaction(false, "", 1);
      builder.add_update({UpdateType::Set, "^decoy", "x"}, OldKind::None, "", 1);
      builder.set_totals(1, 1);
      const auto record = builder.finish(Seqno{1 + i % 200}, RegionTn{i}, 5, last);
      last = static_cast<std::uint32_t>(record.size());
      decoys += record;
    }
  }
  std::vector<std::string> frames;
  for (std::uint64_t seqno = 1; seqno <= 200; ++seqno) {
    std::vector<TestUpdate> updates{{UpdateType::Set, std::string(1 + random() % 20, 'k'), ""}};
    switch (random() % 3) {
      case 0:
        updates[0].value = decoys;
        break;
      case 1:
        updates[0].value.assign(random() % 500000, 'v');
        break;
      default:
        updates[0].value = "small";
    }
    FrameBuilder frame;
    frame.start(false, "");
    ASSERT_TRUE(frame.add(updates[0].view()).has_value());
    frames.emplace_back(frame.finish(Seqno{seqno}, seqno));
    region.commit(Seqno{seqno}, seqno, updates);
  }
  for (std::uint64_t from = 1; from <= 200; from += 1 + random() % 9) {
    auto reader = SeqnoReader::open({region.path()}, Seqno{from});
    ASSERT_TRUE(reader.has_value());
    Seqno at{from};
    std::string bytes;
    auto count = reader->read(at, Seqno{201}, 1, bytes, [&](std::size_t) { return region.live_end(); });
    ASSERT_TRUE(count.has_value()) << count.error().render();
    ASSERT_EQ(*count, 1u);
    ASSERT_TRUE(bytes == frames[from - 1]) << from;
  }
}

}  // namespace
}  // namespace hw
