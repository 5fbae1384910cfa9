#include <gtest/gtest.h>

#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

using Who = Said::Speaker;

struct Chaos {
  explicit Chaos(unsigned seed) : random(seed) {}
  int up_to(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return up_to(n) == 0; }

  std::vector<LlmStep> answer() {
    static const char* texts[] = {"네.", "영업 시간은 평일 오전 9시부터 오후 6시까지입니다. 주말에는 쉽니다.", "",
                                  "네, 확인해 보겠습니다. 잠시만 기다려 주시면 바로 알려 드리겠습니다. 감사합니다."};
    auto steps = ScriptedLlm::say(texts[up_to(4)], Millis(50 + up_to(1500)));
    if (one_in(8)) steps.insert(steps.end() - 1, {0ms, LlmAction{static_cast<LlmAction::Kind>(up_to(4)), {}}});
    if (one_in(10)) steps.back().event = LlmFailed{{base::Code::engine_failed, "chaos", ""}};
    if (one_in(15)) steps.pop_back();  // never ends
    if (one_in(15)) steps.clear();     // never begins
    return steps;
  }
  void stir(Scene& s) {
    static const char* words[] = {"네", "잠깐만요", "영업 시간 알려 주세요", "", "주문을 했는데", "감사합니다", "음"};
    if (one_in(200)) s.caller_says(words[up_to(7)], Millis(60 + up_to(2500)));
    if (one_in(1200)) s.conversation->on_digit("0123456789*#"[up_to(12)], s.now());
    if (one_in(4000)) s.stt.die();
    if (one_in(3000)) s.tts.fail_next = 1 + up_to(3);
    if (one_in(6000)) s.conversation->say("안내 말씀입니다.", s.now());
    s.stt.answers = !one_in(40);
    s.tts.mute = one_in(60);
    s.llm.refuse_asks = one_in(500) ? 1 : 0;
  }
  std::mt19937 random;
};

// Heard words stand at the beginning of what was planned; time runs forward; nothing after the end.
void check(const Scene& s, unsigned seed) {
  for (const Said& said : s.all<Said>()) {
    EXPECT_FALSE(said.text.empty()) << seed;
    EXPECT_LE(said.start, said.end) << seed;
    if (said.speaker == Who::assistant && !said.planned.empty()) {
      EXPECT_EQ(said.planned.rfind(said.text, 0), 0u) << seed << ": " << said.text << " | " << said.planned;
    }
  }
  const auto assistant = s.said(Who::assistant);
  for (const auto& history : s.llm.histories) {
    for (const auto& entry : history) {
      if (entry.role != HistoryEntry::Role::assistant) continue;
      EXPECT_NE(std::find(assistant.begin(), assistant.end(), entry.text), assistant.end()) << seed << entry.text;
    }
  }
}

class Soak : public ::testing::TestWithParam<unsigned> {};

TEST_P(Soak, TenSeedsOfChaosNeverStickAndNeverLie) {
  for (unsigned seed = GetParam(); seed < GetParam() + 10; ++seed) {
    Scene s([&](Settings& x) {
      x.max_call = 15s;
      x.no_input_first = std::chrono::seconds(3 + seed % 9);
      x.no_input_again = 4s;
    });
    Chaos chaos(seed);
    s.stt.knows_language = seed % 7 != 0;
    s.stt.partials = seed % 3 != 0;
    s.stt.final_lag = Millis(10 + chaos.up_to(900));
    s.llm.script = [&](const LlmInput&) { return chaos.answer(); };
    s.answer();
    const Time answered = s.now();
    bool finite = true;
    s.each_tick = [&] {
      chaos.stir(s);
      if (!s.finished) finite = finite && s.conversation->deadline() < base::never;
    };
    const bool hangs_up = seed % 4 == 0;
    const auto limit = hangs_up ? base::Duration(std::chrono::seconds(2 + chaos.up_to(12))) : base::Duration(45s);
    const bool finished = s.run_until([&] { return s.finished; }, limit);
    EXPECT_TRUE(finished || hangs_up) << "stuck, seed " << seed;
    EXPECT_LE(s.now() - answered, base::Duration(41s)) << seed;
    EXPECT_TRUE(finite) << seed;
    EXPECT_LE(s.count<Finished>(), 1) << seed;
    s.each_tick = nullptr;
    s.conversation->on_hang_up(s.now());
    s.run(2100ms);
    EXPECT_TRUE(s.conversation->settled()) << seed;
    const auto outputs = s.outputs.size();
    s.run(2s);
    EXPECT_EQ(s.outputs.size(), outputs) << "spoke after it was settled, seed " << seed;
    check(s, seed);
    if (HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Soak, ::testing::Range(0u, 200u, 10u));

}  // namespace
}  // namespace daedap::speech::test
