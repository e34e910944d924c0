#include "cluster/store/record_store.h"

#include <utility>

#include "cluster/store/key_value_calls.h"
#include "cluster/store/record_text.h"

namespace hw::cluster::store {
namespace {

/// What the store must have for a put to be done.
std::vector<Compare> compares_of(const lease::action::PutRecord& action, const std::string& record_key,
                                 const std::string& try_key) {
  std::vector<Compare> out;
  if (action.expected.has_value())
    out.push_back({record_key, action.expected->revision, action.expected->value});
  else
    out.push_back({record_key, 0, std::nullopt});
  if (action.try_mark.has_value())
    out.push_back({try_key, action.try_mark->revision, encode_try(action.try_mark->serial)});
  return out;
}

Decoded<std::optional<lease::Stored>> stored_in(std::string_view body, std::string_view record_key) {
  auto range = decode_range(body);
  if (!range.has_value()) return tl::unexpected(std::move(range).error());
  if (range->values.empty()) return std::nullopt;
  KeyValue& found = range->values.front();
  if (range->values.size() > 1 || found.key != record_key)
    return tl::unexpected(std::string("another key than was asked for"));
  auto record = decode_record(found.value);
  if (!record.has_value()) return tl::unexpected("the record: " + record.error());
  return lease::Stored{*std::move(record), found.mod_revision, std::move(found.value)};
}

}  // namespace

RecordStore::RecordStore(const std::shared_ptr<StoreClient>& client, const StoreKeys& keys, const std::string& group,
                         const std::string& member, Hooks hooks)
    : reads_(client),
      puts_(client),
      record_key_(keys.record(group)),
      try_key_(keys.try_key(group, member)),
      hooks_(std::move(hooks)) {}

void RecordStore::bad_answer(std::string_view fault) const {
  hooks_.failed(make_error<MsgId::HWREMOTE>("etcd", fmt::format("{}: {}", record_key_, fault)));
}

void RecordStore::read(const lease::action::ReadRecord& action) {
  reads_.call(kRangePath, encode_read(record_key_), action.other_endpoint,
              [this, request = action.request](const Result<std::string>& answer) { was_read(request, answer); });
}

void RecordStore::was_read(lease::RequestId request, const Result<std::string>& answer) {
  if (!answer.has_value()) return hooks_.failed(answer.error());
  auto stored = stored_in(*answer, record_key_);
  if (!stored.has_value()) return bad_answer(stored.error());
  hooks_.heard(lease::event::RecordRead{request, *std::move(stored)});
}

void RecordStore::put(const lease::action::PutRecord& action) {
  std::string value = encode_record(action.record);
  std::string body = encode_compare_and_put(compares_of(action, record_key_, try_key_), record_key_, value);
  puts_.call(kTxnPath, std::move(body), action.other_endpoint,
             [this, request = action.request, value = std::move(value)](const Result<std::string>& answer) {
               was_put(request, value, answer);
             });
}

void RecordStore::was_put(lease::RequestId request, const std::string& value, const Result<std::string>& answer) {
  if (!answer.has_value()) return hooks_.failed(answer.error());
  const auto txn = decode_txn(*answer);
  if (!txn.has_value()) return bad_answer(txn.error());
  if (!txn->succeeded) return hooks_.heard(lease::event::RecordPut{request, false});
  hooks_.heard(lease::event::RecordPut{request, true, txn->revision, value});
}

void RecordStore::put_try(const lease::action::PutTry& action) {
  puts_.call(kPutPath, encode_put(try_key_, encode_try(action.serial)), action.other_endpoint,
             [this, request = action.request](const Result<std::string>& answer) { try_was_put(request, answer); });
}

void RecordStore::try_was_put(lease::RequestId request, const Result<std::string>& answer) {
  if (!answer.has_value()) return hooks_.failed(answer.error());
  const auto revision = decode_put(*answer);
  if (!revision.has_value()) return bad_answer(revision.error());
  hooks_.heard(lease::event::TryPut{request, *revision});
}

}  // namespace hw::cluster::store
