// The commands that change the directory being edited. One that fails has changed nothing.
#include <algorithm>
#include <array>

#include "engine/gde/objects.h"
#include "engine/gde/qualifiers.h"
#include "engine/gde/session.h"

namespace hw::gde {
namespace {

using std::string_view;

constexpr std::array<string_view, 3> kObjects = {"NAME", "REGION", "SEGMENT"};
constexpr std::array<string_view, 2> kTemplateObjects = {"REGION", "SEGMENT"};

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

template <typename Object>
Outcome<Object> with_qualifiers(Object object, Scanner& line, Messages& info) {
  const auto attributes = attributes_of(object);
  HW_TRY(const bool done, apply_qualifiers(line, attributes, info));
  (void)done;
  return object;
}

}  // namespace

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

}  // namespace hw::gde
