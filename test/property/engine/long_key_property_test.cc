// Random operations with keys around and beyond the longest that is stored in one piece, against a plain std::map.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>

#include "engine/storage/lmdb.h"
#include "engine/storage/long_key.h"
#include "engine/storage/structure_check.h"
#include "test/support/child_process.h"
#include "test/support/journal_files.h"
#include "test/support/scratch_database.h"

namespace hw::test {
namespace {

using Model = std::map<std::string, std::string>;
using Node = TransactionBase::Node;

/// Bytes that differ first near the place where keys are cut, from letters with which comparisons go wrong there.
std::string random_bytes(std::mt19937_64& random) {
  static const std::string letters("\x00\x00\x01\x02x\xFF", 6);
  std::string bytes = random() % 8 == 0 ? "h" : "g";
  bytes.append(500 + random() % 3, 'p');
  for (auto more = random() % 14; more > 0; --more) bytes += letters[random() % letters.size()];
  if (random() % 4 == 0) bytes.append(random() % (kKeyBytesMax - bytes.size() - 4), 't');
  if (random() % 3 == 0) bytes += letters[random() % letters.size()];
  return bytes;
}
std::string random_key(std::mt19937_64& random) {
  if (random() % 10 == 0) return std::string(1, static_cast<char>('f' + random() % 4)) + '\0';
  return random_bytes(random) + '\0';
}
/// Something to look for: a key, a beginning of one, or what lies beside it.
std::string random_bound(std::mt19937_64& random) {
  std::string bytes = random() % 3 == 0 ? random_bytes(random) : random_key(random);
  if (random() % 3 == 0) bytes.resize(1 + random() % bytes.size());
  if (random() % 4 == 0) bytes += "\0\x01\xFF"[random() % 3];
  return bytes;
}

class LongKeyProperty : public testing::Test {
 protected:
  LongKeyProperty() {
    must(Environment::create_image(path_, SharedMemory::own_rights()));
    environment_ = must(Environment::open(path_, Environment::Mode::Image));
  }
  void begin() {
    bool needs_adoption = false;
    must(transaction_.begin(environment_, needs_adoption));
  }

  static void expect_same(const std::optional<Node>& found, Model::const_iterator at, const Model& model) {
    ASSERT_EQ(found.has_value(), at != model.end());
    if (!found) return;
    ASSERT_EQ(found->key, at->first);
    ASSERT_EQ(found->value, at->second);
  }
  static void look(TransactionBase& in, const Model& model, std::mt19937_64& random) {
    const std::string bound = random_bound(random);
    if (random() % 3 == 0) {
      const auto got = must(in.get(bound));
      const auto at = model.find(bound);
      ASSERT_EQ(got.has_value(), at != model.end());
      if (got) {
        ASSERT_EQ(*got, at->second);
      }
    } else if (random() % 2 == 0) {
      auto at = model.lower_bound(bound);
      auto found = must(in.seek(bound));
      ASSERT_NO_FATAL_FAILURE(expect_same(found, at, model));
      for (auto steps = random() % 6; steps > 0 && found; --steps) {
        found = must(in.next());
        ASSERT_NO_FATAL_FAILURE(expect_same(found, ++at, model));
      }
    } else {
      auto at = model.lower_bound(bound);
      auto found = must(in.before(bound));
      at = at == model.begin() ? model.end() : std::prev(at);
      ASSERT_NO_FATAL_FAILURE(expect_same(found, at, model));
      if (!found) return;
      if (random() % 2 == 0) {
        found = must(in.seek(found->key));
        ASSERT_NO_FATAL_FAILURE(expect_same(found, at, model));
      }
      found = must(in.next());
      ASSERT_NO_FATAL_FAILURE(expect_same(found, ++at, model));
    }
  }

  void change(Model& model, std::mt19937_64& random) {
    const std::string key = random_key(random);
    const std::string value(random() % 50 == 0 ? random() % 9000 : random() % 20,
                            static_cast<char>('a' + random() % 26));
    std::optional<std::string> old;
    const auto note = [&](std::string_view bytes) { old = bytes; };
    const auto at = model.find(key);
    const std::optional<std::string> expected = at == model.end() ? std::nullopt : std::optional(at->second);
    switch (random() % 8) {
      case 0:
        must(transaction_.put(key, value));
        model[key] = value;
        break;
      case 1:
      case 2: {
        must(transaction_.remove(key, note));
        ASSERT_EQ(old, expected);
        model.erase(key);
        break;
      }
      case 3: {
        if (random() % 4 != 0) break;
        const std::string root = random() % 20 == 0 ? std::string(1, 'g') : random_bound(random);
        Model removed, told;
        auto first = model.lower_bound(root);
        while (first != model.end() && first->first.starts_with(root)) {
          removed.insert(*first);
          first = model.erase(first);
        }
        must(transaction_.remove_subtree(root, [&](std::string_view node, std::string_view bytes) {
          told.emplace(node, bytes);
          return Status();
        }));
        ASSERT_EQ(told, removed);
        break;
      }
      default:
        must(transaction_.put(key, value, note));
        ASSERT_EQ(old, expected);
        model[key] = value;
    }
  }

  const std::uint64_t seed_ = journal_test_seed();
  const ScratchDatabase scratch_;
  const std::string path_ = scratch_.folder() + "/image";
  Environment environment_;
  WriteTransaction transaction_;
};

// Promise: whatever was put, replaced and removed, in one commit or several, all ways of looking agree with a sorted
// map, and no record of a group is left over or missing.
TEST_F(LongKeyProperty, AnswersLikeASortedMap) {
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed_));
  std::mt19937_64 random{seed_};
  Model model;
  Model committed;
  for (int round = 0; round < 60; ++round) {
    begin();
    for (auto steps = 1 + random() % 500; steps > 0; --steps) {
      if (random() % 2 == 0) {
        ASSERT_NO_FATAL_FAILURE(change(model, random));
      } else {
        ASSERT_NO_FATAL_FAILURE(look(transaction_, model, random));
      }
    }
    if (random() % 8 == 0) {
      transaction_.abort();
      model = committed;
    } else {
      must(transaction_.commit());
      committed = model;
    }
    ReadTransaction reader;
    bool needs_adoption = false;
    must(reader.renew(environment_, needs_adoption));
    for (int i = 0; i < 50; ++i) ASSERT_NO_FATAL_FAILURE(look(reader, model, random));
    Model walked;
    for (auto node = must(reader.seek({})); node; node = must(reader.next())) walked.emplace(node->key, node->value);
    ASSERT_EQ(walked, model);
  }

  std::ifstream file(path_, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  StructureOptions options;
  options.faults_max = 0;
  Model walked;
  options.node = [&](std::string_view key, std::string_view value) { walked.emplace(key, value); };
  options.fault = [&](std::uint64_t, std::string_view, std::string_view what) {
    EXPECT_TRUE(what.starts_with("a key is none of a global")) << what;
  };
  (void)check_structure(as_bytes(bytes), newest_meta(as_bytes(bytes)).value(), options);
  EXPECT_EQ(walked, model);
}

// Promise: nodes that are appended in order are those that were put one by one.
TEST_F(LongKeyProperty, AppendingGivesTheSameNodes) {
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed_));
  std::mt19937_64 random{seed_};
  Model model;
  for (int i = 0; i < 3000; ++i) model[random_key(random)] = std::to_string(i);
  begin();
  for (const auto& [key, value] : model) must(transaction_.append(key, value));
  must(transaction_.commit());
  begin();
  for (int i = 0; i < 2000; ++i) ASSERT_NO_FATAL_FAILURE(look(transaction_, model, random));
}

}  // namespace
}  // namespace hw::test
