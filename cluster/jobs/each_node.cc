#include "cluster/jobs/each_node.h"

#include "engine/base/start_thread.h"

namespace hw::cluster {

void at_each_node(const std::vector<std::string>& nodes, const std::function<void(const std::string& node)>& work) {
  std::vector<std::thread> threads;
  std::vector<std::string> left;
  for (const std::string& node : nodes) {
    if (nodes.size() == 1) {
      left.push_back(node);
      break;
    }
    if (auto thread = start_thread("work at a node", [&work, &node] { work(node); }); thread.has_value()) {
      threads.push_back(*std::move(thread));
    } else {
      left.push_back(node);
    }
  }
  for (const std::string& node : left) work(node);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace hw::cluster
