#include <malloc.h>

#include <array>
#include <cstdlib>

#include "media/recorder.hpp"
#include "media/two_legs.hpp"

namespace daedap::media {
namespace {

using namespace testing;
using audio::testing::sine_snr;

struct BridgeTaps : TwoLegs {
  void tap() {
    bridge->set_tap(Side::customer, &from_customer);
    bridge->set_tap(Side::agent, &from_agent);
  }
  static void expect_gapless(const Frames& frames) {
    for (std::size_t i = 1; i < frames.infos.size(); ++i) {
      ASSERT_EQ(frames.infos[i].position, frames.infos[i - 1].position + 320);
    }
  }
  Frames from_customer, from_agent;
};

TEST_F(BridgeTaps, HearEachSideApartGaplessAndOnOneTimeLine) {
  join();
  run(10, [&] { both_speak(); });
  tap();
  run(200, [&] { both_speak(); });
  EXPECT_EQ(from_customer.infos.size(), 200u);
  EXPECT_EQ(from_agent.infos.size(), 200u);
  EXPECT_EQ(from_customer.infos[0].position, from_agent.infos[0].position);
  expect_gapless(from_customer);
  expect_gapless(from_agent);
  EXPECT_GT(sine_snr(std::span(from_customer.pcm).last(32000), 500, 16000), 30);
  EXPECT_GT(sine_snr(std::span(from_agent.pcm).last(32000), 800, 16000), 30);
  EXPECT_EQ(bridge->stats().customer.relayed, 210u);
}

TEST_F(BridgeTaps, DoNotDelayTheRelay) {
  join();
  tap();
  run(20, [&] {
    const Bytes said = caller.packet();
    net.sent.clear();
    customer_says(said);
    ASSERT_EQ(net.sent.size(), 1u);
    EXPECT_EQ(payload(net.sent[0].bytes), payload(said));
  });
}

TEST_F(BridgeTaps, HearNothingOfBeforeTheyWereSet) {
  join();
  tap();
  run(50, [&] { both_speak(); });
  bridge->set_tap(Side::customer, nullptr);
  run(50, [&] { both_speak(); });
  const auto frames = from_customer.infos.size();
  EXPECT_EQ(frames, 50u);
  caller.hz = 1500;
  bridge->set_tap(Side::customer, &from_customer);
  run(50, [&] { both_speak(); });
  EXPECT_LT(sine_snr(std::span(from_customer.pcm).subspan(frames * 320), 500, 16000), -20);
  EXPECT_EQ(from_customer.infos.back().position, from_agent.infos.back().position);
}

TEST_F(BridgeTaps, HearASideWhoseAudioIsTranscoded) {
  auto alaw = negotiated(agent_address);
  alaw.codec = pcma();
  join(negotiated(customer_address), alaw);
  tap();
  run(100, [&] { both_speak(); });
  EXPECT_EQ(from_customer.infos.size(), 100u);
  expect_gapless(from_customer);
  EXPECT_GT(sine_snr(std::span(from_customer.pcm).last(16000), 500, 16000), 30);
  EXPECT_EQ(from_customer.infos.back().position, from_agent.infos.back().position);
}

TEST_F(BridgeTaps, GoOnFromTheTimeLineOfTheCustomersLeg) {
  configure(negotiated(customer_address), negotiated(agent_address));
  customer->set_sink(&from_customer);
  run(30, [&] { customer_says(caller.packet()); });
  customer->set_sink(nullptr);
  bridge = std::make_unique<Bridge>(*customer, *agent, at(clock));
  tap();
  run(30, [&] { both_speak(); });
  bridge.reset();
  customer->set_sink(&from_customer);
  run(30, [&] { customer_says(caller.packet()); });
  EXPECT_EQ(from_customer.infos.size(), 90u);
  expect_gapless(from_customer);
  EXPECT_GT(sine_snr(std::span(from_customer.pcm).last(80 * 320), 500, 16000), 25);
}

// Field notes §4.17: both recording channels aligned within a frame after an hour.
TEST_F(BridgeTaps, RecordBothSidesAlignedAfterAnHourWithLoss) {
  using Edges = std::array<std::vector<std::int64_t>, 2>;
  struct Marks final : RecordingSink {
    explicit Marks(Edges& e) : edges(e) {}
    void write(std::vector<std::int16_t> stereo) override {
      for (std::size_t i = 0; i < stereo.size(); i += 8, at += 4) {  // each 4th sample
        for (std::size_t c = 0; c < 2; ++c) {
          if (stereo[i + c] > 3000) mark(c);
        }
      }
    }
    void mark(std::size_t channel) {
      if (at - last[channel] > 16000) edges[channel].push_back(at);
      last[channel] = at;
    }
    void close() override {}
    Edges& edges;
    std::int64_t at = 0;
    std::array<std::int64_t, 2> last{-32000, -32000};
  };
  Edges edges;
  Recorder recorder(std::make_unique<Marks>(edges));
  join();
  bridge->set_tap(Side::customer, &recorder.customer());
  bridge->set_tap(Side::agent, &recorder.agent());
  net.keep = false;
  base::Random loss(base::seeded(8));
  // Each minute both beep at the same instant, in the middle of a quiet second.
  for (int tick = 0; tick < 3600 * 50; ++tick) {
    const int in_minute = tick % 3000;
    const bool beeping = in_minute >= 1520 && in_minute < 1530;
    caller.amplitude = phone.amplitude = beeping ? 8000 : 0;
    run(1, [&] {
      const Bytes a = caller.packet(), b = phone.packet();
      if (beeping || loss.u32() % 20 != 0) customer_says(a);  // 5 % lost
      if (beeping || loss.u32() % 20 != 0) agent_says(b);
    });
  }
  recorder.close();
  EXPECT_EQ(recorder.length(), std::int64_t{3600} * 16000);
  ASSERT_EQ(edges[0].size(), 60u);
  ASSERT_EQ(edges[1].size(), 60u);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_LE(std::abs(edges[0][i] - edges[1][i]), 320) << i;
}

// What a plain relayed call holds on to, in bytes of the heap.
TEST_F(BridgeTaps, CostNoMemoryWhereTheyAreNotSet) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's allocator does not count";
#endif
  net.keep = false;
  join();
  const auto used = [] { return mallinfo2().uordblks; };
  run(200, [&] { both_speak(); });
  const auto with_call = used();
  bridge.reset();
  customer.reset();
  agent.reset();
  const auto call = with_call - used();
  RecordProperty("bytes_per_call", static_cast<int>(call));
  EXPECT_GT(call, 2000u);
  EXPECT_LT(call, 24'000u);
}

}  // namespace
}  // namespace daedap::media
