// The two speakers of a call between people, heard apart.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

/// What one listener heard; outlives it.
struct Ears {
  call::SpeakerOf of;
  std::vector<std::int16_t> pcm;
  bool over = false;
};

class Ear final : public audio::FrameSink {
 public:
  explicit Ear(Ears& kept) : kept_(kept) {}
  ~Ear() override { kept_.over = true; }
  void on_frame(const audio::Frame& frame, const audio::FrameInfo&) override {
    kept_.pcm.insert(kept_.pcm.end(), frame.begin(), frame.end());
  }

 private:
  Ears& kept_;
};

struct Speakers : Pbx {
  Speakers() {
    settings.listen_to = [this](const call::SpeakerOf& of) {
      all.push_back(std::make_unique<Ears>(Ears{of, {}}));
      return std::make_unique<Ear>(*all.back());
    };
  }
  void hang_up(Phone& caller) {
    caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
    finish(caller);
    run(Millis(200));
  }
  const call::LegFigures& leg(const call::Record& record, const std::string& name) {
    const auto at = std::ranges::find(record.legs, name, &call::LegFigures::name);
    EXPECT_NE(at, record.legs.end()) << name;
    return *at;
  }
  std::vector<std::unique_ptr<Ears>> all;
};

TEST_F(Speakers, EachIsListenedToApart) {
  desk("1002");
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(4));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0]->of.customer);
  EXPECT_EQ(all[0]->of.leg, "caller");
  EXPECT_FALSE(all[1]->of.customer);
  EXPECT_EQ(all[1]->of.leg, "operator 1002");
  EXPECT_EQ(all[1]->of.language, "ko");
  EXPECT_GT(share_of_tone(last(all[0]->pcm, seconds(1)), 450), 0.9);
  EXPECT_GT(share_of_tone(last(all[1]->pcm, seconds(1)), 700), 0.9);
  hang_up(caller);
  EXPECT_TRUE(all[0]->over && all[1]->over) << "no listener outlives its call";
  expect_clean();
}

TEST_F(Speakers, CustomerIsHeardOnAcrossATransferAndTheNewAgentAnew) {
  DeskPhone& kim = desk("1002");
  desk("1004", {.hz = 900});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  kim.refer("sip:1004@" + server->sip_address().text());
  run(seconds(3));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_FALSE(all[0]->over) << "the customer's listener stays";
  EXPECT_TRUE(all[1]->over);
  EXPECT_EQ(all[2]->of.leg, "operator 1004");
  EXPECT_GT(share_of_tone(last(all[0]->pcm, seconds(1)), 450), 0.9);
  EXPECT_GT(share_of_tone(last(all[2]->pcm, seconds(1)), 900), 0.9);
  hang_up(caller);
  expect_clean();
}

TEST_F(Speakers, WithoutARecordingTheyAreListenedToAllTheSame) {
  settings.call.record = false;
  desk("1002");
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_GT(all[0]->pcm.size(), 16'000U);
  hang_up(caller);
}

TEST_F(Speakers, TimeOfTalkIsInTheRecord) {
  desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(3)}, say("영업 시간이 어떻게 되나요"), Wait{seconds(2)},
                                         say("영업 시간이 어떻게 되나요"), Wait{Millis(600'000)}});
  run(seconds(15));
  hang_up(caller);
  const call::Record done = record();
  const auto said = 2 * static_cast<std::int64_t>(say("영업 시간이 어떻게 되나요").pcm.size()) / 16;
  EXPECT_EQ(leg(done, "caller").speaker, "customer");
  EXPECT_NEAR(static_cast<double>(leg(done, "caller").talk_ms), static_cast<double>(said), 0.25 * static_cast<double>(said));
  EXPECT_EQ(leg(done, "operator 1002").speaker, "agent");
  EXPECT_EQ(leg(done, "operator 1002").talk_ms, 0);
  expect_clean();
}

TEST_F(Speakers, NobodyMeasuresWhatNobodyRecordsOrListensTo) {
  settings.listen_to = nullptr;
  settings.call.record_bridged = false;
  desk("1002");
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  hang_up(caller);
  EXPECT_EQ(leg(record(), "caller").speaker, "");
}

}  // namespace
}  // namespace daedap::sim
