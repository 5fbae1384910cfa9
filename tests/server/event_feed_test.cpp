#include "server/event_feed.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "net/clock.hpp"
#include "tests/net/ws_server.hpp"
#include "tests/store/temp_folder.hpp"

namespace daedap::server {
namespace {

using nlohmann::json;
using test::WsServer;

constexpr store::WallTime noon{std::chrono::milliseconds{1'769'688'000'000}};

template <typename F>
bool wait_for(F wanted) {
  for (const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20}; std::chrono::steady_clock::now() < until; std::this_thread::yield())
    if (wanted()) return true;
  return false;
}

/// Lines come from three threads.
class Lines final : public base::LogSink {
 public:
  void write(base::Level, std::string_view event, std::span<const base::Field> fields) override {
    const std::lock_guard lock(mutex_);
    text_.append(event);
    for (const base::Field& f : fields)
      if (const auto* text = std::get_if<std::string_view>(&f.value)) text_.append(" ").append(*text);
    text_ += '\n';
  }
  bool has(std::string_view event) { return text().find(event) != std::string::npos; }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

class Feed : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GE(sodium_init(), 0);
    delivery_.settle = base::Millis{50};
    delivery_.ping_gap = base::Millis{10};
    delivery_.retry_first = delivery_.retry_most = base::Millis{20};
    delivery_.pong_patience = base::Millis{500};
  }
  void open(std::vector<std::uint16_t> ports, const std::vector<store::StoredCall>& killed = {}) {
    EventSettings settings;
    settings.extended = true;
    for (const std::uint16_t port : ports) settings.urls.push_back({"ws://127.0.0.1:" + std::to_string(port) + "/?k=geheim", "geheim-token", {}, {}});
    auto feed = EventFeed::open({.settings = settings, .file = folder_ / "events.db", .log = log_, .random = base::seeded(3),
                                 .on_sent = [this](base::Duration) { ++sent_; }, .delivery = delivery_},
                                killed);
    ASSERT_TRUE(feed) << feed.error().message();
    feed_ = std::move(*feed);
  }
  // By today's date: what is a week old would be given up.
  void tell(const call::Event& event) {
    feed_->on_call(event, std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()), net::now());
  }
  void begin(const std::string& id) { tell(call::TalkStarted{.call_id = id, .customer_number = "1", .agent_id = "2", .language = "ko"}); }
  void say(const std::string& id) { tell(call::SpeakerTurn{.call_id = id, .start_ms = 0, .end_ms = 900, .transcript = "네"}); }
  void end(const std::string& id) {
    call::Record r;
    r.call_id = id;
    r.duration_ms = 1'000;
    tell(call::CallEnded{r});
  }
  void whole_call(const std::string& id, int turns = 3) {
    begin(id);
    for (int i = 0; i < turns; ++i) say(id);
    end(id);
  }
  /// Every call that is told of is whole and in order, repeats left out.
  static std::size_t whole(const WsServer& server) {
    std::map<std::string, std::vector<std::string>> calls;
    std::map<std::string, std::string> seen;
    for (const std::string& line : server.messages()) {
      const json e = json::parse(line);
      const std::string id = e["call_id"], key = id + "/" + std::to_string(e["seq"].get<int>());
      if (seen.contains(key)) {
        EXPECT_EQ(seen[key], line);
        continue;
      }
      seen[key] = line;
      calls[id].push_back(e["type"]);
      EXPECT_EQ(e["seq"], calls[id].size()) << id;
    }
    std::size_t ended = 0;
    for (const auto& [id, types] : calls) {
      EXPECT_EQ(types.front(), "metadata_start");
      EXPECT_EQ(std::ranges::count(types, "metadata_start"), 1);
      EXPECT_LE(std::ranges::count(types, "metadata_end"), 1);
      ended += types.back() == "metadata_end";
    }
    return ended;
  }

  test::TempFolder folder_;
  Lines log_;
  EventDelivery::Settings delivery_;
  std::atomic<int> sent_{0};
  std::unique_ptr<EventFeed> feed_;
};

TEST_F(Feed, EventsReachEveryConsumerAndAreTakenOffTheDisk) {
  WsServer one, two;
  open({one.port(), two.port()});
  whole_call("a");
  ASSERT_TRUE(wait_for([&] { return one.count() == 5 && two.count() == 5; }));
  EXPECT_EQ(whole(one), 1u);
  EXPECT_EQ(one.messages(), two.messages());
  EXPECT_NE(one.request().find("Authorization: Bearer geheim-token\r\n"), std::string::npos);
  ASSERT_TRUE(wait_for([&] { return feed_->figures().consumers[0].backlog == 0 && feed_->figures().consumers[1].backlog == 0; }));
  ASSERT_TRUE(wait_for([&] { return feed_->figures().outbox_bytes == 0; }));
  EXPECT_EQ(feed_->figures().written, 5u);
}

TEST_F(Feed, AbsentConsumerFindsEverythingWhenItComes) {
  std::uint16_t port = 0;
  { port = WsServer().port(); }
  open({port});
  for (int i = 0; i < 100; ++i) whole_call("call" + std::to_string(i), 10);
  ASSERT_TRUE(wait_for([&] { return feed_->figures().written == 1200; }));
  EXPECT_TRUE(wait_for([&] { return feed_->figures().consumers[0].backlog == 1200; }));
  EXPECT_FALSE(feed_->figures().consumers[0].connected);
  WsServer server({.certificate = {}, .key = {}, .answer = {}, .port = port});
  ASSERT_TRUE(wait_for([&] { return server.count() >= 1200; }));
  EXPECT_EQ(whole(server), 100u);
}

TEST_F(Feed, ConsumerThatDiesAgainAndAgainLosesNothing) {
  WsServer server({.certificate = {}, .key = {}, .answer = {}, .die_after = 70});
  open({server.port()});
  for (int i = 0; i < 60; ++i) whole_call("call" + std::to_string(i), 8);
  ASSERT_TRUE(wait_for([&] { return server.connections() >= 3; }));
  // It lives 70 messages at a time, so those that it has again and again must be taken meanwhile.
  delivery_.settle = base::Millis{0};
  feed_.reset();
  open({server.port()});
  ASSERT_TRUE(wait_for([&] { return feed_->figures().consumers[0].backlog == 0; })) << feed_->figures().consumers[0].backlog;
  EXPECT_EQ(whole(server), 60u);
}

TEST_F(Feed, StalledConsumerHoldsUpNobody) {
  WsServer steady, lazy;
  open({steady.port(), lazy.port()});
  ASSERT_TRUE(wait_for([&] { return steady.connections() == 1 && lazy.connections() == 1; }));
  lazy.stall(true);
  for (int i = 0; i < 200; ++i) whole_call("call" + std::to_string(i), 8);
  ASSERT_TRUE(wait_for([&] { return steady.count() == 2000; }));
  lazy.stall(false);
  ASSERT_TRUE(wait_for([&] { return feed_->figures().consumers[1].backlog == 0; }));
  EXPECT_EQ(whole(lazy), 200u);
  EXPECT_EQ(whole(steady), 200u);
}

TEST_F(Feed, ConsumerWithoutPongsIsTriedAgain) {
  WsServer server;
  server.pong(false);
  open({server.port()});
  whole_call("a");
  ASSERT_TRUE(wait_for([&] { return server.connections() >= 2; }));
  server.pong(true);
  ASSERT_TRUE(wait_for([&] { return feed_->figures().consumers[0].backlog == 0; }));
  EXPECT_EQ(whole(server), 1u);
}

TEST_F(Feed, RestartGoesOnWhereItWasAndEndsOpenCalls) {
  WsServer server;
  open({server.port()});
  whole_call("a");
  begin("b");
  say("b");
  ASSERT_TRUE(wait_for([&] { return server.count() == 7; }));
  feed_.reset();
  EXPECT_TRUE(server.closed_well());
  open({server.port()});
  whole_call("c");
  ASSERT_TRUE(wait_for([&] { return whole(server) == 3; }));
  ASSERT_TRUE(wait_for([&] { return feed_->figures().consumers[0].backlog == 0; }));
  feed_.reset();
  const std::size_t count = server.count();
  open({server.port()});
  ASSERT_TRUE(wait_for([&] { return feed_->figures().consumers[0].connected; }));
  EXPECT_EQ(server.count(), count);  // what was proven in good order is not sent again
}

TEST_F(Feed, EventsUnderWayWhenItEndsAreOnDisk) {
  std::uint16_t port = 0;
  { port = WsServer().port(); }
  open({port});
  for (int i = 0; i < 300; ++i) whole_call("call" + std::to_string(i));
  feed_.reset();
  WsServer server({.certificate = {}, .key = {}, .answer = {}, .port = port});
  open({port});
  ASSERT_TRUE(wait_for([&] { return server.count() >= 1500; }));
  EXPECT_EQ(whole(server), 300u);
}

TEST_F(Feed, ConsumerThatIsTakenOutKeepsItsPlaceForItsReturn) {
  WsServer one, two;
  open({one.port(), two.port()});
  ASSERT_TRUE(wait_for([&] { return two.connections() == 1; }));
  feed_.reset();
  open({one.port()});
  whole_call("while away");
  ASSERT_TRUE(wait_for([&] { return one.count() == 5; }));
  feed_.reset();
  open({one.port(), two.port()});
  ASSERT_TRUE(wait_for([&] { return two.count() >= 5; }));
  EXPECT_EQ(whole(two), 1u);
}

TEST_F(Feed, LatencyIsMeasuredForThoseWhoAreUpToDate) {
  WsServer server;
  open({server.port()});
  ASSERT_TRUE(wait_for([&] { return server.connections() == 1; }));
  whole_call("a");
  ASSERT_TRUE(wait_for([&] { return sent_ == 5; }));
}

TEST_F(Feed, LogsHoldNoKeyAndNoToken) {
  std::uint16_t port = 0;
  { port = WsServer().port(); }
  open({port});
  ASSERT_TRUE(wait_for([&] { return log_.has("event_consumer_lost"); }));
  feed_.reset();
  EXPECT_EQ(log_.text().find("geheim"), std::string::npos) << log_.text();
}

TEST_F(Feed, DamagedOutboxIsPutAsideAndCallsAreTold) {
  test::write_file(folder_ / "events.db", std::string(8192, 'x'));
  WsServer server;
  open({server.port()});
  EXPECT_TRUE(log_.has("event_outbox_damaged"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "events.db.damaged"));
  whole_call("a");
  ASSERT_TRUE(wait_for([&] { return whole(server) == 1; }));
}

TEST_F(Feed, WrongUrlsAndCaFilesAreTold) {
  EventSettings settings;
  settings.urls = {{"http://h/", {}, {}, {}}};
  const auto try_open = [&] {
    return EventFeed::open({.settings = settings, .file = folder_ / "events.db", .log = log_, .random = base::seeded(3), .on_sent = {}}, {}).has_value();
  };
  EXPECT_FALSE(try_open());
  settings.urls = {{"wss://h/", {}, {}, "/nowhere.pem"}};
  EXPECT_FALSE(try_open());
}

}  // namespace
}  // namespace daedap::server
