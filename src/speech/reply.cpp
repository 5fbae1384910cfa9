#include "speech/reply.hpp"

#include <algorithm>
#include <utility>

namespace daedap::speech {

Reply::Reply(Voice voice, std::function<void()> changed)
    : voice_(voice), changed_(std::move(changed)), ledger_(voice.settings.language) {}

void Reply::fixed(const std::string& text, base::Time now) {
  now_ = std::max(now_, now);
  const Settings& s = voice_.settings;
  if (voice_.prompts.find(text, s.language, s.voice) != nullptr) {
    pieces_.push_back({text, {}});
  } else {
    Sentences cutter;
    cutter.push(text);
    cutter.finish();
    while (auto piece = cutter.take()) pieces_.push_back({std::move(*piece), {}});
  }
  pump();
}

void Reply::sound(std::vector<std::int16_t> pcm, base::Time now) {
  now_ = std::max(now_, now);
  pieces_.push_back({{}, std::move(pcm)});
  pump();
}

void Reply::answer(LlmSession& session, const LlmInput& input, const std::vector<HistoryEntry>& history,
                   base::Time now) {
  now_ = std::max(now_, now);
  asked_ = progress_ = now_;
  if (!marks.llm_asked) marks.llm_asked = now_;
  auto asked = session.ask(input, history, [this](LlmEvent e) { on_llm(std::move(e)); });
  if (asked) {
    llm_ = std::move(*asked);
  } else {
    failure_ = Failure{"llm", asked.error()};
  }
}

// @path reply-out 2/8
void Reply::on_llm(LlmEvent event) {
  if (stopped_ || !llm_) return;
  if (auto* token = std::get_if<LlmToken>(&event)) {
    any_token_ = true;
    marks.set_once(Mark::llm_first_token, now_);
    sentences_.push(token->text);
  } else if (auto* action = std::get_if<LlmAction>(&event)) {
    any_token_ = true;
    if (actions_.size() < 8) actions_.push_back(std::move(*action));
  } else if (auto* done = std::get_if<LlmDone>(&event)) {
    done_ = std::move(*done);
    dead_llm_.push_back(std::move(llm_));
    sentences_.finish();
  } else {
    on_llm_failed(std::get<LlmFailed>(event).error);
  }
  take_sentences();
  pump();
  changed_();
}

void Reply::on_llm_failed(const base::Error& error) {
  dead_llm_.push_back(std::move(llm_));
  if (any_sentence_) {
    broken_off_ = error;
  } else {
    failure_ = Failure{"llm", error};
  }
}

void Reply::take_sentences() {
  while (auto piece = sentences_.take()) {
    any_sentence_ = true;
    progress_ = now_;
    marks.set_once(Mark::llm_first_sentence, now_);
    if (pieces_.size() < 64) pieces_.push_back({std::move(*piece), {}});
  }
}

// One sentence is made while another sounds: little is thrown away when the caller interrupts.
bool Reply::room_ahead() const {
  if (held_) return held_->voice && ledger_.empty();
  const auto short_queue = audio::samples_in(std::chrono::seconds(2));
  return voice_.playout.queued() < short_queue || ledger_.last_begun(voice_.playout.played());
}

void Reply::pump() {
  while (!stopped_ && !failure_ && !making_ && !pieces_.empty() && now_ >= retry_at_ && room_ahead()) {
    const Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    if (!piece.pcm.empty()) {
      play_sound(piece.pcm);
    } else if (!play_prompt(piece.text)) {
      synthesise(piece.text);
    }
  }
}

void Reply::on_time(base::Time now) {
  now_ = std::max(now_, now);
  if (held_) return pump();
  if (!started_ && ledger_.any() && voice_.playout.played() > ledger_.first()) {
    started_ = now;
    marks.set_once(Mark::first_packet, now);
  }
  pump();
  if (voice_.playout.queued() > 0) {
    dry_since_.reset();
  } else if (!dry_since_) {
    dry_since_ = now;
  }
  watch_late(now);
}

void Reply::sweep() {
  dead_tts_.clear();
  dead_llm_.clear();
}

base::Time Reply::llm_limit() const {
  if (!llm_) return base::never;
  const LateSettings& late = voice_.settings.late;
  if (!any_token_) return asked_ + late.llm_first_token;
  if (making_ || !pieces_.empty()) return base::never;  // it is ahead of the voice
  if (dry_since_) return std::max(progress_, *dry_since_) + late.llm_sentence;
  return now_ + audio::duration_of(voice_.playout.queued()) + late.llm_sentence;
}

base::Time Reply::tts_limit() const {
  if (!making_) return base::never;
  const LateSettings& late = voice_.settings.late;
  if (!making_->heard_any) return making_->asked + late.tts_first_audio;
  if (dry_since_) return std::max(making_->last_audio, *dry_since_) + late.tts_gap;
  return now_ + audio::duration_of(voice_.playout.queued()) + late.tts_gap;
}

void Reply::watch_late(base::Time now) {
  if (stopped_ || failure_ || held_) return;
  if (now >= llm_limit()) {
    on_llm_failed({base::Code::engine_late, "the language model is late", ""});
    pump();
  }
  if (now >= tts_limit()) on_tts_failed({base::Code::engine_late, "the synthesizer is late", ""});
}

base::Time Reply::deadline() const {
  if (stopped_ || failure_ || held_) return base::never;
  const base::Time retry = !making_ && !pieces_.empty() && now_ < retry_at_ ? retry_at_ : base::never;
  return std::min({llm_limit(), tts_limit(), retry});
}

void Reply::drop_engines() {
  stopped_ = true;
  if (llm_) dead_llm_.push_back(std::move(llm_));
  if (making_ && making_->stream) dead_tts_.push_back(std::move(making_->stream));
  making_.reset();
}

Spoken Reply::cut(base::Time now) {
  now_ = std::max(now_, now);
  if (!started_ && ledger_.any() && voice_.playout.played() > ledger_.first()) started_ = now;
  Spoken result = spoken();
  drop_engines();
  pieces_.clear();
  voice_.playout.discard();
  return result;
}

Spoken Reply::spoken() const {
  Spoken s{ledger_.heard(voice_.playout.played()), ledger_.text(), started_};
  for (const auto& p : pieces_) {
    if (!p.text.empty()) s.planned += (s.planned.empty() ? "" : " ") + p.text;
  }
  return s;
}

bool Reply::finished() const {
  return !llm_ && !making_ && pieces_.empty() && !failure_ &&
         (!ledger_.any() || voice_.playout.played() >= ledger_.last());
}

bool Reply::nearly_done() const {
  return !llm_ && !making_ && pieces_.empty() &&
         voice_.playout.queued() < audio::samples_in(std::chrono::milliseconds(500));
}

std::optional<base::Error> Reply::take_retry() { return std::exchange(retry_, std::nullopt); }

}  // namespace daedap::speech
