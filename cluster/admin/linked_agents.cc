#include "cluster/admin/linked_agents.h"

#include <chrono>
#include <utility>

#include "cluster/link/agent_client.h"

namespace hw::cluster::hwadm {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kConnectWait{3};  // As long as an agent may be silent.
constexpr std::chrono::hours kNoLimit{24 * 365 * 10};

/// The one that the caller gets; the others are told before.
Error last_of(std::vector<Error>& failures) {
  HW_CHECK(!failures.empty());  // A configuration that passes its check has a node.
  Error last = std::move(failures.back());
  failures.pop_back();
  return last;
}

}  // namespace

class LinkedAgents::Line final : public AgentLine {
 public:
  Line(std::string name, AgentClient client) : name_(std::move(name)), client_(std::move(client)) {}
  bool is_open() const { return client_.is_open(); }
  const std::string& name() const override { return name_; }

  Result<std::string> call(const std::string& verb, const std::string& body, double timeout_s,
                           std::function<void(std::string)> on_piece) override {
    const auto limit = std::chrono::duration<double>(timeout_s);
    const auto wait = timeout_s < 0 || limit > kNoLimit ? std::chrono::duration<double>(kNoLimit) : limit;
    return client_.call(verb, body, steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(wait),
                        std::move(on_piece));
  }

 private:
  std::string name_;
  AgentClient client_;
};

LinkedAgents::LinkedAgents(FolderPlaces places, const Person& person, std::string program)
    : places_(std::move(places)), caller_(person.user + "@" + person.host), program_(std::move(program)) {}

LinkedAgents::~LinkedAgents() = default;

void LinkedAgents::set_folder(const std::string& given) {
  if (given == places_.given) return;
  places_.given = given;
  line_.reset();
}

Result<AgentLine*> LinkedAgents::try_target(const AgentTarget& target,
                                            const std::shared_ptr<Credentials>& credentials) {
  if (!thread_) {
    HW_TRY(LinkThread started, LinkThread::start("hwadm"));
    thread_.emplace(std::move(started));
  }
  HW_TRY(AgentClient client,
         AgentClient::connect(thread_->loop(), target, {caller_, "Headwater " HW_VERSION, credentials},
                              steady_clock::now() + kConnectWait));
  const Peer& peer = client.peer();
  line_ = std::make_unique<Line>(peer.says.empty() ? text_of(target) : peer.says, std::move(client));
  return line_.get();
}

Result<AgentLine*> LinkedAgents::try_nodes(const Domain& domain, std::vector<Error>& failures) {
  HW_TRY(const auto credentials, Credentials::load(security_of(domain)));
  for (const AgentTarget& target : targets_of(domain)) {
    auto line = try_target(target, credentials);
    if (line.has_value()) return line;
    failures.push_back(std::move(line).error());
  }
  return last_of(failures);
}

Result<AgentLine*> LinkedAgents::try_all(const Domain* domain, std::vector<Error>& failures) {
  const auto folder = find_folder(places_);
  if (!folder.has_value()) {
    // A configuration that is applied for the first time names the agents where no folder does.
    if (domain == nullptr) return folder.error();
    return try_nodes(*domain, failures);
  }
  auto line = try_target({{}, socket_of(*folder), {}}, nullptr);
  if (line.has_value()) return line;
  failures.push_back(std::move(line).error());
  if (domain != nullptr) return try_nodes(*domain, failures);
  const auto current = current_domain(*folder, own_home(program_));
  if (!current.has_value()) return last_of(failures);
  return try_nodes(*current, failures);
}

Result<AgentLine*> LinkedAgents::connect(const Domain* domain, const std::function<void(const Error&)>& tried) {
  if (line_ != nullptr && line_->is_open()) return line_.get();
  line_.reset();
  std::vector<Error> failures;
  auto line = try_all(domain, failures);
  if (!line.has_value())
    for (const Error& failure : failures) tried(failure);
  return line;
}

}  // namespace hw::cluster::hwadm
