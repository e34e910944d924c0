// Keys of more than 511 bytes: the records that stand for them, and what callers of the layer see of them.
#include "engine/storage/long_key.h"

#include <gtest/gtest.h>
#include <lmdb.h>

#include <fstream>
#include <map>

#include "engine/commit/in_place.h"
#include "engine/session/session.h"
#include "engine/storage/lmdb.h"
#include "engine/storage/page_tree.h"
#include "engine/storage/structure_check.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {
namespace {

using namespace std::string_literals;
using Nodes = std::map<std::string, std::string>;

/// Key bytes with 00 at the end: `head`, then `fill` up to `bytes` in all.
std::string sized(std::size_t bytes, const std::string& head = "g\0\xFF"s, char fill = 'x') {
  return head + std::string(bytes - head.size() - 1, fill) + '\0';
}

class LongKey : public testing::Test {
 protected:
  LongKey() {
    must(Environment::create_image(path_, SharedMemory::own_rights()));
    environment_ = must(Environment::open(path_, Environment::Mode::Image));
  }

  template <typename Change>
  Status write(const Change& change) {
    WriteTransaction transaction;
    bool needs_adoption = false;
    HW_TRY_VOID(transaction.begin(environment_, needs_adoption));
    HW_TRY_VOID(change(transaction));
    return transaction.commit();
  }
  void put(const std::string& key, const std::string& value) {
    must(write([&](WriteTransaction& to) { return to.put(key, value); }));
  }
  void remove(const std::string& key) {
    must(write([&](WriteTransaction& to) { return to.remove(key, [](std::string_view) {}); }));
  }

  /// What walking on from the beginning finds, and the same from the end.
  Nodes nodes() {
    ReadTransaction reader;
    bool needs_adoption = false;
    must(reader.renew(environment_, needs_adoption));
    Nodes found;
    for (auto node = must(reader.seek({})); node; node = must(reader.next()))
      found.emplace_hint(found.end(), node->key, node->value);
    auto expected = found.rbegin();
    std::string from = "\xFF";
    for (auto node = must(reader.before(from)); node; node = must(reader.before(from)), ++expected) {
      EXPECT_NE(expected, found.rend());
      if (expected == found.rend()) break;
      EXPECT_EQ(node->key, expected->first);
      EXPECT_EQ(node->value, expected->second);
      from = node->key;
    }
    EXPECT_EQ(expected, found.rend());
    return found;
  }

  /// Records as LMDB has them.
  Nodes records() {
    Nodes found;
    MDB_txn* txn = nullptr;
    MDB_cursor* cursor = nullptr;
    EXPECT_EQ(mdb_txn_begin(environment_.handle(), nullptr, MDB_RDONLY, &txn), 0);
    EXPECT_EQ(mdb_cursor_open(txn, 1, &cursor), 0);
    MDB_val k{}, v{};
    while (mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0)
      found.emplace(std::string(static_cast<char*>(k.mv_data), k.mv_size),
                    std::string(static_cast<char*>(v.mv_data), v.mv_size));
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return found;
  }
  void put_record(std::string key, std::string value) {
    MDB_txn* txn = nullptr;
    ASSERT_EQ(mdb_txn_begin(environment_.handle(), nullptr, 0, &txn), 0);
    MDB_val k{key.size(), key.data()}, v{value.size(), value.data()};
    ASSERT_EQ(mdb_put(txn, 1, &k, &v, 0), 0);
    ASSERT_EQ(mdb_txn_commit(txn), 0);
  }

  /// What integ would say.
  std::vector<std::string> faults() {
    std::ifstream file(path_, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::string> told;
    StructureOptions options;
    options.fault = [&](std::uint64_t, std::string_view, std::string_view what) { told.emplace_back(what); };
    Nodes walked;
    options.node = [&](std::string_view key, std::string_view value) { walked.emplace(key, value); };
    (void)check_structure(as_bytes(bytes), newest_meta(as_bytes(bytes)).value(), options);
    if (told.empty()) {
      EXPECT_EQ(walked, nodes());
    }
    return told;
  }

  const ScratchDatabase scratch_;
  const std::string path_ = scratch_.folder() + "/image";
  Environment environment_;
};

TEST_F(LongKey, RecordsHaveTheBytesOfTheirFormat) {
  const std::string common = "g\0\xFF"s + std::string(507, 'x');
  const std::string key = common + "yz\0"s;
  put(sized(511), "plain");
  EXPECT_EQ(records(), (Nodes{{sized(511), "plain"}}));
  put(key, "long");
  const std::string group("\x01\0\0\0", 4);
  EXPECT_EQ(records(),
            (Nodes{{sized(511), "plain"}, {common + 'y', group}, {group, common + 'y'}, {group + "yz", "long"}}));
  // Where byte 511 ends a subscript, the stub stands behind a plain key of that length.
  put(common +
          "\0\xFF"
          "a\0"s,
      "below");
  const std::string second("\x01\0\0\1", 4);
  EXPECT_EQ(records().at(common + '\x01'), second);
  EXPECT_EQ(records().at(second + "\0\xFF"
                                  "a"s),
            "below");
  put(common + "\x01\x01\0"s, "escaped");
  EXPECT_EQ(records().at(second + "\x01\x01"), "escaped");
  EXPECT_EQ(nodes().size(), 4U);
  EXPECT_EQ(faults(), std::vector<std::string>());
}

TEST_F(LongKey, EveryLengthIsFoundAndInOrder) {
  Nodes expected;
  for (std::size_t bytes = 505; bytes <= kKeyBytesMax; bytes += bytes < 520 || bytes > 1010 ? 1 : 61)
    for (const char* head : {"g\0a", "g\0b", "h\0a"}) {
      const std::string key = sized(bytes, std::string(head, 3));
      expected[key] = std::to_string(bytes);
      put(key, std::to_string(bytes));
    }
  EXPECT_EQ(nodes(), expected);
  ReadTransaction reader;
  bool needs_adoption = false;
  must(reader.renew(environment_, needs_adoption));
  for (const auto& [key, value] : expected) EXPECT_EQ(must(reader.get(key)), value);
  EXPECT_EQ(must(reader.get(sized(kKeyBytesMax, "i\0"s))), std::nullopt);
  EXPECT_EQ(must(reader.get(sized(kKeyBytesMax, "g\0ay"s))), std::nullopt);
}

TEST_F(LongKey, ADatabaseOfBeforeMayHoldAPlainKeyOf511BytesWithLongOnesBelowIt) {
  const std::string plain = sized(511);
  put_record(plain, "old");
  EXPECT_EQ(nodes(), (Nodes{{plain, "old"}}));
  const std::string below = plain + "1\0"s, beside = sized(511).substr(0, 510) + "\x01z\0"s,
                    behind = sized(511, "g\0\xFFy"s);
  put(below, "below");
  put(beside, "beside");
  put(behind, "behind");
  EXPECT_EQ(nodes(), (Nodes{{plain, "old"}, {below, "below"}, {beside, "beside"}, {behind, "behind"}}));
  put(plain, "new");
  EXPECT_EQ(records().at(plain), "new");
  must(write([&](WriteTransaction& to) {
    return to.remove_subtree(plain, [](std::string_view, std::string_view) { return Status(); });
  }));
  EXPECT_EQ(nodes(), (Nodes{{beside, "beside"}, {behind, "behind"}}));
}

TEST_F(LongKey, AGroupGoesWithItsLastNode) {
  put("a\0"s, "1");
  std::vector<std::string> keys;
  for (int i = 0; i < 60; ++i) keys.push_back(sized(600) + std::to_string(i) + '\0');
  for (const auto& key : keys) put(key, key);
  put(sized(700, "h\0"s), "other");
  EXPECT_EQ(records().size(), 1U + 60 + 2 + 3);
  for (std::size_t i = 1; i < keys.size(); ++i) remove(keys[i]);
  EXPECT_EQ(records().size(), 1U + 1 + 2 + 3);
  remove(sized(600) + "0\0"s);
  EXPECT_EQ(records().size(), 1U + 3);
  remove(sized(700, "h\0"s));
  EXPECT_EQ(records(), (Nodes{{"a\0"s, "1"}}));
  put(sized(700), "again");
  EXPECT_EQ(records().at(std::string("\x01\0\0\0", 4)).size(), kStoredKeyBytesMax);
}

TEST_F(LongKey, SubtreesAreRemovedWhateverTheirRootsLength) {
  Nodes all;
  for (const std::size_t length : {300, 505, 510, 511, 512, 700})
    for (int i = 0; i < 20; ++i) all[sized(length) + std::string(i % 4 * 60, 'a') + std::to_string(i) + '\0'] = "v";
  all["g\0"s] = "root";
  all["h\0"s] = "next";
  for (const std::string& root :
       {"g\0"s, sized(300), sized(510), sized(511), sized(512), sized(700), sized(700) + "17\0"s}) {
    must(write([&](WriteTransaction& to) -> Status {
      for (const auto& [key, value] : all) HW_TRY_VOID(to.put(key, value, [](std::string_view) {}));
      return {};
    }));
    Nodes left = all, removed;
    for (auto at = left.lower_bound(root); at != left.end() && at->first.starts_with(root); at = left.erase(at))
      removed.insert(*at);
    Nodes told;
    must(write([&](WriteTransaction& to) {
      return to.remove_subtree(root, [&](std::string_view key, std::string_view value) {
        told.emplace(key, value);
        return Status();
      });
    }));
    EXPECT_EQ(told, removed);
    EXPECT_EQ(nodes(), left);
  }
}

TEST_F(LongKey, OldValuesAreToldAndReplaced) {
  std::vector<std::string> old;
  const auto note = [&](std::string_view value) { old.emplace_back(value); };
  must(write([&](WriteTransaction& to) -> Status {
    for (const char* value : {"1", "2", "three"}) HW_TRY_VOID(to.put(sized(900), value, note));
    HW_TRY_VOID(to.put(sized(900), std::string(100'000, 'v'), note));
    return to.remove(sized(900), note);
  }));
  EXPECT_EQ(old, (std::vector<std::string>{"1", "2", "three", std::string(100'000, 'v')}));
  EXPECT_EQ(records(), Nodes());
}

TEST_F(LongKey, WhatIsNoKeyIsRefused) {
  for (const std::string& bad :
       {sized(kKeyBytesMax + 1), std::string(600, 'x'), std::string(511, 'x'), "\x01\0"s, sized(600, "\x1Fg"s)}) {
    EXPECT_EQ(write([&](WriteTransaction& to) { return to.put(bad, "v"); }).error().id, MsgId::DBFILERR);
    EXPECT_EQ(write([&](WriteTransaction& to) { return to.put(bad, "v", [](std::string_view) {}); }).error().id,
              MsgId::DBFILERR);
    EXPECT_EQ(write([&](WriteTransaction& to) { return to.append(bad, "v"); }).error().id, MsgId::DBFILERR);
  }
  put(sized(600), "v");
  ReadTransaction reader;
  bool needs_adoption = false;
  must(reader.renew(environment_, needs_adoption));
  for (const std::string& bad : {std::string("\x01\0\0\0", 4), std::string(511, 'x'), sized(600).substr(0, 511)})
    EXPECT_EQ(must(reader.get(bad)), std::nullopt);
  // Bytes among the records of groups are before every node.
  for (const std::string& from : {"\x01"s, "\x01\0\0\0"s, std::string(511, '\x01'), std::string(900, '\x02')}) {
    EXPECT_EQ(must(reader.seek(from))->key, sized(600));
    EXPECT_EQ(must(reader.before(from)), std::nullopt);
  }
}

TEST_F(LongKey, HeaderComesFirstWhicheverWayOneWalks) {
  put("\0hw"s, "header");
  put(sized(600), "v");
  EXPECT_EQ(nodes(), (Nodes{{"\0hw"s, "header"}, {sized(600), "v"}}));
}

TEST_F(LongKey, NodesAreAppendedInOrder) {
  Nodes expected{{"\0hw"s, "header"}};
  for (int i = 0; i < 2000; ++i)
    expected[sized(i % 3 == 0 ? 300 : i % 3 == 1 ? 560 : 1000, "g\0"s + std::to_string(i / 7))] = std::to_string(i);
  must(write([&](WriteTransaction& to) -> Status {
    for (const auto& [key, value] : expected) HW_TRY_VOID(to.append(key, value));
    return {};
  }));
  EXPECT_EQ(nodes(), expected);
}

TEST_F(LongKey, WhenTheLastNumberIsUsedAFreeOneIsFound) {
  put(sized(600), "first");
  const std::string last("\x1F\xFF\xFF\xFF", 4), stub(sized(600, "z\0"s).substr(0, 511));
  put_record(last, stub);
  put_record(last + "xx", "last");
  put_record(stub, last);
  Nodes expected = nodes();
  EXPECT_EQ(expected.size(), 2U);
  for (int i = 0; i < 50; ++i) {
    const std::string key = sized(600, "m\0"s + std::to_string(i));
    expected[key] = "v";
    put(key, "v");
  }
  EXPECT_EQ(nodes(), expected);
}

TEST_F(LongKey, BrokenGroupsAreErrorsAndFaults) {
  const std::string group("\x01\0\0\0", 4), key = sized(600, "g\0\xFF"s), stub = key.substr(0, 511);
  put(key, "v");
  EXPECT_EQ(faults(), std::vector<std::string>());
  const auto told = [&](const std::string& record, const std::string& value) {
    const std::string before = records().at(record);
    put_record(record, value);
    const auto lines = faults();
    put_record(record, before);
    return lines.empty() ? std::string() : lines.front();
  };
  EXPECT_EQ(told(stub, "\x01\0\0"s), "the stub of long keys names no group");
  EXPECT_EQ(told(stub, "\x01\0\0\1"s),
            "the stub of long keys names group 01000001, which is not there or has another stub");
  EXPECT_EQ(told(group, stub.substr(0, 510) + 'y'), "a key does not go on as group 01000000 of long keys does");
  EXPECT_EQ(told(group, "g"), "the head of group 01000000 of long keys does not say how they begin");
  put_record("\x01\0\0\1"s, sized(600, "h\0"s).substr(0, 511));
  EXPECT_EQ(faults(), (std::vector<std::string>{"group 01000001 of long keys is empty",
                                                "group 01000001 of long keys has no stub"}));
  put_record(sized(600, "h\0"s).substr(0, 511), "\x01\0\0\1"s);
  ReadTransaction reader;
  bool needs_adoption = false;
  must(reader.renew(environment_, needs_adoption));
  EXPECT_EQ(reader.seek("h\0"s).error().id, MsgId::HWDBDAMAGED);
  EXPECT_EQ(reader.before("i\0"s).error().id, MsgId::HWDBDAMAGED);
  reader.reset();
  put_record(stub, "number");
  must(reader.renew(environment_, needs_adoption));
  EXPECT_EQ(reader.get(key).error().id, MsgId::HWDBDAMAGED);
  EXPECT_EQ(write([&](WriteTransaction& to) { return to.put(key, "v"); }).error().id, MsgId::HWDBDAMAGED);
}

TEST(LongKeySession, KeySizeLimitsKeysAsInGtm) {
  const ScratchDatabase scratch;
  const auto database = scratch.open();
  Session session(*database);
  const auto of_size = [](std::size_t bytes) { return key("a", {std::string(bytes - 4, 'x')}); };
  must(session.set(of_size(1018), "1"));
  EXPECT_EQ(must(session.get(of_size(1018))), "1");
  EXPECT_EQ(encode_key("a", std::vector{std::string(1015, 'x')}).error().id, MsgId::GVSUBOFLOW);
  database->region(0).value()->header.key_bytes_max = 511;
  must(session.set(of_size(510), "2"));
  EXPECT_EQ(session.set(of_size(511), "3").error().id, MsgId::GVSUBOFLOW);
  EXPECT_EQ(must(session.get(of_size(1018))), "1");
}

// Sets of one length, of a long key that is there, are written over it; the value is found by who comes next.
TEST(LongKeySession, SetsAreWrittenInPlace) {
  const ScratchDatabase scratch;
  scratch.enable_journaling();
  const std::string where = key("a", {std::string(900, 'x')});
  {
    const auto database = scratch.open();
    Session session(*database);
    for (int i = 1000; i < 1100; ++i) must(session.set(where, std::to_string(i)));
    EXPECT_GT(must(database->domain())->header().behind[0].in_place, 50U);
    EXPECT_EQ(must(session.get(where)), "1099");
    for (int i = 0; i < 300; ++i) must(session.set(key("b", {std::string(600, 'x'), std::to_string(1000 + i)}), "v"));
    EXPECT_EQ(must(session.get(key("b", {std::string(600, 'x'), "1299"}))), "v");
  }
  const auto database = scratch.open();
  Session session(*database);
  EXPECT_EQ(must(session.get(where)), "1099");
}

}  // namespace
}  // namespace hw::test
