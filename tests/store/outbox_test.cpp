#include "store/outbox.hpp"

#include <gtest/gtest.h>

#include "store/temp_folder.hpp"

namespace daedap::store {
namespace {

using Kind = Outbox::Kind;

constexpr WallTime noon{std::chrono::milliseconds{1'769'688'000'000}};
using std::chrono::hours;
using std::chrono::seconds;

class OutboxTest : public testing::Test {
 protected:
  Outbox open() {
    auto outbox = Outbox::open(file_);
    EXPECT_TRUE(outbox) << outbox.error().message();
    return std::move(*outbox);
  }
  static OutboxCall call(const std::string& id) { return {.call_id = id, .started = noon, .language = "ko"}; }
  /// A whole call of `turns` turns in one commit.
  static void tell(Outbox& outbox, const std::string& id, int turns, bool end = true, WallTime at = noon, std::size_t size = 100) {
    ASSERT_TRUE(outbox.begin());
    OutboxCall c = call(id);
    add(outbox, Kind::start, c, at, size);
    for (int i = 0; i < turns; ++i) add(outbox, Kind::turn, c, at, size);
    c.ended = end;
    if (end) add(outbox, Kind::end, c, at, size);
    ASSERT_TRUE(outbox.commit());
  }
  static void add(Outbox& outbox, Kind kind, OutboxCall& c, WallTime at = noon, std::size_t size = 100) {
    ++c.seq;
    std::string json = c.call_id + " " + std::to_string(c.seq) + " ";
    json.resize(std::max(size, json.size()), 'x');
    const auto done = outbox.append(kind, c, json, at);
    ASSERT_TRUE(done) << done.error().message();
  }
  std::vector<std::string> kept(std::int64_t after = 0) {
    auto reader = OutboxReader::open(file_);
    std::vector<std::string> out;
    const auto events = reader->after(after, 100'000, 1 << 30);
    for (const OutboxEvent& e : *events) out.push_back(e.json.substr(0, e.json.rfind(' ')));
    return out;
  }

  test::TempFolder folder_;
  std::filesystem::path file_ = folder_ / "events.db";
};

TEST_F(OutboxTest, KeepsEventsInOrderOverARestart) {
  {
    Outbox outbox = open();
    tell(outbox, "a", 2);
    tell(outbox, "b", 0, false);
    EXPECT_EQ(outbox.head(), 5);
  }
  Outbox outbox = open();
  EXPECT_EQ(outbox.head(), 5);
  EXPECT_EQ(outbox.bytes(), 5 * 148);
  EXPECT_EQ(kept(), (std::vector<std::string>{"a 1", "a 2", "a 3", "a 4", "b 1"}));
  EXPECT_EQ(kept(3), (std::vector<std::string>{"a 4", "b 1"}));
}

TEST_F(OutboxTest, KnowsWhichCallsHaveNoEnd) {
  Outbox outbox = open();
  tell(outbox, "a", 1);
  OutboxCall c = call("b");
  ASSERT_TRUE(outbox.begin());
  add(outbox, Kind::start, c);
  c.turns = 3, c.complete = 2, c.spoken_ms = 4500, c.last_ms = 9000;
  add(outbox, Kind::turn, c);
  ASSERT_TRUE(outbox.commit());
  const auto calls = outbox.open_calls();
  ASSERT_EQ(calls->size(), 1u);
  const OutboxCall& b = calls->front();
  EXPECT_EQ(b.call_id, "b");
  EXPECT_EQ(b.started, noon);
  EXPECT_EQ(b.language, "ko");
  EXPECT_EQ(b.seq, 2);
  EXPECT_EQ(b.turns, 3);
  EXPECT_EQ(b.complete, 2);
  EXPECT_EQ(b.spoken_ms, 4500);
  EXPECT_EQ(b.last_ms, 9000);
  EXPECT_TRUE((*outbox.find("a"))->ended);
  EXPECT_FALSE(*outbox.find("c"));
}

TEST_F(OutboxTest, WhatWasNotCommittedIsNotThere) {
  Outbox outbox = open();
  tell(outbox, "a", 0);
  ASSERT_TRUE(outbox.begin());
  OutboxCall c = call("b");
  add(outbox, Kind::start, c);
  EXPECT_EQ(outbox.head(), 3);
  outbox.roll_back();
  EXPECT_EQ(outbox.head(), 2);
  EXPECT_EQ(outbox.bytes(), 2 * 148);
  tell(outbox, "c", 0);
  EXPECT_EQ(kept(), (std::vector<std::string>{"a 1", "a 2", "c 1", "c 2"}));
}

TEST_F(OutboxTest, RefusesASecondStartAndEventsOfUnknownCalls) {
  Outbox outbox = open();
  tell(outbox, "a", 0);
  ASSERT_TRUE(outbox.begin());
  EXPECT_EQ(outbox.append(Kind::start, call("a"), "{}", noon).error().code, base::Code::bad_state);
  EXPECT_EQ(outbox.append(Kind::turn, call("z"), "{}", noon).error().code, base::Code::bad_state);
  outbox.roll_back();
}

TEST_F(OutboxTest, EachConsumerHasItsOwnPlaceAndNewOnesBeginAtTheEnd) {
  Outbox outbox = open();
  tell(outbox, "a", 2);
  EXPECT_EQ(outbox.position("one", noon), 4);
  tell(outbox, "b", 2);
  EXPECT_EQ(outbox.position("two", noon), 8);
  ASSERT_TRUE(outbox.advance("one", 6, noon));
  ASSERT_TRUE(outbox.advance("one", 5, noon));  // never back
  EXPECT_EQ(outbox.position("one", noon), 6);
}

TEST_F(OutboxTest, DeletesWhatAllHaveTaken) {
  Outbox outbox = open();
  ASSERT_EQ(outbox.position("one", noon), 0);
  ASSERT_EQ(outbox.position("two", noon), 0);
  tell(outbox, "a", 4);
  EXPECT_EQ(outbox.prune(100), 0);
  ASSERT_TRUE(outbox.advance("one", 6, noon));
  ASSERT_TRUE(outbox.advance("two", 3, noon));
  EXPECT_EQ(outbox.prune(2), 2);
  EXPECT_EQ(outbox.prune(100), 1);
  EXPECT_EQ(kept(), (std::vector<std::string>{"a 4", "a 5", "a 6"}));
  EXPECT_EQ(outbox.bytes(), 3 * 148);
}

TEST_F(OutboxTest, WithoutConsumersNothingStays) {
  Outbox outbox = open();
  tell(outbox, "a", 4);
  EXPECT_EQ(outbox.prune(100), 6);
  EXPECT_EQ(outbox.bytes(), 0);
}

TEST_F(OutboxTest, ForgetsConsumersThatNobodyAskedForInALongTime) {
  Outbox outbox = open();
  ASSERT_TRUE(outbox.position("old", noon));
  ASSERT_TRUE(outbox.position("used", noon));
  tell(outbox, "a", 1);
  ASSERT_TRUE(outbox.advance("used", 3, noon + hours{200}));
  EXPECT_EQ(outbox.forget(noon + hours{1}), 1);
  EXPECT_EQ(outbox.consumers(), 1);
  EXPECT_EQ(outbox.prune(100), 3);
}

TEST_F(OutboxTest, EndedCallsAreRememberedForAWhileSoThatNoneEndsTwice) {
  Outbox outbox = open();
  tell(outbox, "a", 1);
  tell(outbox, "b", 1, false);
  (void)outbox.prune(100);
  ASSERT_TRUE(outbox.prune_calls(noon));
  EXPECT_TRUE(*outbox.find("a"));
  ASSERT_TRUE(outbox.prune_calls(noon + hours{1}));
  EXPECT_FALSE(*outbox.find("a"));
  EXPECT_TRUE(*outbox.find("b"));
}

TEST_F(OutboxTest, WithoutRoomTheOldestCallsGoWhole) {
  Outbox outbox = open();
  ASSERT_TRUE(outbox.position("away", noon));
  for (int i = 0; i < 20; ++i) tell(outbox, "call" + std::to_string(i), 3, true, noon, 1000);
  const auto loss = outbox.shrink(60'000, WallTime::min());
  ASSERT_TRUE(loss) << loss.error().message();
  EXPECT_EQ(loss->calls, 10);  // down to nine tenths of the room
  EXPECT_EQ(loss->events, 50);
  EXPECT_LE(outbox.bytes(), 54'000);
  EXPECT_EQ(kept().front(), "call10 1");
  EXPECT_EQ(kept().size(), 50u);
  EXPECT_EQ(outbox.shrink(60'000, WallTime::min())->events, 0);
}

TEST_F(OutboxTest, CallWhoseStartSomebodyHasKeepsItsEnd) {
  Outbox outbox = open();
  ASSERT_TRUE(outbox.position("between", noon));
  ASSERT_TRUE(outbox.position("before", noon));
  tell(outbox, "a", 5, true, noon, 1000);
  tell(outbox, "b", 5, true, noon, 1000);
  ASSERT_TRUE(outbox.advance("between", 3, noon));
  const auto loss = outbox.shrink(3'000, WallTime::min());
  ASSERT_TRUE(loss);
  EXPECT_EQ(kept(), (std::vector<std::string>{"a 1", "a 7"}));
  EXPECT_EQ(loss->calls, 2);
}

TEST_F(OutboxTest, OfRunningCallsOnlyTurnsGo) {
  Outbox outbox = open();
  ASSERT_TRUE(outbox.position("away", noon));
  tell(outbox, "long", 600, false, noon, 1000);
  ASSERT_TRUE(outbox.shrink(10'000, WallTime::min()));
  EXPECT_EQ(kept(), std::vector<std::string>{"long 1"});
  EXPECT_EQ(outbox.open_calls()->size(), 1u);
}

TEST_F(OutboxTest, WhatNobodyTookForTooLongGoes) {
  Outbox outbox = open();
  ASSERT_TRUE(outbox.position("away", noon));
  tell(outbox, "old", 1, true, noon - hours{200});
  tell(outbox, "new", 1, true, noon);
  const auto loss = outbox.shrink(1 << 30, noon - hours{168});
  EXPECT_EQ(loss->calls, 1);
  EXPECT_EQ(kept().front(), "new 1");
}

TEST_F(OutboxTest, ReadsAreBounded) {
  Outbox outbox = open();
  tell(outbox, "a", 50, true, noon, 1000);
  auto reader = OutboxReader::open(file_);
  EXPECT_EQ(reader->after(0, 10, 1 << 20)->size(), 10u);
  EXPECT_EQ(reader->after(0, 1000, 5'000)->size(), 5u);
  EXPECT_EQ(reader->after(50, 1000, 1 << 20)->size(), 2u);
  EXPECT_TRUE(reader->after(52, 1000, 1 << 20)->empty());
}

TEST_F(OutboxTest, ItsLogComesHomeAndItsFileShrinksAgain) {
  Outbox outbox = open();
  auto reader = OutboxReader::open(file_);
  ASSERT_TRUE(outbox.position("one", noon));
  for (int i = 0; i < 200; ++i) tell(outbox, "call" + std::to_string(i), 20, true, noon, 1000);
  EXPECT_GT(outbox.log_pages(), 200);
  reader->checkpoint();
  outbox.checkpoint();
  EXPECT_EQ(outbox.log_pages(), 0);
  const auto full = std::filesystem::file_size(file_);
  EXPECT_GT(full, 4'000'000u);
  ASSERT_TRUE(outbox.advance("one", outbox.head(), noon));
  while (outbox.prune(200).value() > 0) {}
  outbox.checkpoint();
  EXPECT_LT(std::filesystem::file_size(file_), full / 2);
}

TEST_F(OutboxTest, FileOfSomethingElseIsRefused) {
  test::write_file(file_, std::string(8192, 'x'));
  EXPECT_FALSE(Outbox::open(file_));
}

}  // namespace
}  // namespace daedap::store
