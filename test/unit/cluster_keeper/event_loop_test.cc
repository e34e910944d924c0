// The loop that everything waits in: descriptors, times, and what other threads post.
#include "cluster/keeper/event_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "cluster/keeper/descriptor.h"
#include "engine/base/start_thread.h"
#include "test/support/child_process.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using test::must;
using Clock = EventLoop::Clock;

class Loop : public testing::Test {
 protected:
  void SetUp() override { must(loop_.open()); }
  bool wait(const std::function<bool()>& done) { return loop_.run_until(Clock::now() + 60s, done); }

  EventLoop loop_;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    HW_CHECK(::pipe(ends.data()) == 0);
    in = Descriptor(ends[0]);
    out = Descriptor(ends[1]);
  }
  void write() const { HW_CHECK(::write(out.get(), "x", 1) == 1); }
  Descriptor in, out;
};

TEST_F(Loop, TimesComeInTheirOrderAndNotEarly) {
  std::string order;
  const auto begin = Clock::now();
  const auto later = loop_.at(begin + 30ms, [&] {
    order += "c";
    EXPECT_GE(Clock::now(), begin + 30ms);
  });
  const auto soon = loop_.at(begin, [&] { order += "a"; });
  const auto next = loop_.at(begin + 10ms, [&] { order += "b"; });
  ASSERT_TRUE(wait([&] { return order.size() == 3; }));
  EXPECT_EQ(order, "abc");
}

TEST_F(Loop, ACancelledTimeDoesNotCome) {
  bool came = false, other = false;
  auto cancelled = loop_.at(Clock::now(), [&] { came = true; });
  cancelled.cancel();
  EXPECT_FALSE(cancelled.is_armed());
  {
    const auto gone = loop_.at(Clock::now(), [&] { came = true; });
  }
  const auto kept = loop_.at(Clock::now() + 5ms, [&] { other = true; });
  ASSERT_TRUE(wait([&] { return other; }));
  EXPECT_FALSE(came);
}

TEST_F(Loop, ACallbackMayReplaceItsOwnHandle) {
  int turns = 0;
  EventLoop::Handle handle;
  std::function<void()> again = [&] {
    if (++turns < 5) handle = loop_.at(Clock::now(), again);
  };
  handle = loop_.at(Clock::now(), again);
  EXPECT_TRUE(wait([&] { return turns == 5; }));
}

TEST_F(Loop, ADescriptorIsToldOfUntilItsHandleGoes) {
  const Pipe pipe;
  int told = 0;
  EventLoop::Handle handle = must(loop_.when_readable(pipe.in.get(), [&] {
    if (++told == 3) handle.cancel();
  }));
  pipe.write();
  ASSERT_TRUE(wait([&] { return told == 3; }));
  EXPECT_FALSE(loop_.run_until(Clock::now() + 20ms, [&] { return told > 3; }));
}

TEST_F(Loop, OneThatIsDisarmedByAnotherInTheSameTurnIsNotToldOf) {
  const Pipe one, two;
  int told = 0;
  EventLoop::Handle first, second;
  // Whichever comes first takes the other away.
  first = must(loop_.when_readable(one.in.get(), [&] {
    ++told;
    first.cancel();
    second.cancel();
  }));
  second = must(loop_.when_readable(two.in.get(), [&] {
    ++told;
    first.cancel();
    second.cancel();
  }));
  one.write();
  two.write();
  ASSERT_TRUE(wait([&] { return told > 0; }));
  EXPECT_EQ(told, 1);
}

TEST_F(Loop, AWritableEndIsTold) {
  const Pipe pipe;
  bool told = false;
  EventLoop::Handle handle = must(loop_.when_writable(pipe.out.get(), [&] {
    told = true;
    handle.cancel();
  }));
  EXPECT_TRUE(wait([&] { return told; }));
}

TEST_F(Loop, ABadDescriptorIsAnError) {
  const auto handle = loop_.when_readable(-1, [] {});
  ASSERT_FALSE(handle.has_value());
  EXPECT_EQ(handle.error().os_errno, EBADF);
}

TEST_F(Loop, OtherThreadsPostAndStopIt) {
  std::atomic<int> left{4};
  std::vector<int> seen;  // Of the loop's thread alone.
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.push_back(must(start_thread("posting", [&] {
      for (int i = 0; i < 1000; ++i) loop_.post([&seen, i] { seen.push_back(i); });
      if (left.fetch_sub(1) == 1) loop_.post([this] { loop_.stop(); });
    })));
  }
  loop_.run();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), 4000U);
}

}  // namespace
}  // namespace hw::cluster
