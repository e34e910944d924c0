#include "cluster/board/board_codec.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cluster/board/envelope.h"
#include "cluster/board/receipt.h"
#include "test/unit/cluster_board/board_sample.h"
#include "test/unit/replic/golden.h"

namespace hw::test {
namespace {

/// Every field has another value than its default.
BoardParts full_parts() {
  BoardParts parts = sample_parts();
  parts.orders.dcs = Dcs::Etcd;
  parts.orders.paused_until_us = kUntilResume_us;
  parts.orders.nodes.back().cleaned = true;
  GroupOrder& group = parts.orders.groups.front();
  group.hold = true;
  group.move_to = "n2";
  group.kind = GroupKind::Files;
  ServerOrder& server = parts.orders.servers.front();
  server.copy = 2;
  server.hold = true;
  server.options = "-o \"x\"";
  NodeReport& report = parts.report("n1");
  report.coordinator_service = "boot";
  report.problems = {{'E', "HWGAVEUP", "report failed 10 times", "n1"}};
  report.receipts = {sample_receipt()};
  InstanceReport& instance = report.instances.front();
  instance.failsafe = true;
  instance.lease_left_s = 1.25;
  instance.received_seqno = 918'233;
  instance.needs = "confirm";
  instance.restarts = 2;
  parts.records = {{"acct", {"A", BoardLease::Released, 41, 1234, 918'234, {"B", "C"}}}};
  return parts;
}

/// A board's body in an envelope that agrees.
Result<BoardParts> decode_body(std::string_view body) {
  return decode_board(close_envelope({"board", 1 << 20}, body), "x");
}

std::string why_not(std::string_view body) {
  const auto decoded = decode_body(body);
  return decoded.has_value() ? "accepted" : decoded.error().text;
}

TEST(BoardCodec, DecodesWhatItEncoded) {
  for (const BoardParts& parts : {BoardParts{}, sample_parts(), full_parts()}) {
    const auto decoded = decode_board(encode_board(parts), "x");
    ASSERT_TRUE(decoded.has_value()) << decoded.error().render();
    EXPECT_EQ(*decoded, parts);
  }
}

TEST(BoardCodec, StoredFormatsAreStillWrittenAndRead) {
  expect_golden("board_format1.json", encode_board(full_parts()));
  expect_golden(
      "receipt_format1.json",
      encode_receipt({sample_receipt(), {{918'230, at(20, 31, 41), {"^acct(17,\"balance\")", "^log(991)"}}}}));
}

TEST(BoardCodec, EachChangedByteIsSeen) {
  const std::string bytes = encode_board(sample_parts());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    ASSERT_FALSE(decode_board(damaged, "x").has_value()) << "offset " << i;
  }
}

TEST(BoardCodec, EachShorterFileIsSeen) {
  const std::string bytes = encode_board(sample_parts());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_FALSE(decode_board(std::string_view(bytes).substr(0, size), "x").has_value()) << size << " bytes";
}

TEST(BoardCodec, AnotherFormatIsNamed) {
  std::string bytes = encode_board(sample_parts());
  bytes.replace(bytes.find("1"), 1, "2");
  const auto decoded = decode_board(bytes, "/x/board.json");
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().id, MsgId::HWBOARDBAD);
  EXPECT_EQ(decoded.error().text, "/x/board.json: format 2, not 1");
}

TEST(BoardCodec, KeysThatAreMissingOrNotKnownAreNoFault) {
  const auto decoded = decode_body(R"({"orders":{"domain":"bank","new_key":[1]},"newer":{}})");
  ASSERT_TRUE(decoded.has_value()) << decoded.error().render();
  EXPECT_EQ(decoded->orders.domain, "bank");
  EXPECT_EQ(decoded->orders.last_server_id, kServerIdMin - 1);
}

TEST(BoardCodec, AFaultIsNamedByItsPath) {
  EXPECT_EQ(why_not(R"({"reports":[{"node":"n1"},{"node":"n2","servers":[{"name":"x","pid":-1}]}]})"),
            "x: reports[1].servers[0].pid: not a whole number up to 4294967295");
  EXPECT_EQ(why_not(R"({"reports":[{"node":"n1","servers":[{"pid":4294967296}]}]})"),
            "x: reports[0].servers[0].pid: not a whole number up to 4294967295");
  EXPECT_EQ(why_not(R"({"orders":{"dcs":"zookeeper"}})"), "x: orders.dcs: not one of its words");
  EXPECT_EQ(why_not(R"({"orders":{"dcs":1}})"), "x: orders.dcs: not one of its words");
  EXPECT_EQ(why_not(R"({"orders":[]})"), "x: orders: not an object");
  EXPECT_EQ(why_not(R"({"orders":{"domain":null}})"), "x: orders.domain: not a text of at most 4096 bytes");
  EXPECT_EQ(why_not(R"({"orders":{"nodes":{}}})"), "x: orders.nodes: not a list of at most 65536 entries");
  EXPECT_EQ(why_not(R"({"orders":{"nodes":[7]}})"), "x: orders.nodes[0]: not an object");
  EXPECT_EQ(why_not(R"({"orders":{"nodes":[{"name":"n1","cleaned":"no"}]}})"),
            "x: orders.nodes[0].cleaned: neither true nor false");
  EXPECT_EQ(why_not(R"({"reports":[{"node":"n1","hops":[{"seconds":-0.5}]}]})"),
            "x: reports[0].hops[0].seconds: not a number from 0 to 1000000000");
  EXPECT_EQ(why_not(R"({"reports":[{"node":"n1","problems":[{"severity":"WW"}]}]})"),
            "x: reports[0].problems[0].severity: not a letter");
  EXPECT_EQ(why_not(R"({"orders":{"domain":")" + std::string(5000, 'a') + "\"}}"),
            "x: orders.domain: not a text of at most 4096 bytes");
}

TEST(BoardCodec, RowsHaveNamesAndEachOnce) {
  EXPECT_EQ(why_not(R"({"orders":{"nodes":[{"name":""}]}})"), "x: orders.nodes: an entry without a name");
  EXPECT_EQ(why_not(R"({"orders":{"groups":[{"name":"g"},{"name":"g"}]}})"),
            "x: orders.groups: an entry is there twice");
  EXPECT_EQ(why_not(R"({"orders":{"servers":[{"id":101,"name":"a"},{"id":101,"name":"b"}],"last_server_id":101}})"),
            "x: orders.servers: an entry is there twice");
  EXPECT_EQ(why_not(R"({"orders":{"servers":[{"id":101,"name":"a"},{"id":102,"name":"a"}],"last_server_id":102}})"),
            "x: orders.servers: an entry is there twice");
  EXPECT_EQ(why_not(R"({"orders":{"servers":[{"id":105,"name":"a"}],"last_server_id":104}})"),
            "x: orders.servers: a number out of range");
  EXPECT_EQ(why_not(R"({"reports":[{"node":"n1"},{"node":"n1"}]})"), "x: reports: an entry is there twice");
  EXPECT_EQ(why_not(R"({"reports":[{"node":"n1","servers":[{"name":"a"},{"name":"a"}]}]})"),
            "x: reports.servers: an entry is there twice");
  EXPECT_EQ(why_not(R"({"reports":[{"node":"n1","stamp":{"number":9223372036854775808}}]})"),
            "x: reports.stamp: out of range");
  EXPECT_EQ(why_not(R"({"orders":{"last_server_id":4294967295}})"), "x: orders.last_server_id: out of range");
  EXPECT_EQ(why_not(R"({"orders":{"last_server_id":99}})"), "x: orders.last_server_id: out of range");
}

TEST(BoardCodec, TextThatIsNoBoardIsRefused) {
  for (const char* const body : {"", "null", "[]", "{", "{\"a\":\"\xff\"}", "{} x", "1e999"})
    EXPECT_EQ(why_not(body), "x: no JSON object") << body;
  EXPECT_EQ(why_not(std::string(100'000, '[') + std::string(100'000, ']')), "x: no JSON object");
  EXPECT_EQ(why_not("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}"), "x: no JSON object")
      << "too deep";
}

TEST(BoardCodec, BytesThatAreNoTextAreReplaced) {
  BoardParts parts = sample_parts();
  parts.report("n1").service = "a\xff";
  const auto decoded = decode_board(encode_board(parts), "x");
  ASSERT_TRUE(decoded.has_value()) << decoded.error().render();
  EXPECT_EQ(decoded->find_report("n1")->service, "a\xEF\xBF\xBD");
}

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("board_test_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

TEST(BoardFile, IsReadAsItWasWritten) {
  const Folder folder;
  const std::string path = folder.file("board.json");
  EXPECT_FALSE(read_board(path).has_value()) << "there is none yet";
  ASSERT_TRUE(write_board(path, sample_parts()).has_value());
  ASSERT_TRUE(write_board(path, full_parts()).has_value());
  const auto read = read_board(path);
  ASSERT_TRUE(read.has_value()) << read.error().render();
  EXPECT_EQ(*read, full_parts());
  std::ofstream(path, std::ios::app) << "x";
  EXPECT_EQ(read_board(path).error().id, MsgId::HWBOARDBAD);
}

TEST(BoardFile, ABoardThatIsTooLargeIsNotWritten) {
  const Folder folder;
  const std::string path = folder.file("board.json");
  BoardParts parts = sample_parts();
  ASSERT_TRUE(write_board(path, parts).has_value());
  parts.report("n1").problems.assign(1100, {'W', "HWKEYIDLE", std::string(4000, 'x'), ""});
  const Status written = write_board(path, parts);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().id, MsgId::HWBOARDBAD);
  EXPECT_EQ(*read_board(path), sample_parts()) << "the former one is still there";
}

TEST(Receipt, IsReadAsItWasWritten) {
  const Folder folder;
  const std::string path = folder.file("acct-42.json");
  const ReceiptFile file{sample_receipt(), {{918'230, 1, {"^a"}}, {918'233, 2, {}}}};
  ASSERT_TRUE(write_receipt(path, file).has_value());
  const auto read = read_receipt(path);
  ASSERT_TRUE(read.has_value()) << read.error().render();
  EXPECT_EQ(*read, file);
}

TEST(Receipt, TransactionsAreInOrderOfSeqno) {
  const ReceiptFile file{sample_receipt(), {{918'233, 1, {}}, {918'230, 2, {}}}};
  const auto decoded = decode_receipt(encode_receipt(file), "x");
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().text, "x: transactions: not in order of seqno");
}

TEST(Receipt, ABoardIsNoReceipt) {
  EXPECT_FALSE(decode_receipt(encode_board(sample_parts()), "x").has_value());
  EXPECT_FALSE(decode_board(encode_receipt({sample_receipt(), {}}), "x").has_value());
}

}  // namespace
}  // namespace hw::test
