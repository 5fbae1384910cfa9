#include "speech/conversation.hpp"

#include <algorithm>
#include <utility>

#include "audio/tone.hpp"
#include "speech/conversation_impl.hpp"

namespace daedap::speech {
namespace {

constexpr std::size_t most_outputs = 256;    // nobody drains us: the oldest go
constexpr std::size_t most_to_say = 8;
constexpr base::Millis soonest{5};
constexpr std::chrono::seconds farewell_limit{25};  // a farewell that does not end ends the call

Settings of_a_caller(Settings settings) {
  settings.turn = asking_early(std::move(settings.turn));
  return settings;
}

}  // namespace

Conversation::Impl::Impl(const Settings& settings, Engines engines, const Prompts& prompts,
                         audio::Player& player)
    : settings_(settings),
      engines_(engines),
      prompts_(prompts),
      playout_(player, echo_),
      listener_(settings_, engines.stt, echo_, [this](const ListenerEvent& e) { on_heard(e); }, engines.voice),
      taker_(make_taker(of_a_caller(settings_))) {}

base::Result<void> Conversation::Impl::open() {
  auto session = engines_.llm.open({.call_id = settings_.call_id,
                                    .language = settings_.language,
                                    .operator_name = settings_.operator_name,
                                    .speech_understood = engines_.stt.understands(settings_.language)});
  if (!session) return tl::unexpected(session.error());
  session_ = std::move(*session);
  return listener_.open(session_->opening_grammar());
}

void Conversation::Impl::start(base::Time now) {
  if (state_ != State::idle) return;
  now_ = answered_at_ = idle_since_ = now;
  state_ = State::greeting;
  Reply& reply = open_reply(Purpose::greeting);
  if (!settings_.greeting.empty()) reply.fixed(settings_.greeting, now);
  if (session_) {
    if (const std::string more = session_->opening(); !more.empty()) reply.fixed(more, now);
  }
  advance(now);
}

void Conversation::Impl::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  if (!running() || hung_up_) return;
  taker_.on_frame(frame, info);
  listener_.on_frame(frame, info);
  watch_voice(now_);
}

void Conversation::Impl::on_time(base::Time now) {
  now_ = std::max(now_, now);
  buried_.clear();
  if (reply_) reply_->sweep();
  if (ahead_) {
    ahead_->sweep();
    ahead_->on_time(now_);
  }
  playout_.on_time(now_);
  listener_.on_time(now_);
  advance(now_);
}

// Everything that may follow from what has just happened.
void Conversation::Impl::advance(base::Time now) {
  if (hung_up_) return settle(now);
  if (!running()) return;
  if (const auto decision = taker_.decide(now, listener_.voice().maybe())) on_turn_decided(*decision, now);
  watch_ahead(now);
  watch_voice(now);
  watch_reply(now);
  watch_message(now);
  if (state_ == State::listening && !turn_ && !to_say_.empty()) listen(now);
  watch_limits(now);
  tell_pauses();
}

void Conversation::Impl::tell_pauses() {
  while (auto pause = taker_.take_pause()) emit(std::move(*pause));
}

base::Time Conversation::Impl::deadline() const {
  if (hung_up_) return settled_ ? base::never : *tail_until_;
  if (!running()) return base::never;
  base::Time at = std::min({listener_.deadline(), taker_.deadline(), limits_deadline(), message_limit()});
  if (reply_) at = std::min(at, reply_->deadline());
  if (state_ == State::paused) at = std::min(at, paused_at_ + settings_.resume_within);
  return std::max(at, now_ + soonest);  // what waits for a voice to end may be overdue
}

void Conversation::Impl::on_hang_up(base::Time now) {
  if (hung_up_) return;
  now_ = std::max(now_, now);
  taker_.close_pauses(now_);
  if (running()) {
    drop_ahead();
    cut_reply(now_);
    if (message_ == Message::recording) end_message(MessageTaken::Ended::hang_up, now_);
    settle_turn(asked_, {});
    taker_.reset();
    listener_.end_utterance(now_);
  }
  listener_.close();
  state_ = State::over;
  hung_up_ = true;
  tail_until_ = now_ + settings_.tail;
  settle(now_);
}

// After the hang-up: a final that is still on its way belongs into the transcript.
void Conversation::Impl::settle(base::Time now) {
  if (settled_) return;
  const bool waiting = listener_.awaiting_final() || listener_.utterance_open();
  if (waiting && now < *tail_until_) return;
  settle_turn(turn_, {});
  tell_pauses();
  settled_ = true;
}

void Conversation::Impl::say(const std::string& text, base::Time now) {
  if (state_ == State::finishing || state_ == State::over || text.empty()) return;
  now_ = std::max(now_, now);
  if (to_say_.size() < most_to_say) to_say_.push_back(text);
  if (state_ == State::listening && !turn_) listen(now_);
}

void Conversation::Impl::finish(Finished::Why why, base::Time now) {
  switch (why) {
    case Finished::Why::goodbye: return farewell(why, Phrase::goodbye, now);
    case Finished::Why::no_input: return farewell(why, Phrase::nobody_there, now);
    case Finished::Why::too_long: return farewell(why, Phrase::too_long, now);
    case Finished::Why::engine_failure: return farewell(why, Phrase::engines_dead, now);
  }
}

void Conversation::Impl::farewell(Finished::Why why, Phrase words, base::Time now) {
  if (!running() || state_ == State::finishing) return;
  now_ = std::max(now_, now);
  state_ = State::finishing;
  cut_reply(now_);
  if (message_ == Message::recording) end_message(MessageTaken::Ended::too_long, now_);
  message_ = Message::none;
  settle_turn(asked_, {});
  finish_why_ = why;
  finish_by_ = now_ + farewell_limit;
  Reply& reply = open_reply(Purpose::farewell);
  const std::string& text = phrase(words, settings_.language);
  const bool made = prompts_.find(text, settings_.language, settings_.voice) != nullptr;
  // With a dead synthesizer and no prompt a tone at least says that the call is over.
  if (why == Finished::Why::engine_failure && !made) {
    reply.sound(audio::make_tone({.hz = 425, .length = base::Millis{800}}), now_);
  } else {
    reply.fixed(text, now_);
  }
}

void Conversation::Impl::bury(std::unique_ptr<Reply> reply) {
  if (reply) buried_.push_back(std::move(reply));
}

void Conversation::Impl::emit(ConversationOutput output) {
  if (settled_) return;
  if (outputs_.size() >= most_outputs) outputs_.pop_front();
  outputs_.push_back(std::move(output));
}

std::optional<ConversationOutput> Conversation::Impl::take_output() {
  if (outputs_.empty()) return std::nullopt;
  ConversationOutput out = std::move(outputs_.front());
  outputs_.pop_front();
  return out;
}

Conversation::Conversation(const Settings& settings, Engines engines, const Prompts& prompts,
                           audio::Player& player)
    : impl_(std::make_unique<Impl>(settings, engines, prompts, player)) {}
Conversation::~Conversation() = default;

base::Result<void> Conversation::open() { return impl_->open(); }
void Conversation::start(base::Time now) { impl_->start(now); }
void Conversation::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) { impl_->on_frame(frame, info); }
void Conversation::on_digit(char digit, base::Time now) { impl_->on_digit(digit, now); }
void Conversation::on_hold(bool held, base::Time now) { impl_->on_hold(held, now); }
void Conversation::on_time(base::Time now) { impl_->on_time(now); }
void Conversation::stand_by(bool on, base::Time now) { impl_->stand_by(on, now); }
base::Time Conversation::deadline() const { return impl_->deadline(); }
void Conversation::on_hang_up(base::Time now) { impl_->on_hang_up(now); }
bool Conversation::settled() const { return impl_->settled(); }
void Conversation::say(const std::string& text, base::Time now) { impl_->say(text, now); }
void Conversation::finish(Finished::Why why, base::Time now) { impl_->finish(why, now); }
std::optional<ConversationOutput> Conversation::take_output() { return impl_->take_output(); }

}  // namespace daedap::speech
