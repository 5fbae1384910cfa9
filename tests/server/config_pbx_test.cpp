#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "server/config.hpp"
#include "server/config_checks.hpp"
#include "server/config_keys.hpp"

namespace daedap::server {
namespace {

/// Trunks, routes and queues as they are read from a file.
class PbxFile : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "daedap_pbx_" + std::to_string(::getpid()) + ".yaml";
    for (const char* name : {"LINPHONE_PASSWORD", "TRUNK_PASSWORD", "DAEDAP_STATE", "DAEDAP_SIP_PORT", "DAEDAP_HTTP_PORT"}) ::unsetenv(name);
  }
  void TearDown() override {
    std::filesystem::remove(path_);
    ::unsetenv("LINPHONE_PASSWORD");
    ::unsetenv("TRUNK_PASSWORD");
  }
  ConfigReading read(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return read_config(path_);
  }
  std::vector<std::string> faults(const std::string& text) {
    std::vector<std::string> out;
    for (const ConfigFault& f : read(text).faults) out.push_back(std::to_string(f.line) + " " + f.key + ": " + f.what);
    return out;
  }
  using Texts = std::vector<std::string>;
  std::string path_;
};

constexpr char full[] = R"(
sip: {realm: centre}
trunks:
  - name: main
    servers: [sip.example.com, "sip:192.0.2.9:5080;transport=tcp"]
    user: "021234"
    password: secret
    registers: true
    expires_s: 300
    inbound_from: [192.0.2.0/24, 198.51.100.7, "2001:db8::/32"]
    inbound_to: "7000"
    caller_id: "+82212345678"
    country_code: "82"
    srtp: optional
  - {name: other, servers: [203.0.113.1]}
routes:
  - {pattern: "010XXXXXXXX", trunk: main}
  - {pattern: "9Z.", trunk: other, strip: 1, prefix: "0"}
queues:
  - number: "7000"
    name: 고객센터
    language: en
    strategy: round_robin
    members: ["1001", "1002"]
    ring_s: 20
    longest_wait_s: 90
    announce_s: 0
    most_waiting: 5
    overflow: reject
  - {number: "7001", members: ["1001"]}
)";

TEST_F(PbxFile, EveryFieldReachesItsPlace) {
  const ConfigReading r = read(full);
  ASSERT_TRUE(r.faults.empty()) << r.faults[0].text();
  EXPECT_EQ(r.config.sip.realm, "centre");
  ASSERT_EQ(r.config.trunks.size(), 2u);
  call::Trunk main;
  main.name = "main";
  main.servers = {"sip.example.com", "sip:192.0.2.9:5080;transport=tcp"};
  main.user = "021234", main.password = "secret";
  main.registers = true;
  main.expires = std::chrono::seconds{300};
  main.inbound_from = {"192.0.2.0/24", "198.51.100.7", "2001:db8::/32"};
  main.inbound_to = "7000", main.caller_id = "+82212345678", main.srtp = "optional";
  EXPECT_EQ(r.config.trunks[0], main);
  EXPECT_EQ(r.config.trunks[1].name, "other");
  ASSERT_EQ(r.config.routes.size(), 2u);
  EXPECT_EQ(r.config.routes[1], (call::DialRule{"9Z.", "other", 1, "0"}));
  ASSERT_EQ(r.config.queues.size(), 2u);
  call::Queue queue{.number = "7000", .name = "고객센터", .language = "en", .strategy = call::Queue::Strategy::round_robin, .members = {"1001", "1002"}};
  queue.ring = std::chrono::seconds{20}, queue.longest_wait = std::chrono::seconds{90}, queue.announce = std::chrono::seconds{0};
  queue.most_waiting = 5, queue.overflow = call::Queue::Overflow::reject;
  EXPECT_EQ(r.config.queues[0], queue);
  EXPECT_EQ(r.config.queues[1].strategy, call::Queue::Strategy::ring_all);
}

TEST_F(PbxFile, EmptyListsAreNoFault) {
  EXPECT_EQ(faults("trunks:\nroutes: []\nqueues:\n"), Texts{});
}

TEST_F(PbxFile, UnknownKeysInARecordAreNamedWithTheNearest) {
  EXPECT_EQ(faults("trunks:\n  - name: a\n    servers: [b]\n    pasword: x\n    colour: red\n"),
            (Texts{"4 trunks[0].pasword: unknown key; did you mean password?", "5 trunks[0].colour: unknown key"}));
}

TEST_F(PbxFile, MisspelledListsAreNamed) {
  EXPECT_EQ(faults("trunk: []\n"), Texts{"1 trunk: unknown key; did you mean trunks?"});
  EXPECT_EQ(faults("route: []\n"), Texts{"1 route: unknown key; did you mean routes?"});
}

TEST_F(PbxFile, WrongFormsAreToldAllAtOnce) {
  EXPECT_EQ(faults("trunks: main\nroutes:\n  - 010\n  - {pattern: [a], trunk: b}\nqueues:\n  - {number: '1', members: '1001'}\n"),
            (Texts{"1 trunks: must be a list", "3 routes[0]: must hold keys and values", "4 routes[1].pattern: must be a single value",
                   "6 queues[0].members: must be a list", "4 routes[1].trunk: there is no trunk \"b\""}));
}

TEST_F(PbxFile, ListOfListsIsNoListOfValues) {
  EXPECT_EQ(faults("queues:\n  - number: '7'\n    members: [[1]]\n").front(), "3 queues[0].members: must be a list of single values");
}

TEST_F(PbxFile, NeededKeysThatAreMissingAreNamed) {
  EXPECT_EQ(faults("trunks:\n  - user: a\nqueues:\n  - name: x\n"),
            (Texts{"2 trunks[0]: needs the key name", "2 trunks[0]: needs the key servers", "4 queues[0]: needs the key number",
                   "4 queues[0]: needs the key members"}));
}

TEST_F(PbxFile, NumbersOutOfRangeAndWrongWordsAreFaults) {
  EXPECT_EQ(faults("trunks:\n  - {name: a, servers: [b], expires_s: 5, srtp: maybe}\n"),
            (Texts{"2 trunks[0].expires_s: must be from 60 to 86400", "2 trunks[0].srtp: must be one of off, optional, required, not \"maybe\""}));
}

TEST_F(PbxFile, TrunkThatCannotWorkIsAFault) {
  const Texts told = faults("trunks:\n"
                            "  - name: 'a b'\n"
                            "    servers: ['sip:u@h', '']\n"
                            "    registers: true\n"
                            "    inbound_from: [192.0.2.0/33, example.com, 192.0.2.1]\n"
                            "    inbound_to: 'x y'\n"
                            "    country_code: '+82'\n"
                            "  - {name: b, servers: []}\n"
                            "  - {name: b, servers: [h], user: u, registers: true}\n");
  ASSERT_EQ(told.size(), 11u) << testing::PrintToString(told);
  EXPECT_EQ(told[0].substr(0, 17), "2 trunks[0].name:");
  EXPECT_EQ(told[1], "3 trunks[0].servers: \"sip:u@h\" is no host, host:port or SIP URI");
  EXPECT_EQ(told[3], "4 trunks[0].registers: a registration needs a user");
  EXPECT_EQ(told[4], "5 trunks[0].inbound_from: \"192.0.2.0/33\" is no IP address or network");
  EXPECT_EQ(told[8], "8 trunks[1].servers: must name at least one server");
  EXPECT_EQ(told[9], "9 trunks[2].name: \"b\" is the name of another trunk");
  EXPECT_EQ(told[10].substr(0, 22), "9 trunks[2].registers:");
}

TEST_F(PbxFile, RouteNamesATrunkThatIsThere) {
  EXPECT_EQ(faults("trunks:\n  - {name: main, servers: [h]}\nroutes:\n  - {pattern: '0.', trunk: mian}\n"),
            Texts{"4 routes[0].trunk: there is no trunk \"mian\"; there are main"});
}

TEST_F(PbxFile, RoutePatternsAreCheckedAndStandOnce) {
  EXPECT_EQ(faults("trunks:\n  - {name: m, servers: [h]}\nroutes:\n  - {pattern: '01', trunk: m, strip: 3}\n  - {pattern: '01', trunk: m, prefix: 'x'}\n"),
            (Texts{"4 routes[0].strip: takes off more than the pattern has", "5 routes[1].pattern: \"01\" stands in routes[0] already",
                   "5 routes[1].prefix: must be digits, +, * or #"}));
}

TEST_F(PbxFile, QueueThatCannotWorkIsAFault) {
  const Texts told = faults("queues:\n"
                            "  - {number: '7', members: ['1001', '1001', '7', 'a b']}\n"
                            "  - {number: '7', members: [], ring_s: 100, longest_wait_s: 50}\n");
  EXPECT_EQ(told, (Texts{"2 queues[0].members: \"1001\" stands there twice", "2 queues[0].members: the queue is a member of itself",
                         "2 queues[0].members: \"a b\" is no operator's id", "3 queues[1].number: \"7\" is the number of another queue",
                         "3 queues[1].members: must name at least one operator", "3 queues[1].longest_wait_s: must not be below ring_s"}));
}

TEST_F(PbxFile, RealmMayNotBreakTheHeadersItStandsIn) {
  EXPECT_EQ(faults("sip: {realm: 'a\"b'}\n").size(), 1u);
  EXPECT_EQ(faults("sip: {realm: ''}\n").size(), 1u);
  EXPECT_EQ(faults("sip: {realm: 'daedap.example'}\n").size(), 0u);
}

TEST_F(PbxFile, PasswordsComeFromTheEnvironmentAndStandInNoFault) {
  ::setenv("TRUNK_PASSWORD", "hunter2hunter2", 1);
  const ConfigReading good = read("trunks:\n  - {name: m, servers: [h], user: u, registers: true, password: '${TRUNK_PASSWORD}'}\n");
  ASSERT_TRUE(good.faults.empty()) << good.faults[0].text();
  EXPECT_EQ(good.config.trunks[0].password, "hunter2hunter2");
  for (const std::string& told : faults("trunks:\n  - {name: 'x y', servers: [], user: u, registers: 9, password: '${TRUNK_PASSWORD}'}\n"))
    EXPECT_EQ(told.find("hunter2"), std::string::npos) << told;
  ::unsetenv("TRUNK_PASSWORD");
  EXPECT_EQ(faults("trunks:\n  - {name: m, servers: [h], user: u, registers: true, password: '${TRUNK_PASSWORD}'}\n"),
            Texts{"2 trunks[0].password: environment variable TRUNK_PASSWORD is not set"});
}

TEST_F(PbxFile, LinphonePasswordGoesToTheTrunkAtLinphone) {
  ::setenv("LINPHONE_PASSWORD", "from-outside", 1);
  const ConfigReading r = read("trunks:\n"
                               "  - {name: first, servers: [h], user: u}\n"
                               "  - {name: linphone, servers: ['SIP.linphone.org:5061;transport=tls'], user: u, registers: true}\n");
  ASSERT_TRUE(r.faults.empty()) << r.faults[0].text();
  EXPECT_EQ(r.config.trunks[0].password, "");
  EXPECT_EQ(r.config.trunks[1].password, "from-outside");
  EXPECT_EQ(r.notes, Texts{"LINPHONE_PASSWORD is the password of the trunk linphone"});
}

TEST_F(PbxFile, LinphonePasswordElseGoesToTheFirstTrunkThatLacksOne) {
  ::setenv("LINPHONE_PASSWORD", "from-outside", 1);
  const ConfigReading r = read("trunks:\n"
                               "  - {name: open, servers: [h]}\n"
                               "  - {name: own, servers: [h], user: u, password: mine}\n"
                               "  - {name: third, servers: [h], user: u}\n");
  EXPECT_EQ(r.config.trunks[0].password, "");
  EXPECT_EQ(r.config.trunks[1].password, "mine");
  EXPECT_EQ(r.config.trunks[2].password, "from-outside");
  EXPECT_TRUE(read("").notes.empty());
}

TEST_F(PbxFile, ManyRecordsAreRefusedNotRead) {
  std::string text = "routes:\n";
  for (std::size_t i = 0; i <= most_records; ++i) text += "  - {pattern: '1', trunk: a}\n";
  EXPECT_EQ(faults(text), Texts{"1 routes: has over 1000 entries"});
}

TEST_F(PbxFile, ExampleFileIsGood) {
  ::setenv("TRUNK_PASSWORD", "something", 1);
  const ConfigReading r = read_config(DAEDAP_SOURCE_DIR "/config/pbx.yaml");
  ASSERT_TRUE(r.faults.empty()) << r.faults[0].text();
  EXPECT_EQ(r.config.trunks.size(), 1u);
  EXPECT_EQ(r.config.queues.size(), 1u);
  EXPECT_GE(r.config.routes.size(), 3u);
}

TEST_F(PbxFile, NoMutationOfAGoodFileIsMoreThanAFault) {
  const std::string good = full;
  std::mt19937 random(7);
  const std::string bytes = "[]{}:-,'\"\n #&*!|>%@`aZ0";
  for (int i = 0; i < 300; ++i) {
    std::string text = good;
    for (int k = 0; k < 3; ++k) {
      const std::size_t at = random() % text.size();
      if (random() % 3 == 0) text.erase(at, 1 + random() % 4);
      else text[at] = bytes[random() % bytes.size()];
    }
    const ConfigReading r = read(text);
    for (const ConfigFault& f : r.faults) EXPECT_FALSE(f.what.empty());
  }
}

TEST(ConfigLists, HaveHelpNoDoublesAndFieldsForWhatTheyRequire) {
  for (const ConfigList& list : config_lists()) {
    EXPECT_FALSE(list.help.empty());
    std::set<std::string> seen;
    for (const ConfigKey& field : list.fields) {
      EXPECT_TRUE(seen.insert(field.path).second) << list.path << "." << field.path;
      EXPECT_FALSE(field.help.empty()) << list.path << "." << field.path;
    }
    for (const std::string& name : list.required) EXPECT_TRUE(seen.contains(name)) << name;
  }
}

}  // namespace
}  // namespace daedap::server
