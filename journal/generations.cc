#include "journal/generations.h"

#include <cerrno>

#include "journal/writer.h"

namespace hw {
namespace {

std::string hex(const DatabaseId& id) {
  std::string out;
  for (const std::uint8_t byte : id) out += fmt::format("{:02x}", byte);
  return out;
}

bool is_missing(const Error& error) { return error.id == MsgId::JNLFILEOPNERR && error.os_errno == ENOENT; }

}  // namespace

std::string newest_journal_path(const std::string& path) {
  std::string newest = path;
  std::uint64_t generation = 0;
  for (;;) {
    const auto info = read_journal_info(newest);
    // Rising numbers also end a cycle of names.
    if (!info.has_value() || info->header.generation <= generation || info->next_path.empty()) return newest;
    generation = info->header.generation;
    newest = info->next_path;
  }
}

Result<JournalReader> open_current_journal(const std::string& current_path) {
  // A switch renames the old file away and then the new one into its place. Between the two the new one is complete
  // under its temporary name. Each round that finds neither has seen another switch go by.
  constexpr int kRoundsMax = 100;
  Result<JournalReader> reader = JournalReader::open(current_path);
  for (int round = 0; round < kRoundsMax && !reader.has_value() && is_missing(reader.error()); ++round) {
    Result<JournalReader> successor = JournalReader::open(successor_name(current_path));
    if (successor.has_value() && !file_exists(current_path)) return successor;
    reader = JournalReader::open(current_path);
  }
  return reader;
}

Result<GenerationChain> generation_chain(const std::string& current_path) {
  GenerationChain chain;
  HW_TRY(const JournalReader current, open_current_journal(current_path));
  chain.files.push_back({current_path, {current.header(), current.closing(), {}}});
  while (true) {
    const JournalGeneration& newer = chain.files.back();
    const std::string& path = newer.info.header.previous_path;
    if (path.empty()) return chain;
    Result<JournalFileInfo> older = read_journal_info(path);
    if (!older.has_value()) {
      if (!is_missing(older.error())) return std::move(older).error();
      chain.end = ChainEnd::MissingFile;
      chain.missing_path = path;
      return chain;
    }
    if (older->header.database_id != newer.info.header.database_id)
      return make_error<MsgId::JNLBADLABEL>(path, "database " + hex(newer.info.header.database_id),
                                            "database " + hex(older->header.database_id));
    // Falling numbers also end a cycle of links.
    if (older->header.generation + 1 != newer.info.header.generation)
      return make_error<MsgId::JNLBADLABEL>(path, fmt::format("generation {}", newer.info.header.generation - 1),
                                            fmt::format("generation {}", older->header.generation));
    std::string kept = path;  // push_back may move what `path` refers to.
    chain.files.push_back({std::move(kept), std::move(older).value()});
  }
}

}  // namespace hw
