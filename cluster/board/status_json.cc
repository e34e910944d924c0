#include "cluster/board/json.h"
#include "cluster/board/status.h"

namespace hw::cluster {
namespace {

Json json_of(const BoardNode& node) {
  Json out;
  out["name"] = node.name;
  out["address"] = text_or_null(node.address);
  out["release"] = text_or_null(node.release);
  out["state"] = word_of(node.state);
  out["heard"] = time_or_null(node.heard_us);
  return out;
}

Json json_of(const BoardGroup& group) {
  Json out;
  out["name"] = group.name;
  out["kind"] = word_of(group.kind);
  out["state"] = word_of(group.state);
  out["place"] = text_or_null(group.place);
  out["holder"] = text_or_null(group.holder);
  out["epoch"] = number_or_null(group.epoch);
  out["lease"] = word_of(group.lease);
  out["lease_left_s"] = group.lease_left_s ? tenths(*group.lease_left_s) : Json(nullptr);
  out["failsafe"] = group.failsafe;
  out["candidates"] = group.candidates;
  return out;
}

Json json_of(const BoardInstance& instance) {
  Json out;
  out["name"] = instance.name;
  out["node"] = instance.node;
  out["group"] = text_or_null(instance.group);
  out["role"] = instance.role == BoardRole::Unseen ? Json(nullptr) : Json(word_of(instance.role));
  out["epoch"] = number_or_null(instance.epoch);
  out["next_seqno"] = number_or_null(instance.next_seqno);
  out["lag"]["transactions"] = number_or_null(instance.lag.transactions);
  out["lag"]["seconds"] = instance.lag.seconds ? tenths(*instance.lag.seconds) : Json(nullptr);
  out["upstream"] = text_or_null(instance.fed_by.empty() ? instance.upstream : instance.fed_by);
  out["needs"] = text_or_null(instance.needs);
  return out;
}

Json json_of(const BoardServer& server) {
  Json out;
  out["id"] = number_or_null(server.id);
  out["name"] = server.name;
  out["group"] = server.group;
  out["node"] = server.node;
  out["pid"] = number_or_null(server.pid);
  out["state"] = word_of(server.state);
  out["restarts"] = server.restarts;
  out["since"] = time_or_null(server.since_us);
  out["requests"] = number_or_null(server.requests);
  out["kib"] = number_or_null(server.kib);
  return out;
}

Json json_of(const BoardProblem& problem) {
  Json out;
  out["code"] = problem.code;
  out["severity"] = std::string(1, problem.severity);
  out["text"] = problem.text;
  out["node"] = text_or_null(problem.node);
  return out;
}

template <typename Rows>
Json list_of(const Rows& rows) {
  Json list = Json::array();
  for (const auto& row : rows) list.push_back(json_of(row));
  return list;
}

}  // namespace

std::string status_json(const Board& board) {
  Json out;
  out["format"] = 1;
  out["time"] = time_or_null(board.time_us);
  out["domain"] = text_or_null(board.domain);
  out["dcs"] = word_of(board.dcs);
  out["generation"]["number"] = number_or_null(board.generation.number);
  out["generation"]["sha256"] = text_or_null(board.generation.sha256);
  out["coordinator"]["node"] = text_or_null(board.coordinator.node);
  out["coordinator"]["since"] = time_or_null(board.coordinator.since_us);
  out["paused_until"] = time_or_null(board.paused_until_us);
  out["nodes"] = list_of(board.nodes);
  out["groups"] = list_of(board.groups);
  out["instances"] = list_of(board.instances);
  out["servers"] = Json::array();
  for (const BoardServer& server : board.servers)
    if (server.state != BoardServerState::Down) out["servers"].push_back(json_of(server));
  out["problems"] = list_of(board.problems);
  return dump(out);
}

}  // namespace hw::cluster
