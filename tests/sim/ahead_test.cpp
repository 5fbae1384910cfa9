// Whole calls in which the model is asked before it is decided that the caller has finished.
#include "story.hpp"

namespace daedap::sim {
namespace {

/// A slow model, and a recogniser that tells its words as they are spoken but settles them late.
class AskedAhead : public Story {
 protected:
  AskedAhead() {
    settings.engines.llm.first_token = model;
    settings.engines.stt.final_delay = Millis(900);
    settings.engines.llm.rules = {{"주차", "지하 주차장이 있습니다.", "parking"}, {"영업", "아홉 시부터 여섯 시까지 엽니다.", "hours"}};
  }
  /// Interim text after 200 and 450 ms of voice.
  static Recognised heard(const std::string& text) {
    return {.text = text, .confidence = 0.9, .partials = {{Millis(200), text.substr(0, text.find(' '))}, {Millis(450), text}}};
  }
  Phone& ask_for_hours() {
    settings.engines.stt.script = [](int n, int) { return n == 0 ? heard("영업 시간 좀 알려 주세요") : Recognised{}; };
    Phone& phone = dial({Listen{}, say("영업 시간 좀 알려 주세요"), Listen{}});
    finish(phone);
    return phone;
  }
  /// The two halves of a sentence, with a pause long enough to look like its end.
  Phone& ask_with_a_pause() {
    settings.engines.stt.script = [](int n, int) {
      Recognised all = heard("영업 시간 알려 주세요");
      all.text += " 그리고 주차도 되나요";
      all.partials.push_back({Millis(1000), all.text});
      return n == 0 ? all : Recognised{};
    };
    settings.call.conversation.turn.least_wait = Millis(1300);
    Phone& phone = dial({Listen{}, say("영업 시간 좀 꼭 알려 주세요"), Wait{Millis(1000)}, say("그리고 주차도 되나요 그런데요"), Listen{}});
    finish(phone);
    return phone;
  }
  /// The only answer that has a response time.
  call::Turn answer() {
    call::Turn found{};
    for (const call::Turn& turn : turns_of(record(), assistant_said)) {
      if (turn.response_ms) found = turn;
    }
    EXPECT_TRUE(found.response_ms);
    return found;
  }

  static constexpr Millis model{700};
};

class WithoutAskingAhead : public AskedAhead {
 protected:
  WithoutAskingAhead() { settings.call.conversation.turn.eager = 1; }
};

constexpr double decided_and_settled_ms = 250 + 900;

TEST_F(WithoutAskingAhead, TheCallerWaitsForTheModel) {
  ask_for_hours();
  EXPECT_GE(*answer().response_ms, decided_and_settled_ms + static_cast<double>(model.count()));
  EXPECT_EQ(record().ahead.started, 0);
  expect_clean();
}

TEST_F(AskedAhead, TheCallerDoesNotWaitForTheModel) {
  Phone& phone = ask_for_hours();
  const call::Turn turn = answer();
  EXPECT_LE(*turn.response_ms, decided_and_settled_ms + 100);
  EXPECT_GE(*turn.response_ms, decided_and_settled_ms - 60) << "and hears nothing before it is decided";
  EXPECT_EQ(turn.text, "아홉 시부터 여섯 시까지 엽니다.");
  EXPECT_LE(*turn.own_ms, 60);
  EXPECT_EQ(record().ahead.used, 1);
  EXPECT_EQ(server->engines().llm.asked().size(), 1U);
  ASSERT_FALSE(phone.report().turns.empty());
  EXPECT_NEAR(static_cast<double>(phone.report().turns.front().response_ms.value_or(0)), *turn.response_ms, 150);
  expect_clean();
}

TEST_F(AskedAhead, NothingIsHeardOfAnAnswerThatIsThrownAway) {
  Phone& phone = ask_with_a_pause();
  EXPECT_GE(record().ahead.dropped, 1);
  const auto& asked = server->engines().llm.asked();
  ASSERT_GE(asked.size(), 2U);
  EXPECT_EQ(asked.front().input.text, "영업 시간 알려 주세요");
  for (const auto& one : asked)
    for (const auto& entry : one.history) EXPECT_EQ(entry.text.find("아홉"), std::string::npos);
  const auto spoken = turns_of(record(), assistant_said);
  EXPECT_EQ(std::ranges::count_if(spoken, [](const auto& turn) { return turn.response_ms.has_value(); }), 1);
  EXPECT_EQ(answer().text, "지하 주차장이 있습니다.");
  const auto said = turns_of(record(), caller_said);
  ASSERT_EQ(said.size(), 1U);
  // From the caller's first word to the answer there is silence on the line.
  const auto& agent = tape().channel(1);
  const auto piece = std::span(agent).subspan(static_cast<std::size_t>(said[0].start_ms * 16),
                                              static_cast<std::size_t>((answer().start_ms - 60 - said[0].start_ms) * 16));
  EXPECT_EQ(voiced_ms({piece.begin(), piece.end()}), 0);
  EXPECT_GE(voiced_ms(phone.report().heard), 500);
  expect_clean();
}

TEST_F(AskedAhead, AnActionOfAThrownAwayAnswerIsNotDone) {
  settings.engines.llm.first_token = Millis(100);
  settings.engines.llm.rules[1].action = speech::LlmAction::Kind::hang_up;
  ask_with_a_pause();
  EXPECT_GE(record().ahead.dropped, 1);
  EXPECT_EQ(answer().text, "지하 주차장이 있습니다.");
  EXPECT_EQ(record().cause, Cause::caller_hung_up);
  expect_clean();
}

TEST_F(AskedAhead, AModelThatFailsAheadCostsTheCallerNothing) {
  settings.engines.llm.faults.failing = {1};
  ask_for_hours();
  EXPECT_EQ(server->log().count("ai_call_handling_error"), 0);
  EXPECT_EQ(answer().text, "아홉 시부터 여섯 시까지 엽니다.");
  EXPECT_EQ(record().ahead.dropped, 1);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
