#include "call/ingest/ingest_call.hpp"

#include <algorithm>

#include "call/turns.hpp"

namespace daedap::call {
namespace {

speech::Settings listening_settings(const IngestIdentity& identity, const Settings& settings) {
  speech::Settings s = settings.conversation;
  s.call_id = identity.call_id;
  s.language = identity.language;
  return s;
}

}  // namespace

void IngestCall::Side::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  call.listening_.ear(who).on_frame(frame, info);
  if (call.recorder_ && !call.asleep()) tape().on_frame(frame, info);
}

audio::FrameSink& IngestCall::Side::tape() const {
  return who == Listening::Who::customer ? call.recorder_->customer() : call.recorder_->agent();
}

IngestCall::IngestCall(const IngestDesk::Began& began, const Settings& settings,
                       const media::IngestTypes& types, const IngestSurroundings& around,
                       std::deque<Event>& events)
    : key_(began.call),
      settings_(settings),
      events_(events),
      log_(around.log.for_call(began.identity.call_id)),
      listening_(listening_settings(began.identity, settings), around.stt, around.voice),
      sides_{{{*this, types, Listening::Who::customer}, {*this, types, Listening::Who::agent}}},
      began_(began.at),
      last_(began.at),
      now_(began.at) {
  const IngestIdentity& who = began.identity;
  record_.call_id = who.call_id;
  record_.shard = around.shard;
  record_.caller = who.customer_number;
  record_.callee = record_.operator_id = who.agent_id;
  record_.language = who.language;
  record_.answered_by = who.agent_id.empty() ? "agent" : who.agent_id;
  record_.path = {"rtp ingest"};
  record_.setup_ms = 0;
  record_.status = 200;
  events_.push_back(CallStarted{record_});
  if (settings_.record_bridged && settings_.record && around.open_recording) {
    if (auto sink = around.open_recording(who.call_id))
      recorder_ = std::make_unique<media::Recorder>(std::move(sink));
  }
  record_.recorded = recorder_ != nullptr;
  events_.push_back(CallAnswered{record_.call_id, 0, record_.answered_by, record_.path});
  events_.push_back(TalkStarted{record_.call_id, record_.caller, record_.operator_id, record_.language});
  log_.info("ingest_call_began",
            {{"customer", settings_.debug_calls ? record_.caller : base::mask_number(record_.caller)},
             {"agent", record_.operator_id},
             {"language", record_.language},
             {"recording", record_.recorded}});
  if (const auto opened = listening_.open(); !opened)
    log_.warn("listener_without_text", {{"reason", opened.error().message()}});
}

void IngestCall::on_datagram(media::Voice voice, std::span<const std::uint8_t> bytes, base::Time now) {
  if (state_ != State::running) return;
  last_ = std::max(last_, now);
  sides_[static_cast<std::size_t>(voice)].stream.on_datagram(bytes, now);
}

/// Without packets for so long that the recording waits for the next one.
bool IngestCall::asleep() const { return now_ - last_ >= tape_pause; }

/// The silence that the recording waited in, when it turns out that the call goes on. Both voices by
/// turns: the recorder lets none run far ahead.
void IngestCall::fill_tape() {
  for (; untaped_ > 0; --untaped_) {
    const std::int64_t position = position_ - untaped_ * static_cast<std::int64_t>(audio::frame_samples);
    for (const Side& side : sides_)
      if (side.stream.heard_anything())
        side.tape().on_frame({}, {.heard = now_, .position = position, .concealed = true});
  }
}

void IngestCall::on_tick(base::Time now) {
  if (state_ == State::over) return;
  now_ = std::max(now_, now);
  if (state_ == State::running || state_ == State::draining) play(now_);
  listening_.on_time(now_);
  take_turns();
  if (state_ != State::settling) return;
  if (listening_.settled() || now_ - ended_ >= settings_.conversation.tail + longest_drain) close();
}

void IngestCall::play(base::Time now) {
  if (asleep()) ++untaped_;
  else if (recorder_) fill_tape();
  for (Side& side : sides_) side.stream.on_tick(now, position_);
  position_ += audio::frame_samples;
  const bool empty = std::ranges::all_of(sides_, [](const Side& s) { return s.stream.waiting() == 0; });
  if (state_ == State::draining && (empty || now - ended_ >= longest_drain)) settle(now);
}

void IngestCall::take_turns() {
  while (auto turn = listening_.take_turn()) {
    const bool customer = turn->who == Listening::Who::customer;
    tell(speaker_turn_of(customer ? SpeakerTurn::Speaker::customer : SpeakerTurn::Speaker::agent, turn->part,
                         began_));
    if (record_.turns.size() >= most_turns) continue;
    const Turn kept = turn_of(*turn, static_cast<int>(record_.turns.size()), began_);
    record_.turns.push_back(kept);
    events_.push_back(TurnAdded{record_.call_id, kept});
  }
  while (const auto paused = listening_.take_pause()) pauses_.add(*paused);
  if (const auto error = listening_.take_error())
    log_.warn("listener_failed", {{"reason", error->message()}});
}

void IngestCall::tell(SpeakerTurn turn) {
  turn.call_id = record_.call_id;
  turn.language = record_.language;
  const bool customer = turn.speaker == SpeakerTurn::Speaker::customer;
  measures_.on_speech(customer ? Measures::customer : Measures::agent, turn.start_ms, turn.end_ms);
  events_.push_back(std::move(turn));
}

void IngestCall::end(Cause cause, base::Time last, base::Time now) {
  if (state_ != State::running) return;
  now_ = ended_ = std::max(now_, now);
  last_ = std::max(last_, last);
  record_.cause = cause;
  record_.duration_ms = base::to_ms(last_ - began_);
  state_ = State::draining;
}

/// All was heard: the last words are waited for.
void IngestCall::settle(base::Time now) {
  state_ = State::settling;
  if (recorder_) recorder_->close();
  listening_.close(now);
}

void IngestCall::close() {
  state_ = State::over;
  for (const Side& side : sides_) {
    if (!side.stream.heard_anything()) continue;
    record_.legs.push_back(
        {side.who == Listening::Who::customer ? "customer" : "agent", side.stream.stats()});
  }
  if (!record_.legs.empty()) record_.media = record_.legs.front().stats;
  record_.conversation = measures_.figures(record_.duration_ms);
  log_.info("ingest_call_ended", {{"cause", name(*record_.cause)},
                                  {"duration_ms", record_.duration_ms},
                                  {"turns", record_.turns.size()},
                                  {"packets_lost", record_.media.packets_lost}});
  PausesHeard told{.call_id = record_.call_id, .language = record_.language, .with_text = record_.recorded};
  told.pauses = pauses_.finish(began_, last_);
  const bool left_something = record_.recorded || !record_.turns.empty();
  if (left_something && !told.pauses.empty()) events_.push_back(std::move(told));
  events_.push_back(CallEnded{record_});
}

}  // namespace daedap::call
