// Both people are heard on while the call changes under them: hold, transfer, takeover.
#include "tests/sim/speakers.hpp"

namespace daedap::sim {
namespace {

struct SpeakersMoved : Speakers {
  std::string at_server(const std::string& id) { return "sip:" + id + "@" + server->sip_address().text(); }
  std::int64_t start_of(const std::string& text) const {
    for (const call::Event& event : server->events())
      if (const auto* turn = std::get_if<Turn>(&event); turn != nullptr && turn->transcript == text) return turn->start_ms;
    return -1;
  }
};

TEST_F(SpeakersMoved, HoldMusicIsNobodysWordAndBothAreHeardAfterwards) {
  script = {{0, {"카드를 잃어버렸어요", "네 기다릴게요"}}, {1, {"잠시만 기다려 주세요", "확인했습니다"}}};
  DeskPhone& kim = desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("카드를 잃어버렸어요 어제 저녁에"), Wait{seconds(21)},
                                         say("네 기다릴게요 괜찮아요"), Wait{Millis(600'000)}});
  run(seconds(6));
  says(kim, "잠시만 기다려 주세요 확인할게요");
  run(seconds(4));
  kim.hold(true);
  run(seconds(10));
  EXPECT_GT(voiced_ms({heard_by(caller, seconds(5)).begin(), heard_by(caller, seconds(5)).end()}), 500) << "music";
  kim.hold(false);
  run(seconds(1));
  says(kim, "확인했습니다 감사합니다");
  run(seconds(10));
  EXPECT_EQ(told(), "C+카드를 잃어버렸어요|A-잠시만 기다려 주세요|A+확인했습니다|C+네 기다릴게요|");
  EXPECT_NEAR(static_cast<double>(start_of("확인했습니다")), 20'500, 400) << "time runs on while held";
  hang_up(caller);
  EXPECT_EQ(talks(), 1);
  expect_clean();
}

TEST_F(SpeakersMoved, BothAreHeardAfterAnAttendedTransfer) {
  script = {{0, {"담당자를 바꿔 주세요", "여보세요"}}, {1, {"여쭤 보겠습니다", "전화 바꿨습니다"}}, {2, {}}, {3, {"네 말씀하세요", "전화 바꿨습니다"}}};
  DeskPhone& kim = desk("1002", {.hz = 0});
  DeskPhone& lee = desk("1004", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("담당자를 바꿔 주세요"), Wait{seconds(18)}, say("여보세요 여보세요"), Wait{Millis(600'000)}});
  run(seconds(5));
  says(kim, "여쭤 보겠습니다 잠깐이면 됩니다");
  run(seconds(4));
  kim.hold(true);
  run(seconds(1));
  Phone::Settings second;
  second.callee = "1004";
  Phone& consult = dial({Wait{Millis(600'000)}}, second);
  run(seconds(2));
  ASSERT_TRUE(lee.talking());
  kim.refer(at_server("1004"), consult.caller().replaces());
  run(seconds(3));
  says(lee, "전화 바꿨습니다 안녕하세요");
  run(seconds(12));
  EXPECT_NE(told().find("A+전화 바꿨습니다|C+여보세요|"), std::string::npos) << told();
  hang_up(caller);
  EXPECT_EQ(server->ended().size(), 2U);
  expect_clean();
}

TEST_F(SpeakersMoved, BothAreHeardAfterATransferByTheApi) {
  script = {{0, {"담당자를 바꿔 주세요", "여보세요"}}, {1, {"전화 바꿨습니다"}}};
  desk("1002", {.hz = 0});
  DeskPhone& lee = desk("1004", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("담당자를 바꿔 주세요"), Wait{seconds(9)}, say("여보세요 여보세요"), Wait{Millis(600'000)}});
  run(seconds(6));
  server->command([&](call::Switchboard& board, base::Time now) { ASSERT_TRUE(board.transfer(call_id(), "1004", now)); });
  run(seconds(3));
  ASSERT_TRUE(lee.talking());
  says(lee, "전화 바꿨습니다 안녕하세요");
  run(seconds(8));
  EXPECT_EQ(told(), "C+담당자를 바꿔 주세요|A+전화 바꿨습니다|C+여보세요|");
  hang_up(caller);
  EXPECT_EQ(talks(), 1);
  expect_clean();
}

TEST_F(SpeakersMoved, AfterATakeoverTheOperatorIsHeardInTheAisPlace) {
  script = {{0, {"상담원이 필요해요"}}, {1, {"여보세요"}}, {2, {"제가 도와드리겠습니다"}}};
  DeskPhone& lee = desk("1004", {.hz = 0});
  Phone& caller = dial_operator("1001", {Listen{}, say("상담원이 필요해요 부탁합니다"), Listen{}, Wait{seconds(10)},
                                         say("여보세요 여보세요"), Wait{Millis(600'000)}});
  ASSERT_TRUE(world.run_until([&] { return told().find("C+상담원이 필요해요|A+") != std::string::npos; }, seconds(60)));
  server->command([&](call::Switchboard& board, base::Time now) { ASSERT_TRUE(board.takeover(call_id(), "1004", now)); });
  ASSERT_TRUE(world.run_until([&] { return lee.talking(); }, seconds(10)));
  run(seconds(2));
  says(lee, "제가 도와드리겠습니다 말씀하세요");
  run(seconds(14));
  const std::string all = told();
  EXPECT_EQ(all.substr(all.find("제가") - 2), "A+제가 도와드리겠습니다|C+여보세요|");
  hang_up(caller);
  EXPECT_EQ(talks(), 1) << "one start for the AI and the operator together";
  const call::Record done = record();
  EXPECT_EQ(done.path, (std::vector<std::string>{"ai", "1004"}));
  ASSERT_GE(done.turns.size(), 2U);
  EXPECT_EQ(done.turns.back().text, "여보세요");
  EXPECT_EQ(done.turns[done.turns.size() - 2].text, "제가 도와드리겠습니다");
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
