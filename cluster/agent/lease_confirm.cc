#include "cluster/agent/lease_confirm.h"

#include "cluster/agent/json_body.h"
#include "cluster/board/board_fields.h"
#include "cluster/board/json_archive.h"

namespace hw::cluster {
namespace {

struct QuestionFields {
  std::string group, to, from;
  std::uint64_t run = 0, number = 0, epoch = 0;
};

template <typename A>
void visit_fields(A& a, Visited<A, QuestionFields>& question) {
  a("group", question.group);
  a("to", question.to);
  a("from", question.from);
  a("run", question.run);
  a("number", question.number);
  a("epoch", question.epoch);
}

struct AnswerFields {
  bool yes = false;
  std::uint64_t known_epoch = 0;
};

template <typename A>
void visit_fields(A& a, Visited<A, AnswerFields>& answer) {
  a("yes", answer.yes);
  a("known_epoch", answer.known_epoch);
}

}  // namespace

std::string encode_question(const ConfirmQuestion& question) {
  const QuestionFields fields{question.group,     question.to,           question.from,
                              question.round.run, question.round.number, question.epoch};
  return dump(JsonWriter::to_json(fields));
}

std::string encode_confirm(const ConfirmAnswer& answer) {
  return dump(JsonWriter::to_json(AnswerFields{answer.yes, answer.known_epoch}));
}

Result<ConfirmQuestion> decode_question(std::string_view text) {
  HW_TRY(const QuestionFields fields, read_body<QuestionFields>(text, kConfirmVerb));
  return ConfirmQuestion{fields.group, fields.to, fields.from, {fields.run, fields.number}, fields.epoch};
}

Result<ConfirmAnswer> decode_confirm(std::string_view text) {
  HW_TRY(const AnswerFields fields, read_body<AnswerFields>(text, kConfirmVerb));
  return ConfirmAnswer{fields.yes, fields.known_epoch};
}

}  // namespace hw::cluster
