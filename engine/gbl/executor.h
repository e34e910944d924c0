/// engine/gbl/executor.h -- runs statements on a session.
///
/// Inside a transaction (from the outermost tstart to its tcommit) every statement is kept: when a commit or a read
/// says TPRESTART, they run again from the tstart on, with everything they print, as M does.
///
/// Thread: as its session. Blocks: as long as the statements; `hang` through the function given.
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "engine/gbl/statement.h"
#include "engine/session/session.h"

namespace hw::gbl {

class Executor {
 public:
  using Sleep = std::function<void(double seconds)>;
  Executor(Session& session, std::ostream& out, Sleep sleep);

  /// Runs the statements of one line in order, up to the first that fails.
  /// Errors: those of Session; GVUNDEF for an unset node; NUMOFLOW.
  Status run(std::span<const Statement> statements);

  bool in_transaction() const { return session_.level() > 0; }
  bool halted() const { return halted_; }

  /// The key of a node whose subscripts are computed now. Errors: as run, and encode_key's.
  Result<std::string> key_of(const Reference& node);
  /// The node's value. Errors: GVUNDEF.
  Result<std::string> value_of(const Reference& node);
  /// ZWRITE: the node, with `subtree` everything below it too, or the nodes that its choices allow, one line each.
  /// Errors: GVUNDEF when there is none.
  Status zwrite(const Statement& pattern);
  Result<std::string> compute(const Expression& expression);

 private:
  Status run_one(const Statement& statement);
  Status replay();
  Status perform(const Statement& statement);
  Status perform_rollback(const Statement& statement);
  Result<std::string> compute(const Term& term);
  std::string text_of(std::string_view key);
  struct Limits;
  Result<std::vector<Limits>> limits_of(const Statement& pattern);
  Status print_node(std::string_view key, std::string_view value);

  Session& session_;
  std::ostream& out_;
  Sleep sleep_;
  bool halted_ = false;
  std::vector<Statement> kept_;  ///< of the transaction under way
};

}  // namespace hw::gbl
