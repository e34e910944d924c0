#include "engine/gde/session.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "engine/base/file.h"
#include "engine/gde/qualifiers.h"
#include "engine/gde/show.h"
#include "engine/global_directory_format.h"
#include "engine/name_pattern.h"

namespace hw::gde {
namespace {

using std::string_view;

constexpr int kCommandFileDepthMax = 16;
constexpr std::array<string_view, 14> kVerbs = {"ADD",  "CHANGE", "DELETE", "EXIT", "HELP",     "LOCKS",  "LOG",
                                                "QUIT", "RENAME", "SETGD",  "SHOW", "TEMPLATE", "VERIFY", "@"};
constexpr std::array<string_view, 3> kObjects = {"NAME", "REGION", "SEGMENT"};
constexpr std::array<string_view, 2> kTemplateObjects = {"REGION", "SEGMENT"};
constexpr std::array<string_view, 8> kShowObjects = {"ALL",  "COMMANDS", "GBLNAME", "MAP",
                                                     "NAME", "REGION",   "SEGMENT", "TEMPLATE"};

template <typename Object>
auto find_object(std::vector<Object>& objects, string_view name) {
  return std::find_if(objects.begin(), objects.end(), [&](const Object& o) { return o.name == name; });
}

/// Keeps regions and segments in GDE's order, by name.
template <typename Object>
void insert_sorted(std::vector<Object>& objects, Object object) {
  const auto at = std::upper_bound(objects.begin(), objects.end(), object.name,
                                   [](const std::string& name, const Object& other) { return name < other.name; });
  objects.insert(at, std::move(object));
}

void sort_names(std::vector<NameMapping>& names) {
  std::sort(names.begin(), names.end(),
            [](const NameMapping& a, const NameMapping& b) { return a.pattern < b.pattern; });
}

/// A value outside its limits is explained by an information line and then refused by `refusal`.
Messages refuse(Messages messages, Message refusal) {
  if (messages.back().severity == Severity::Info) messages.push_back(std::move(refusal));
  return messages;
}

Outcome<std::string> name_pattern(Scanner& line) {
  const std::string written = line.pattern();
  if (written.empty()) return make<MsgId::OBJREQD>("name");
  auto pattern = parse_name_pattern(written);
  if (!pattern.has_value()) return std::move(pattern).error();
  return std::move(pattern->text);
}

/// `-REGION=name`, and the end of the line.
Outcome<std::string> region_qualifier(Scanner& line, const std::string& missing) {
  std::string region;
  while (!line.at_end()) {
    if (!line.take('-')) return make<MsgId::MISSINGDELIM>("dash", "qualifier", line.pattern());
    constexpr std::array<string_view, 1> choices = {"REGION"};
    HW_TRY(const auto keyword, match_keyword(line.keyword(), choices, "qualifier"));
    if (!region.empty()) return make<MsgId::QUALDUP>(keyword);
    HW_TRY(const auto value, required_value(line, keyword));
    HW_TRY(region, object_name(value, "region"));
  }
  if (region.empty()) return make<MsgId::QUALREQD>(missing);
  return region;
}

template <typename Object>
Outcome<Object> with_qualifiers(Object object, Scanner& line, Messages& info) {
  const auto attributes = attributes_of(object);
  HW_TRY(const bool done, apply_qualifiers(line, attributes, info));
  (void)done;
  return object;
}

string_view noun(string_view object) { return object == "NAME" ? "name" : object == "REGION" ? "region" : "segment"; }

string_view capital_noun(string_view object) {
  return object == "NAME" ? "Name" : object == "REGION" ? "Region" : "Segment";
}

/// The spelling of an object's name, not whether it is there.
Outcome<std::string> any_name(Scanner& line, string_view object) {
  if (object == "NAME") return name_pattern(line);
  return object_name(line.next_is('-') ? std::string() : line.pattern(), noun(object));
}

}  // namespace

void Session::say(const Message& message) {
  out_.flush();
  err_ << message.line() << '\n';
  if (message.severity == Severity::Error || message.id == MsgId::NOEXIT) status_ = message.status();
}

bool Session::load(const std::string& path) {
  path_ = path;
  is_new_ = !file_exists(path);
  if (is_new_) {
    say(make<MsgId::GDUSEDEFS>(path_));
    contents_ = saved_ = GlobalDirectoryContents::defaults();
    return true;
  }
  say(make<MsgId::LOADGD>(path_));
  auto text = read_file(path, kGlobalDirectoryBytesMax);
  auto contents = text.has_value() ? decode_global_directory(*text, path) : std::move(text).error();
  if (!contents.has_value()) {
    say(make<MsgId::GDUNKNFMT>(path_));
    err_ << contents.error().render();
    say(make<MsgId::INPINTEG>());
    return false;
  }
  contents_ = saved_ = std::move(*contents);
  verify_all();
  return true;
}

int Session::run(std::istream& in, string_view prompt) {
  if (depth_ == 0 && !load(global_directory_path_from_environment())) return status_;
  std::string line;
  while (!finished_) {
    out_ << prompt << std::flush;
    if (!std::getline(in, line)) break;
    execute(line);
  }
  if (depth_ == 0 && !finished_) {  // The end of the input is an EXIT that nothing can follow.
    exit();
    if (!finished_) say(make<MsgId::NOACTION>(path_));
  }
  return status_;
}

int Session::run_one(string_view line) {
  if (!load(global_directory_path_from_environment())) return status_;
  execute(line);
  if (!finished_) exit();
  if (!finished_) say(make<MsgId::NOACTION>(path_));
  return status_;
}

void Session::execute(string_view text) {
  if (log_.is_open()) log_ << text << '\n' << std::flush;
  Scanner line(text);
  if (line.at_end()) return;
  const std::string word = line.take('@') ? "@" : line.keyword();
  auto verb = word.empty() ? Outcome<string_view>(make<MsgId::KEYWRDBAD>(line.pattern(), "verb"))
                           : match_keyword(word, kVerbs, "verb");
  Step step = verb.has_value() ? execute_verb(*verb, line) : Step(std::move(verb).error());
  if (step.has_value()) return;
  for (const auto& message : step.error()) say(message);
}

Session::Step Session::execute_verb(string_view verb, Scanner& line) {
  if (verb == "ADD") return add(line);
  if (verb == "CHANGE") return change(line);
  if (verb == "DELETE") return remove(line);
  if (verb == "HELP") return help(line);
  if (verb == "LOCKS") return locks(line);
  if (verb == "LOG") return log(line);
  if (verb == "RENAME") return rename(line);
  if (verb == "SETGD") return set_directory(line);
  if (verb == "SHOW") return show(line);
  if (verb == "TEMPLATE") return template_command(line);
  if (verb == "VERIFY") return verify(line);
  if (verb == "@") return run_file(line);
  HW_TRY(const bool ended, end_of_line(line));
  if (verb == "EXIT") {
    exit();
  } else {
    say(make<MsgId::NOACTION>(path_));
    finished_ = true;
  }
  return ended;
}

Session::Step Session::end_of_line(Scanner& line) {
  if (!line.at_end()) return make<MsgId::VALUEBAD>(line.next_is('-') ? "-" : line.pattern(), "End of line");
  return true;
}

Outcome<string_view> Session::object(Scanner& line, std::span<const string_view> choices) {
  if (line.at_end()) return make<MsgId::QUALREQD>("object");
  if (!line.take('-')) return make<MsgId::MISSINGDELIM>("dash", "object", line.pattern());
  return match_keyword(line.keyword(), choices, "object");
}

Session::Step Session::add(Scanner& line) {
  HW_TRY(const auto kind, object(line, kObjects));
  if (kind == "NAME") return map_name(line, true);
  return kind == "REGION" ? add_region(line) : add_segment(line);
}

Session::Step Session::add_region(Scanner& line) {
  Messages info;
  Region region = contents_.region_template;
  HW_TRY(region.name, any_name(line, "REGION"));
  const std::string name = region.name;
  if (find_object(contents_.regions, name) != contents_.regions.end()) return make<MsgId::OBJDUP>("Region", name);
  auto made = with_qualifiers(std::move(region), line, info);
  if (!made.has_value()) return refuse(std::move(made).error(), make<MsgId::OBJNOTADD>("region", name));
  if (made->dynamic_segment.empty()) return make<MsgId::QUALREQD>("Dynamic_segment");
  for (const auto& message : info) say(message);
  insert_sorted(contents_.regions, std::move(*made));
  return true;
}

Session::Step Session::add_segment(Scanner& line) {
  Messages info;
  const auto template_for = [&](AccessMethod method) {
    return method == AccessMethod::Bg ? contents_.segment_template_bg : contents_.segment_template_mm;
  };
  HW_TRY(const auto name, any_name(line, "SEGMENT"));
  if (find_object(contents_.segments, name) != contents_.segments.end()) return make<MsgId::OBJDUP>("Segment", name);
  // -ACCESS_METHOD decides which template the other qualifiers change, so the line is read twice when it does.
  Scanner again = line;
  Segment segment = template_for(contents_.active_template);
  segment.name = name;
  auto made = with_qualifiers(segment, line, info);
  if (made.has_value() && made->access_method != segment.access_method) {
    segment = template_for(made->access_method);
    segment.name = name;
    info.clear();
    made = with_qualifiers(std::move(segment), again, info);
  }
  if (!made.has_value()) return refuse(std::move(made).error(), make<MsgId::OBJNOTADD>("segment", name));
  if (made->file_name.empty()) return make<MsgId::QUALREQD>("File");
  if (!info.empty()) info.push_back(make<MsgId::SEGIS>(to_text(made->access_method), name));
  for (const auto& message : info) say(message);
  insert_sorted(contents_.segments, std::move(*made));
  return true;
}

Session::Step Session::change(Scanner& line) {
  HW_TRY(const auto kind, object(line, kObjects));
  if (kind == "NAME") return map_name(line, false);
  HW_TRY(const auto name, any_name(line, kind));
  const auto change_one = [&](auto& objects) -> Step {
    Messages info;
    const auto at = find_object(objects, name);
    if (at == objects.end()) return make<MsgId::OBJNOTFND>(capital_noun(kind), name);
    auto made = with_qualifiers(*at, line, info);
    if (!made.has_value()) return refuse(std::move(made).error(), make<MsgId::OBJNOTCHG>(noun(kind), name));
    if constexpr (requires { made->access_method; })
      if (!info.empty()) info.push_back(make<MsgId::SEGIS>(to_text(made->access_method), name));
    for (const auto& message : info) say(message);
    *at = std::move(*made);
    return true;
  };
  return kind == "REGION" ? change_one(contents_.regions) : change_one(contents_.segments);
}

Session::Step Session::map_name(Scanner& line, bool is_new) {
  HW_TRY(const auto pattern, name_pattern(line));
  HW_TRY(const auto region, region_qualifier(line, "Region"));
  auto changed = contents_;
  const auto at = std::find_if(changed.names.begin(), changed.names.end(),
                               [&](const NameMapping& name) { return name.pattern == pattern; });
  if (is_new && at != changed.names.end()) return make<MsgId::OBJDUP>("Name", pattern);
  if (!is_new && at == changed.names.end()) return make<MsgId::OBJNOTFND>("Name", pattern);
  if (is_new)
    changed.names.push_back({pattern, region});
  else
    at->region = region;
  sort_names(changed.names);
  for (auto& message : check(changed))
    if (message.id == MsgId::NAMRANGEOVERLAP) return std::move(message);
  contents_ = std::move(changed);
  return true;
}

Session::Step Session::remove(Scanner& line) {
  HW_TRY(const auto kind, object(line, kObjects));
  HW_TRY(const auto name, any_name(line, kind));
  HW_TRY(const bool ended, end_of_line(line));
  if (name == "*") return make<MsgId::LVSTARALON>();
  const auto matches = [&](const auto& o) {
    if constexpr (requires { o.pattern; })
      return o.pattern == name;
    else
      return o.name == name;
  };
  const std::size_t removed = kind == "NAME"     ? std::erase_if(contents_.names, matches)
                              : kind == "REGION" ? std::erase_if(contents_.regions, matches)
                                                 : std::erase_if(contents_.segments, matches);
  if (removed == 0) return make<MsgId::OBJNOTFND>(capital_noun(kind), name);
  return ended;
}

Session::Step Session::rename(Scanner& line) {
  HW_TRY(const auto kind, object(line, kObjects));
  if (line.at_end()) return make<MsgId::OBJREQD>(fmt::format("old {}", noun(kind)));
  HW_TRY(const auto from, any_name(line, kind));
  if (line.at_end()) return make<MsgId::OBJREQD>(fmt::format("new {}", noun(kind)));
  HW_TRY(const auto to, any_name(line, kind));
  HW_TRY(const bool ended, end_of_line(line));
  if (from == "*" || to == "*") return make<MsgId::LVSTARALON>();
  auto changed = contents_;

  if (kind == "NAME") {
    NameMapping* found = nullptr;
    for (auto& each : changed.names) {
      if (each.pattern == to && to != from) return make<MsgId::OBJDUP>("New name", to);
      if (each.pattern == from) found = &each;
    }
    if (found == nullptr) return make<MsgId::OBJNOTFND>("Old name", from);
    found->pattern = to;
    sort_names(changed.names);
    for (auto& message : check(changed))
      if (message.id == MsgId::NAMRANGEOVERLAP) return std::move(message);
  } else {
    const auto rename_in = [&](auto& objects) -> Step {
      const auto at = find_object(objects, from);
      if (at == objects.end()) return make<MsgId::OBJNOTFND>(fmt::format("Old {}", noun(kind)), from);
      if (from != to && find_object(objects, to) != objects.end())
        return make<MsgId::OBJDUP>(fmt::format("New {}", noun(kind)), to);
      auto object = std::move(*at);
      objects.erase(at);
      object.name = to;
      insert_sorted(objects, std::move(object));
      return true;
    };
    HW_TRY(const bool done, kind == "REGION" ? rename_in(changed.regions) : rename_in(changed.segments));
    (void)done;
    if (kind == "REGION") {
      for (auto& each : changed.names)
        if (each.region == from) each.region = to;
      if (changed.locks_region == from) changed.locks_region = to;
    } else {
      for (auto& each : changed.regions)
        if (each.dynamic_segment == from) each.dynamic_segment = to;
    }
  }
  contents_ = std::move(changed);
  return ended;
}

Session::Step Session::locks(Scanner& line) {
  HW_TRY(contents_.locks_region, region_qualifier(line, "Region"));
  return true;
}

Session::Step Session::log(Scanner& line) {
  constexpr std::array<string_view, 2> choices = {"ON", "OFF"};
  if (line.at_end()) {
    if (log_.is_open())
      say(make<MsgId::LOGON>(log_path_));
    else
      say(make<MsgId::NOLOG>(log_path_));
    return true;
  }
  HW_TRY(const auto keyword, object(line, choices));
  std::string path = resolve_file_name("GDELOG.LOG", ".log");
  if (keyword == "ON" && line.next_is('=')) {
    HW_TRY(const auto written, required_value(line, "ON"));
    path = resolve_file_name(written, ".log");
  }
  HW_TRY(const bool ended, end_of_line(line));
  if (keyword == "OFF") {
    if (log_.is_open()) say(make<MsgId::LOGOFF>(log_path_));
    log_.close();
    return ended;
  }
  if (log_.is_open()) log_.close();
  log_.open(path, std::ios::app);
  if (!log_.is_open()) return make<MsgId::FILENOTFND>(path).as(Severity::Error);
  log_path_ = path;
  say(make<MsgId::LOGON>(log_path_));
  return ended;
}

Session::Step Session::run_file(Scanner& line) {
  HW_TRY(const auto written, line.value(""));
  HW_TRY(const bool ended, end_of_line(line));
  const std::string path = resolve_file_name(written, ".com");
  std::ifstream in(path);
  if (!in.is_open() || depth_ == kCommandFileDepthMax) return make<MsgId::FILENOTFND>(path).as(Severity::Error);
  say(make<MsgId::EXECOM>(path));
  ++depth_;
  run(in, "");
  --depth_;
  return ended;
}

Session::Step Session::set_directory(Scanner& line) {
  std::string file;
  bool quit = false;
  constexpr std::array<string_view, 2> choices = {"FILE", "QUIT"};
  while (!line.at_end()) {
    if (!line.take('-')) return make<MsgId::MISSINGDELIM>("dash", "qualifier", line.pattern());
    const std::string word = line.keyword();
    if (word == "NOQUIT") continue;
    HW_TRY(const auto keyword, match_keyword(word, choices, "qualifier"));
    if (keyword == "QUIT") {
      quit = true;
    } else {
      HW_TRY(file, required_value(line, keyword));
    }
  }
  if (file.empty()) return make<MsgId::QUALREQD>("File");
  if (!quit && !write()) return make<MsgId::NOEXIT>();
  if (!load(resolve_file_name(file, ".gld"))) finished_ = true;
  return true;
}

Session::Step Session::show(Scanner& line) {
  string_view kind = "ALL";
  if (!line.at_end()) {
    HW_TRY(kind, object(line, kShowObjects));
  }
  std::string only;
  if (kind == "MAP" && !line.at_end()) {
    HW_TRY(only, region_qualifier(line, "Region"));
  } else if (kind == "COMMANDS" && line.take('-')) {
    constexpr std::array<string_view, 1> choices = {"FILE"};
    HW_TRY(const auto keyword, match_keyword(line.keyword(), choices, "qualifier"));
    HW_TRY(const auto written, required_value(line, keyword));
    HW_TRY(const bool ended, end_of_line(line));
    std::ofstream file(resolve_file_name(written, ".com"));
    show_commands(file, contents_);
    if (!file.flush()) return make<MsgId::WRITEERROR>(written);
    return ended;
  } else if ((kind == "NAME" || kind == "REGION" || kind == "SEGMENT") && !line.at_end()) {
    HW_TRY(only, any_name(line, kind));
  }
  HW_TRY(const bool ended, end_of_line(line));

  const auto has = [&](auto& objects) { return only.empty() || find_object(objects, only) != objects.end(); };
  if ((kind == "REGION" || kind == "MAP") && !has(contents_.regions)) return make<MsgId::OBJNOTFND>("Region", only);
  if (kind == "SEGMENT" && !has(contents_.segments)) return make<MsgId::OBJNOTFND>("Segment", only);
  if (kind == "NAME" && !only.empty() &&
      std::none_of(contents_.names.begin(), contents_.names.end(), [&](const auto& n) { return n.pattern == only; }))
    return make<MsgId::OBJNOTFND>("Name", only);

  const bool all = kind == "ALL";
  if (all || kind == "TEMPLATE") show_templates(out_, contents_);
  if (all || kind == "NAME") show_names(out_, contents_, only);
  if (all || kind == "REGION") show_regions(out_, contents_, only);
  if (all || kind == "SEGMENT") show_segments(out_, contents_, only);
  if (all || kind == "MAP") show_map(out_, contents_, only);
  if (kind == "COMMANDS") show_commands(out_, contents_);
  return ended;
}

Session::Step Session::template_command(Scanner& line) {
  Messages info;
  HW_TRY(const auto kind, object(line, kTemplateObjects));
  auto changed = contents_;
  const auto apply = [&](auto& target, string_view name_attribute) -> Step {
    const auto all = attributes_of(target);
    std::vector<Attribute> attributes;
    for (const auto& attribute : all)
      if (attribute.name != name_attribute) attributes.push_back(attribute);
    return apply_qualifiers(line, attributes, info);
  };
  Step step = true;
  if (kind == "REGION") {
    step = apply(changed.region_template, "DYNAMIC_SEGMENT");
  } else {
    // As in add_segment: the line may name the template that it changes.
    Scanner again = line;
    auto& active = changed.active_template;
    const auto target = [&]() -> Segment& {
      return active == AccessMethod::Bg ? changed.segment_template_bg : changed.segment_template_mm;
    };
    const auto wanted_before = active;
    Segment probe = target();
    step = apply(probe, "FILE_NAME");
    active = probe.access_method;
    info.clear();
    line = again;
    if (step.has_value()) step = apply(target(), "FILE_NAME");
    if (!step.has_value()) active = wanted_before;
  }
  if (!step.has_value())
    return refuse(std::move(step).error(), make<MsgId::OBJNOTCHG>(noun(kind), string_view("template")));
  for (const auto& message : info) say(message);
  contents_ = std::move(changed);
  return true;
}

Session::Step Session::verify(Scanner& line) {
  std::string only;
  if (!line.at_end()) {
    HW_TRY(const auto kind, object(line, kShowObjects));
    if ((kind == "NAME" || kind == "REGION" || kind == "SEGMENT") && !line.at_end()) {
      HW_TRY(only, any_name(line, kind));
    }
    HW_TRY(const bool ended, end_of_line(line));
    (void)ended;
    const auto is_named = [&](const auto& o) { return o.name == only; };
    const bool found =
        only.empty() ||
        (kind == "NAME" ? std::any_of(contents_.names.begin(), contents_.names.end(),
                                      [&](const auto& n) { return n.pattern == only; })
                        : std::any_of(contents_.regions.begin(), contents_.regions.end(), is_named) ||
                              std::any_of(contents_.segments.begin(), contents_.segments.end(), is_named));
    if (!found) return make<MsgId::OBJNOTFND>(capital_noun(kind), only);
  }
  verify_all();
  return true;
}

Session::Step Session::help(Scanner&) {
  out_ << "\n"
          "Commands     ADD CHANGE DELETE EXIT HELP LOCKS LOG QUIT RENAME SETGD SHOW TEMPLATE VERIFY @file\n"
          "Objects      -NAME -REGION -SEGMENT; SHOW also -ALL -COMMANDS -MAP -TEMPLATE\n"
          "Names        x   x*   x(1:10)   *\n"
          "Keywords may be shortened. ! begins a comment. EXIT checks and writes, QUIT writes nothing.\n"
          "\n"
          "  ADD -NAME x* -REGION=XREG\n"
          "  ADD -REGION XREG -DYNAMIC_SEGMENT=XSEG -RECORD_SIZE=4000 -KEY_SIZE=255\n"
          "  ADD -SEGMENT XSEG -FILE_NAME=\"x.dat\"\n"
          "  CHANGE -REGION DEFAULT -JOURNAL=(BEFORE_IMAGE,FILE_NAME=\"x.mjl\")\n\n";
  const auto list = [&](string_view title, const std::vector<Attribute>& attributes) {
    out_ << title;
    for (const auto& a : attributes)
      if (!a.of_journal) out_ << "\n  -" << (a.negatable ? "[NO]" : "") << a.name;
    out_ << "\n\n";
  };
  list("Qualifiers of a region", attributes_of(contents_.region_template));
  list("Qualifiers of a segment", attributes_of(contents_.segment_template_bg));
  return true;
}

bool Session::verify_all() {
  const auto messages = check(contents_);
  for (const auto& message : messages) say(Message(message).as(Severity::Info));
  say(make<MsgId::VERIFY>(messages.empty() ? "OK" : "FAILED"));
  return messages.empty();
}

bool Session::write() {
  if (!is_new_ && contents_ == saved_) {
    say(make<MsgId::NOACTION>(path_));
    return true;
  }
  if (!verify_all()) return false;
  const auto directory = GlobalDirectory::build(contents_, path_);
  if (!directory.has_value()) {
    err_ << directory.error().render();
    return false;
  }
  if (is_new_)
    say(make<MsgId::GDCREATE>(path_));
  else
    say(make<MsgId::GDUPDATE>(path_));
  const auto saved = directory->save(path_);
  if (!saved.has_value()) {
    err_ << saved.error().render();
    say(make<MsgId::WRITEERROR>(path_));
    return false;
  }
  is_new_ = false;
  saved_ = contents_;
  return true;
}

void Session::exit() {
  if (write())
    finished_ = true;
  else
    say(make<MsgId::NOEXIT>());
}

}  // namespace hw::gde
