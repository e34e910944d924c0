/// cluster/agent/command_record.h -- a command in history and operator log: before it changes something, and after.
///
/// A command that may ask a question has changed nothing as long as it has neither printed a line nor changed an order;
/// one that ends with its question leaves no trace. All others are noted at once. Source: operations, section 1.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/agent/history_log.h"
#include "cluster/jobs/job.h"
#include "cluster/plan/request.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

/// Thread: any.
class CommandRecord {
 public:
  /// The history outlives it.
  CommandRecord(HistoryLog& history, std::string_view verb, const CommandRequest& request);

  /// It changes something now.
  void begin();
  void about(std::uint64_t epoch, const std::string& group);
  void end(const JobEnd& end);

 private:
  HistoryLog& history_;
  const HistoryWish wish_;
  Mutex mutex_;
  std::optional<HistoryEntry> entry_ HW_GUARDED_BY(mutex_);
  std::uint64_t epoch_ HW_GUARDED_BY(mutex_) = 0;
  std::string group_ HW_GUARDED_BY(mutex_);
};

/// Orders, whose first change begins the record. Both outlive it; null: there is no record.
class RecordedOrders final : public OrderBook {
 public:
  RecordedOrders(OrderBook& orders, CommandRecord* record) : orders_(orders), record_(record) {}
  Orders read() const override { return orders_.read(); }
  Status change(const std::function<void(Orders&)>& edit) override {
    if (record_ != nullptr) record_->begin();
    return orders_.change(edit);
  }

 private:
  OrderBook& orders_;
  CommandRecord* const record_;
};

/// Likewise what is printed, by its first line.
class RecordedSay final : public Say {
 public:
  RecordedSay(Say& say, CommandRecord* record) : say_(say), record_(record) {}
  void line(std::string_view text) override {
    if (record_ != nullptr) record_->begin();
    say_.line(text);
  }
  void message(const Error& error, std::string_view node) override { say_.message(error, node); }

 private:
  Say& say_;
  CommandRecord* const record_;
};

}  // namespace hw::cluster
