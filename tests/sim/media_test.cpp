#include "story.hpp"

#include <array>
#include <cstdlib>
#include <map>

#include "media/recorder.hpp"

namespace daedap::sim {
namespace {

/// An RTP packet of loud PCMU, as a stranger would send it.
std::vector<std::uint8_t> rtp(std::uint16_t seq, std::uint32_t ssrc) {
  std::vector<std::uint8_t> bytes{0x80, 0, static_cast<std::uint8_t>(seq >> 8), static_cast<std::uint8_t>(seq)};
  for (const std::uint32_t word : {160U * seq, ssrc})
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
  for (int i = 0; i < 160; ++i) bytes.push_back(i % 20 < 10 ? 0x10 : 0x90);  // a 400 Hz square
  return bytes;
}

class MediaStory : public Story {};

TEST_F(FieldNotes, N02_GreetingAudibleToACallerThatNeverSendsRtp) {
  Phone::Settings phone_settings;
  phone_settings.plan.send_media = false;
  Phone& phone = dial({Listen{}}, std::move(phone_settings));
  int from_phone = 0;
  network->set_tap([&](const auto& from, const auto&, auto bytes) {
    if (from.ip_text() != "192.0.2.1" && is_rtp(bytes)) ++from_phone;
  });
  run_until_answered(phone);
  const base::Time answered = world.now();
  finish(phone);
  EXPECT_EQ(from_phone, 0);
  ASSERT_TRUE(phone.caller().ear().began());
  EXPECT_LE(base::to_ms(*phone.caller().ear().began() - answered), 150);
  EXPECT_GE(voiced_ms(phone.report().heard), 1300);
  expect_clean();
}

TEST_F(FieldNotes, N03_ReinviteMovesPortAndCodecInMidWord) {
  settings.engines.stt.script = say_in_turn({"주소를 바꾸고 싶어요"});
  settings.call.conversation.max_call = seconds(300);
  Phone& phone = dial({Listen{}, say("주소를 바꾸고 싶어요"), Listen{}});
  run_until_answered(phone);
  world.run_for(Millis(1010));  // in the middle of the greeting
  const std::uint16_t old_port = phone.caller().local_port();
  std::map<int, int> payloads;
  int to_old = 0;
  base::Time moved = base::never;
  network->set_tap([&](const auto& from, const auto& to, auto bytes) {
    if (from.ip_text() != "192.0.2.1" || !is_rtp(bytes)) return;
    if (world.now() > moved && to.port == old_port) ++to_old;
    if (world.now() > moved) ++payloads[bytes[1] & 0x7f];
  });
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.reoffer({"PCMA", "PCMU"}, true, now)); });
  world.run_for(Millis(100));
  moved = world.now();
  EXPECT_NE(phone.caller().local_port(), old_port);
  finish(phone);
  EXPECT_EQ(to_old, 0);
  EXPECT_GT(payloads[8], 100);
  EXPECT_EQ(payloads[0], 0);
  ASSERT_NE(server->log().find("ai_media_changed"), nullptr);
  // Nearly all of the greeting got through, the conversation went on, the words were understood.
  const auto turns = turns_of(record(), assistant_said);
  ASSERT_EQ(turns.size(), 2U);
  EXPECT_FALSE(turns.front().interrupted);
  EXPECT_EQ(turns_of(record(), caller_said).size(), 1U);
  expect_clean();
}

TEST_F(FieldNotes, N03_ReinviteWhileTheCallerSpeaksLosesNoTurn) {
  settings.engines.stt.script = say_in_turn({"주소를 바꾸고 싶은데 어떻게 하면 되나요"});
  Phone& phone = dial({Listen{}, say("주소를 바꾸고 싶은데 어떻게 하면 되나요"), Listen{}});
  ASSERT_TRUE(world.run_until([&] { return !phone.caller().turns().empty(); }, seconds(20)));
  world.run_for(Millis(500));
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.reoffer({"PCMA"}, true, now)); });
  finish(phone);
  const auto said = turns_of(record(), caller_said);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(turns_of(record(), assistant_said).size(), 2U);
  ASSERT_TRUE(phone.report().turns.front().response_ms);
  expect_clean();
}

TEST_F(FieldNotes, N04_InviteWithoutSdp) {
  settings.engines.stt.script = say_in_turn({"영업 시간 알려 주세요"});
  Phone::Settings phone_settings;
  phone_settings.plan.offer_in_invite = false;
  Phone& phone = dial({Listen{}, say("영업 시간 알려 주세요"), Listen{}}, std::move(phone_settings));
  finish(phone);
  EXPECT_TRUE(phone.report().answered);
  // Both directions: the greeting was heard, the words were understood and answered.
  EXPECT_EQ(turns_of(record(), assistant_said).size(), 2U);
  EXPECT_EQ(turns_of(record(), caller_said).size(), 1U);
  EXPECT_GE(voiced_ms(phone.report().heard), 1300);
  expect_clean();
}

TEST_F(FieldNotes, N05_StaleRtpOnAReusedPortIsNotHeard) {
  settings.first_port = 10'000;
  settings.last_port = 10'001;
  Phone& first = dial({Listen{}});
  finish(first);
  // The first peer goes on sending to the port after its call; the port rests and is used again.
  const base::Address stale = *base::Address::parse_ip("198.51.100.7", 40'000);
  std::uint16_t seq = 0;
  bool sending = true;
  world.every(Millis(20), [&] {
    network->inject(stale, *base::Address::parse_ip("192.0.2.1", 10'000), rtp(seq++, 0x1234));
    return sending;
  });
  world.run_for(seconds(31));
  Phone& second = dial({Listen{}, Wait{seconds(2)}});
  finish(second);
  sending = false;
  ASSERT_EQ(server->ended().size(), 2U);
  const call::Record r = server->ended().back();
  EXPECT_TRUE(second.report().answered);
  EXPECT_EQ(voiced_ms(std::next(server->tapes().begin())->second->channel(0)) +
                voiced_ms(server->tapes().begin()->second->channel(0)), 0);
  EXPECT_GT(r.media.packets_bad, 50U);
  EXPECT_FALSE(turns_of(r, assistant_said).front().interrupted);
  expect_clean();
}

TEST_F(FieldNotes, N16_PacketsLeaveOnTheBeat) {
  open();
  std::map<base::Address, base::Time> last;
  base::Duration worst{};
  network->set_tap([&](const auto& from, const auto& to, auto bytes) {
    if (from.ip_text() != "192.0.2.1" || !is_rtp(bytes)) return;
    if (last.contains(to)) worst = std::max(worst, std::chrono::abs(world.now() - last[to] - Millis(20)));
    last[to] = world.now();
  });
  std::vector<Phone*> all;
  for (int i = 0; i < 12; ++i) {
    all.push_back(&dial({Wait{seconds(5)}}));
    world.run_for(Millis(7));
  }
  for (Phone* phone : all) finish(*phone);
  EXPECT_EQ(last.size(), 12U);
  EXPECT_LT(worst, Millis(1));
}

TEST_F(MediaStory, RecordingOnABadNetworkKeepsBothSidesInStep) {
  settings.call.conversation.no_input_first = seconds(1000);
  settings.engines.llm.rules = {{"", "네."}};
  settings.engines.stt.script = [](int, int) { return Recognised{.text = "여보세요"}; };
  // Jitter and loss all the time must not shift the channels against each other.
  open();
  network->set_conditions({.delay = Millis(5), .jitter = Millis(10), .loss = 0.01});
  Phone& phone = dial({Listen{}, Wait{seconds(5)}, say("여보세요"), Listen{}, Wait{seconds(120)}, say("여보세요"), Listen{}});
  finish(phone, seconds(300));
  const auto customer = tape().channel(0), agent = tape().channel(1);
  const auto spoken = speech_in(customer), answered = speech_in(agent);
  ASSERT_GE(spoken.size(), 2U);
  ASSERT_GE(answered.size(), 3U);
  const auto gap = [&](std::size_t i, std::size_t j) { return static_cast<double>(answered[j].from - spoken[i].to); };
  EXPECT_NEAR(gap(0, answered.size() - 2), gap(1, answered.size() - 1), 60);
  EXPECT_NEAR(static_cast<double>(customer.size()) / 16, static_cast<double>(record().duration_ms), 60);
}

/// Notes the first loud sample after each silence, per channel, and keeps no audio.
class Clicks final : public media::RecordingSink {
 public:
  explicit Clicks(std::array<std::vector<std::int64_t>, 2>& found) : found_(found) {}
  void write(std::vector<std::int16_t> stereo) override {
    for (std::size_t i = 0; i < stereo.size(); ++i) {
      if (stereo[i] < 1000) continue;
      auto& mine = found_[i % 2];
      const std::int64_t at = written_ + static_cast<std::int64_t>(i / 2);
      if (mine.empty() || at - mine.back() > audio::sample_rate) mine.push_back(at);
    }
    written_ += static_cast<std::int64_t>(stereo.size() / 2);
  }
  void close() override {}

 private:
  std::array<std::vector<std::int64_t>, 2>& found_;
  std::int64_t written_ = 0;
};

TEST_F(FieldNotes, N17_BothChannelsAlignedWithinAFrameAfterAnHour) {
  std::array<std::vector<std::int64_t>, 2> found;
  media::Recorder recorder(std::make_unique<Clicks>(found));
  const auto random = base::seeded(3);
  audio::Frame silence{}, click{};
  click[0] = 10'000;
  constexpr std::int64_t hour = 3600 * 50;
  int lost = 0;
  for (std::int64_t tick = 0; tick < hour; ++tick) {
    const auto position = tick * static_cast<std::int64_t>(audio::frame_samples);
    const audio::FrameInfo info{.heard = base::Time{} + tick * audio::frame_time, .position = position};
    const bool both_click = tick % (60 * 50) == 50;
    recorder.agent().on_frame(both_click ? click : silence, info);
    if (!both_click && random() % 50 == 0) {
      ++lost;  // the customer's leg stood still for this tick
      continue;
    }
    recorder.customer().on_frame(both_click ? click : silence, info);
  }
  recorder.close();
  EXPECT_GT(lost, 3000);
  ASSERT_EQ(found[0].size(), 60U);
  ASSERT_EQ(found[1].size(), 60U);
  for (std::size_t i = 0; i < 60; ++i) {
    EXPECT_LT(std::abs(found[0][i] - found[1][i]), static_cast<std::int64_t>(audio::frame_samples)) << i;
    EXPECT_LT(std::abs(found[1][i] - static_cast<std::int64_t>(i * 60 + 1) * audio::sample_rate), 16 * 1000) << i;
  }
}

TEST_F(FieldNotes, N19_PortInTheRangeIsHeldByAnotherProcess) {
  settings.first_port = 10'000;
  settings.last_port = 10'007;
  open();
  network->hold(*base::Address::parse_ip("192.0.2.1", 10'000));
  network->hold(*base::Address::parse_ip("192.0.2.1", 10'003));  // the RTCP half of a pair
  Phone& first = dial({Listen{}, Wait{seconds(3)}});
  run_until_answered(first);
  Phone& second = dial({Listen{}, Wait{seconds(3)}});
  run_until_answered(second);
  EXPECT_TRUE(first.caller().answered());
  EXPECT_TRUE(second.caller().answered());
  EXPECT_EQ(server->ports().taken_by_others(), 2U);
  EXPECT_EQ(server->ports().in_use(), 2U);
  finish(first);
  finish(second);
  EXPECT_GE(voiced_ms(second.report().heard), 1300);
  expect_clean();
}

TEST_F(FieldNotes, N01_RampOfFiftyCallsRingsAtOnce) {
  settings.last_port = 10'399;
  open();
  for (int i = 0; i < 50; ++i) {
    dial({Wait{seconds(1)}});
    world.run_for(Millis(150));
  }
  for (auto& phone : phones) finish(*phone);
  for (auto& phone : phones) {
    ASSERT_TRUE(phone->report().ringing_ms);
    EXPECT_LE(*phone->report().ringing_ms, 200);
    EXPECT_TRUE(phone->report().answered);
  }
  expect_clean();
}

TEST_F(MediaStory, HoldAndResumeKeepTheCall) {
  settings.engines.stt.script = say_in_turn({"영업 시간 알려 주세요"});
  Phone& phone = dial({Listen{}, Wait{seconds(6)}, say("영업 시간 알려 주세요"), Listen{}});
  ASSERT_TRUE(world.run_until([&] { return server->log().count("ai_said") >= 1; }, seconds(20)));
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.hold(true, now)); });
  world.run_for(Millis(500));
  int sent = 0;
  network->set_tap([&](const auto& from, const auto&, auto bytes) { sent += from.ip_text() == "192.0.2.1" && is_rtp(bytes); });
  world.run_for(seconds(2));
  EXPECT_EQ(sent, 0);
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.hold(false, now)); });
  world.run_for(seconds(1));
  EXPECT_GT(sent, 40);
  finish(phone);
  EXPECT_EQ(turns_of(record(), assistant_said).size(), 2U);
  expect_clean();
}

TEST_F(MediaStory, LongHoldIsNotTakenForSilence) {
  settings.engines.stt.script = say_in_turn({"영업 시간 알려 주세요"});
  Phone& phone = dial({Listen{}, Wait{seconds(130)}, say("영업 시간 알려 주세요"), Listen{}});
  ASSERT_TRUE(world.run_until([&] { return server->log().count("ai_said") >= 1; }, seconds(20)));
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.hold(true, now)); });
  world.run_for(seconds(120));  // twice the time after which a silent caller has heard goodbye
  EXPECT_EQ(server->log().count("ai_said"), 1);
  ASSERT_FALSE(phone.over());
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.hold(false, now)); });
  finish(phone);
  EXPECT_EQ(turns_of(record(), caller_said).size(), 1U);
  EXPECT_EQ(turns_of(record(), assistant_said).size(), 2U);
  expect_clean();
}

TEST_F(MediaStory, SilenceGoesOnToCountAfterAHold) {
  Phone& phone = dial({Listen{}, Wait{seconds(200)}});
  ASSERT_TRUE(world.run_until([&] { return server->log().count("ai_said") >= 1; }, seconds(20)));
  world.run_for(seconds(10));
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.hold(true, now)); });
  world.run_for(seconds(60));
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.hold(false, now)); });
  // Ten of the thirty seconds had passed before the hold.
  world.run_for(seconds(19));
  EXPECT_EQ(server->log().count("ai_said"), 1);
  EXPECT_TRUE(world.run_until([&] { return server->log().count("ai_said") >= 2; }, seconds(5)));
  finish(phone);
  EXPECT_EQ(record().cause, Cause::no_input);
  expect_clean();
}

TEST_F(MediaStory, NoRtpForTheConfiguredTimeEndsTheCall) {
  settings.call.media_timeout = seconds(5);
  Phone& phone = dial({Wait{seconds(60)}});
  run_until_answered(phone);
  world.run_for(seconds(2));
  network->set_conditions(*base::Address::parse_ip("198.51.100.7"), *base::Address::parse_ip("192.0.2.1"), {.loss = 1});
  world.run_for(seconds(6));
  network->set_conditions(*base::Address::parse_ip("198.51.100.7"), *base::Address::parse_ip("192.0.2.1"), {});
  finish(phone);
  EXPECT_EQ(record().cause, Cause::media_lost);
  expect_clean();
}

TEST_F(MediaStory, OkThatIsNeverAcknowledgedEndsTheCall) {
  open();
  Phone& phone = make_phone({Wait{seconds(100)}});
  ASSERT_TRUE(phone.call());
  world.run_for(Millis(3));  // the INVITE arrived; nothing of the phone does from now on
  network->set_conditions(*base::Address::parse_ip("198.51.100.7"), *base::Address::parse_ip("192.0.2.1"), {.loss = 1});
  world.run_for(seconds(70));
  EXPECT_EQ(record().cause, Cause::no_ack);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
