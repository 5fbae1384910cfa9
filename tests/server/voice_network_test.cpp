// Calls through the whole server whose assistant finds voice by the network.
#include <gtest/gtest.h>
#include <sodium.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "audio/resampler.hpp"
#include "server/place_call.hpp"
#include "server/server.hpp"
#include "store/call_table.hpp"
#include "store/database.hpp"
#include "store/operator_table.hpp"
#include "tests/engines/silero/files.hpp"
#include "tests/server/scripted_source.hpp"

namespace daedap::server {
namespace {

namespace silero = engines::silero;

class VoiceNetworkCall : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GE(sodium_init(), 0);
    config_.state = testing::TempDir() + "daedap_voice_" + std::to_string(::getpid());
    std::filesystem::create_directories(config_.state);
    config_.sip.bind = "127.0.0.1";
    config_.sip.port = config_.http.port = 0;
    config_.media.first_port = static_cast<std::uint16_t>(40'000 + ::getpid() % 1000 * 20);
    config_.media.last_port = static_cast<std::uint16_t>(config_.media.first_port + 199);
    config_.shards = 2;
    auto db = store::Database::open(config_.state + "/daedap.db");
    ASSERT_TRUE(db) << db.error().message();
    call::Operator away{
        .id = "1001", .name = "김지원", .language = "ko", .voice = {}, .away_message = {}, .greeting = {}};
    away.status = call::OperatorStatus::away;
    ASSERT_TRUE(store::OperatorTable(*db).add(away));
  }
  void TearDown() override { std::filesystem::remove_all(config_.state); }

  /// What the caller was heard to say in one call.
  std::vector<call::Turn> heard(std::vector<call::Step> steps) {
    ServerOptions options;
    options.engines = std::make_unique<ScriptedSource>();
    auto server = Server::start(config_, std::move(options));
    EXPECT_TRUE(server) << server.error().message();
    const std::string uri = "sip:1001@127.0.0.1:" + std::to_string((*server)->sip_port());
    const auto report = place_call({uri, {}, {}}, std::move(steps), [] { return false; });
    EXPECT_TRUE(report && report->answered);
    server->reset();
    auto db = store::Database::open(config_.state + "/daedap.db");
    store::CallTable table(*db);
    const auto page = table.page(1, std::nullopt);
    if (page->empty()) return {};
    auto turns = table.find(page->front().record.call_id)->record.turns;
    std::erase_if(turns, [](const call::Turn& t) { return t.speaker != speech::Said::Speaker::caller; });
    return turns;
  }
  std::string log() const {
    std::ifstream in(config_.state + "/logs/app.log");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::vector<std::int16_t> noise() {
    std::mt19937 random(3);
    std::normal_distribution<double> normal(0, 2500);
    std::vector<std::int16_t> out(16'000);
    for (auto& s : out) s = static_cast<std::int16_t>(std::clamp(normal(random), -32768.0, 32767.0));
    return out;
  }

  Config config_;
  const call::Listen listen_{base::Millis{600}, base::Millis{8000}};
};

TEST_F(VoiceNetworkCall, HearsAPersonAndNotTheNoiseOfTheLine) {
  const auto file = silero::test::shared_folder() / "models/silero-vad/silero_vad.onnx";
  const auto pcm = silero::test::phrase("ko_01.wav");
  if (!std::filesystem::exists(file) || pcm.empty()) GTEST_SKIP() << "no " << file << " or no recordings";
  config_.voice.model = file.string();
  const auto turns = heard({listen_, call::Speak{noise(), "noise"}, call::Wait{base::Millis{2500}},
                            call::Speak{*audio::resample(pcm, 8000, 16000), "question"}, listen_});
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0].text, "영업 시간이 어떻게 되나요");
  EXPECT_NEAR(static_cast<double>(turns[0].end_ms - turns[0].start_ms), 2450, 150);  // of 3.8 s voiced
  EXPECT_NE(log().find(R"("detector":"silero")"), std::string::npos);
}

TEST_F(VoiceNetworkCall, WithoutTheFileEnergyHearsBoth) {
  const auto pcm = silero::test::phrase("ko_01.wav");
  if (pcm.empty()) GTEST_SKIP() << "no recordings";
  config_.voice.model = config_.state + "/nowhere.onnx";
  const auto turns = heard({listen_, call::Speak{noise(), "noise"}, call::Wait{base::Millis{2500}},
                            call::Speak{*audio::resample(pcm, 8000, 16000), "question"}, listen_});
  EXPECT_GE(turns.size(), 2u);
  EXPECT_NE(log().find(R"("event":"voice_network_failed")"), std::string::npos);
  EXPECT_NE(log().find(R"("detector":"energy")"), std::string::npos);
}

}  // namespace
}  // namespace daedap::server
