#include "server/event_delivery.hpp"

#include <gtest/gtest.h>

namespace daedap::server {
namespace {

using D = EventDelivery;
using base::Time;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<store::OutboxEvent> events(std::int64_t from, std::int64_t to) {
  std::vector<store::OutboxEvent> out;
  for (std::int64_t id = from; id <= to; ++id) out.push_back({id, "event " + std::to_string(id)});
  return out;
}

/// A delivery with a consumer that answers as the test says.
class Delivery : public testing::Test {
 protected:
  void make(std::int64_t taken, std::int64_t head) { delivery_.emplace(settings_, random_, taken, head); }
  void drain() {
    while (auto one = delivery_->take_output()) {
      if (auto* send = std::get_if<D::Send>(&*one)) sent_.push_back(send->id);
      else if (auto* ping = std::get_if<D::Ping>(&*one)) pings_.push_back(ping->number);
      else if (auto* read = std::get_if<D::Read>(&*one)) reads_.push_back(*read);
      else if (auto* advance = std::get_if<D::Advance>(&*one)) taken_.push_back(advance->id);
      else if (std::holds_alternative<D::Drop>(*one)) ++drops_;
      else ++connects_;
    }
  }
  void pass(base::Duration time) {
    for (const Time until = now_ + time; now_ < until; now_ += milliseconds{10}) {
      if (delivery_->deadline() <= now_) delivery_->on_time(now_);
      drain();
      if (answers_ && !pings_.empty()) pong();
    }
  }
  void pong() {
    delivery_->on_pong(std::exchange(pings_, {}).back(), now_);
    drain();
  }
  void open() {
    pass(milliseconds{10});
    delivery_->on_opened(now_);
    drain();
  }
  void append(std::int64_t from, std::int64_t to) {
    delivery_->on_appended(from - 1, events(from, to), now_);
    drain();
  }
  void answer_read(const std::vector<store::OutboxEvent>& with) {
    ASSERT_FALSE(reads_.empty());
    const std::uint64_t token = reads_.back().token;
    reads_.clear();
    delivery_->on_read(token, with, now_);
    drain();
  }

  D::Settings settings_;
  base::Random random_{base::seeded(1)};
  std::optional<D> delivery_;
  Time now_{seconds{100}};
  bool answers_ = false;
  std::vector<std::int64_t> sent_, taken_;
  std::vector<std::uint64_t> pings_;
  std::vector<D::Read> reads_;
  int connects_ = 0, drops_ = 0;
};

TEST_F(Delivery, NewEventsGoOutAtOnceAndAreTakenWhenTwoPongsAreTwoSecondsApart) {
  make(10, 10);
  open();
  EXPECT_EQ(connects_, 1);
  append(11, 12);
  EXPECT_EQ(sent_, (std::vector<std::int64_t>{11, 12}));
  answers_ = true;
  pass(seconds{2});
  EXPECT_TRUE(taken_.empty());
  EXPECT_EQ(delivery_->backlog(), 2);
  pass(milliseconds{600});
  EXPECT_EQ(taken_, std::vector<std::int64_t>{12});
  EXPECT_EQ(delivery_->backlog(), 0);
}

TEST_F(Delivery, WhatAConsumerHadNotTakenWhenItDiedIsSentAgain) {
  make(0, 0);
  open();
  answers_ = true;
  append(1, 3);
  pass(milliseconds{1500});  // its pongs have come, but it may not have looked at what it read
  delivery_->on_closed(now_);
  answers_ = false;
  pass(seconds{1});
  EXPECT_EQ(connects_, 2);
  delivery_->on_opened(now_);
  drain();
  ASSERT_EQ(reads_.size(), 1u);
  EXPECT_EQ(reads_[0].after, 0);
  answer_read(events(1, 3));
  EXPECT_EQ(sent_, (std::vector<std::int64_t>{1, 2, 3, 1, 2, 3}));
}

TEST_F(Delivery, StalledConsumerGetsNoMoreThanItsWindow) {
  settings_.window = 8;
  make(0, 0);
  open();
  append(1, 5);
  append(6, 20);
  EXPECT_EQ(sent_.size(), 8u);
  append(21, 40);
  EXPECT_EQ(sent_.size(), 8u);
  EXPECT_TRUE(reads_.empty());
  pass(milliseconds{300});
  ASSERT_EQ(pings_.size(), 1u);
  pong();  // it has woken up
  ASSERT_EQ(reads_.size(), 1u);
  EXPECT_EQ(reads_[0].after, 8);
  EXPECT_EQ(reads_[0].limit, 5u);  // three went out after the ping
  answer_read(events(9, 13));
  EXPECT_EQ(sent_.back(), 13);
}

TEST_F(Delivery, WindowCountsBytesToo) {
  settings_.window_bytes = 20;
  make(0, 0);
  open();
  append(1, 9);
  EXPECT_EQ(sent_.size(), 3u);  // 7 bytes each; the third one fills it
}

TEST_F(Delivery, NewConnectionIsTrustedWithMoreFromPongToPong) {
  answers_ = true;
  make(0, 0);
  open();
  append(1, 200);
  EXPECT_EQ(sent_.size(), settings_.first_window);
  pass(milliseconds{20});
  ASSERT_FALSE(reads_.empty());
  EXPECT_EQ(reads_.back().after, static_cast<std::int64_t>(settings_.first_window));
  EXPECT_EQ(reads_.back().limit, 2 * settings_.first_window);
}

TEST_F(Delivery, ConsumerThatAnswersIsAskedBeforeItsWindowIsFull) {
  answers_ = true;
  make(0, 0);
  open();
  std::int64_t id = 0;
  for (int i = 0; i < 100; ++i) {  // 1,000 events in a second, more than a window every ping_gap
    append(id + 1, id + 10);
    id += 10;
    pass(milliseconds{10});
    ASSERT_EQ(sent_.size(), static_cast<std::size_t>(id)) << "an event waited for a ping";
  }
  EXPECT_TRUE(reads_.empty());
}

TEST_F(Delivery, BacklogIsReadInOrderWhileNewEventsCome) {
  settings_.window = settings_.first_window = 100;
  make(0, 50);
  open();
  ASSERT_EQ(reads_.size(), 1u);
  append(51, 52);  // must not overtake
  EXPECT_TRUE(sent_.empty());
  answer_read(events(1, 50));
  ASSERT_EQ(reads_.size(), 1u);
  EXPECT_EQ(reads_[0].after, 50);
  append(53, 53);
  answer_read(events(51, 53));  // the read saw what was told meanwhile
  append(54, 54);
  ASSERT_EQ(sent_.size(), 54u);
  EXPECT_TRUE(std::ranges::is_sorted(sent_));
}

TEST_F(Delivery, AnswerToAReadOfAnOlderConnectionIsNothing) {
  make(0, 5);
  open();
  const std::uint64_t old = reads_.back().token;
  delivery_->on_closed(now_);
  pass(seconds{2});
  delivery_->on_opened(now_);
  drain();
  delivery_->on_read(old, events(1, 5), now_);
  drain();
  EXPECT_TRUE(sent_.empty());
  answer_read(events(1, 5));
  EXPECT_EQ(sent_.size(), 5u);
}

TEST_F(Delivery, WhatWasGivenUpMeanwhileIsPassedOver) {
  make(0, 5);
  open();
  answer_read({});
  EXPECT_EQ(taken_, std::vector<std::int64_t>{5});
  append(6, 6);
  EXPECT_EQ(sent_, std::vector<std::int64_t>{6});
}

TEST_F(Delivery, ConnectionWithoutPongsIsDroppedAndTriedAgain) {
  make(0, 0);
  open();
  pass(seconds{14});
  EXPECT_TRUE(pings_.empty());
  pass(seconds{2});
  EXPECT_EQ(pings_.size(), 1u);
  pass(seconds{18});
  EXPECT_EQ(drops_, 0);
  pass(seconds{3});
  EXPECT_EQ(drops_, 1);
  EXPECT_FALSE(delivery_->open());
  EXPECT_EQ(connects_, 2);
}

TEST_F(Delivery, PongOfAnotherPingProvesNothing) {
  make(0, 0);
  open();
  append(1, 1);
  pass(milliseconds{300});
  delivery_->on_pong(99, now_);
  delivery_->on_pong(0, now_);
  pass(seconds{5});
  EXPECT_TRUE(taken_.empty());
  EXPECT_EQ(pings_.size(), 1u);
}

TEST_F(Delivery, RetriesBackOffFromHalfASecondToThirtySecondsWithALot) {
  make(0, 0);
  std::vector<double> waits;
  for (int i = 0; i < 12; ++i) {
    const Time from = now_;
    while (connects_ == i) pass(milliseconds{10});
    waits.push_back(std::chrono::duration<double>(now_ - from).count());
    delivery_->on_closed(now_);
  }
  EXPECT_LT(waits[0], 0.1);
  for (std::size_t i = 1; i < waits.size(); ++i) {
    const double most = std::min(30.0, static_cast<double>(1 << (i - 1)));
    EXPECT_GE(waits[i], most / 2 - 0.03) << i;
    EXPECT_LE(waits[i], most + 0.03) << i;
  }
  EXPECT_NE(waits[10], waits[11]);
  // Only a consumer that answers pings counts as well again.
  pass(seconds{40});
  delivery_->on_opened(now_);
  answers_ = true;
  pass(seconds{20});
  delivery_->on_closed(now_);
  EXPECT_LE(delivery_->retry_at() - now_, seconds{1});
}

TEST_F(Delivery, GoodEndCountsWhatWasProven) {
  make(0, 0);
  open();
  answers_ = true;
  append(1, 2);
  pass(milliseconds{500});
  append(3, 3);
  delivery_->on_stop();
  drain();
  EXPECT_EQ(taken_, std::vector<std::int64_t>{2});
}

TEST_F(Delivery, NothingIsLostOrOutOfOrderForAnySeriesOfDeathsAndStalls) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    base::Random lot(base::seeded(seed));
    settings_.window = lot.u32() % 20 + 1;
    sent_.clear(), taken_.clear(), pings_.clear(), reads_.clear();
    make(0, 0);
    std::int64_t head = 0, durable = 0;
    std::vector<std::int64_t> seen;  // by the consumer over all of its lives
    bool up = false;
    for (int step = 0; step < 400; ++step) {
      switch (lot.u32() % 6) {
        case 0: append(head + 1, head + 1 + lot.u32() % 5), head = head + 1 + (delivery_->backlog() + durable - head - 1); break;
        case 1: if (up && lot.u32() % 4 == 0) delivery_->on_closed(now_), up = false, pings_.clear(), reads_.clear(); break;
        case 2: if (!reads_.empty()) {
          const D::Read ask = reads_.back();
          reads_.clear();
          delivery_->on_read(ask.token, events(ask.after + 1, std::min<std::int64_t>(head, ask.after + static_cast<std::int64_t>(ask.limit))), now_);
        } break;
        case 3: if (up && !pings_.empty()) pong(); break;
        default: pass(milliseconds{lot.u32() % 900});
      }
      drain();
      const int connects = connects_;
      if (!up && delivery_->deadline() <= now_) delivery_->on_time(now_), drain();
      if (!up && connects_ > 0 && (connects_ > connects || lot.u32() % 2)) delivery_->on_opened(now_), up = true;
      drain();
      if (drops_ > 0) up = false, drops_ = 0, pings_.clear(), reads_.clear();
      for (const std::int64_t id : sent_) seen.push_back(id);
      sent_.clear();
      for (const std::int64_t id : taken_) durable = id;
      // What counts as taken was sent.
      if (durable > 0) {
        ASSERT_NE(std::ranges::find(seen, durable), seen.end()) << seed;
      }
    }
    // First sights of each event come in order and without a hole.
    std::int64_t next = 1;
    for (const std::int64_t id : seen) {
      ASSERT_LE(id, next) << "a hole, seed " << seed;
      if (id == next) ++next;
    }
    ASSERT_LE(durable, next - 1);
  }
}

}  // namespace
}  // namespace daedap::server
