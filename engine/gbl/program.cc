#include "engine/gbl/program.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/gbl/apply_lost.h"
#include "engine/gbl/shell.h"
#include "engine/gbl/statement.h"
#include "engine/globals/node_key.h"
#include "engine/globals/zwr.h"
#include "engine/session/database.h"

namespace hw::gbl {
namespace {

constexpr std::string_view kHelp = R"(gbl - reads and changes globals

  gbl get    GLOBAL            prints the value
  gbl set    GLOBAL VALUE      sets it; VALUE is taken as it is
  gbl incr   GLOBAL [NUMBER]   adds NUMBER (1) and prints the new value
  gbl kill   GLOBAL            removes the node and everything below it
  gbl zkill  GLOBAL            removes the node's own value only
  gbl data   GLOBAL            0 nothing, 1 value, 10 nodes below, 11 both
  gbl order  GLOBAL [-reverse] prints the next subscript on that level, nothing at the end
  gbl query  GLOBAL [-reverse] prints the next node that has a value, nothing at the end
  gbl zwrite GLOBAL            prints the node; '^a' and '^a(1,*)' print everything below it too, '^a(1:5,)' all that
                               have a first subscript from 1 to 5 and any second one
  gbl zqgblmod GLOBAL          1 when the node may have been changed here since the sites parted, else 0
  gbl apply-lost FILE          applies a root primary's lost transactions; those whose nodes were changed
                               here go to FILE.conflicts
  gbl run    FILE | -          runs statements, by line; without arguments: from standard input. On a terminal it is
                               a shell: `help` there says more
  gbl -help | -version

GLOBAL is written as '^name(1,"text")', in quotes for the shell.

Statements: set ^a=1,^b="x"   kill ^a   zkill ^a(1)   incr ^a:2   write ^a,!   zwrite ^a   hang 1   halt
            tstart ():transactionid="BATCH"   tcommit   trollback     ; a comment
Several may be on a line; s k zk w zwr ts tc tro h are short forms. Expressions know + - and _ (joins).

Environment: gtmgbldir names the global directory, gtm_repl_instance the replication instance file; with gtm_chset=UTF-8
text is of characters: $C() holds code points, and $ZCH() bytes.
Exit status: 0, or 1 after an error; 77 when this user or container may not see what the instance's processes do.
)";

/// What a command works with.
struct Context {
  Session& session;
  Executor& executor;
  Streams& streams;
};

struct Arguments {
  std::vector<std::string> words;  ///< after the command: the global, then the value
  bool reverse = false;
};

using Run = Status (*)(Context&, const Arguments&);

Result<std::string> key_of(Context& context, const std::string& text) {
  HW_TRY(const auto statement, parse_node(text));
  return context.executor.key_of(statement.node);
}

Status run_get(Context& context, const Arguments& arguments) {
  HW_TRY(const auto statement, parse_node(arguments.words[0]));
  HW_TRY(const auto value, context.executor.value_of(statement.node));
  context.streams.out << value << '\n';
  return {};
}

Status run_set(Context& context, const Arguments& arguments) {
  HW_TRY(const auto key, key_of(context, arguments.words[0]));
  return context.session.set(key, arguments.words[1]);
}

Status run_increment(Context& context, const Arguments& arguments) {
  HW_TRY(const auto key, key_of(context, arguments.words[0]));
  HW_TRY(const auto value, context.session.increment(key, arguments.words.size() > 1 ? arguments.words[1] : "1"));
  context.streams.out << value << '\n';
  return {};
}

Status run_kill(Context& context, const Arguments& arguments) {
  HW_TRY(const auto key, key_of(context, arguments.words[0]));
  return context.session.kill(key);
}

Status run_zkill(Context& context, const Arguments& arguments) {
  HW_TRY(const auto key, key_of(context, arguments.words[0]));
  return context.session.zkill(key);
}

Status run_data(Context& context, const Arguments& arguments) {
  HW_TRY(const auto key, key_of(context, arguments.words[0]));
  HW_TRY(const auto data, context.session.data(key));
  context.streams.out << data << '\n';
  return {};
}

Direction direction_of(const Arguments& arguments) {
  return arguments.reverse ? Direction::Backward : Direction::Forward;
}

Status run_order(Context& context, const Arguments& arguments) {
  HW_TRY(const auto key, key_of(context, arguments.words[0]));
  HW_TRY(const auto found, context.session.order(key, direction_of(arguments)));
  std::string text;
  if (found) {
    const auto nulls = null_collation_of(context.session.database().directory(), key_global(*found));
    HW_TRY(const auto node, decode_key(*found, nulls));
    text = node.subscripts.empty() ? "^" + node.global : node.subscripts.back();
  }
  context.streams.out << text << '\n';
  return {};
}

Status run_query(Context& context, const Arguments& arguments) {
  HW_TRY(const auto key, key_of(context, arguments.words[0]));
  HW_TRY(const auto found, context.session.query(key, direction_of(arguments)));
  std::string text;
  if (found) {
    const auto nulls = null_collation_of(context.session.database().directory(), key_global(found->key));
    HW_TRY_VOID(append_reference(text, found->key, nulls));
  }
  context.streams.out << text << '\n';
  return {};
}

Status run_zwrite(Context& context, const Arguments& arguments) {
  HW_TRY(const auto statement, parse_node(arguments.words[0]));
  return context.executor.zwrite(statement);
}

Status run_zqgblmod(Context& context, const Arguments& arguments) {
  HW_TRY(const auto key, key_of(context, arguments.words[0]));
  HW_TRY(const bool changed, context.session.zqgblmod(key));
  context.streams.out << (changed ? 1 : 0) << '\n';
  return {};
}

Status run_apply_lost(Context& context, const Arguments& arguments) {
  const std::string& path = arguments.words[0];
  HW_TRY(const AppliedLost done, apply_lost(context.session, path, path + ".conflicts"));
  context.streams.out << fmt::format("{} transactions of {} applied, {} in conflict\n", done.applied, done.instance,
                                     done.conflicts);
  if (done.applied_before > 0)
    context.streams.out << fmt::format("{} of these had been applied before\n", done.applied_before);
  if (done.conflicts > 0) context.streams.out << fmt::format("conflicts: {}.conflicts\n", path);
  return {};
}

Status run_statements(Context& context, const Arguments& arguments);

struct Row {
  std::string_view name;
  std::size_t words_min, words_max;
  bool takes_reverse;
  Run run;
};

constexpr Row kRows[] = {
    {"apply-lost", 1, 1, false, run_apply_lost},
    {"zqgblmod", 1, 1, false, run_zqgblmod},
    {"data", 1, 1, false, run_data},
    {"get", 1, 1, false, run_get},
    {"incr", 1, 2, false, run_increment},
    {"kill", 1, 1, false, run_kill},
    {"order", 1, 1, true, run_order},
    {"query", 1, 1, true, run_query},
    {"run", 1, 1, false, run_statements},
    {"set", 2, 2, false, run_set},
    {"zkill", 1, 1, false, run_zkill},
    {"zwrite", 1, 1, false, run_zwrite},
};

/// A file ends at its first error, with its place.
Status run_stream(Context& context, std::istream& in, std::string_view name) {
  std::string line;
  for (std::uint64_t number = 1; !context.executor.halted(); ++number) {
    const auto more = read_line(in, line);
    if (more && !*more) break;
    auto status = more ? run_line(context.executor, line) : Status(more.error());
    if (!status) return std::move(status.error().note(fmt::format("line {} of {}", number, name)));
  }
  if (context.executor.in_transaction()) return make_error<MsgId::HWTROPEN>();
  return {};
}

Status run_statements(Context& context, const Arguments& arguments) {
  const auto& name = arguments.words[0];
  if (name == "-" && context.streams.interactive) return run_shell(context.session, context.executor, context.streams);
  if (name == "-") return run_stream(context, context.streams.in, "standard input");
  std::ifstream file(name, std::ios::binary);
  if (!file) return make_error<MsgId::FILEOPENFAIL>(name).with_errno(errno);
  return run_stream(context, file, name);
}

Status with_database(Streams& streams, const Row& row, const Arguments& arguments) {
  HW_TRY(const auto database, Database::open());
  Status status;
  {
    Session session{*database};
    Executor executor{session, streams.out, streams.sleep};
    Context context{session, executor, streams};
    status = row.run(context, arguments);
  }
  Status closed = database->close();
  if (!status) return status;
  if (!closed) return closed;
  if (!streams.out.flush()) return system_error("write()", "standard output");
  return {};
}

int usage(Streams& streams, std::string_view what) {
  streams.err << "gbl: " << what << "; gbl -help shows what there is\n";
  return 1;
}

bool is_option(std::string_view word, std::string_view name) {
  if (word.starts_with("--")) word.remove_prefix(1);
  return word == name;
}

}  // namespace

int run_program(int argc, const char* const* argv, Streams& streams) {
  std::vector<std::string> words(argv, argv + argc);
  if (words.empty()) words = {"run", "-"};
  if (is_option(words[0], "-help") || words[0] == "help") {
    streams.out << kHelp << std::flush;
    return 0;
  }
  if (is_option(words[0], "-version") || words[0] == "version") {
    streams.out << "Headwater " HW_VERSION "\n" << std::flush;
    return 0;
  }
  const auto row = std::ranges::find(kRows, words[0], &Row::name);
  if (row == std::end(kRows)) return usage(streams, "unknown command " + words[0]);
  Arguments arguments;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (row->takes_reverse && is_option(words[i], "-reverse"))
      arguments.reverse = true;
    else
      arguments.words.push_back(words[i]);
  }
  if (arguments.words.size() < row->words_min || arguments.words.size() > row->words_max)
    return usage(streams, "wrong number of arguments for " + words[0]);
  const auto status = with_database(streams, *row, arguments);
  if (status) return 0;
  streams.err << status.error().render() << std::flush;
  return status.error().unseen ? status.error().status() : 1;
}

}  // namespace hw::gbl
