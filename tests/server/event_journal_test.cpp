#include "server/event_journal.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/store/temp_folder.hpp"

namespace daedap::server {
namespace {

using nlohmann::json;
using store::WallTime;

constexpr WallTime noon{std::chrono::milliseconds{1'769'688'000'000}};

class Journal : public testing::Test {
 protected:
  Journal() { open(); }
  /// As a process does that starts anew.
  void open(bool extended = true) {
    journal_.reset();
    outbox_.reset();
    outbox_.emplace(*store::Outbox::open(folder_ / "events.db"));
    journal_.emplace(*outbox_, extended);
  }
  static EventNote talk(const std::string& id) {
    return {call::TalkStarted{.call_id = id, .customer_number = "+821012345678", .agent_id = "1001", .language = "ko"}, noon, {}};
  }
  static EventNote turn(const std::string& id, std::int64_t start, std::int64_t end, bool complete = true) {
    call::SpeakerTurn t{.call_id = id, .start_ms = start, .end_ms = end, .transcript = "네"};
    t.decision = complete ? call::SpeakerTurn::Decision::complete : call::SpeakerTurn::Decision::incomplete;
    return {t, noon, {}};
  }
  static EventNote ended(const std::string& id, std::int64_t length) { return {EventNote::Ended{id, length, 0.5}, noon, {}}; }
  void write(std::vector<EventNote> notes) {
    const auto done = journal_->write(notes);
    ASSERT_TRUE(done) << done.error().message();
  }
  std::vector<json> events() {
    std::vector<json> out;
    const auto kept = store::OutboxReader::open(folder_ / "events.db")->after(0, 10'000, 1 << 30);
    for (const auto& e : *kept) out.push_back(json::parse(e.json));
    return out;
  }
  static store::StoredCall stored(const std::string& id, const std::string& answered_by) {
    store::StoredCall call{.record = {}, .started = noon};
    call.record.call_id = id;
    call.record.caller = "+8227654321";
    call.record.callee = "1001";
    call.record.language = "ko";
    call.record.answered_by = answered_by;
    call.record.duration_ms = 7'000;
    return call;
  }

  test::TempFolder folder_;
  std::optional<store::Outbox> outbox_;
  std::optional<EventJournal> journal_;
};

TEST_F(Journal, NumbersEachCallAndCountsItsTurns) {
  write({talk("a"), turn("a", 0, 1'000)});
  write({talk("b"), turn("a", 2'000, 3'000, false), turn("b", 0, 500)});
  write({ended("a", 10'000)});
  const auto all = events();
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[3]["call_id"], "a");
  EXPECT_EQ(all[3]["seq"], 3);
  EXPECT_EQ(all[4]["seq"], 2);
  const json& end = all[5];
  EXPECT_EQ(end["seq"], 4);
  EXPECT_EQ(end["total_duration"], 10.0);
  EXPECT_EQ(end["turn_count"], 2);
  EXPECT_EQ(end["complete_turns"], 1);
  EXPECT_EQ(end["incomplete_turns"], 1);
  EXPECT_EQ(end["speech_ratio"], 0.5);
  EXPECT_EQ(journal_->running(), 1u);
}

TEST_F(Journal, TimelineStartsWhenTheCallWasAnswered) {
  EventNote note = talk("queued");
  std::get<call::TalkStarted>(note.what).after_ms = 60'000;
  write({note});
  EXPECT_EQ(events()[0]["timestamp"], "2026-01-29T11:59:00.000Z");
}

TEST_F(Journal, OneStartAndOneEndHoweverOftenTheyAreTold) {
  write({talk("a"), talk("a"), ended("a", 1'000), ended("a", 1'000), turn("a", 0, 1)});
  EXPECT_EQ(events().size(), 2u);
}

TEST_F(Journal, CallsThatNobodyTalkedInAreNotTold) {
  write({ended("cancelled", 0), turn("cancelled", 0, 1)});
  EXPECT_TRUE(events().empty());
}

TEST_F(Journal, CallThatACrashCutOffGetsItsEndOnce) {
  write({talk("a"), turn("a", 0, 2'000), turn("a", 3'000, 5'000, false)});
  open();
  EXPECT_EQ(journal_->recover({stored("a", "ai")}, noon + std::chrono::seconds{30}), 1);
  open();
  EXPECT_EQ(journal_->recover({}, noon), 0);
  const auto all = events();
  ASSERT_EQ(all.size(), 4u);
  const json& end = all[3];
  EXPECT_EQ(end["type"], "metadata_end");
  EXPECT_EQ(end["timestamp"], "2026-01-29T12:00:30.000Z");
  EXPECT_EQ(end["seq"], 4);
  EXPECT_EQ(end["total_duration"], 7.0);
  EXPECT_EQ(end["turn_count"], 2);
  EXPECT_EQ(end["complete_turns"], 1);
  EXPECT_NEAR(end["speech_ratio"].get<double>(), 4.0 / 7, 0.001);
}

TEST_F(Journal, CallThatOnlyTheStoreKnowsGetsBoth) {
  EXPECT_EQ(journal_->recover({stored("a", "ai"), stored("b", "1002"), stored("c", "trunk main"), stored("waiting", "queue 8000"),
                               stored("ringing", "")}, noon), 3);
  const auto all = events();
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[0]["customer_number"], "+8227654321");
  std::map<std::string, std::string> agents;
  for (const json& e : all)
    if (e["type"] == "metadata_start") agents[e["call_id"]] = e["agent_id"];
  EXPECT_EQ(agents, (std::map<std::string, std::string>{{"a", "1001"}, {"b", "1002"}, {"c", "+8227654321"}}));
}

TEST_F(Journal, CallWhoseEndWasToldBeforeTheCrashIsNotToldAgain) {
  write({talk("a"), ended("a", 1'000)});
  open();
  EXPECT_EQ(journal_->recover({stored("a", "ai")}, noon), 0);
  EXPECT_EQ(events().size(), 2u);
}

TEST_F(Journal, FailedCommitLeavesNothingBehind) {
  write({talk("a")});
  // The table has a call that this journal does not know: its start is refused in mid-commit.
  auto other = store::Outbox::open(folder_ / "events.db");
  ASSERT_TRUE(other->begin());
  ASSERT_TRUE(other->append(store::Outbox::Kind::start, {.call_id = "x", .started = noon, .language = {}}, "{}", noon));
  ASSERT_TRUE(other->commit());
  EXPECT_FALSE(journal_->write({turn("a", 0, 1'000), talk("b"), talk("x")}));
  write({turn("a", 0, 1'000), talk("b"), turn("b", 0, 10)});
  std::vector<std::string> seen;
  for (const json& e : events())
    if (e.contains("seq")) seen.push_back(e["call_id"].get<std::string>() + std::to_string(e["seq"].get<int>()));
  EXPECT_EQ(seen, (std::vector<std::string>{"a1", "a2", "b1", "b2"}));
}

TEST_F(Journal, OldConsumersSeeTheOldKeysAlone) {
  open(false);
  write({talk("a"), turn("a", 0, 1), ended("a", 1)});
  for (const json& e : events()) EXPECT_FALSE(e.contains("seq") || e.contains("language") || e.contains("reasons")) << e;
}

}  // namespace
}  // namespace daedap::server
