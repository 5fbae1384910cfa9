// Ingested calls from the datagram to the record, in virtual time.
#include <gtest/gtest.h>

#include "audio/g711.hpp"
#include "audio/level.hpp"
#include "call/ingest/ingest_board.hpp"
#include "call/log_lines.hpp"
#include "media/fakes.hpp"
#include "rtp/packet.hpp"
#include "sim/clock.hpp"
#include "sim/network.hpp"
#include "sim/scripted_stt.hpp"
#include "sim/server.hpp"
#include "sim/voice.hpp"

namespace daedap::call {
namespace {

using base::Millis;
using media::Voice;
using std::chrono::seconds;

struct TapeSink final : media::RecordingSink {
  explicit TapeSink(sim::Tape& t) : tape(t) {}
  void write(std::vector<std::int16_t> stereo) override {
    tape.stereo.insert(tape.stereo.end(), stereo.begin(), stereo.end());
  }
  void close() override { tape.closed = true; }
  sim::Tape& tape;
};

/// Sends 16 kHz audio as mu-law RTP, a packet each 20 ms, and silence when it has said all.
struct Sender {
  Sender(sim::World& w, sim::Network& net, const char* from, const char* to, std::uint32_t ssrc)
      : world(w), target(*base::Address::parse(to)) {
    peer.ssrc = ssrc;
    peer.payload_type = 0;
    socket = *net.open(*base::Address::parse(from), [](auto, const auto&, auto) {});
  }
  /// Says `pcm` after `pause`; goes on with silence until `stop`.
  void say(base::Duration pause, const std::vector<std::int16_t>& pcm) {
    speech.insert(speech.end(), static_cast<std::size_t>(base::to_ms(pause)) * 16, 0);
    speech.insert(speech.end(), pcm.begin(), pcm.end());
  }
  void start() {
    world.every(Millis{20}, [this] {
      if (stopped) return false;
      send();
      return true;
    });
  }
  void send() {
    media::testing::Bytes payload(160);
    std::vector<std::int16_t> narrow(160, 0);
    for (std::size_t i = 0; i < 160 && at + 2 * i < speech.size(); ++i) narrow[i] = speech[at + 2 * i];
    at += 320;
    audio::encode_g711(audio::Law::mu, narrow, payload);
    socket->send(peer.raw(0, payload), target);
    peer.timestamp = peer.timestamp.plus(160);
  }
  sim::World& world;
  base::Address target;
  media::testing::Peer peer;
  std::unique_ptr<base::UdpSocket> socket;
  std::vector<std::int16_t> speech;
  std::size_t at = 0;
  bool stopped = false;
};

struct Story : ::testing::Test {
  sim::World world;
  sim::Network network{world, 5};
  base::Random random{base::seeded(8)};
  LogLines log;
  std::map<std::string, sim::Tape> tapes;
  std::map<int, std::vector<std::string>>
      texts;  // by recogniser stream: a call's customer, its agent, the next call's ...
  std::unique_ptr<sim::ScriptedStt> stt;
  IngestSettings settings;
  std::unique_ptr<IngestDesk> desk;
  std::unique_ptr<IngestBoard> board;
  std::unique_ptr<base::UdpSocket> ports[2];
  std::vector<Event> events;
  unsigned phase = 0;

  void begin(Settings call = {}) {
    stt = std::make_unique<sim::ScriptedStt>(world, sim::ScriptedStt::Settings{
        .script = [this](int n, int s) {
          const auto& mine = texts[s];
          const auto i = static_cast<std::size_t>(n);
          return i < mine.size() ? sim::Recognised{.text = mine[i]} : sim::Recognised{};
        }});
    desk = std::make_unique<IngestDesk>(settings, std::vector<IngestLine>{}, 1, random, base::Log(log));
    const auto record = [this](const std::string& id) { return std::make_unique<TapeSink>(tapes[id]); };
    board =
        std::make_unique<IngestBoard>(call, settings.types, IngestSurroundings{*stt, record, base::Log(log)});
    for (const Voice voice : {Voice::customer, Voice::agent}) {
      const auto local =
          *base::Address::parse(voice == Voice::customer ? "192.0.2.1:12345" : "192.0.2.1:12346");
      ports[static_cast<int>(voice)] =
          *network.open(local, [this, voice](auto bytes, const auto& from, base::Time now) {
            const auto route = desk->on_datagram(voice, bytes, from, now);
            drain();
            if (route) board->on_datagram(*route, bytes, now);
          });
    }
    world.every(Millis{5}, [this] {
      const base::Time now = world.now();
      board->on_tick(phase++ % 4, now);
      if (desk->deadline() <= now) desk->on_time(now);
      drain();
      return true;
    });
  }
  void drain() {
    while (auto output = desk->take_output()) board->on_desk(*output, world.now());
    while (auto event = board->take_event()) events.push_back(std::move(*event));
  }
  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const Event& e : events)
      if (const auto* one = std::get_if<T>(&e)) found.push_back(*one);
    return found;
  }
  /// "customer: text" of a record, in the order of the speech.
  static std::vector<std::string> lines(const Record& record) {
    std::vector<Turn> turns = record.turns;
    std::ranges::sort(turns, {}, &Turn::start_ms);
    std::vector<std::string> out;
    for (const Turn& t : turns)
      out.push_back((t.speaker == speech::Said::Speaker::caller ? "customer: " : "agent: ") + t.text);
    return out;
  }
};

TEST_F(Story, TwoPeopleAreHeardApartAndKept) {
  texts = {{0, {"배송이 언제 되나요?", "감사합니다."}}, {1, {"내일 도착합니다."}}};
  settings.silence = seconds{5};
  begin();
  desk->order({{"call-1", "+821012345678", "agent01", "ko"}, {}}, world.now());
  Sender c(world, network, "10.0.0.1:4000", "192.0.2.1:12345", 1),
      a(world, network, "10.0.0.1:4002", "192.0.2.1:12346", 2);
  c.say(Millis{500}, sim::vowel(Millis{1500}));
  a.say(Millis{4000}, sim::vowel(Millis{1200}));
  c.say(Millis{5500}, sim::vowel(Millis{800}));
  c.start(), a.start();
  world.run_for(seconds{12});
  c.stopped = a.stopped = true;
  world.run_for(seconds{20});
  ASSERT_EQ(all<CallStarted>().size(), 1u);
  ASSERT_EQ(all<CallAnswered>().size(), 1u);
  const auto ended = all<CallEnded>();
  ASSERT_EQ(ended.size(), 1u);
  const Record& r = ended[0].record;
  EXPECT_EQ(lines(r), (std::vector<std::string>{"customer: 배송이 언제 되나요?", "agent: 내일 도착합니다.",
                                                "customer: 감사합니다."}));
  EXPECT_EQ(r.call_id, "call-1");
  EXPECT_EQ(r.caller, "+821012345678");
  EXPECT_EQ(r.answered_by, "agent01");
  EXPECT_EQ(r.operator_id, "agent01");
  EXPECT_EQ(r.cause, Cause::stream_ended);
  EXPECT_NEAR(static_cast<double>(r.duration_ms), 12'000, 60);
  EXPECT_NEAR(static_cast<double>(r.turns[0].start_ms), 500, 60);
  EXPECT_NEAR(static_cast<double>(r.turns[0].end_ms), 2000, 60);
  const auto talk = all<TalkStarted>();
  ASSERT_EQ(talk.size(), 1u);
  EXPECT_EQ(talk[0].customer_number, "+821012345678");
  EXPECT_EQ(talk[0].agent_id, "agent01");
  const auto turns = all<SpeakerTurn>();
  ASSERT_EQ(turns.size(), 3u);
  EXPECT_EQ(turns[1].speaker, SpeakerTurn::Speaker::agent);
  EXPECT_EQ(turns[1].transcript, "내일 도착합니다.");
  EXPECT_EQ(turns[1].decision, SpeakerTurn::Decision::complete);
  EXPECT_EQ(turns[1].call_id, "call-1");
  EXPECT_EQ(turns[1].language, "ko");
  EXPECT_NEAR(r.conversation.talk_ratio[0], 2300.0 / 12'000, 0.02);
  EXPECT_EQ(r.conversation.response[1].count, 1);
  ASSERT_EQ(r.legs.size(), 2u);
  EXPECT_EQ(r.legs[0].name, "customer");
  EXPECT_NEAR(static_cast<double>(r.legs[0].stats.packets_received), 598, 3);
  EXPECT_EQ(board->calls(), 0u);
}

TEST_F(Story, RecordingHasEachVoiceInItsChannelAndNoLongSilenceAtTheEnd) {
  settings.silence = seconds{10};
  begin();
  desk->order({{"call-1", {}, {}, {}}, {}}, world.now());
  Sender c(world, network, "10.0.0.1:4000", "192.0.2.1:12345", 1),
      a(world, network, "10.0.0.1:4002", "192.0.2.1:12346", 2);
  c.say(Millis{1000}, sim::vowel(Millis{1000}));
  a.say(Millis{3000}, sim::vowel(Millis{1000}));
  c.start(), a.start();
  world.run_for(seconds{5});
  c.stopped = a.stopped = true;
  world.run_for(seconds{6});  // long, but not over: the senders held the call
  c.stopped = a.stopped = false;
  c.speech.resize(c.at), c.say(Millis{0}, sim::vowel(Millis{1000}));
  c.start(), a.start();
  world.run_for(seconds{3});
  c.stopped = a.stopped = true;
  world.run_for(seconds{20});
  const sim::Tape& tape = tapes.at("call-1");
  EXPECT_TRUE(tape.closed);
  const auto customer = tape.channel(0), agent = tape.channel(1);
  const auto level = [](const std::vector<std::int16_t>& pcm, int from, int to) {
    return audio::rms_dbfs(std::span(pcm).subspan(static_cast<std::size_t>(from) * 16,
                                                  static_cast<std::size_t>(to - from) * 16));
  };
  EXPECT_NEAR(static_cast<double>(customer.size()) / 16'000, 14 + 2, 0.7);
  EXPECT_GT(level(customer, 1200, 1900), -30);
  EXPECT_LT(level(customer, 3200, 3900), -50);
  EXPECT_GT(level(agent, 3200, 3900), -30);
  EXPECT_LT(level(agent, 1200, 1900), -50);
  EXPECT_TRUE(all<CallEnded>().at(0).record.recorded);
  EXPECT_GT(level(customer, 11'200, 11'900), -30);  // at its own place, after the silence
}

TEST_F(Story, FourCallsAtOnceOverALossyNetworkStayApart) {
  for (int s = 0; s < 8; ++s) texts[s] = {"voice " + std::to_string(s)};
  network.set_conditions(
      {.delay = Millis{5}, .jitter = Millis{15}, .loss = 0.03, .duplicate = 0.01, .reorder = 0.02});
  begin();
  std::vector<std::unique_ptr<Sender>> senders;
  for (std::uint32_t i = 0; i < 4; ++i) {
    // All through one machine: told apart by SSRC and begin alone.
    const auto from = "10.0.0.1:" + std::to_string(4000 + 2 * i),
               beside = "10.0.0.1:" + std::to_string(4001 + 2 * i);
    senders.push_back(std::make_unique<Sender>(world, network, from.c_str(), "192.0.2.1:12345", 100 + i));
    senders.push_back(std::make_unique<Sender>(world, network, beside.c_str(), "192.0.2.1:12346", 200 + i));
    senders[2 * i]->say(Millis{1000 + 300 * i}, sim::vowel(Millis{1000}));
    senders[2 * i + 1]->say(Millis{3500 + 300 * i}, sim::vowel(Millis{1000}));
    senders[2 * i]->start();
    world.run_for(Millis{100});
    senders[2 * i + 1]->start();
    world.run_for(Millis{2500});
  }
  world.run_for(seconds{8});
  for (auto& s : senders) s->stopped = true;
  world.run_for(seconds{20});
  const auto ended = all<CallEnded>();
  ASSERT_EQ(ended.size(), 4u);
  ASSERT_EQ(all<CallStarted>().size(), 4u);
  std::set<std::string> heard;
  for (const CallEnded& e : ended) {
    const auto got = lines(e.record);
    ASSERT_EQ(got.size(), 2u);
    // The recogniser's streams are opened in pairs, a call's customer first.
    const int first = got[0].back() - '0';
    EXPECT_EQ(got[0], "customer: voice " + std::to_string(first));
    EXPECT_EQ(got[1], "agent: voice " + std::to_string(first + 1));
    EXPECT_EQ(first % 2, 0);
    heard.insert(got[0]);
    EXPECT_GT(e.record.media.packets_lost, 0u);
  }
  EXPECT_EQ(heard.size(), 4u);
}

TEST_F(Story, LastWordsAreWaitedForWhenTheCallIsEnded) {
  texts = {{0, {"마지막 말입니다"}}};
  begin();
  stt->settings().final_delay = Millis{1500};
  desk->order({{"call-1", {}, {}, {}}, {}}, world.now());
  Sender c(world, network, "10.0.0.1:4000", "192.0.2.1:12345", 1);
  c.say(Millis{500}, sim::vowel(Millis{1000}));
  c.start();
  world.run_for(Millis{1560});  // 50 ms after the last syllable
  desk->end("call-1", Cause::api_hang_up, world.now());
  drain();
  c.stopped = true;
  world.run_for(Millis{1000});
  EXPECT_TRUE(all<CallEnded>().empty());
  world.run_for(Millis{1500});
  ASSERT_EQ(all<CallEnded>().size(), 1u);
  EXPECT_EQ(lines(all<CallEnded>()[0].record), std::vector<std::string>{"customer: 마지막 말입니다"});
  EXPECT_EQ(all<CallEnded>()[0].record.cause, Cause::api_hang_up);
}

TEST_F(Story, RecogniserThatNeverAnswersDoesNotKeepACallOpen) {
  texts = {{0, {"x"}}};
  begin();
  stt->settings().final_delay = seconds{3600};
  desk->order({{"call-1", {}, {}, {}}, {}}, world.now());
  Sender c(world, network, "10.0.0.1:4000", "192.0.2.1:12345", 1);
  c.say(Millis{500}, sim::vowel(Millis{1000}));
  c.start();
  world.run_for(Millis{1700});
  desk->end_all(Cause::shutdown, world.now());
  drain();
  c.stopped = true;
  world.run_for(Millis{2600});
  EXPECT_EQ(all<CallEnded>().size(), 1u);
}

TEST_F(Story, CallWithoutARecogniserIsStillKeptAndRecorded) {
  begin();
  stt->settings().faults.full = true;
  Sender c(world, network, "10.0.0.1:4000", "192.0.2.1:12345", 1);
  c.say(Millis{500}, sim::vowel(Millis{1000}));
  c.start();
  world.run_for(seconds{4});
  c.stopped = true;
  world.run_for(seconds{20});
  ASSERT_EQ(all<CallEnded>().size(), 1u);
  EXPECT_EQ(log.count("listener_without_text"), 1);
  EXPECT_TRUE(all<CallEnded>()[0].record.recorded);
  EXPECT_EQ(all<CallEnded>()[0].record.answered_by, "agent");
}

TEST_F(Story, NothingIsRecordedWhereRecordingIsOff) {
  begin({.record_bridged = false});
  Sender c(world, network, "10.0.0.1:4000", "192.0.2.1:12345", 1);
  c.start();
  world.run_for(seconds{1});
  c.stopped = true;
  world.run_for(seconds{20});
  EXPECT_TRUE(tapes.empty());
  EXPECT_FALSE(all<CallEnded>().at(0).record.recorded);
}

TEST_F(Story, ManyCallsInARowLeaveNothingBehind) {
  settings.silence = seconds{3};
  begin();
  for (std::uint32_t i = 0; i < 60; ++i) {
    Sender c(world, network, "10.0.0.1:4000", "192.0.2.1:12345", 1 + i),
        a(world, network, "10.0.0.1:4002", "192.0.2.1:12346", 500 + i);
    for (int n = 0; n < 50; ++n) {
      c.send(), a.send();
      world.run_for(Millis{20});
    }
    world.run_for(Millis{i % 2 ? 1000 : 4000});
  }
  world.run_for(seconds{10});
  EXPECT_EQ(all<CallStarted>().size(), 60u);
  EXPECT_EQ(all<CallEnded>().size(), 60u);
  EXPECT_EQ(board->calls(), 0u);
  EXPECT_EQ(desk->figures().sources, 0u);
  EXPECT_EQ(desk->deadline(), base::never);
}

}  // namespace
}  // namespace daedap::call
