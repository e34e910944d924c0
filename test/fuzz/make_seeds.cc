// Writes the inputs that fuzzing begins with into a folder, one folder a decoder: real files of a small database, and
// messages and blocks as the codecs make them. Inputs that are texts are kept in test/fuzz/seeds/ instead.
//
//   fuzz_seeds FOLDER
#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "engine/backup/increment.h"
#include "engine/extract/binary_extract.h"
#include "engine/extract/extract.h"
#include "engine/globals/global_directory_format.h"
#include "engine/region/backup_marks.h"
#include "engine/region/copy_mark.h"
#include "engine/session/session.h"
#include "engine/storage/region_header.h"
#include "journal/compression.h"
#include "replic/instance/instance_file.h"
#include "replic/instance/receive_pool.h"
#include "replic/link/control_kinds.h"
#include "test/support/fuzz/link_events.h"
#include "test/support/fuzz/seal.h"
#include "test/support/fuzz/seal_agent.h"
#include "test/support/journal_files.h"
#include "test/support/journal_sample.h"
#include "test/support/must.h"
#include "test/support/scratch_database.h"
#include "test/unit/cluster_link/agent_samples.h"
#include "test/unit/replic/refresh_samples.h"
#include "test/unit/replic/wire_samples.h"

namespace {

using namespace hw;

std::string folder_of_all;

void put(const std::string& decoder, const std::string& name, std::string_view bytes) {
  const std::string folder = folder_of_all + "/" + decoder;
  std::filesystem::create_directories(folder);
  test::write_file(folder + "/" + name, bytes);
}

using test::must;

template <std::size_t N>
std::string text(const std::array<std::byte, N>& bytes) {
  return std::string(as_text(Bytes(bytes)));
}

std::string without_zeros_at_end(std::string bytes, std::size_t keep) {
  const auto last = bytes.find_last_not_of('\0');
  bytes.resize(std::min(bytes.size(), (last == bytes.npos ? 0 : last + 1) + keep));
  return bytes;
}

void put_journal(const std::string& name, const std::string& file) {
  put("journal_file", name, fuzz::journal_input_of(without_zeros_at_end(file, 64)));
}

// ---- a small database ----

void fill(Session& session) {
  for (int i = 0; i < 150; ++i) must(session.set(test::key("a", {std::to_string(i)}), "value " + std::to_string(i)));
  must(session.set(test::key("big", {"1"}), std::string(5000, 'w')));
  must(session.set(test::key("x", {"1", "y"}), ""));
  must(session.set(test::key("x", {"2"}), "two"));
  must(session.transact({}, [&]() -> Status {
    HW_TRY_VOID(session.set(test::key("a", {"t"}), "in a transaction"));
    HW_TRY_VOID(session.kill(test::key("a", {"3"})));
    HW_TRY_VOID(session.kill(test::key("x", {"2"})));
    return session.zkill(test::key("a", {"4"}));
  }));
  must(session.increment(test::key("count"), "1"));
  must(session.kill(test::key("a", {"5"})));
}

void database_files() {
  const test::ScratchDatabase scratch({"X"});
  scratch.enable_journaling();
  {
    const auto database = scratch.open();
    {
      Session session(*database);  // Ends before its database is closed.
      fill(session);
      must(session.sync());
    }
    put_journal("open", test::file_bytes(scratch.journal_path("X")));
    for (const auto& [name, format] : {std::pair("zwr", ExtractFormat::Zwr), std::pair("go", ExtractFormat::Go),
                                       std::pair("binary", ExtractFormat::Binary)}) {
      std::ostringstream out, messages;
      ExtractOptions options;
      options.format = format;
      options.select = "count,x";
      must(extract(*database, out, name, options, messages));
      put("load", std::string("extract_") + name, out.str());
      if (format == ExtractFormat::Binary) put("binary_extract", "whole", out.str());
    }
    must(database->close());
  }
  put_journal("closed", test::file_bytes(scratch.journal_path("X")));
  put("pages", "tree", without_zeros_at_end(test::file_bytes(scratch.database_path("DEFAULT")), 0));
  put("pages", "empty_tree", without_zeros_at_end(test::file_bytes(scratch.database_path("X")), 0).substr(0, 5 * 4096));
  put("control_file", "clean", test::file_bytes(scratch.database_path("DEFAULT") + "-ctl").substr(0, 4096 + 512));
  put("global_directory", "two_regions", test::file_bytes(scratch.directory_path()));
}

void long_keys() {
  const test::ScratchDatabase scratch;
  {
    const auto database = scratch.open();
    {
      Session session(*database);
      for (const std::size_t bytes : {507, 508, 509, 600})
        for (int i = 0; i < 3; ++i)
          must(session.set(test::key("g", {std::string(bytes, 'x'), std::to_string(i)}), "value " + std::to_string(i)));
    }
    must(database->close());
  }
  put("pages", "long_keys", without_zeros_at_end(test::file_bytes(scratch.database_path("DEFAULT")), 0));
}

// ---- journal ----

void journal() {
  put("frame", "two_updates", test::sample_frame());
  FrameBuilder frame;
  frame.start(false, "");
  put("frame", "null", frame.finish(Seqno{1}, 1));
  frame.start(false, "BATCH");
  must(frame.add({UpdateType::ZKill, std::string_view("a\0", 2), ""}));
  put("frame", "zkill", frame.finish(Seqno{7}, 9));
  int number = 0;
  for (const std::string& record : test::sample_records()) put("record", fmt::format("type_{}", ++number), record);
  put_journal("sample", test::sample_file());
  const auto opening = encode_opening(test::sample_header());
  put("journal_header", "opening", std::string(1, '\0') + text(opening));
  put("journal_header", "closing",
      std::string(1, '\1') + text(encode_closing({9000, Seqno{5}, RegionTn{6}, 7})).substr(0, 64));
  put("journal_header", "undone", std::string(1, '\2') + text(encode_undone({3, Seqno{7}})));
}

/// What fuzz_journal_pool and fuzz_receive_pool set; zeros: as it should be.
std::string fields(std::initializer_list<std::uint64_t> last, std::size_t bytes) {
  std::string out(bytes - 8 * last.size(), '\0');
  for (const std::uint64_t one : last) append_le(out, one);
  return out;
}

void pools() {
  std::string ring;
  FrameBuilder frame;
  for (std::uint64_t seqno = 258; seqno < 262; ++seqno) {
    frame.start(false, "");
    must(frame.add({UpdateType::Set, std::string_view("a\0", 2), std::to_string(seqno)}));
    ring += frame.finish(Seqno{seqno}, seqno);
  }
  // ring_reserved, ring_written, ring_first_seqno, ring_first_position, next_seqno
  put("journal_pool", "frames", fields({ring.size(), ring.size(), 258, 0, 262}, 104) + std::string(8, '\0') + ring);
  put("journal_pool", "frames_at_zero", fields({ring.size(), ring.size(), 258, 0, 262}, 104) + ring);

  HistoryRecord record = test::sample_record();
  const std::string payload = encode_history_payload(record, HistoryKind::UpdateResync);
  const auto entry = [](PoolEntryKind kind, std::uint32_t count, Seqno seqno, std::string body) {
    body.resize((body.size() + kPoolEntryHeaderBytes - 1) / kPoolEntryHeaderBytes * kPoolEntryHeaderBytes);
    std::string out(kPoolEntryHeaderBytes, '\0');
    encode_pool_entry_header(kind, static_cast<std::uint32_t>(out.size() + body.size()), count, seqno, as_bytes(body),
                             std::as_writable_bytes(std::span(out)));
    return out + body;
  };
  const std::string history = entry(PoolEntryKind::History, 0, record.start, payload);
  const std::string transactions = entry(PoolEntryKind::Transactions, 4, Seqno{258}, ring);
  const std::string padding = entry(PoolEntryKind::Padding, 0, Seqno{0}, std::string(64, '\0'));
  put("pool_entry", "history", history);
  put("pool_entry", "transactions", transactions);
  put("pool_entry", "padding", padding);
  const std::string entries = history + transactions + padding + transactions;
  put("receive_pool", "entries", fields({entries.size(), 0, 0}, 96) + entries);
  put("receive_pool", "discarded", fields({entries.size(), 0, history.size()}, 96) + entries);
}

// ---- engine ----

void engine() {
  RegionHeader header;
  for (std::size_t i = 0; i < header.database_id.size(); ++i) header.database_id[i] = static_cast<std::uint8_t>(i + 1);
  header.created_us = 1;
  header.reg_seqno = Seqno{258};
  header.journal_state = JournalState::On;
  header.replicated = header.ever_replicated = true;
  header.key_bytes_max = 255;
  header.value_bytes_max = 4000;
  header.generation = 3;
  header.offset = 9000;
  header.name = "DEFAULT";
  header.journal_path = "/data/a.mjl";
  put("region_header", "plain", encode_region_header(header));
  header.rollback_seqno = Seqno{200};
  header.rollback_decided = true;
  header.undone = {2, Seqno{100}};
  put("region_header", "in_rollback", encode_region_header(header));
  put("marks", "copy_mark", text(encode_copy_mark({header.database_id, Seqno{258}, 7})));
  put("marks", "backup_marks", text(encode_backup_marks({header.database_id, Seqno{5}, Seqno{6}, Seqno{7}})));
  IncrementHeader increment;
  increment.database_id = header.database_id;
  increment.from = Seqno{5};
  increment.to = Seqno{262};
  std::string frames;
  FrameBuilder builder;
  for (const std::uint64_t seqno : {5, 258, 261}) {
    builder.start(true, "T");
    must(builder.add({UpdateType::Set, std::string_view("a\0", 2), "1"}));
    frames += builder.finish(Seqno{seqno}, seqno);
  }
  increment.frames = 3;
  increment.body_bytes = frames.size();
  put("increment", "three", text(encode_increment_header(increment)) + frames);
  for (const auto& entry : std::filesystem::directory_iterator(std::string(HW_SOURCE_DIR) + "/test/golden"))
    if (entry.path().extension() == ".gld")
      put("global_directory", entry.path().filename(), test::file_bytes(entry.path()));
}

// ---- replication ----

void links() {
  std::string all;
  for (const Message& message : test::wire_samples()) {
    const std::string frame = encode_frame(kLevelMultiSite, message);
    put("wire", std::string(name_of(message)), frame);
    all += frame;
  }
  put("wire", "lineage",
      encode_frame(kLevelMultiSite, wire::Control{kLineageControl, encode_lineage({"INSTA", "INSTB", "INSTC"})}));
  put("wire", "epoch", encode_frame(kLevelFencing, wire::Control{kEpochControl, encode_epoch({42, "INSTA"})}));
  put("wire", "applied", encode_frame(kLevelFencing, wire::Control{kAppliedControl, encode_seqno(Seqno{258})}));
  TransactionBatch batch;
  HW_CHECK(batch.add(Seqno{258}, as_bytes(std::string(2000, 'x'))));
  Deflater deflater;
  const Bytes deflated = deflater.deflate(batch.body(), 1);
  put("wire", "compressed",
      text(make_link_header(kLevelMultiSite, WireType::Transactions, deflated, kFrameCompressed, batch.body().size())) +
          std::string(as_text(deflated)));
  for (const RefreshMessage& message : test::refresh_samples())
    put("refresh", std::string(name_of(message)), encode_refresh_frame(message));
  const std::string piece(2000, 'x');
  const Bytes small = deflater.deflate(as_bytes(piece), 1);
  put("refresh", "compressed",
      text(make_refresh_header(RefreshType::Piece, small, kFrameCompressed, piece.size())) +
          std::string(as_text(small)));

  const auto say = [](const Message& message) { return encode_frame(kLevelMultiSite, message); };
  using fuzz::local_event;
  // A connection that is made, agrees, and streams; then trouble.
  const std::string source = local_event(0, 1) + local_event(1, 0) + say(wire::StartFrom{Seqno{77}}) +
                             say(wire::HelloReply{test::sample_identity()}) + say(wire::HistoryAnswer{[] {
                               HistoryRecord record = test::sample_record();
                               record.start = Seqno{1};
                               record.cycle = 1;
                               return record;
                             }()}) +
                             local_event(5, 10) + say(wire::HeartbeatAck{Seqno{78}, 1}) + say(wire::Xoff{Seqno{80}}) +
                             say(wire::Xon{Seqno{80}}) + say(wire::XoffAckMe{Seqno{80}}) +
                             say(wire::StartFrom{Seqno{79}});
  put("source_machine", "stream", source);
  put("source_machine", "stream_then_lost", source + local_event(3, 0) + local_event(0, 70'000) + local_event(1, 0));
  put("source_machine", "rollback",
      local_event(0, 1) + local_event(1, 0) + say(wire::FetchResync{Seqno{300}}) +
          say(wire::HelloReply{test::sample_identity()}) + say(wire::HistoryAnswer{test::sample_record()}));
  const auto say_fenced = [](const Message& message) { return encode_frame(kLevelFencing, message); };
  put("source_machine", "fencing",
      local_event(0, 1) + local_event(1, 0) + say(wire::StartFrom{.seqno = Seqno{1}, .level_max = kLevelFencing}) +
          say_fenced(wire::HelloReply{test::sample_identity()}) + local_event(6, 42) + local_event(0, 1) +
          say_fenced(wire::Control{kAppliedControl, encode_seqno(Seqno{43})}));
  put("receiver_machine", "fencing",
      local_event(0, 0) + say_fenced(wire::Hello{test::sample_identity()}) +
          say_fenced(wire::Control{kEpochControl, encode_epoch({42, "INSTA"})}) +
          say_fenced(wire::WillRestartAt{Seqno{12}, InstanceRole::Root}) +
          say_fenced(wire::Control{kSayAppliedControl, encode_seqno(Seqno{12})}) + local_event(7, 1));
  const std::string receiver = local_event(0, 0) + say(wire::Hello{test::sample_identity()}) +
                               say(wire::NeedHistory{Seqno{12}}) +
                               say(wire::WillRestartAt{Seqno{12}, InstanceRole::Root}) + say(wire::NewHistory{[] {
                                 HistoryRecord record = test::sample_record();
                                 record.start = Seqno{12};
                                 return record;
                               }()}) +
                               say(wire::Transactions{Seqno{12}, Seqno{13}, {as_bytes("first"), as_bytes("second")}}) +
                               say(wire::Heartbeat{Seqno{14}, 5}) + local_event(2, 2);
  put("receiver_machine", "stream", receiver);
  put("receiver_machine", "drained",
      receiver + local_event(3, 0) + say(wire::XoffAck{Seqno{12}}) + local_event(5, 0) + local_event(6, 0) +
          local_event(1, 0) + local_event(0, 0));
  put("receiver_machine", "resync",
      local_event(0, 0) + say(wire::Hello{test::sample_identity()}) + say(wire::RollbackFirst{Seqno{5}}) +
          say(wire::ResyncSeqno{Seqno{5}}));
  // Each message once, wherever that is in the conversation.
  put("source_machine", "all", local_event(1, 0) + all);
  put("receiver_machine", "all", local_event(0, 0) + all);
}

void instance_files() {
  const test::TestFolder folder;
  InstanceFile::Creation how;
  how.path = folder.file("a.repl");
  how.pid = 4711;
  how.now_s = 1795312144;
  how.node_name = "host";
  {
    auto made = must(InstanceFile::create(must(InstanceName::parse("INSTA")), how));
    put("instance_file", "new", without_zeros_at_end(test::file_bytes(how.path), 0));
    must(made.file.begin_reign(Seqno{1}, 4711, 1795312144));
    (void)must(made.file.assign_slot(must(InstanceName::parse("INSTB")), 1, 2,
                                     [](std::size_t, const InstanceSlot&) { return false; }));
    must(made.file.update_header([](InstanceHeader& header) { header.seqno = Seqno{258}; }));
    must(made.file.append_history(test::sample_record()));
    must(made.file.close());
  }
  const std::string bytes = without_zeros_at_end(test::file_bytes(how.path), 0);
  put("instance_file", "two_reigns", bytes);
  put("instance_cell", "header", std::string_view(bytes).substr(0, kInstanceHeaderBytes));
  put("instance_cell", "slot", std::string_view(bytes).substr(kSlotsOffset, kSlotBytes));
  put("instance_cell", "history", std::string_view(bytes).substr(kHistoryOffset, kHistoryBytes));
  InstanceHeader fenced;
  fenced.name = "INSTA";
  fenced.fence_required = true;
  fenced.fencing_epoch = 42;
  std::string fenced_cell(kInstanceHeaderBytes, '\0');
  encode_header(fenced, 1, std::as_writable_bytes(std::span(fenced_cell)));
  put("instance_cell", "fenced", fenced_cell);
  InstanceHeader dual;
  dual.level = kLevelDualSite;
  std::string cell(kInstanceHeaderBytes, '\0');
  encode_header(dual, 1, std::as_writable_bytes(std::span(cell)));
  put("instance_cell", "dual_site", cell);
  RegionReach region;
  region.name = "DEFAULT";
  region.next_seqno = Seqno{258};
  region.generation = 3;
  region.offset = 70'000;
  RegionList list{region};
  put("region_list", "one", encode_region_list(list));
  region.name = "XREG";
  region.database_id.fill(7);
  list.push_back(region);
  put("region_list", "two", encode_region_list(list));
}

// ---- agents ----

void agent_link() {
  namespace sample = cluster::test;
  using cluster::AgentEnd;
  // The first byte: who sends, whether frames are sealed (or proofs put right), and the size of pieces.
  const char to_agent = 2 * 4;
  const char to_caller = to_agent + 1;
  const char sealed = 2;
  std::string greetings[2];
  std::string messages[2];
  for (const auto& frame : sample::sample_frames()) {
    const bool greeting =
        frame.name == "Hello" || frame.name == "Challenge" || frame.name == "Proof" || frame.name == "Welcome";
    (greeting ? greetings : messages)[frame.from == AgentEnd::Agent] += frame.bytes;
  }
  for (const int from : {0, 1}) {
    const char mode = from == 0 ? to_agent : to_caller;
    put("agent_handshake", from == 0 ? "to_agent" : "to_caller", mode + greetings[from]);
    put("agent_handshake", from == 0 ? "to_agent_proven" : "to_caller_proven",
        static_cast<char>(mode + sealed) + greetings[from]);
    put("agent_frame", from == 0 ? "greetings_of_caller" : "greetings_of_agent", mode + greetings[from]);
    const cluster::Digest key = fuzz::agent_key();
    fuzz::seal_agent_frames(messages[from], 0, 1, &key);
    put("agent_frame", from == 0 ? "messages_of_caller" : "messages_of_agent",
        static_cast<char>(mode + sealed) + messages[from]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fuzz_seeds FOLDER\n";
    return 2;
  }
  folder_of_all = argv[1];
  database_files();
  long_keys();
  journal();
  pools();
  engine();
  links();
  instance_files();
  agent_link();
  return 0;
}
