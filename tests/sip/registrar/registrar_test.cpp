#include "sip/registrar/registrar.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sip/registrar/phone.hpp"

namespace daedap::sip {
namespace {

using std::chrono::seconds;

const base::Time start{std::chrono::hours(1)};
const Flow home = udp_flow("192.0.2.10:5060");

struct Office {
  Registrar::Answer reg(const std::vector<std::string>& contacts, const std::string& expires = {}) {
    return registrar.on_register("1001", phone.make(contacts, expires), home, now);
  }
  std::vector<std::string> contacts(const std::string& id = "1001") const {
    std::vector<std::string> out;
    for (const Binding& b : registrar.find(id)) out.push_back(b.contact);
    return out;
  }
  base::Time now = start;
  RegisteringPhone phone;
  Registrar registrar;
};

using Texts = std::vector<std::string>;

TEST(Registrar, BindsAContactAndSaysForHowLong) {
  Office o;
  const auto answer = o.reg({"<sip:1001@10.0.0.5:5060>;expires=600"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.changed);
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0].value, "<sip:1001@10.0.0.5:5060>;expires=600");
  const auto found = o.registrar.find("1001");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].flow, home);
  EXPECT_EQ(found[0].expires, start + seconds(600));
  EXPECT_TRUE(o.registrar.find("1002").empty());
}

TEST(Registrar, TakesTheParameterBeforeTheHeaderBeforeTheUsual) {
  Office o;
  o.reg({"<sip:a@h>;expires=120", "<sip:b@h>", "<sip:c@h>;expires=x"}, "240");
  o.reg({"<sip:d@h>"});
  for (const Binding& b : o.registrar.find("1001")) {
    const auto left = b.expires - start;
    EXPECT_EQ(left, b.contact == "sip:a@h" ? seconds(120) : b.contact == "sip:d@h" ? seconds(3600) : seconds(240));
  }
}

TEST(Registrar, CutsLongExpiresAndRefusesShortOnes) {
  Office o;
  EXPECT_EQ(o.reg({"<sip:a@h>;expires=4294967295"}).headers[0].value, "<sip:a@h>;expires=3600");
  const auto brief = o.reg({"<sip:b@h>;expires=59"});
  EXPECT_EQ(brief.status, 423);
  ASSERT_EQ(brief.headers.size(), 1u);
  EXPECT_EQ(brief.headers[0].name, "Min-Expires");
  EXPECT_EQ(brief.headers[0].value, "60");
  EXPECT_EQ(o.contacts(), Texts{"sip:a@h"});
  EXPECT_EQ(o.reg({"<sip:b@h>;expires=60"}).status, 200);
}

TEST(Registrar, RefreshesInPlaceAndDoesNotCallThatAChange) {
  Office o;
  o.reg({"<sip:a@h>"}, "600");
  o.now += seconds(500);
  const auto answer = o.reg({"<sip:a@h>"}, "600");
  EXPECT_FALSE(answer.changed);
  EXPECT_EQ(o.registrar.find("1001")[0].expires, start + seconds(1100));
}

TEST(Registrar, AMoveToAnotherFlowIsAChange) {
  Office o;
  o.reg({"<sip:a@h>"});
  const auto moved = udp_flow("192.0.2.10:40000");
  EXPECT_TRUE(o.registrar.on_register("1001", o.phone.make({"<sip:a@h>"}), moved, o.now).changed);
  EXPECT_EQ(o.registrar.find("1001")[0].flow, moved);
}

TEST(Registrar, KnowsAContactByUriComparison) {
  Office o;
  o.reg({"<sip:1001@EXAMPLE.com;transport=tcp>"});
  o.reg({"<sip:1001@example.COM;transport=TCP>"});
  EXPECT_EQ(o.contacts().size(), 1u);
  o.reg({"<sip:1001@example.com:5060>"});
  EXPECT_EQ(o.contacts().size(), 2u);
}

TEST(Registrar, ZeroTakesOneContactAway) {
  Office o;
  o.reg({"<sip:a@h>", "<sip:b@h>"});
  const auto answer = o.reg({"<sip:a@h>;expires=0"});
  EXPECT_TRUE(answer.changed);
  EXPECT_EQ(o.contacts(), Texts{"sip:b@h"});
  EXPECT_FALSE(o.reg({"<sip:z@h>"}, "0").changed);
}

TEST(Registrar, AStarTakesAllAway) {
  Office o;
  o.reg({"<sip:a@h>", "<sip:b@h>"});
  const auto answer = o.reg({"*"}, "0");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.changed);
  EXPECT_TRUE(answer.headers.empty());
  EXPECT_TRUE(o.contacts().empty());
}

TEST(Registrar, AStarNeedsExpiresZeroAndNoCompany) {
  Office o;
  o.reg({"<sip:a@h>"});
  EXPECT_EQ(o.reg({"*"}).status, 400);
  EXPECT_EQ(o.reg({"*"}, "60").status, 400);
  EXPECT_EQ(o.reg({"*", "<sip:a@h>"}, "0").status, 400);
  EXPECT_EQ(o.contacts(), Texts{"sip:a@h"});
}

TEST(Registrar, WithoutContactItOnlyLists) {
  Office o;
  o.reg({"<sip:a@h>;q=0.5", "<sip:b@h>"}, "600");
  o.now += seconds(100);
  const auto answer = o.reg({});
  EXPECT_FALSE(answer.changed);
  ASSERT_EQ(answer.headers.size(), 2u);
  EXPECT_EQ(answer.headers[0].value, "<sip:b@h>;expires=500");
  EXPECT_EQ(answer.headers[1].value, "<sip:a@h>;expires=500;q=0.5");
}

TEST(Registrar, GivesBestQFirstThenTheNewest) {
  Office o;
  o.reg({"<sip:low@h>;q=0.1"});
  o.now += seconds(1);
  o.reg({"<sip:old@h>;q=0.9"});
  o.now += seconds(1);
  o.reg({"<sip:new@h>;q=0.9"});
  o.now += seconds(1);
  o.reg({"<sip:last@h>;q=0"});
  EXPECT_EQ(o.contacts(), (Texts{"sip:new@h", "sip:old@h", "sip:low@h", "sip:last@h"}));
}

TEST(Registrar, ReadsAWrongQAsOne) {
  Office o;
  o.reg({"<sip:a@h>;q=7", "<sip:b@h>;q=-1", "<sip:c@h>;q=x", "<sip:d@h>;q=1e-9"});
  for (const Binding& b : o.registrar.find("1001")) EXPECT_EQ(b.q, 1.0) << b.contact;
}

TEST(Registrar, RefusesARequestThatWasOvertaken) {  // RFC 3261 §10.3 step 7
  Office o;
  o.phone.cseq = 10;
  o.reg({"<sip:a@h>"});  // 11
  o.phone.cseq = 10;
  EXPECT_EQ(o.reg({"<sip:a@h>;expires=0"}).status, 500);  // 11 again
  o.phone.cseq = 8;
  EXPECT_EQ(o.reg({"<sip:new@h>", "<sip:a@h>;expires=0"}).status, 500);
  EXPECT_EQ(o.contacts(), Texts{"sip:a@h"}) << "nothing of it may have been done";
  o.phone.cseq = 5;
  EXPECT_EQ(o.reg({"*"}, "0").status, 500);
  EXPECT_EQ(o.contacts().size(), 1u);
}

TEST(Registrar, TakesALowCSeqOfAnotherCallId) {
  Office o;
  o.phone.cseq = 100;
  o.reg({"<sip:a@h>"});
  RegisteringPhone rebooted{.call_id = "reg-2"};
  EXPECT_EQ(o.registrar.on_register("1001", rebooted.make({"<sip:a@h>"}, "120"), home, o.now).status, 200);
  EXPECT_EQ(o.registrar.find("1001")[0].expires, start + seconds(120));
}

TEST(Registrar, TakesOneUriTwiceInOneRequestOnce) {
  Office o;
  EXPECT_EQ(o.reg({"<sip:a@h>;expires=100", "<sip:a@h>;expires=200"}).status, 200);
  ASSERT_EQ(o.contacts().size(), 1u);
  EXPECT_EQ(o.registrar.find("1001")[0].expires, start + seconds(100));
}

TEST(Registrar, DropsTheLongestSilentOverTen) {
  Office o;
  for (int i = 0; i < 12; ++i) {
    o.reg({"<sip:c" + std::to_string(i) + "@h>"});
    o.now += seconds(1);
  }
  const auto left = o.contacts();
  EXPECT_EQ(left.size(), Registrar::max_contacts);
  EXPECT_EQ(left.front(), "sip:c11@h");
  EXPECT_EQ(left.back(), "sip:c2@h");
}

TEST(Registrar, RefusesMoreThanTenInOneRequest) {
  Office o;
  Texts many;
  for (int i = 0; i < 11; ++i) many.push_back("<sip:c" + std::to_string(i) + "@h>");
  EXPECT_EQ(o.reg(many).status, 403);
  EXPECT_TRUE(o.contacts().empty());
}

TEST(Registrar, RefusesContactsThatCannotBeCalled) {
  Office o;
  for (const char* bad : {"<mailto:a@h>", "<tel:+8212345678>", "<sip:a@h", "hello", "<sip:@>"})
    EXPECT_EQ(o.reg({bad}).status, 400) << bad;
}

TEST(Registrar, TakesHeadersOutOfContactUris) {
  Office o;
  o.reg({"<sip:a@h?Replaces=x>"});
  EXPECT_EQ(o.contacts(), Texts{"sip:a@h"});
}

TEST(Registrar, ForgetsWhatExpired) {
  Office o;
  o.reg({"<sip:a@h>;expires=60", "<sip:b@h>;expires=120"});
  EXPECT_EQ(o.registrar.deadline(), start + seconds(60));
  EXPECT_TRUE(o.registrar.on_time(start + seconds(59)).empty());
  const auto gone = o.registrar.on_time(start + seconds(60));
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].first, "1001");
  EXPECT_EQ(gone[0].second.contact, "sip:a@h");
  EXPECT_EQ(o.registrar.deadline(), start + seconds(120));
  o.registrar.on_time(start + seconds(120));
  EXPECT_EQ(o.registrar.deadline(), base::never);
  EXPECT_TRUE(o.registrar.all().empty());
}

TEST(Registrar, AFailedConnectionTakesItsBindingsAlong) {
  Office o;
  const Flow c7 = tcp_flow("192.0.2.10:4000", 7);
  o.registrar.on_register("1001", o.phone.make({"<sip:a@h;transport=tcp>"}), c7, o.now);
  o.registrar.on_register("1002", o.phone.make({"<sip:b@h>"}), home, o.now);
  EXPECT_TRUE(o.registrar.on_flow_failed(tcp_flow("192.0.2.10:4000", 8)).empty());
  EXPECT_TRUE(o.registrar.on_flow_failed(home).empty());
  EXPECT_EQ(o.registrar.on_flow_failed(c7).size(), 1u);
  EXPECT_EQ(o.registrar.all().size(), 1u);
}

TEST(Registrar, RemovesOneContactOrAll) {
  Office o;
  o.reg({"<sip:a@h>", "<sip:b@h>"});
  EXPECT_EQ(o.registrar.remove("1001", "sip:a@h").size(), 1u);
  EXPECT_TRUE(o.registrar.remove("1002").empty());
  EXPECT_EQ(o.registrar.remove("1001").size(), 1u);
  EXPECT_EQ(o.registrar.deadline(), base::never);
}

TEST(Registrar, KeepsAShortReadableUserAgent) {
  Office o;
  Message m = o.phone.make({"<sip:a@h>"});
  m.add("User-Agent", std::string(127, 'x') + "김\xff");
  o.registrar.on_register("1001", m, home, o.now);
  EXPECT_EQ(o.registrar.find("1001")[0].user_agent, std::string(127, 'x'));
}

// ---- against a simple model ----------------------------------------------------------------------

/// What must hold, written the slow and plain way.
struct Model {
  struct Entry {
    base::Time expires;
    std::string call_id;
    std::uint32_t cseq;
  };
  std::map<std::string, Entry> entries;  // by contact

  int on_register(const std::string& contact, const std::string& call_id, std::uint32_t cseq, int expires, base::Time now) {
    std::erase_if(entries, [&](const auto& e) { return e.second.expires <= now; });
    if (expires > 0 && expires < 60) return 423;
    for (const auto& [name, e] : entries)
      if ((contact == "*" || name == contact) && e.call_id == call_id && cseq <= e.cseq) return 500;
    if (contact == "*") entries.clear();
    else if (expires == 0) entries.erase(contact);
    else entries[contact] = {now + seconds(std::min(expires, 3600)), call_id, cseq};
    return 200;
  }
};

class RandomRegisters : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, RandomRegisters, testing::Range<std::uint64_t>(1, 201));

TEST_P(RandomRegisters, AgreeWithTheModel) {
  base::Random random(base::seeded(GetParam()));
  const auto below = [&](unsigned n) { return random.u32() % n; };
  Registrar registrar;
  Model model;
  base::Time now = start;
  for (int step = 0; step < 60; ++step) {
    now += seconds(below(200));
    if (below(2) == 0) registrar.on_time(now);
    RegisteringPhone phone{.call_id = "call-" + std::to_string(below(3)), .cseq = below(30)};
    const bool star = below(12) == 0;
    const std::string contact = star ? "*" : "sip:c" + std::to_string(below(6)) + "@h";
    constexpr int choices[] = {0, 59, 60, 300, 3600, 100'000};
    const int expires = star ? 0 : choices[below(6)];
    const auto m = phone.make({star ? contact : '<' + contact + '>'}, std::to_string(expires));
    const int status = registrar.on_register("1001", m, home, now).status;
    ASSERT_EQ(status, model.on_register(contact, phone.call_id, phone.cseq, expires, now)) << "step " << step;
    registrar.on_time(now);
    std::map<std::string, base::Time> ours, theirs;
    for (const Binding& b : registrar.find("1001")) ours[b.contact] = b.expires;
    for (const auto& [name, e] : model.entries)
      if (e.expires > now) theirs[name] = e.expires;
    ASSERT_EQ(ours, theirs) << "step " << step;
  }
}

}  // namespace
}  // namespace daedap::sip
