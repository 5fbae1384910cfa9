#include "call/registrar_desk.hpp"

#include <gtest/gtest.h>

#include "call/log_lines.hpp"
#include "sip/registrar/phone.hpp"

namespace daedap::call {
namespace {

using sip::RegisteringPhone;
using std::chrono::milliseconds;
using std::chrono::seconds;

const sip::Flow near_phone = sip::udp_flow("192.0.2.10:5060");
const std::string own_contact = "<sip:1001@192.0.2.10:5060>;expires=600";  // not translated

struct Office {
  explicit Office(std::size_t most_delayed = 256)
      : desk({.authentication = {.realm = "daedap", .secret = "s"}, .date = [] { return "Sat, 21 Nov 2026 15:00:00 GMT"; },
              .most_delayed = most_delayed},
             sip::toy_hashes(), random, port, operators, base::Log(log)) {
    set_operators({"1001", "1002"});
  }
  void set_operators(std::initializer_list<const char*> ids) {
    std::vector<Operator> all{{.id = "1009"}};  // no account
    for (const char* id : ids) {
      const auto secret = sip::secret_of(id, "daedap", "secret");
      all.push_back({.id = id, .ha1_md5 = secret.ha1_md5, .ha1_sha256 = secret.ha1_sha256});
    }
    operators.replace(std::move(all));
  }
  /// Sends one request as it is; its answer when it came at once.
  const sip::FakePort::Said* send(const sip::Message& m, const sip::Flow& flow = near_phone) {
    const auto before = port.said.size();
    desk.on_request({sip::RequestId{++ids}, m, flow}, now);
    return port.said.size() > before ? &port.said.back() : nullptr;
  }
  /// REGISTER, challenge, REGISTER with credentials; the answer when it came at once.
  const sip::FakePort::Said* reg(RegisteringPhone& phone, const std::vector<std::string>& contacts = {own_contact},
                                 const sip::Flow& flow = near_phone, const std::string& expires = {}) {
    const auto challenge = send(phone.make(contacts, expires), flow);
    if (challenge == nullptr || challenge->status != 401) return challenge;
    const auto headers = challenge->headers;
    auto m = phone.make(contacts, expires);
    phone.sign(m, headers);
    return send(m, flow);
  }
  int status(RegisteringPhone& phone, const std::vector<std::string>& contacts = {own_contact}, const sip::Flow& flow = near_phone) {
    const auto* said = reg(phone, contacts, flow);
    return said == nullptr ? 0 : said->status;
  }
  void pass(base::Duration span) {
    const base::Time end = now + span;
    while (desk.deadline() <= end) {
      now = std::max(now, desk.deadline());
      desk.on_time(now);
      desk.take_changed(now);
    }
    now = end;
  }

  base::Time now{std::chrono::hours(1)};
  std::uint64_t ids = 0;
  base::Random random{base::seeded(9)};
  sip::FakePort port;
  LogLines log;
  Operators operators;
  RegistrarDesk desk;
  RegisteringPhone phone;
};

// ---- registering ---------------------------------------------------------------------------------

TEST(RegistrarDesk, ChallengesThenBinds) {
  Office o;
  const auto* first = o.send(o.phone.make({own_contact}));
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->status, 401);
  EXPECT_FALSE(o.desk.take_changed(o.now));
  const auto* said = o.reg(o.phone);
  ASSERT_NE(said, nullptr);
  EXPECT_EQ(said->status, 200);
  EXPECT_EQ(said->header("Contact"), "<sip:1001@192.0.2.10:5060>;expires=600");
  EXPECT_EQ(said->header("Date"), "Sat, 21 Nov 2026 15:00:00 GMT");
  const auto contacts = o.desk.take_changed(o.now);
  ASSERT_TRUE(contacts);
  ASSERT_EQ(contacts->find("1001").size(), 1u);
  EXPECT_EQ(contacts->find("1001")[0].flow, near_phone);
  EXPECT_FALSE(o.desk.take_changed(o.now)) << "once";
  EXPECT_EQ(o.log.count("sip_registered"), 1);
  EXPECT_EQ(o.desk.counts().registered, 1u);
}

TEST(RegistrarDesk, BundlesMereRefreshes) {
  Office o;
  o.reg(o.phone);
  o.desk.take_changed(o.now);
  o.now += seconds(60);
  EXPECT_EQ(o.status(o.phone), 200);
  EXPECT_FALSE(o.desk.take_changed(o.now));
  EXPECT_EQ(o.desk.deadline(), o.now + seconds(5));
  EXPECT_TRUE(o.desk.take_changed(o.now + seconds(5)));
  EXPECT_EQ(o.log.count("sip_registered"), 1) << "a refresh is no event";
}

TEST(RegistrarDesk, BundlesAWholeOfficeThatRegistersAtOnce) {
  Office o;
  RegisteringPhone other{.user = "1002", .call_id = "reg-2"};
  o.reg(o.phone);
  EXPECT_TRUE(o.desk.take_changed(o.now));
  o.reg(other, {"<sip:1002@192.0.2.10:5060>"});
  EXPECT_FALSE(o.desk.take_changed(o.now));
  EXPECT_EQ(o.desk.deadline(), o.now + milliseconds(100));
  EXPECT_TRUE(o.desk.take_changed(o.now + milliseconds(100))->registered("1002"));
}

TEST(RegistrarDesk, AQueryChangesNothing) {
  Office o;
  o.reg(o.phone);
  o.desk.take_changed(o.now);
  EXPECT_EQ(o.status(o.phone, {}), 200);
  EXPECT_FALSE(o.desk.take_changed(o.now + seconds(100)));
}

TEST(RegistrarDesk, UnregistersAndSaysSo) {
  Office o;
  o.reg(o.phone);
  o.desk.take_changed(o.now);
  o.now += seconds(1);
  o.reg(o.phone, {"*"}, near_phone, "0");
  EXPECT_EQ(o.log.count("sip_unregistered"), 1);
  EXPECT_TRUE(o.desk.take_changed(o.now)->all().empty());
  o.pass(seconds(600));
  EXPECT_EQ(o.desk.deadline(), base::never);
}

TEST(RegistrarDesk, PassesOnWhatTheRegistrarRefuses) {
  Office o;
  const auto* said = o.reg(o.phone, {"<sip:1001@h>;expires=30"});
  EXPECT_EQ(said->status, 423);
  EXPECT_EQ(said->header("Min-Expires"), "60");
  EXPECT_FALSE(o.desk.take_changed(o.now));
}

TEST(RegistrarDesk, ForgetsWhoseTimeRanOut) {
  Office o;
  o.reg(o.phone);
  o.desk.take_changed(o.now);
  o.now = o.desk.deadline();
  EXPECT_EQ(o.now, base::Time{std::chrono::hours(1)} + seconds(600));
  o.desk.on_time(o.now);
  EXPECT_TRUE(o.desk.take_changed(o.now)->all().empty());
  EXPECT_EQ(o.log.lines.back(), "sip_unregistered 1001 sip:1001@192.0.2.10:5060 expired");
}

TEST(RegistrarDesk, ForgetsWhoseConnectionFell) {
  Office o;
  const auto flow = sip::tcp_flow("192.0.2.10:4000", 3);
  o.reg(o.phone, {"<sip:1001@192.0.2.10:4000;transport=tcp>"}, flow);
  o.desk.take_changed(o.now);
  o.now += seconds(1);
  o.desk.on_flow_failed(flow, o.now);
  EXPECT_TRUE(o.desk.take_changed(o.now)->all().empty());
}

TEST(RegistrarDesk, ForgetsOperatorsWhoseAccountIsGone) {
  Office o;
  RegisteringPhone other{.user = "1002", .call_id = "reg-2"};
  o.reg(o.phone);
  o.reg(other, {"<sip:1002@192.0.2.10:5060>"});
  o.set_operators({"1002"});
  o.desk.on_operators(o.now);
  const auto contacts = o.desk.take_changed(o.now);
  EXPECT_FALSE(contacts->registered("1001"));
  EXPECT_TRUE(contacts->registered("1002"));
}

TEST(RegistrarDesk, ForgetsTelephonesOfAnOperatorWhosePasswordWasChanged) {
  Office o;
  RegisteringPhone other{.user = "1002", .call_id = "reg-2"};
  EXPECT_EQ(o.status(o.phone), 200);
  EXPECT_EQ(o.status(other, {"<sip:1002@192.0.2.10:5062>"}), 200);
  o.desk.take_changed(o.now);
  o.pass(seconds(1));
  o.set_operators({"1001", "1002"});
  o.desk.on_operators(o.now);
  EXPECT_EQ(o.desk.contacts().all().size(), 2u) << "nothing changed";
  std::vector<Operator> all;
  for (const auto& [id, password] : {std::pair{"1001", "fresh"}, std::pair{"1002", "secret"}}) {
    const auto secret = sip::secret_of(id, "daedap", password);
    all.push_back({.id = id, .ha1_md5 = secret.ha1_md5, .ha1_sha256 = secret.ha1_sha256});
  }
  o.operators.replace(std::move(all));
  o.desk.on_operators(o.now);
  const auto contacts = o.desk.take_changed(o.now);
  ASSERT_TRUE(contacts) << "told at once";
  EXPECT_FALSE(contacts->registered("1001"));
  EXPECT_TRUE(contacts->registered("1002"));
  EXPECT_EQ(o.log.count("sip_unregistered"), 1);
  EXPECT_NE(o.status(o.phone), 200) << "the old password is refused, also in a refresh";
  RegisteringPhone fresh{.password = "fresh", .call_id = "reg-3"};
  EXPECT_EQ(o.status(fresh), 200);
  o.desk.on_operators(o.now);
  EXPECT_TRUE(o.desk.contacts().registered("1001")) << "once is enough";
}

TEST(RegistrarDesk, StaleNoncesAreChallengedAgainWithStale) {
  Office o;
  const auto challenge = o.send(o.phone.make({own_contact}))->headers;
  auto m = o.phone.make({own_contact});
  o.phone.sign(m, challenge);
  o.now += seconds(400);
  const auto* said = o.send(m);
  EXPECT_EQ(said->status, 401);
  EXPECT_NE(said->header("WWW-Authenticate").find("stale=true"), std::string::npos);
  EXPECT_EQ(o.desk.counts().refused, 0u);
}

// ---- who may not ---------------------------------------------------------------------------------

TEST(RegistrarDesk, RefusesToRegisterForSomebodyElse) {
  Office o;
  auto with_to = [&](sip::Message m) {
    m.set("To", "<sip:1002@pbx.example.com>");
    m.set("From", "<sip:1002@pbx.example.com>;tag=a");
    return m;
  };
  const auto challenge = o.send(with_to(o.phone.make({own_contact})))->headers;
  auto m = with_to(o.phone.make({own_contact}));
  o.phone.sign(m, challenge);  // 1001's password
  EXPECT_EQ(o.send(m)->status, 403);
  EXPECT_TRUE(o.desk.contacts().all().empty());
}

TEST(RegistrarDesk, RefusesAFromThatIsNotTheTo) {
  Office o;
  for (const char* user : {"1001", "nobody"}) {
    RegisteringPhone phone{.user = user};
    auto m = phone.make({own_contact});
    m.set("From", "<sip:1002@pbx.example.com>;tag=a");
    EXPECT_EQ(o.send(m)->status, 403);
  }
}

TEST(RegistrarDesk, AnswersWhatIsNoRegisterOrBroken) {
  Office o;
  auto m = o.phone.make({});
  m.method = "PUBLISH";
  EXPECT_EQ(o.send(m)->status, 405);
  m = o.phone.make({});
  m.set("To", "<sip:pbx.example.com>");
  EXPECT_EQ(o.send(m)->status, 400);
}

struct Outcome {
  std::vector<int> statuses;
  std::vector<std::int64_t> delays;
  std::vector<std::size_t> headers;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// What somebody with a guess sees: each answer, how late, with how many headers.
Outcome guess(const std::string& user) {
  Office o;
  RegisteringPhone phone{.user = user, .password = "guess"};
  Outcome out;
  for (int i = 0; i < 8; ++i) {
    const base::Time asked = o.now;
    const auto before = o.port.said.size();
    o.reg(phone);
    o.pass(seconds(5));
    for (auto n = before; n < o.port.said.size(); ++n) {
      out.statuses.push_back(o.port.said[n].status);
      out.delays.push_back(base::to_ms(o.port.said[n].when - asked));
      out.headers.push_back(o.port.said[n].headers.size());
    }
  }
  return out;
}

TEST(RegistrarDesk, ScannersCannotTellUsersFromNoUsers) {
  const Outcome known = guess("1001");
  EXPECT_EQ(known, guess("nobody"));
  EXPECT_EQ(known, guess("1009")) << "an operator without an account";
  // Challenge at once, refusal late and later; the fifth bans, then all is 403 at once.
  EXPECT_EQ(known.statuses, (std::vector<int>{401, 403, 401, 403, 401, 403, 401, 403, 401, 403, 403, 403, 403}));
  EXPECT_EQ(known.delays, (std::vector<std::int64_t>{0, 500, 0, 1000, 0, 2000, 0, 2000, 0, 2000, 0, 0, 0}));
}

TEST(RegistrarDesk, BansTheSourceAndLetsItBackIn) {
  Office o;
  RegisteringPhone guesser{.password = "guess"};
  for (int i = 0; i < 5; ++i) {
    o.reg(guesser);
    o.pass(seconds(3));
  }
  EXPECT_EQ(o.log.count("sip_auth_failed"), 5);
  EXPECT_EQ(o.log.count("sip_source_banned"), 1);
  EXPECT_EQ(o.desk.counts().banned, 1u);
  EXPECT_TRUE(o.desk.banned(near_phone.remote, o.now));
  EXPECT_EQ(o.status(o.phone), 403) << "the right password does not help";
  EXPECT_EQ(o.status(o.phone, {"<sip:1001@192.0.2.11:5060>"}, sip::udp_flow("192.0.2.11:5060")), 200) << "others are free";
  o.now += seconds(300);
  EXPECT_EQ(o.status(o.phone), 200);
}

TEST(RegistrarDesk, NeverBansWhereATelephoneIsRegistered) {
  Office o;
  o.reg(o.phone);
  RegisteringPhone broken{.user = "1002", .password = "old", .call_id = "reg-2"};
  for (int i = 0; i < 20; ++i) {
    const base::Time asked = o.now;
    o.reg(broken);
    o.pass(seconds(3));
    EXPECT_EQ(o.port.said.back().when - asked, milliseconds(2000)) << "slow all the same";
  }
  EXPECT_EQ(o.log.count("sip_source_banned"), 0);
  EXPECT_EQ(o.status(o.phone), 200);
  o.reg(o.phone, {"*"}, near_phone, "0");
  for (int i = 0; i < 5; ++i) o.reg(broken);
  EXPECT_EQ(o.log.count("sip_source_banned"), 1) << "the last contact from there is gone";
}

TEST(RegistrarDesk, KeepsABoundedNumberOfAnswersWaiting) {
  Office o(3);
  for (int i = 0; i < 10; ++i) {
    RegisteringPhone guesser{.password = "guess", .call_id = "g" + std::to_string(i)};
    o.reg(guesser, {own_contact}, sip::udp_flow("192.0.2." + std::to_string(100 + i) + ":5060"));
  }
  const auto refusals = std::count_if(o.port.said.begin(), o.port.said.end(), [](const auto& s) { return s.status == 403; });
  EXPECT_EQ(refusals, 7);
  o.pass(seconds(3));
  EXPECT_EQ(o.port.said.size(), 20u) << "everybody is answered once";
}

TEST(RegistrarDesk, LogsNoSecretsAndNoEndlessNames) {
  Office o;
  RegisteringPhone guesser{.user = std::string(500, 'x'), .password = "hush"};
  o.reg(guesser);
  for (const std::string& line : o.log.lines) {
    EXPECT_EQ(line.find("hush"), std::string::npos);
    EXPECT_LT(line.size(), 120u);
  }
}

// ---- keeping paths open --------------------------------------------------------------------------

const sip::Flow far_phone = sip::udp_flow("203.0.113.7:41000");
const std::string inner_contact = "<sip:1001@10.0.0.5:5060>;expires=3600";

struct TranslatedOffice : Office {
  TranslatedOffice() {
    phone.via = "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKr;rport=41000;received=203.0.113.7";
    reg(phone, {inner_contact}, far_phone);
    desk.take_changed(now);
  }
  /// Waits for the next ping.
  sip::OutgoingRequest next_ping() {
    const auto before = port.asked.size();
    for (int i = 0; i < 10 && port.asked.size() == before; ++i) {
      now = desk.deadline();
      desk.on_time(now);
    }
    EXPECT_GT(port.asked.size(), before);
    return port.asked.back();
  }
  bool answer(int status) { return desk.on_response({port.last(), status, sip::response_with(status)}, now); }
  bool silence() {
    now += seconds(32);
    return desk.on_response({port.last(), 408, {}}, now);
  }
};

TEST(RegistrarDesk, PingsTelephonesBehindTranslatorsOnTheirPath) {
  TranslatedOffice o;
  const base::Time registered = o.now;
  const auto ping = o.next_ping();
  EXPECT_EQ(ping.method, "OPTIONS");
  EXPECT_EQ(ping.target, "sip:1001@10.0.0.5:5060");
  EXPECT_EQ(ping.flow, far_phone);
  EXPECT_GE(o.now - registered, seconds(15));
  EXPECT_LE(o.now - registered, seconds(30));
  const base::Time first = o.now;
  EXPECT_TRUE(o.answer(200));
  o.next_ping();
  EXPECT_EQ(o.now - first, seconds(30));
}

TEST(RegistrarDesk, DropsAContactAfterThreeMisses) {
  TranslatedOffice o;
  for (int i = 0; i < 2; ++i) {
    o.next_ping();
    o.silence();
    EXPECT_TRUE(o.desk.contacts().registered("1001"));
  }
  o.next_ping();
  o.silence();
  EXPECT_FALSE(o.desk.contacts().registered("1001"));
  EXPECT_TRUE(o.desk.take_changed(o.now));
  EXPECT_EQ(o.log.lines.back(), "sip_unregistered 1001 sip:1001@10.0.0.5:5060 no answer");
  EXPECT_EQ(o.desk.deadline(), base::never);
}

TEST(RegistrarDesk, AnyAnswerOrRegisterForgivesMisses) {
  TranslatedOffice o;
  for (int i = 0; i < 6; ++i) {
    o.next_ping();
    if (i % 3 == 2) o.answer(i == 2 ? 405 : 486);
    else o.silence();
  }
  o.next_ping();
  o.silence();
  o.next_ping();
  o.silence();
  o.reg(o.phone, {inner_contact}, far_phone);
  o.next_ping();
  o.silence();
  EXPECT_TRUE(o.desk.contacts().registered("1001"));
}

TEST(RegistrarDesk, DoesNotPingWhoNeedsNone) {
  Office o;
  o.reg(o.phone);  // sees us by its own address
  EXPECT_EQ(o.desk.deadline(), o.now) << "the change to tell";
  o.desk.take_changed(o.now);
  EXPECT_EQ(o.desk.deadline(), o.now + seconds(600));
  RegisteringPhone stream{.user = "1002", .call_id = "reg-2", .via = "SIP/2.0/TCP 10.0.0.6:5060;branch=z9hG4bKr;rport"};
  o.reg(stream, {"<sip:1002@10.0.0.6;transport=tcp>"}, sip::tcp_flow("203.0.113.7:3000", 4));
  o.pass(seconds(590));
  EXPECT_TRUE(o.port.asked.empty());
}

TEST(RegistrarDesk, StopsPingingWhoIsGone) {
  TranslatedOffice o;
  o.next_ping();
  o.reg(o.phone, {"*"}, far_phone, "0");
  o.desk.take_changed(o.now);
  EXPECT_TRUE(o.silence()) << "the answer is still ours";
  o.pass(seconds(3600));
  EXPECT_EQ(o.desk.deadline(), base::never);
}

TEST(RegistrarDesk, LeavesAnswersOfOthersAlone) {
  Office o;
  EXPECT_FALSE(o.desk.on_response({sip::RequestId{5}, 200, {}}, o.now));
}

}  // namespace
}  // namespace daedap::call
