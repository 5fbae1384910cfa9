// A number that rings a group.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

struct QueueStory : Pbx {
  QueueStory() { queue = {.number = "8000", .name = "Support", .language = "en", .members = {"1002", "1004"}}; }
  void open_queue() {
    open();
    server->command([&](call::Switchboard& board, base::Time) { board.set_queues({queue}); });
    run(seconds(3));
  }
  Phone& dial_queue(double hz = 450) { return dial_operator("8000", {tone(hz), Wait{Millis(600'000)}}); }
  static void hang_up(Phone& caller) {
    caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
  }
  call::Queue queue;
};

TEST_F(QueueStory, RingAllRingsEverybodyAndTheFirstHasTheCall) {
  open_queue();
  DeskPhone& kim = desk("1002", {.answer_after = Millis(5000)});
  DeskPhone& lee = desk("1004", {.answer_after = Millis(1000), .hz = 900});
  Phone& caller = dial_queue();
  run(seconds(3));
  EXPECT_EQ(kim.cancels(), 1);
  EXPECT_TRUE(lee.talking());
  EXPECT_GT(share_of_tone(heard_by(caller), 900), 0.9);
  hang_up(caller);
  finish(caller);
  EXPECT_EQ(record().path, (std::vector<std::string>{"queue 8000", "1004"}));
  expect_clean();
}

TEST_F(QueueStory, RoundRobinTakesTurns) {
  queue.strategy = call::Queue::Strategy::round_robin;
  open_queue();
  DeskPhone& kim = desk("1002");
  DeskPhone& lee = desk("1004");
  for (int i = 0; i < 4; ++i) {
    Phone& caller = dial_queue();
    run(seconds(2));
    hang_up(caller);
    finish(caller);
  }
  EXPECT_EQ(kim.invites(), 2);
  EXPECT_EQ(lee.invites(), 2);
}

TEST_F(QueueStory, LongestIdleMemberIsRung) {
  queue.strategy = call::Queue::Strategy::longest_idle;
  open_queue();
  DeskPhone& kim = desk("1002");
  DeskPhone& lee = desk("1004");
  Phone& first = dial_queue();
  run(seconds(2));
  EXPECT_TRUE(kim.talking());
  hang_up(first);
  finish(first);
  Phone& second = dial_queue();
  run(seconds(2));
  EXPECT_TRUE(lee.talking());
  hang_up(second);
  finish(second);
}

TEST_F(QueueStory, WhoWaitsHearsMusicAndIsConnectedWhenSomebodyIsFree) {
  queue.members = {"1002"};
  open_queue();
  DeskPhone& kim = desk("1002");
  Phone& first = dial_queue();
  run(seconds(2));
  Phone& second = dial_queue(550);
  run(seconds(6));
  EXPECT_TRUE(second.caller().answered());
  EXPECT_GT(voiced_ms({heard_by(second, seconds(4)).begin(), heard_by(second, seconds(4)).end()}), 1000);
  EXPECT_EQ(kim.invites(), 1) << "a member in a call is not rung";
  hang_up(first);
  run(seconds(3));
  EXPECT_TRUE(kim.talking());
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 550), 0.9);
  EXPECT_GT(share_of_tone(heard_by(second), 700), 0.9);
  hang_up(second);
  finish(second);
  expect_clean();
}

TEST_F(QueueStory, WhoWaitedTooLongIsTakenByTheAi) {
  queue.longest_wait = seconds(8);
  open_queue();
  Phone& caller = dial_queue();
  run(seconds(12));
  hang_up(caller);
  finish(caller);
  EXPECT_EQ(record().path, (std::vector<std::string>{"queue 8000", "ai"}));
  EXPECT_FALSE(turns_of(record(), assistant_said).empty());
  expect_clean();
}

TEST_F(QueueStory, MembersWhoDoNotAnswerAreRungAgainWhileTheCallerWaits) {
  queue.members = {"1002"};
  queue.ring = seconds(5);
  open_queue();
  DeskPhone& kim = desk("1002", {.answer_after = std::nullopt});
  Phone& caller = dial_queue();
  run(seconds(13));
  EXPECT_GE(kim.invites(), 2);
  EXPECT_EQ(server->switchboard().calls(), 1U);
  kim.answer();
  run(seconds(2));
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  hang_up(caller);
  finish(caller);
  expect_clean();
}

TEST_F(QueueStory, FullLineOverflowsAtOnce) {
  queue.members = {};
  queue.most_waiting = 1;
  queue.overflow = call::Queue::Overflow::reject;
  open_queue();
  Phone& first = dial_queue();
  run(seconds(1));
  Phone& second = dial_queue();
  run(seconds(1));
  EXPECT_EQ(second.report().code, 480);
  EXPECT_EQ(server->switchboard().calls(), 1U);
  hang_up(first);
  finish(first);
  expect_clean();
}

TEST_F(QueueStory, CallerWhoGivesUpLeavesTheLine) {
  open_queue();
  desk("1002", {.answer_after = std::nullopt});
  Phone& caller = dial_queue();
  run(seconds(2));
  caller.command([](call::TestCaller& c, base::Time now) { c.cancel(now); });
  finish(caller);
  EXPECT_EQ(record().cause, Cause::caller_cancelled);
  expect_clean();
}

TEST_F(QueueStory, PlaceInTheLineIsAnnounced) {
  queue.announce = seconds(5);
  open_queue();
  Phone& caller = dial_queue();
  run(seconds(2));
  EXPECT_NE(server->prompts().find("You are number 1 in the line. Please hold.", "en", ""), nullptr);
  hang_up(caller);
  finish(caller);
}

}  // namespace
}  // namespace daedap::sim
