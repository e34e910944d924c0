// Frames over loopback: what a peer may send, what it may not, and how waits end.
#include "replic/link/frame_io.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace hw {
namespace {

using namespace std::chrono_literals;
Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

class FrameIo : public testing::Test {
 protected:
  void SetUp() override {
    auto listener = FrameListener::listen(0);
    ASSERT_TRUE(listener.has_value()) << listener.error().render();
    listener_ = std::move(*listener);
  }
  FrameConnection accepted() {
    auto connection = listener_.accept(in(10s));
    EXPECT_TRUE(connection.has_value() && connection->has_value());
    return std::move(**connection);
  }
  void connect_both(const std::string& host = "127.0.0.1") {
    auto connection = FrameConnection::connect(host, listener_.port(), in(10s));
    ASSERT_TRUE(connection.has_value()) << connection.error().render();
    here_ = std::move(*connection);
    there_ = accepted();
  }
  /// A peer that sends what it likes.
  int raw_peer() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_port = htons(listener_.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<struct sockaddr*>(&address), sizeof address), 0);
    here_ = accepted();
    return fd;
  }
  static void put(int fd, std::string_view bytes) {
    ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  MsgId refused() {
    auto outcome = here_.read(frame_, in(10s));
    EXPECT_FALSE(outcome.has_value());
    return outcome.has_value() ? MsgId::TEXT : outcome.error().id;
  }

  FrameListener listener_;
  FrameConnection here_, there_;
  ReceivedFrame frame_;
};

// Shows: 3.start.host
TEST_F(FrameIo, MessagesArriveInOrderOverNamesAndBothAddressFamilies) {
  for (const char* host : {"127.0.0.1", "localhost", "::1"}) {
    if (std::string(host) == "::1" && !FrameConnection::connect(host, listener_.port(), in(1s)).has_value()) continue;
    if (std::string(host) == "::1") (void)accepted();
    connect_both(host);
    ASSERT_TRUE(here_.write(kLevelMultiSite, wire::Xoff{Seqno{7}}, in(5s)).has_value());
    ASSERT_TRUE(here_.write(kLevelMultiSite, wire::Xon{Seqno{8}}, in(5s)).has_value());
    auto first = there_.read(frame_, in(5s));
    ASSERT_TRUE(first.has_value()) << first.error().render();
    EXPECT_EQ(*first, FrameRead::Frame);
    EXPECT_EQ(std::get<wire::Xoff>(frame_.message).seqno, Seqno{7});
    EXPECT_EQ(frame_.level, kLevelMultiSite);
    ASSERT_EQ(*there_.read(frame_, in(5s)), FrameRead::Frame);
    EXPECT_EQ(std::get<wire::Xon>(frame_.message).seqno, Seqno{8});
    EXPECT_NE(here_.local(), here_.remote());
  }
}

TEST_F(FrameIo, GarbageIsRefusedByTheHeaderAlone) {
  const int peer = raw_peer();
  put(peer, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
  EXPECT_EQ(refused(), MsgId::HWREPLPROTO);
  ::close(peer);
}

TEST_F(FrameIo, AFlippedBitIsRefused) {
  std::string bytes = encode_frame(kLevelMultiSite, wire::Xoff{Seqno{7}});
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  const int peer = raw_peer();
  put(peer, bytes);
  EXPECT_EQ(refused(), MsgId::HWREPLPROTO);
  ::close(peer);
}

TEST_F(FrameIo, ACutFrameIsALostConnection) {
  const std::string bytes = encode_frame(kLevelMultiSite, wire::Xoff{Seqno{7}});
  for (const std::size_t length : {std::size_t{0}, std::size_t{5}, kWireHeaderBytes, bytes.size() - 1}) {
    const int peer = raw_peer();
    if (length > 0) put(peer, bytes.substr(0, length));
    ::close(peer);
    auto outcome = here_.read(frame_, in(10s));
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().id, MsgId::REPLCOMM) << length;
    EXPECT_EQ(connection_end(outcome.error()).find("Ended inside a message") != std::string::npos, length > 0);
  }
}

TEST_F(FrameIo, ASlowPeerIsWaitedForInPieces) {
  const std::string bytes = encode_frame(kLevelMultiSite, wire::Control{1, std::string(4000, 'x')});
  const int peer = raw_peer();
  put(peer, bytes.substr(0, 10));
  EXPECT_EQ(*here_.read(frame_, in(20ms)), FrameRead::TimedOut);
  put(peer, bytes.substr(10, 100));
  EXPECT_EQ(*here_.read(frame_, in(20ms)), FrameRead::TimedOut);
  put(peer, bytes.substr(110) + bytes.substr(0, 7));
  ASSERT_EQ(*here_.read(frame_, in(5s)), FrameRead::Frame);
  EXPECT_EQ(std::get<wire::Control>(frame_.message).payload, std::string(4000, 'x'));
  EXPECT_EQ(frame_.wire_bytes, bytes.size());
  EXPECT_EQ(*here_.read(frame_, in(20ms)), FrameRead::TimedOut);
  ::close(peer);
}

TEST_F(FrameIo, AWakeUpEndsAWait) {
  connect_both();
  WakeUp wake;
  ASSERT_TRUE(wake.open().has_value());
  std::thread other([&] { wake.wake(); });
  EXPECT_EQ(*here_.read(frame_, in(30s), wake.fd()), FrameRead::Woken);
  other.join();
  EXPECT_FALSE((*listener_.accept(in(30s), wake.fd())).has_value());
  wake.clear();
  EXPECT_EQ(*here_.read(frame_, in(10ms), wake.fd()), FrameRead::TimedOut);
}

TEST_F(FrameIo, LargeBodiesTravelCompressedAndPlain) {
  for (const std::uint32_t level : {0U, 1U, 9U}) {
    connect_both();
    here_.set_compression(level);
    TransactionBatch batch;
    const std::string piece(3'000'000, 'y');
    ASSERT_TRUE(batch.add(Seqno{5}, as_bytes(piece)));
    std::thread writer([&] {
      EXPECT_TRUE(here_.write_body(kLevelMultiSite, WireType::Transactions, batch.body(), in(20s)).has_value());
    });
    auto outcome = there_.read(frame_, in(20s));
    writer.join();
    ASSERT_TRUE(outcome.has_value()) << outcome.error().render();
    ASSERT_EQ(*outcome, FrameRead::Frame);
    const auto& got = std::get<wire::Transactions>(frame_.message);
    ASSERT_EQ(got.frames.size(), 1U);
    EXPECT_EQ(as_text(got.frames[0]), piece);
    EXPECT_EQ(here_.wire_bytes_sent() < here_.plain_bytes_sent() / 10, level != 0);
    EXPECT_EQ(frame_.wire_bytes, here_.wire_bytes_sent());
  }
}

TEST_F(FrameIo, ABodyThatDoesNotInflateLeavesTheConnectionUsable) {
  const int peer = raw_peer();
  const std::string body = "this is no zstd frame";
  const auto head = make_link_header(kLevelMultiSite, WireType::Transactions, as_bytes(body), kFrameCompressed, 100);
  put(peer, std::string(as_text(head)) + body + encode_frame(kLevelMultiSite, wire::Xoff{Seqno{9}}));
  EXPECT_EQ(*here_.read(frame_, in(5s)), FrameRead::NotInflated);
  ASSERT_EQ(*here_.read(frame_, in(5s)), FrameRead::Frame);
  EXPECT_EQ(std::get<wire::Xoff>(frame_.message).seqno, Seqno{9});
  ::close(peer);
}

TEST_F(FrameIo, APeerThatDoesNotReadEndsTheWriteAtItsDeadline) {
  connect_both();
  const std::string body(kFrameBodyBytesMax, 'z');
  auto status = here_.write_body(kLevelMultiSite, WireType::Transactions, as_bytes(body), in(100ms));
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().os_errno, ETIMEDOUT);
}

TEST_F(FrameIo, ShutDownEndsAReadOfAnotherThread) {
  connect_both();
  std::thread reader([&] { EXPECT_FALSE(here_.read(frame_, in(30s)).has_value()); });
  here_.shut_down();
  reader.join();
}

TEST_F(FrameIo, RefusalsSayWhy) {
  const std::uint16_t port = listener_.port();
  EXPECT_EQ(FrameListener::listen(port).error().os_errno, EADDRINUSE);
  listener_ = FrameListener();
  auto refused_here = FrameConnection::connect("127.0.0.1", port, in(5s));
  ASSERT_FALSE(refused_here.has_value());
  EXPECT_EQ(refused_here.error().os_errno, ECONNREFUSED);
  EXPECT_EQ(connection_end(refused_here.error()), "Status = 111 ; Connection refused");
  auto nowhere = FrameConnection::connect("no.such.host.invalid", port, in(5s));
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_NE(nowhere.error().render().find("Failure in resolving no.such.host.invalid:"), std::string::npos);
}

}  // namespace
}  // namespace hw
