#include "store/store.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "store/call_columns.hpp"
#include "store/database.hpp"
#include "store/operator_table.hpp"
#include "store/recording_folder.hpp"
#include "store/reply.hpp"
#include "store/temp_folder.hpp"
#include "store/wav_header.hpp"

namespace daedap::store {
namespace {

using call::OperatorStatus;
using test::answer;

constexpr WallTime start_time{std::chrono::milliseconds{1'769'688'000'000}};  // 2026-01-29T12:00:00Z

call::Record record(const std::string& id) {
  call::Record r;
  r.call_id = id;
  r.sip_call_id = "sip-" + id;
  r.caller = "+821012345678";
  r.callee = "1001";
  r.operator_id = "1001";
  r.language = "ko";
  r.recorded = true;
  return r;
}

call::Turn turn(int index, const std::string& text) {
  call::Turn t;
  t.index = index;
  t.speaker = index % 2 ? speech::Said::Speaker::caller : speech::Said::Speaker::assistant;
  t.text = text;
  t.start_ms = index * 1000;
  t.end_ms = index * 1000 + 800;
  t.marks_ms = {{"speech_end", 1.5}, {"first_packet", 400.25}};
  t.response_ms = 398.75;
  return t;
}

class StoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> open(StoreEvents events = {}) {
    if (!events.failed) {
      events.failed = [this](const char* what, const base::Error& error) {
        ADD_FAILURE() << what << " " << error.message();
        ++failures;
      };
    }
    auto store = Store::open(file, std::move(events));
    return store ? std::move(*store) : nullptr;
  }
  StoredCall find(Store& store, const std::string& id) {
    auto found = answer<StoredCall>([&](auto reply) { store.call(id, reply); });
    EXPECT_TRUE(found) << id;
    return found.value_or(StoredCall{});
  }

  test::TempFolder folder;
  std::filesystem::path file = folder / "daedap.db";
  std::atomic<int> failures{0};
};

TEST_F(StoreTest, OperatorsSurviveARestart) {
  {
    auto store = open();
    ASSERT_TRUE(answer<void>([&](auto r) { store->add_operator({.id = "1001", .name = "김지원"}, r); }));
    const auto now = answer<call::Operator>(
        [&](auto r) { store->set_status("1001", OperatorStatus::away, "회의 중", r); });
    ASSERT_TRUE(now);
    EXPECT_EQ(now->status, OperatorStatus::away);
  }
  auto store = open();
  const auto all = answer<std::vector<call::Operator>>([&](auto r) { store->list_operators(r); });
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().status, OperatorStatus::away);
  EXPECT_EQ(all->front().away_message, "회의 중");
}

TEST_F(StoreTest, TellsWhenAnotherProcessChangedTheOperators) {
  auto told = std::make_shared<std::promise<OperatorStatus>>();
  auto future = told->get_future();
  StoreEvents events;
  events.operators_changed = [told](const std::vector<call::Operator>& all) {
    if (all.size() == 1 && all.front().status == OperatorStatus::busy) told->set_value(all.front().status);
  };
  auto store = open(std::move(events));
  ASSERT_TRUE(answer<void>([&](auto r) { store->add_operator({.id = "7"}, r); }));
  auto other = Database::open(file);
  ASSERT_TRUE(OperatorTable(*other).set_status("7", OperatorStatus::busy, std::nullopt));
  EXPECT_EQ(future.wait_for(std::chrono::seconds{10}), std::future_status::ready);
}

TEST_F(StoreTest, DoesNotTellOfOperatorsThatDidNotChange) {
  std::atomic<int> told{0};
  StoreEvents events;
  events.operators_changed = [&](const auto&) { ++told; };
  auto store = open(std::move(events));
  ASSERT_TRUE(answer<void>([&](auto r) { store->add_operator({.id = "7"}, r); }));
  ASSERT_FALSE(answer<void>([&](auto r) { store->add_operator({.id = "7"}, r); }));
  ASSERT_TRUE(answer<call::Operator>([&](auto r) { store->set_status("7", OperatorStatus::offline, {}, r); }));
  EXPECT_EQ(told, 1);
}

TEST_F(StoreTest, ChecksPasswordsAndTokens) {
  auto store = open();
  ASSERT_TRUE(answer<void>([&](auto r) { store->add_user("admin", "long enough", "admin", r); }));
  const auto good = answer<Account>([&](auto r) { store->check_password("admin", "long enough", r); });
  ASSERT_TRUE(good);
  EXPECT_EQ(good->role, "admin");
  const auto wrong = answer<Account>([&](auto r) { store->check_password("admin", "something", r); });
  EXPECT_EQ(wrong.error().code, base::Code::denied);
  const auto nobody = answer<Account>([&](auto r) { store->check_password("nobody", "something", r); });
  EXPECT_EQ(nobody.error().code, base::Code::denied);
  EXPECT_EQ(std::string(nobody.error().text), wrong.error().text);
  EXPECT_FALSE(answer<Account>([&](auto r) { store->check_token("daedap_00", r); }));
}

TEST_F(StoreTest, KeepsACallFromStartToEnd) {
  auto store = open();
  call::Record r = record("a");
  store->on_event(call::CallStarted{r}, start_time);
  store->on_event(call::CallAnswered{"a", 42}, start_time);
  store->on_event(call::TurnAdded{"a", turn(0, "안녕하세요")}, start_time);
  const StoredCall running = find(*store, "a");
  EXPECT_FALSE(running.ended);
  EXPECT_EQ(running.record.setup_ms, 42);
  EXPECT_EQ(running.record.answered_by, "ai");
  EXPECT_EQ(running.record.turns.size(), 1U);
  r.setup_ms = 42;
  r.status = 200;
  r.answered_by = "ai";
  r.duration_ms = 5000;
  r.cause = call::Cause::caller_hung_up;
  r.turns = {turn(0, "안녕하세요"), turn(1, "예약하려고요")};
  r.messages = {{100, 900, "silence"}};
  r.digits = {"1", "#"};
  r.media.packets_lost = 3;
  r.media.jitter_ms = 1.25;
  store->on_event(call::CallEnded{r}, start_time + std::chrono::seconds{6});
  const StoredCall ended = find(*store, "a");
  EXPECT_EQ(ended.started, start_time);
  EXPECT_EQ(ended.ended, start_time + std::chrono::seconds{6});
  EXPECT_EQ(ended.record.cause, call::Cause::caller_hung_up);
  EXPECT_EQ(ended.record.digits, r.digits);
  EXPECT_EQ(ended.record.media.packets_lost, 3U);
  EXPECT_EQ(ended.record.media.jitter_ms, 1.25);
  ASSERT_EQ(ended.record.turns.size(), 2U);
  EXPECT_EQ(ended.record.turns[1].text, "예약하려고요");
  EXPECT_EQ(ended.record.turns[1].marks_ms, r.turns[1].marks_ms);
  EXPECT_EQ(ended.record.turns[1].response_ms, 398.75);
  EXPECT_FALSE(ended.record.turns[1].own_ms);
  ASSERT_EQ(ended.record.messages.size(), 1U);
  EXPECT_EQ(ended.record.messages[0].ended_by, "silence");
}

TEST_F(StoreTest, KeepsEachCause) {
  auto store = open();
  for (int i = 0; i <= static_cast<int>(call::last_cause); ++i) {
    const std::string id = std::to_string(i);
    call::Record r = record(id);
    store->on_event(call::CallStarted{r}, start_time);
    r.cause = static_cast<call::Cause>(i);
    store->on_event(call::CallEnded{r}, start_time + std::chrono::seconds{1});
    EXPECT_EQ(find(*store, id).record.cause, r.cause) << call::name(*r.cause);
  }
}

TEST_F(StoreTest, KeepsWhoAnsweredWhoWasTriedAndWhatEachLegCarried) {
  auto store = open();
  call::Record r = record("a");
  store->on_event(call::CallStarted{r}, start_time);
  store->on_event(call::CallAnswered{"a", 42, "1002", {"1001 no_answer", "1002"}}, start_time);
  const StoredCall running = find(*store, "a");
  EXPECT_EQ(running.record.answered_by, "1002");
  EXPECT_EQ(running.record.path, (std::vector<std::string>{"1001 no_answer", "1002"}));
  r.answered_by = "1002";
  r.path = running.record.path;
  r.legs = {{.name = "caller"}, {.name = "operator 1002", .speaker = "agent", .talk_ms = 4321}};
  r.legs[0].stats.packets_received = 500;
  r.legs[1].stats.packets_sent = 499;
  r.cause = call::Cause::caller_hung_up;
  store->on_event(call::CallEnded{r}, start_time + std::chrono::seconds{10});
  const StoredCall ended = find(*store, "a");
  EXPECT_EQ(ended.record.path, r.path);
  ASSERT_EQ(ended.record.legs.size(), 2U);
  EXPECT_EQ(ended.record.legs[0].name, "caller");
  EXPECT_EQ(ended.record.legs[0].stats.packets_received, 500U);
  EXPECT_EQ(ended.record.legs[1].name, "operator 1002");
  EXPECT_EQ(ended.record.legs[1].stats.packets_sent, 499U);
  EXPECT_EQ(ended.record.legs[0].speaker, "");
  EXPECT_EQ(ended.record.legs[1].speaker, "agent");
  EXPECT_EQ(ended.record.legs[1].talk_ms, 4321);
}

TEST_F(StoreTest, OperatorsAreToldWhenTheirAccountOrPolicyChanges) {
  std::atomic<int> told{0};
  StoreEvents events;
  events.operators_changed = [&](const auto&) { ++told; };
  auto store = open(std::move(events));
  ASSERT_TRUE(answer<void>([&](auto r) { store->add_operator({.id = "7"}, r); }));
  ASSERT_TRUE(answer<void>([&](auto r) { store->set_secret("7", {"daedap", "a", "b"}, r); }));
  call::OperatorChange change;
  change.on_miss[0] = call::Fallback::reject;
  const auto now = answer<call::Operator>([&](auto r) { store->change_operator("7", change, r); });
  ASSERT_TRUE(now);
  EXPECT_EQ(now->on_miss[0], call::Fallback::reject);
  EXPECT_EQ(now->ha1_md5, "a");
  EXPECT_EQ(told, 3);
}

TEST(CallColumns, ReadsNothingFromWhatIsNoListOfLegs) {
  for (const char* bad : {"", "{}", "[1]", "[{}]", "[{\"name\":1}]", "nonsense"}) EXPECT_TRUE(read_legs(bad).empty()) << bad;
}

TEST_F(StoreTest, PagesThroughCallsNewestFirst) {
  auto store = open();
  for (char id = 'a'; id <= 'e'; ++id) store->on_event(call::CallStarted{record({id})}, start_time);
  std::string order;
  std::optional<std::int64_t> before;
  while (true) {
    const auto page = answer<std::vector<StoredCall>>([&](auto r) { store->calls(2, before, r); });
    if (page->empty()) break;
    EXPECT_LE(page->size(), 2U);
    for (const StoredCall& call : *page) order += call.record.call_id;
    before = page->back().cursor;
  }
  EXPECT_EQ(order, "edcba");
}

TEST_F(StoreTest, KilledCallsAreClosedAtTheNextStart) {
  const auto root = folder / "recordings";
  {
    auto store = open();
    store->on_event(call::CallStarted{record("a")}, start_time);
    store->on_event(call::TurnAdded{"a", turn(3, "여보세요")}, start_time);
    find(*store, "a");  // all of it has reached the file
    // What a kill -9 leaves: the file and its log, as they are at this moment.
    std::filesystem::create_directory(folder / "after");
    std::filesystem::copy(file, folder / "after/daedap.db");
    std::filesystem::copy(folder / "daedap.db-wal", folder / "after/daedap.db-wal");
  }
  const auto call_folder = recording_folder(root, "a", start_time);
  std::filesystem::create_directories(call_folder);
  const WavHeader header = wav_header(0);
  test::write_file(call_folder / "call.wav", std::string(header.begin(), header.end()) + std::string(6402, '\1'));

  file = folder / "after/daedap.db";
  auto store = open();
  const auto later = start_time + std::chrono::minutes{1};
  const auto closed = answer<std::vector<StoredCall>>([&](auto r) { store->recover(root, later, r); });
  ASSERT_TRUE(closed);
  ASSERT_EQ(closed->size(), 1U);
  EXPECT_EQ(closed->front().record.turns.size(), 1U);
  const StoredCall call = find(*store, "a");
  EXPECT_EQ(call.record.cause, call::Cause::killed);
  EXPECT_EQ(call.ended, later);
  EXPECT_EQ(call.record.duration_ms, 3800);
  WavHeader repaired{};
  const std::string wav = test::read_file(call_folder / "call.wav");
  std::copy_n(wav.begin(), repaired.size(), repaired.begin());
  std::uint64_t audio = 0;
  ASSERT_TRUE(read_wav_header(repaired, audio));
  EXPECT_EQ(audio, 6400U);
  EXPECT_TRUE(answer<std::vector<StoredCall>>([&](auto r) { store->recover(root, later, r); })->empty());
}

TEST_F(StoreTest, TellsOfAWriteThatFailed) {
  std::promise<std::string> failed;
  StoreEvents events;
  events.failed = [&](const char* what, const base::Error&) { failed.set_value(what); };
  auto store = open(std::move(events));
  store->on_event(call::CallStarted{record("a")}, start_time);
  store->on_event(call::CallStarted{record("a")}, start_time);  // the same id twice
  auto future = failed.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds{10}), std::future_status::ready);
  EXPECT_EQ(future.get(), "call");
}

TEST_F(StoreTest, DoesNotOpenADamagedFile) {
  test::write_file(file, std::string(10'000, 'x'));
  const auto store = Store::open(file, {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, base::Code::bad_syntax);
}

TEST_F(StoreTest, AnswersEverythingAskedBeforeItsEnd) {
  std::atomic<int> answered{0};
  {
    auto store = open();
    for (int i = 0; i < 50; ++i) store->list_operators([&](auto) { ++answered; });
    store->check_password("nobody", "something", [&](auto) { ++answered; });
  }
  EXPECT_EQ(answered, 51);
}

}  // namespace
}  // namespace daedap::store
