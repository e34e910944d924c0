/// engine/headwater.hpp -- globals from C++: the public interface, thin over Database and Session.
///
///   #include "engine/headwater.hpp"
///   using hw::node;
///
///   hw::Status pay(hw::Globals& globals, int from, int to, std::int64_t amount) {
///     return globals.transact([&]() -> hw::Status {
///       HW_TRY(const auto left, globals.get(node("acct", from, "balance")));
///       if (std::stoll(left.value_or("0")) < amount) return {};  // nothing happens
///       HW_TRY_VOID(globals.increment(node("acct", from, "balance"), -amount));
///       HW_TRY_VOID(globals.increment(node("acct", to, "balance"), amount));
///       return {};
///     });
///   }
///
///   int main() {
///     auto database = hw::Database::open();  // the global directory that gtmgbldir names
///     if (!database) return std::cerr << database.error().render(), 1;
///     hw::Globals globals{**database};
///     if (auto set = globals.set(node("acct", 17, "balance"), 100); !set) return std::cerr << set.error().render(), 1;
///     for (auto child : globals.children(node("acct"))) {
///       if (!child) return std::cerr << child.error().render(), 1;
///       std::cout << child->last_subscript() << '\n';
///     }
///   }
///
/// Failures are values (engine/base/result.h); nothing here throws but what the standard library throws when memory
/// ends. A change outside a transaction survives the death of any process at once, and a power loss within a second;
/// a transaction, unless its options say otherwise, is on disk when `transact` returns. Reads cost no lock.
///
/// Thread: a Database is shared by a process's threads, a Globals belongs to one. Fork: open the database in the child.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/globals/key.h"
#include "engine/globals/node_key.h"
#include "engine/globals/zwr.h"
#include "engine/session/database.h"
#include "engine/session/session.h"

namespace hw {

/// A whole number or a text, as a subscript or a value. Numbers and their canonical texts are the same thing: 17 and
/// "17" name one node; "017" is another. There are no floating-point ones: write "1.5".
class Scalar {
 public:
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) Scalar(T number) : text_(std::to_string(number)) {}
  Scalar(std::string text) : text_(std::move(text)) {}
  Scalar(std::string_view text) : text_(text) {}
  Scalar(const char* text) : text_(text) {}

  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

/// A node's name: a global and subscripts. A plain value; whether the name is a good one is found out when it is used.
class Node : public NodeName {
 public:
  Node() = default;
  explicit Node(NodeName name) : NodeName(std::move(name)) {}

  /// The node one level below.
  Node operator[](Scalar subscript) const {
    Node child = *this;
    child.subscripts.push_back(std::move(subscript).text());
    return child;
  }
  /// The last subscript's text; the global's name when there is none.
  const std::string& last_subscript() const { return subscripts.empty() ? global : subscripts.back(); }
  /// `^acct(17,"balance")`
  std::string text() const { return format_reference(*this); }
};

/// node("acct", 17, "balance") is ^acct(17,"balance").
template <typename... Subscripts>
Node node(std::string_view global, Subscripts&&... subscripts) {
  Node out;
  out.global = global;
  out.subscripts.reserve(sizeof...(subscripts));
  (out.subscripts.push_back(Scalar(std::forward<Subscripts>(subscripts)).text()), ...);
  return out;
}

/// A node and its value.
struct Entry {
  Node node;
  std::string value;
};

/// What a range gives, one after the other, for `for (auto item : range)`: each item is a Result, because reading on
/// may fail; a failure is the last item. One pass; it reads as it goes, so changes made meanwhile may be seen
/// (within a transaction: the transaction's own).
template <typename Item>
class NodeRange {
 public:
  /// Gives the next item, or none at the end.
  using Next = std::function<Result<std::optional<Item>>()>;
  explicit NodeRange(Next next) : next_(std::move(next)) {}

  class Iterator {
   public:
    using value_type = Result<Item>;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;
    Iterator() = default;
    explicit Iterator(NodeRange& range) : range_(&range) { ++*this; }
    const Result<Item>& operator*() const { return *range_->item_; }
    const Result<Item>* operator->() const { return &*range_->item_; }
    Iterator& operator++() {
      range_->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool at_end() const { return !range_->item_.has_value(); }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.at_end(); }

   private:
    NodeRange* range_ = nullptr;
  };

  Iterator begin() { return Iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  void advance() {
    if (item_ && !item_->has_value()) return item_.reset();  // the failure was the last item
    auto next = next_();
    if (!next) {
      item_.emplace(std::move(next).error());
    } else if (*next) {
      item_.emplace(std::move(**next));
    } else {
      item_.reset();
    }
  }

  Next next_;
  std::optional<Result<Item>> item_;
};

/// What one thread does with a database. Errors of every function: those of the Session function of the same name,
/// and NOTMNAME, MAXNRSUBSCRIPTS, GVSUBOFLOW for a node that cannot be.
class Globals {
 public:
  /// The database outlives it.
  explicit Globals(Database& database) : session_(database) {}

  /// The node's value, or none.
  Result<std::optional<std::string>> get(const Node& node) {
    HW_TRY(const auto key, key_of(node));
    return session_.get(key);
  }
  /// The node's value, or `otherwise`.
  Result<std::string> get(const Node& node, Scalar otherwise) {
    HW_TRY(auto value, get(node));
    return value ? std::move(*value) : std::move(otherwise).text();
  }
  /// Gives the node a value of at most 1 MiB. Outside a transaction it is a commit of its own.
  Status set(const Node& node, const Scalar& value) { return set_text(node, value.text()); }
  template <typename Text>
  requires std::convertible_to<const Text&, std::string_view> Status set(const Node& node, const Text& value) {
    return set_text(node, value);
  }
  /// Removes the node and everything below it.
  Status kill(const Node& node) {
    HW_TRY(const auto key, key_of(node));
    return session_.kill(key);
  }
  /// Removes the node's own value.
  Status zkill(const Node& node) {
    HW_TRY(const auto key, key_of(node));
    return session_.zkill(key);
  }
  /// Adds to the node's number as one step. Returns the new value.
  Result<std::string> increment(const Node& node, const Scalar& by = 1) {
    HW_TRY(const auto key, key_of(node));
    return session_.increment(key, by.text());
  }
  /// $DATA: 0 nothing, 1 a value, 10 nodes below, 11 both.
  Result<unsigned> data(const Node& node) {
    HW_TRY(const auto key, key_of(node));
    return session_.data(key);
  }

  /// The next node on the same level, with or without a value of its own; none at the end. An empty last subscript
  /// starts at the beginning (or the end, backward).
  Result<std::optional<Node>> order(const Node& node, Direction direction = Direction::Forward) {
    HW_TRY(const auto key, key_of(node));
    HW_TRY(const auto found, session_.order(key, direction));
    if (!found) return std::optional<Node>();
    HW_TRY(auto next, node_of(*found));
    return std::optional<Node>(std::move(next));
  }
  /// The next node with a value, below or after, in the same global; none at the end.
  Result<std::optional<Entry>> query(const Node& node, Direction direction = Direction::Forward) {
    HW_TRY(const auto key, key_of(node));
    HW_TRY(auto found, session_.query(key, direction));
    if (!found) return std::optional<Entry>();
    HW_TRY(auto next, node_of(found->key));
    return std::optional<Entry>(Entry{std::move(next), std::move(found->value)});
  }

  /// The nodes one level below `parent`, in collation order.
  NodeRange<Node> children(const Node& parent, Direction direction = Direction::Forward) {
    return NodeRange<Node>([this, direction, at = parent[""]]() mutable -> Result<std::optional<Node>> {
      HW_TRY(auto next, order(at, direction));
      if (next) at = *next;
      return next;
    });
  }
  /// `root` if it has a value, and everything below it that has one, in collation order.
  NodeRange<Entry> nodes(const Node& root) {
    return NodeRange<Entry>([this, root, at = std::string()]() mutable -> Result<std::optional<Entry>> {
      HW_TRY(const auto key, key_of(root));
      std::optional<NodeCopy> found;
      if (at.empty()) {
        at = key;
        HW_TRY(auto own, session_.get(key));
        if (own) return std::optional<Entry>(Entry{root, std::move(*own)});
      }
      HW_TRY(found, session_.query(at, Direction::Forward));
      if (!found || !key_is_in_subtree(found->key, key)) return std::optional<Entry>();
      at = found->key;
      HW_TRY(auto next, node_of(found->key));
      return std::optional<Entry>(Entry{std::move(next), std::move(found->value)});
    });
  }

  /// Runs `body`, a callable that returns a Status, as one transaction: all of its changes are made, or none. It may
  /// run several times when others change what it reads, so it must not do anything that cannot be done twice. An
  /// error that it returns undoes everything and is returned.
  template <typename Body>
  requires std::is_invocable_r_v<Status, Body&> Status transact(Body&& body, const TransactionOptions& options = {}) {
    return session_.transact(options, std::ref(body));
  }

  /// $ZQGBLMOD: may the node have been changed here since the former root primary went another way?
  Result<bool> zqgblmod(const Node& node) {
    HW_TRY(const auto key, key_of(node));
    return session_.zqgblmod(key);
  }

  /// Waits until everything committed so far is on disk.
  Status sync() { return session_.sync(); }
  /// The session below, for what is not offered here.
  Session& session() { return session_; }

 private:
  Status set_text(const Node& node, std::string_view value) {
    HW_TRY(const auto key, key_of(node));
    return session_.set(key, value);
  }
  Result<std::string> key_of(const Node& node) {
    return encode_key(session_.database().directory(), node.global, node.subscripts);
  }
  Result<Node> node_of(std::string_view key) {
    HW_TRY(auto name, decode_key(key, null_collation_of(session_.database().directory(), key_global(key))));
    return Node(std::move(name));
  }

  Session session_;
};

}  // namespace hw
