#include "server/config.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "net/certificates.hpp"
#include "server/config_keys.hpp"
#include "server/config_page.hpp"
#include "server/tls_files.hpp"

namespace daedap::server {
namespace {

class ConfigFile : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "daedap_config_" + std::to_string(::getpid()) + ".yaml";
    for (const char* name : {"AICC_CUSTOMER_PORT", "AICC_AGENT_PORT", "AICC_STT_LANGUAGE", "AICC_VAD_THRESHOLD", "AICC_MIN_SPEECH_MS", "AICC_MIN_SILENCE_MS", "AICC_LOG_LEVEL",
                             "DAEDAP_HTTP_PORT", "DAEDAP_SIP_PORT", "DAEDAP_STATE", "DAEDAP_TEST_VALUE",
                             "LINPHONE_PASSWORD", "TRUNK_PASSWORD"})
      ::unsetenv(name);
  }
  void TearDown() override { std::filesystem::remove(path_); }
  ConfigReading read(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return read_config(path_);
  }
  std::string path_;
};

TEST_F(ConfigFile, EmptyFileGivesTheDefaults) {
  const ConfigReading r = read("");
  EXPECT_TRUE(r.faults.empty());
  EXPECT_EQ(r.config.sip.port, 5060);
  EXPECT_EQ(r.config.media.first_port, 10'000);
  EXPECT_DOUBLE_EQ(r.config.call.conversation.turn.theta, 0.95);
}

TEST_F(ConfigFile, NestedKeysReachTheirPlaces) {
  const ConfigReading r = read("sip:\n  port: 5070\nai:\n  greeting:\n    ko: 여보세요\n  late:\n    stt_final_ms: 1500\n"
                               "routing:\n  busy: forward\n  no_answer_timeout_s: 25\nmedia:\n  codecs: [PCMA]\n");
  ASSERT_TRUE(r.faults.empty()) << r.faults[0].text();
  EXPECT_EQ(r.config.sip.port, 5070);
  EXPECT_EQ(r.config.call.greeting_ko, "여보세요");
  EXPECT_EQ(r.config.call.conversation.late.stt_final, base::Millis{1500});
  EXPECT_EQ(r.config.call.on_miss[static_cast<std::size_t>(call::Miss::busy)], call::Fallback::forward);
  EXPECT_EQ(r.config.call.on_miss[static_cast<std::size_t>(call::Miss::declined)], call::Fallback::ai);
  EXPECT_EQ(r.config.call.no_answer, std::chrono::seconds{25});
  EXPECT_EQ(r.config.call.codecs, std::vector<std::string>{"PCMA"});
}

TEST_F(ConfigFile, CodecsAreTheFiveThatWeKnow) {
  EXPECT_EQ(read("").config.call.codecs, (std::vector<std::string>{"PCMU", "PCMA", "G722", "opus", "GSM"}));
  const ConfigReading r = read("media:\n  codecs: [Opus, gsm, G722]\n");
  EXPECT_TRUE(r.faults.empty());
  EXPECT_EQ(r.config.call.codecs.size(), 3u);
  const ConfigReading wrong = read("media:\n  codecs: [PCMU, G729]\n");
  ASSERT_EQ(wrong.faults.size(), 1u);
  EXPECT_NE(wrong.faults[0].text().find("not \"G729\""), std::string::npos);
  EXPECT_FALSE(read("media:\n  codecs: []\n").faults.empty());
}

TEST_F(ConfigFile, EncryptsWhenTheCallerOffersItUnlessTheFileSaysOtherwise) {
  EXPECT_EQ(read("").config.call.srtp, sdp::SrtpPolicy::optional);
  EXPECT_EQ(read("media: {srtp: required}\n").config.call.srtp, sdp::SrtpPolicy::required);
  EXPECT_EQ(read("media:\n  srtp: off\n").config.call.srtp, sdp::SrtpPolicy::off);
  const ConfigReading bad = read("media:\n  srtp: maybe\n");
  ASSERT_EQ(bad.faults.size(), 1u);
  EXPECT_EQ(bad.faults[0].text(), path_ + ":2: media.srtp: must be one of off, optional, required, not \"maybe\"");
}

TEST_F(ConfigFile, ChallengesPhonesWithMd5UnlessTheFileSaysOtherwise) {
  EXPECT_EQ(read("").config.sip.digest, sip::DigestOffer::both);
  EXPECT_EQ(read("sip: {digest: md5}\n").config.sip.digest, sip::DigestOffer::md5);
  EXPECT_EQ(read("sip: {digest: sha256}\n").config.sip.digest, sip::DigestOffer::sha256);
  EXPECT_FALSE(read("sip: {digest: none}\n").faults.empty());
}

TEST_F(ConfigFile, EveryFaultIsToldAtOnceWithItsLine) {
  const ConfigReading r = read("sip:\n  prot: 5060\n  port: many\nvad:\n  threshold: 7\nrouting:\n  busy: maybe\n");
  ASSERT_EQ(r.faults.size(), 4u);
  EXPECT_EQ(r.faults[0].text(), path_ + ":2: sip.prot: unknown key; did you mean sip.port?");
  EXPECT_EQ(r.faults[1].text(), path_ + ":3: sip.port: must be a whole number, not \"many\"");
  EXPECT_EQ(r.faults[2].line, 5);
  EXPECT_EQ(r.faults[3].text(), path_ + ":7: routing.busy: must be one of ai, forward, reject, not \"maybe\"");
}

TEST_F(ConfigFile, EnvironmentFillsValuesAndNamesWhatIsMissing) {
  ::setenv("DAEDAP_TEST_VALUE", "5099", 1);
  const ConfigReading good = read("sip:\n  port: ${DAEDAP_TEST_VALUE}\nhttp:\n  port: ${DAEDAP_NOT_SET:-9000}\n");
  ASSERT_TRUE(good.faults.empty());
  EXPECT_EQ(good.config.sip.port, 5099);
  EXPECT_EQ(good.config.http.port, 9000);
  const ConfigReading bad = read("state: ${DAEDAP_NOT_SET}\n");
  ASSERT_EQ(bad.faults.size(), 1u);
  EXPECT_EQ(bad.faults[0].what, "environment variable DAEDAP_NOT_SET is not set");
}

TEST_F(ConfigFile, InheritedVariablesWinOverTheFile) {
  ::setenv("AICC_VAD_THRESHOLD", "0.7", 1);
  ::setenv("AICC_MIN_SILENCE_MS", "400", 1);
  ::setenv("AICC_LOG_LEVEL", "WARNING", 1);
  const ConfigReading r = read("vad:\n  threshold: 0.3\n");
  ASSERT_TRUE(r.faults.empty());
  EXPECT_DOUBLE_EQ(r.config.call.conversation.vad.threshold, 0.7);
  EXPECT_EQ(r.config.call.conversation.vad.min_silence, base::Millis{400});
  EXPECT_EQ(r.config.log_level, base::Level::warn);
  EXPECT_EQ(r.notes.size(), 3u);
}

TEST_F(ConfigFile, PlainRtpIsHeardWhenTheFileOrAnInheritedPortSaysSo) {
  EXPECT_FALSE(read("").config.ingest.enabled);
  const ConfigReading file = read("ingest:\n  enabled: true\n  agent_port: 9000\n  allow: [10.0.0.0/8]\n  silence_s: 5\n"
                                  "  lines:\n    - {agent_from: 10.0.0.21, agent_id: agent01, language: en}\n");
  ASSERT_TRUE(file.faults.empty()) << file.faults[0].text();
  EXPECT_TRUE(file.config.ingest.enabled);
  EXPECT_EQ(file.config.ingest.customer_port, 12345);
  EXPECT_EQ(file.config.ingest.agent_port, 9000);
  EXPECT_EQ(file.config.ingest.silence, std::chrono::seconds{5});
  ASSERT_EQ(file.config.ingest_lines.size(), 1u);
  EXPECT_EQ(file.config.ingest_lines[0].agent_id, "agent01");
  ::setenv("AICC_CUSTOMER_PORT", "22345", 1);
  ::setenv("AICC_STT_LANGUAGE", "en-US", 1);
  const ConfigReading inherited = read("ingest:\n  language: ko\n");
  ASSERT_TRUE(inherited.faults.empty()) << inherited.faults[0].text();
  EXPECT_TRUE(inherited.config.ingest.enabled);
  EXPECT_EQ(inherited.config.ingest.customer_port, 22345);
  EXPECT_EQ(inherited.config.ingest.agent_port, 12346);
  EXPECT_EQ(inherited.config.ingest.language, "en");
  EXPECT_EQ(inherited.config.call.conversation.language, "en");
  ::setenv("AICC_STT_LANGUAGE", "fr-FR", 1);
  EXPECT_EQ(read("").faults.at(0).key, "AICC_STT_LANGUAGE");
}

TEST_F(ConfigFile, PortsAndAddressesOfPlainRtpThatCannotBeAreFaults) {
  const auto fault = [this](const std::string& text) {
    const ConfigReading r = read("ingest:\n" + text);
    return r.faults.empty() ? std::string("none") : r.faults[0].key;
  };
  EXPECT_EQ(fault("  agent_port: 12345\n"), "ingest.agent_port");
  EXPECT_EQ(fault("  bind: localhost\n"), "ingest.bind");
  EXPECT_EQ(fault("  allow: [everywhere]\n"), "ingest.allow");
  EXPECT_EQ(fault("  l16_8000_type: 8\n"), "ingest.l16_8000_type");
  EXPECT_EQ(fault("  l16_16000_type: 11\n"), "ingest.l16_16000_type");
  EXPECT_EQ(fault("  silence_s: 0\n"), "ingest.silence_s");
  EXPECT_EQ(fault("  lines:\n    - {agent_id: a}\n"), "ingest.lines[0]");
  EXPECT_EQ(fault("  lines:\n    - {agent_from: here}\n"), "ingest.lines[0].agent_from");
  EXPECT_EQ(fault("  customer_port: 0\n  agent_port: 0\n"), "none");
}

TEST_F(ConfigFile, BadValueInTheEnvironmentIsAFault) {
  ::setenv("AICC_MIN_SPEECH_MS", "soon", 1);
  const ConfigReading r = read("");
  ASSERT_EQ(r.faults.size(), 1u);
  EXPECT_EQ(r.faults[0].text(), "environment:0: AICC_MIN_SPEECH_MS: must be a whole number, not \"soon\"");
}

TEST_F(ConfigFile, WhatIsNoYamlIsToldAndNotThrown) {
  EXPECT_FALSE(read("sip: [1, 2").faults.empty());
  EXPECT_FALSE(read("just words").faults.empty());
  EXPECT_FALSE(read("? [a, b]\n: c\n").faults.empty());
  EXPECT_FALSE(read_config("/nowhere/daedap.yaml").faults.empty());
}

TEST_F(ConfigFile, ValuesThatContradictEachOtherAreFaults) {
  const ConfigReading r = read("media:\n  first_port: 20000\n  last_port: 10000\nsip:\n  bind: example.org\n"
                               "ai:\n  barge_in_pause_ms: 900\n  barge_in_confirm_ms: 500\n");
  EXPECT_EQ(r.faults.size(), 3u);
}

TEST_F(ConfigFile, ShortTokenIsRefused) {
  EXPECT_EQ(read("http:\n  tokens: [secret]\n").faults.size(), 1u);
}

TEST_F(ConfigFile, CertificateAndKeyBelongTogetherOnAPortOfTheirOwn) {
  EXPECT_EQ(read("").config.sip.tls_port, 5061);
  const ConfigReading half = read("sip:\n  certificate: a.pem\n");
  ASSERT_EQ(half.faults.size(), 1u);
  EXPECT_EQ(half.faults[0].key, "sip.key");
  EXPECT_EQ(read("sip:\n  key: a.key\n").faults.at(0).key, "sip.certificate");
  const std::string both = "sip:\n  certificate: a.pem\n  key: a.key\n";
  EXPECT_TRUE(read(both).faults.empty());
  EXPECT_EQ(read(both + "  tls_port: 5060\n").faults.at(0).key, "sip.tls_port");
}

TEST_F(ConfigFile, TlsFilesAreReadAsTheServerWould) {
  test::Certificates authority;
  const auto old = authority.issue("old", "DNS:a.test", -9, -1);
  const ConfigReading good = read("sip:\n  certificate: " + old.certificate + "\n  key: " + old.key + "\n  ca: " + authority.ca() + "\n");
  EXPECT_TRUE(read_tls(good.config).faults.empty());
  EXPECT_EQ(read_tls(good.config).warnings.size(), 1u);
  const ConfigReading bad = read("sip:\n  certificate: /nowhere.pem\n  key: " + old.key + "\n  ca: /nowhere.ca\n");
  const TlsReading told = read_tls(bad.config);
  ASSERT_EQ(told.faults.size(), 2u);
  EXPECT_EQ(told.faults[0].text(), path_ + ":0: sip.certificate: cannot read the TLS certificate file: /nowhere.pem");
  EXPECT_EQ(told.faults[1].key, "sip.ca");
}

TEST_F(ConfigFile, PackagedExampleIsGood) {
  ::setenv("DAEDAP_API_TOKEN", "0123456789abcdef", 1);
  const ConfigReading r = read_config(std::string(DAEDAP_SOURCE_DIR) + "/packaging/daedap.example.yaml");
  EXPECT_TRUE(r.faults.empty()) << r.faults[0].text();
  EXPECT_FALSE(r.config.sip.certificate.empty());
  ::unsetenv("DAEDAP_API_TOKEN");
}

TEST(ConfigSchema, StandsInDocsAsItIs) {
  std::ifstream in(std::string(DAEDAP_SOURCE_DIR) + "/docs/config.schema.json");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text, config_schema()) << "run: daedap check --schema > docs/config.schema.json";
}

TEST(ConfigKeys, PageNamesEveryKeyWithItsDefault) {
  std::ifstream in(std::string(DAEDAP_SOURCE_DIR) + "/docs/configuration.md");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(text, config_page()) << "run: daedap check --keys > docs/configuration.md";
  for (const ConfigKey& key : config_keys()) EXPECT_NE(text.find("| `" + key.path + "` |"), std::string::npos) << key.path;
  for (const ConfigList& list : config_lists())
    for (const ConfigKey& field : list.fields) EXPECT_NE(text.find("| `" + field.path + "` |"), std::string::npos) << field.path;
  EXPECT_NE(text.find("| `sip.port` | `5060` |"), std::string::npos);
  EXPECT_NE(text.find("| `media.srtp` | `optional` |"), std::string::npos);
}

TEST(ConfigKeys, HaveHelpAndNoDoubles) {
  std::set<std::string> seen;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(seen.insert(key.path).second) << key.path;
    EXPECT_FALSE(key.help.empty()) << key.path;
  }
}

TEST(ConfigKeys, NearestIsOnlyNamedWhenItIsNear) {
  EXPECT_EQ(nearest_key("sip.prot"), "sip.port");
  EXPECT_EQ(nearest_key("something.else.entirely"), "");
}

}  // namespace
}  // namespace daedap::server
