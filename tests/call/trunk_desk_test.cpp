#include "call/trunk_desk.hpp"

#include <gtest/gtest.h>

#include "call/log_lines.hpp"
#include "sip/registrar/phone.hpp"

namespace daedap::call {
namespace {

using std::chrono::seconds;

struct Office {
  explicit Office(std::vector<Trunk> trunks = {{.name = "p", .servers = {"a.example", "sip:b.example;transport=tcp"}, .user = "u",
                                                .password = "hush", .registers = true},
                                               {.name = "q", .servers = {"192.0.2.20"}}})
      : desk({.token_secret = "s", .call_id_prefix = "0-",
              .advertised = [](sip::Transport t) {
                return *base::Address::parse(t == sip::Transport::udp ? "198.51.100.1:5060" : "198.51.100.1:5062");
              }},
             std::move(trunks), sip::toy_hashes(), random, port, base::Log(log)) {}

  void resolve(const std::string& server, const std::string& address) {
    desk.set_addresses(server, {*base::Address::parse(address)}, now);
  }
  bool answer(int status) {
    return desk.on_response({port.last(), status, sip::response_with(status, {{"CSeq", "2 REGISTER"}})}, now);
  }
  TrunkState state(std::size_t i = 0) const { return desk.states().at(i); }
  void wait() {
    now = desk.deadline();
    desk.on_time(now);
  }

  base::Time now{std::chrono::hours(1)};
  base::Random random{base::seeded(5)};
  sip::FakePort port;
  LogLines log;
  TrunkDesk desk;
};

TEST(TrunkDesk, RegistersWhatIsToRegister) {
  Office o;
  EXPECT_EQ(o.state().state, TrunkState::State::trying);
  o.resolve("a.example", "192.0.2.1:0");
  ASSERT_EQ(o.port.asked.size(), 1u);
  const auto& r = o.port.asked[0];
  EXPECT_EQ(r.target, "sip:a.example");
  EXPECT_EQ(r.from, "<sip:u@a.example>");
  EXPECT_EQ(r.flow.remote.text(), "192.0.2.1:5060");
  EXPECT_TRUE(r.call_id.starts_with("0-"));
  EXPECT_EQ(r.headers.at(0).value, "<sip:" + trunk_token(sip::toy_hashes(), "s", "p") + "@198.51.100.1:5060>;expires=600");
  EXPECT_TRUE(o.answer(200));
  EXPECT_EQ(o.state().state, TrunkState::State::registered);
  EXPECT_EQ(o.state().server, "a.example");
  EXPECT_EQ(o.log.count("trunk_registered"), 1);
}

TEST(TrunkDesk, SaysOfATrunkThatNeedsNoRegistration) {
  Office o;
  o.resolve("192.0.2.20", "192.0.2.20:0");
  EXPECT_TRUE(o.port.asked.empty());
  EXPECT_EQ(o.state(1).name, "q");
  EXPECT_EQ(o.state(1).state, TrunkState::State::unregistered);
  EXPECT_EQ(o.state(1).server, "192.0.2.20");
}

TEST(TrunkDesk, FailsOverToTheNextServer) {
  Office o;
  o.resolve("a.example", "192.0.2.1:0");
  o.resolve("sip:b.example;transport=tcp", "192.0.2.2:5070");
  o.desk.on_response({o.port.last(), 408, {}}, o.now);
  ASSERT_EQ(o.port.asked.size(), 2u);
  EXPECT_EQ(o.port.asked[1].flow.transport, sip::Transport::tcp);
  EXPECT_EQ(o.port.asked[1].flow.remote.text(), "192.0.2.2:5070");
  EXPECT_NE(o.port.asked[1].headers.at(0).value.find("@198.51.100.1:5062;transport=tcp>"), std::string::npos);
  o.answer(200);
  EXPECT_EQ(o.state().server, "sip:b.example;transport=tcp");
}

TEST(TrunkDesk, TellsARefusalOnceAndWithoutThePassword) {
  Office o;
  o.resolve("a.example", "192.0.2.1:0");
  for (int i = 0; i < 3; ++i) {
    o.answer(403);
    EXPECT_EQ(o.state().state, TrunkState::State::refused);
    EXPECT_EQ(o.state().detail, "403 Forbidden");
    o.wait();
  }
  EXPECT_EQ(o.port.asked.size(), 4u);
  EXPECT_EQ(o.log.count("trunk_failed"), 1);
  for (const std::string& line : o.log.lines) EXPECT_EQ(line.find("hush"), std::string::npos);
}

TEST(TrunkDesk, LeavesTheAnswersOfOthers) {
  Office o;
  EXPECT_FALSE(o.desk.on_response({sip::RequestId{7}, 200, {}}, o.now));
}

TEST(TrunkDesk, UnregistersAndThenIsIdle) {
  Office o;
  o.resolve("a.example", "192.0.2.1:0");
  o.answer(200);
  o.desk.unregister(o.now);
  EXPECT_FALSE(o.desk.idle());
  EXPECT_EQ(o.port.asked.back().headers.at(1).value, "0");
  o.answer(200);
  EXPECT_TRUE(o.desk.idle());
  EXPECT_EQ(o.desk.deadline(), base::never);
  EXPECT_EQ(o.state().state, TrunkState::State::unregistered);
}

}  // namespace
}  // namespace daedap::call
