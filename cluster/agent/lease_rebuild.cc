#include "cluster/agent/lease_rebuild.h"

#include <future>
#include <random>
#include <utility>
#include <variant>

#include "cluster/agent/json_body.h"
#include "cluster/board/board_fields.h"
#include "cluster/board/json_archive.h"
#include "cluster/lease/epoch_base.h"
#include "engine/base/mutex.h"

namespace hw::cluster {
namespace {

/// No instance has this name: a node's agent has the try key, not a member.
constexpr const char* kMember = "=coordinator";

struct RebuildQuestionFields {
  std::string group, instance;
};

template <typename A>
void visit_fields(A& a, Visited<A, RebuildQuestionFields>& question) {
  a("group", question.group);
  a("instance", question.instance);
}

struct RebuildAnswerFields {
  std::string member;
  std::uint64_t known_epoch = 0, own_epoch = 0, last_epoch = 0, base = 0, seqno = 0;
  bool undecided = true;
  std::vector<std::string> lists;
};

template <typename A>
void visit_fields(A& a, Visited<A, RebuildAnswerFields>& answer) {
  a("member", answer.member);
  a("known_epoch", answer.known_epoch);
  a("own_epoch", answer.own_epoch);
  a("last_epoch", answer.last_epoch);
  a("base", answer.base);
  a("seqno", answer.seqno);
  a("undecided", answer.undecided);
  a("lists", answer.lists);
}

std::uint64_t random_run() {
  std::random_device random;
  return (std::uint64_t{random()} << 32 | random()) | 1;
}

}  // namespace

std::string encode_epoch_question(const EpochQuestion& question) {
  return dump(JsonWriter::to_json(RebuildQuestionFields{question.group, question.instance}));
}

std::string encode_epoch_answer(const lease::EpochAnswer& answer) {
  RebuildAnswerFields fields;
  fields.member = answer.member;
  fields.known_epoch = answer.known_epoch;
  fields.own_epoch = answer.own_epoch;
  fields.last_epoch = answer.last_epoch;
  fields.base = answer.base;
  fields.seqno = answer.seqno;
  fields.undecided = answer.undecided;
  fields.lists = answer.lists;
  return dump(JsonWriter::to_json(fields));
}

Result<EpochQuestion> decode_epoch_question(std::string_view text) {
  HW_TRY(const RebuildQuestionFields fields, read_body<RebuildQuestionFields>(text, kEpochVerb));
  return EpochQuestion{fields.group, fields.instance};
}

Result<lease::EpochAnswer> decode_epoch_answer(std::string_view text) {
  HW_TRY(RebuildAnswerFields fields, read_body<RebuildAnswerFields>(text, kEpochVerb));
  if (fields.member.empty()) return make_error<MsgId::HWBOARDBAD>(kEpochVerb, "member: missing");
  lease::EpochAnswer answer;
  answer.member = std::move(fields.member);
  answer.known_epoch = fields.known_epoch;
  answer.own_epoch = fields.own_epoch;
  answer.last_epoch = fields.last_epoch;
  answer.base = fields.base;
  answer.seqno = fields.seqno;
  answer.undecided = fields.undecided;
  answer.lists = std::move(fields.lists);
  return answer;
}

/// The request under way; who asked may have gone when its answer comes.
struct LeaseRebuild::Asked {
  Mutex mutex;
  std::optional<std::promise<Result<lease::Event>>> promise HW_GUARDED_BY(mutex);

  std::future<Result<lease::Event>> begin() {
    const MutexLock guard(mutex);
    promise.emplace();
    return promise->get_future();
  }
  void end(Result<lease::Event> outcome) {
    const MutexLock guard(mutex);
    if (!promise) return;
    promise->set_value(std::move(outcome));
    promise.reset();
  }
};

LeaseRebuild::LeaseRebuild(std::shared_ptr<LinkLoop> loop, const std::shared_ptr<store::StoreClient>& client,
                           const store::StoreKeys& keys, std::string group)
    : loop_(std::move(loop)), group_(std::move(group)), asked_(std::make_shared<Asked>()) {
  loop_->run([&] {
    store::RecordStore::Hooks hooks;
    hooks.heard = [asked = asked_](const lease::Event& event) { asked->end(event); };
    hooks.failed = [asked = asked_](const Error& error) { asked->end(error); };
    store_ = std::make_unique<store::RecordStore>(client, keys, group_, kMember, std::move(hooks));
  });
}

LeaseRebuild::~LeaseRebuild() {
  if (!loop_->run([this] { store_.reset(); })) store_.reset();
}

Result<lease::Event> LeaseRebuild::ask(const std::function<void(store::RecordStore&)>& what, Deadline deadline) {
  auto answer = asked_->begin();
  const bool ran = loop_->run([&] {
    if (store_ != nullptr) what(*store_);
  });
  if (ran && answer.wait_until(deadline) == std::future_status::ready) return answer.get();
  return make_error<MsgId::HWREMOTE>("lease store", "no answer in time");
}

Status LeaseRebuild::begin(Deadline deadline) {
  HW_TRY(const lease::Event read, ask([](store::RecordStore& store) { store.read({1, false}); }, deadline));
  const auto* const found = std::get_if<lease::event::RecordRead>(&read);
  if (found == nullptr || found->stored)
    return make_error<MsgId::HWREFUSED>("config epoch-base", "the store has a record of " + group_);
  mark_.serial = {random_run(), 1};
  HW_TRY(const lease::Event put, ask(
                                     [this](store::RecordStore& store) {
                                       store.put_try({2, mark_.serial, false});
                                     },
                                     deadline));
  const auto* const done = std::get_if<lease::event::TryPut>(&put);
  if (done == nullptr) return make_error<MsgId::HWREMOTE>("lease store", "another answer than was asked for");
  mark_.revision = done->revision;
  return {};
}

Result<std::uint64_t> LeaseRebuild::put(const std::vector<lease::EpochAnswer>& answers, Deadline deadline) {
  HW_TRY(const lease::Record record, lease::rebuilt_record(answers, {mark_.serial.run, 2}));
  const lease::action::PutRecord action{3, record, std::nullopt, mark_, false};
  HW_TRY(const lease::Event put, ask([&](store::RecordStore& store) { store.put(action); }, deadline));
  const auto* const outcome = std::get_if<lease::event::RecordPut>(&put);
  if (outcome != nullptr && outcome->done) return record.epoch;
  return make_error<MsgId::HWREFUSED>("config epoch-base", "somebody else has put a record of " + group_);
}

}  // namespace hw::cluster
