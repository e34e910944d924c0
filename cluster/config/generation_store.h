/// cluster/config/generation_store.h -- the generations of the configuration that a node keeps, below its dir.
///
///   config/N.toml        text of generation N            config/NAME.toml  what `config apply -o NAME` stored
///   config/N.note        its note (generation.h)         config/current    N and a newline: what boots begin with
///   run/generation       N and a newline: what runs here now
///
/// One process writes, the node's agent. Each file is replaced as a whole, and a generation is there when its text is,
/// which is written last. So after a crash or a loss of power there is the former state or the new one; anything else
/// is damage, and is said, never guessed around.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/config/generation.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// A line of `config list`.
struct GenerationRow {
  Generation generation;  ///< without its text; of a damaged one the number alone
  bool current = false;
  bool running = false;
  std::optional<Error> damage;  ///< HWCFGBAD

  /// `current`, `running`, `current, running`, or `stored`; of a damaged one `damaged` with it.
  std::string state() const;
};

class GenerationStore {
 public:
  /// Makes `dir`/config and `dir`/run where they are missing, with mode 0755; `dir` is there. Errors: SYSCALL.
  static Result<GenerationStore> open(const std::string& dir);

  /// Durable when it returns (ReplacedContent and ReplacedName of each file). The same text under the same number:
  /// nothing changes. Another text replaces that of a generation above the current one, which an apply left that did
  /// not become current everywhere. Errors: SYSCALL; HWCFGBAD when that number has another text and is not above the
  /// current one, or runs.
  Status put(const Generation& generation) const;
  /// For `-o NAME`: no generation, and ignored by boot. Durable as put. Replaces what is there of that name.
  /// Errors: SYSCALL; HWCFGBAD when NAME is no name, or could be the number of a generation.
  Status put_named(const std::string& name, std::string_view text) const;
  /// Text and note agree. Errors: HWCFGBAD when it is not there, or damaged; SYSCALL.
  Result<Generation> read(std::uint64_t number) const;
  /// Takes one away that did not become current. Not durable: after a loss of power it may be there again, as it was.
  /// Errors: HWCFGBAD for the current one and for what runs; SYSCALL.
  Status drop(std::uint64_t number) const;

  /// None before the first. Errors: HWCFGBAD when the file is damaged; SYSCALL.
  Result<std::optional<std::uint64_t>> current() const;
  /// Durable when it returns (ReplacedName). Errors: those of read: what cannot be read does not become current.
  Status make_current(std::uint64_t number) const;
  /// None when nothing runs. Errors: as current.
  Result<std::optional<std::uint64_t>> running() const;
  /// None: nothing runs any more. Durable as make_current; that nothing runs is not, and need not be: a machine that
  /// starts again runs nothing. Errors: SYSCALL.
  Status set_running(std::optional<std::uint64_t> number) const;

  /// All, by number; damaged ones too. Errors: SYSCALL; a damaged `current` is no error here: no row is current.
  Result<std::vector<GenerationRow>> list() const;
  /// The highest number that has a text, 0 when there is none. Errors: SYSCALL.
  Result<std::uint64_t> highest() const;
  /// Whether `config add`, once or several times, made `to` out of `from`. Errors: those of read.
  Result<bool> came_by_add(std::uint64_t from, std::uint64_t to) const;

 private:
  explicit GenerationStore(std::string dir) : dir_(std::move(dir)) {}

  std::string text_path(std::uint64_t number) const;
  std::string note_path(std::uint64_t number) const;
  std::string current_path() const { return dir_ + "/config/current"; }
  std::string running_path() const { return dir_ + "/run/generation"; }
  /// Whether it may not be taken away. Errors: HWCFGBAD when it may not.
  Status check_unused(std::uint64_t number) const;
  Result<Generation> read_note(std::uint64_t number) const;
  /// Whether the note says nothing against it.
  bool is_note_of(const Generation& generation) const;
  Result<std::vector<std::uint64_t>> numbers() const;

  std::string dir_;
};

}  // namespace hw::cluster
