#include "call/listening.hpp"

#include <gtest/gtest.h>

#include <map>

#include "sim/clock.hpp"
#include "sim/scripted_stt.hpp"
#include "sim/voice.hpp"

namespace daedap::sim {
namespace {

using namespace std::chrono_literals;
using call::Listening;
using Who = Listening::Who;

// Two people; what each says lies on a line of its own, 20 ms at a time.
struct TwoPeople {
  explicit TwoPeople(std::map<int, std::vector<std::string>> script)
      : stt(world, {.script = [script](int n, int s) {
          const auto& lines = script.at(s);
          return Recognised{.text = static_cast<std::size_t>(n) < lines.size() ? lines[static_cast<std::size_t>(n)] : ""};
        }}) {
    EXPECT_TRUE(listening.open());
  }
  void says(Who who, base::Millis at, const std::string& text) {
    auto& line = lines[who == Who::agent];
    const auto pcm = speak(text, {.period = who == Who::agent ? 140 : 90});
    const auto from = static_cast<std::size_t>(audio::samples_in(at));
    if (line.size() < from + pcm.size()) line.resize(from + pcm.size());
    std::ranges::copy(pcm, line.begin() + static_cast<std::ptrdiff_t>(from));
  }
  void run(base::Duration length) {
    for (base::Duration at{}; at < length; at += audio::frame_time) {
      world.run_for(audio::frame_time);
      for (const Who who : {Who::customer, Who::agent}) listening.ear(who).on_frame(next(who), {.heard = world.now(), .position = position});
      position += audio::frame_samples;
      settle();
    }
  }
  void settle() {
    listening.on_time(world.now());
    while (auto turn = listening.take_turn()) turns.push_back(*turn);
  }
  audio::Frame next(Who who) const {
    audio::Frame f{};
    const auto& line = lines[who == Who::agent];
    for (std::size_t i = 0; i < f.size(); ++i) {
      const auto at = static_cast<std::size_t>(position) + i;
      f[i] = static_cast<std::int16_t>((at < line.size() ? line[at] : 0) + static_cast<int>(at * 2654435761U % 41) - 20);
    }
    return f;
  }
  std::string told() const {
    std::string all;
    for (const auto& t : turns)
      all += (t.who == Who::customer ? "C" : "A") + std::string(t.part.decision == speech::SpokenPart::Decision::complete ? "+" : "-") + t.part.text + "|";
    return all;
  }

  World world;
  const base::Time began = world.now();
  ScriptedStt stt;
  Listening listening{{}, stt};
  std::array<std::vector<std::int16_t>, 2> lines;
  std::int64_t position = 0;
  std::vector<Listening::Turn> turns;
};

TEST(Listening, GivesEachTheirOwnWordsAlsoWhenTheySpeakAtOnce) {
  TwoPeople call({{0, {"카드를 잃어버렸어요", "네 맞아요"}}, {1, {"본인이신가요", "확인했습니다"}}});
  call.says(Who::customer, 1000ms, "카드를 잃어버렸어요 어제 저녁에");
  call.says(Who::agent, 1400ms, "본인이신가요 성함이 어떻게 되시나요");  // over the customer
  call.says(Who::customer, 6000ms, "네 맞아요 그렇습니다");
  call.says(Who::agent, 9000ms, "확인했습니다 잠시만요");
  call.run(13s);
  EXPECT_EQ(call.told(), "C+카드를 잃어버렸어요|A+본인이신가요|C+네 맞아요|A+확인했습니다|");
  EXPECT_NEAR(base::to_ms(call.turns[0].part.start - call.began), 1000, 120);
}

TEST(Listening, DrainsBothAfterTheEnd) {
  TwoPeople call({{0, {"감사합니다"}}, {1, {"들어가세요"}}});
  call.stt.settings().final_delay = 1200ms;
  call.says(Who::customer, 1000ms, "감사합니다 안녕히 계세요");
  call.says(Who::agent, 1200ms, "들어가세요 감사합니다");
  call.run(2200ms);
  call.listening.close(call.world.now());
  EXPECT_FALSE(call.listening.settled());
  while (!call.listening.settled()) {
    const auto next = call.listening.deadline();
    ASSERT_NE(next, base::never);
    call.world.run_for(20ms);
    call.settle();
    ASSERT_LT(call.world.now() - call.began, 6s);
  }
  EXPECT_EQ(call.turns.size(), 2U);
  EXPECT_EQ(call.told().find("|A"), call.told().find('|'));
}

TEST(Listening, FollowsTheVoicesWhereNoRecogniserKnowsTheLanguage) {
  TwoPeople call({{0, {}}, {1, {}}});
  call.stt.settings().languages.clear();
  call.says(Who::customer, 1000ms, "아무도 알아듣지 못하는 말");
  call.run(5s);
  EXPECT_EQ(call.told(), "C+|");
}

}  // namespace
}  // namespace daedap::sim
