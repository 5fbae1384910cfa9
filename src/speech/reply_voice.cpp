// The synthesizer's side of a reply: sentences in, samples in the player's queue out.
#include <algorithm>

#include "audio/trim.hpp"
#include "speech/phrases.hpp"
#include "speech/reply.hpp"
#include "speech/text/spoken_text.hpp"

namespace daedap::speech {
namespace {

constexpr audio::TrimRule trim_rule{};
// Prompts are trimmed at both ends: without this they would run into each other.
constexpr std::size_t pause_samples = 16000 / 5;
constexpr base::Millis back_off{200};

}  // namespace

bool Reply::play_prompt(const std::string& text) {
  const Settings& s = voice_.settings;
  const auto* pcm = voice_.prompts.find(text, s.language, s.voice);
  if (pcm == nullptr) return false;
  const std::vector<std::int16_t> pause(pause_samples, 0);
  ledger_.begin(text);
  if (!queue(*pcm, static_cast<std::int64_t>(pcm->size()))) return true;
  if (!pieces_.empty() || llm_) queue(pause, 0);
  ledger_.end();
  marks.set_once(Mark::tts_first_audio, now_);
  return true;
}

void Reply::play_sound(const std::vector<std::int16_t>& pcm) {
  ledger_.begin({});
  queue(pcm, static_cast<std::int64_t>(pcm.size()));
  ledger_.end();
}

void Reply::synthesise(const std::string& text) {
  const Settings& s = voice_.settings;
  std::string spoken = spoken_text(text, s.language);
  if (spoken.empty()) return;  // a lone emoji
  ledger_.begin(text);
  if (!marks.tts_asked) marks.tts_asked = now_;
  making_ = Synthesis{text, nullptr, now_, now_};
  auto stream = voice_.tts.speak({.text = std::move(spoken), .language = s.language, .voice = s.voice},
                                 [this](TtsEvent e) { on_tts(std::move(e)); });
  if (stream) {
    making_->stream = std::move(*stream);
  } else {
    on_tts_failed(stream.error());
  }
}

void Reply::on_tts(TtsEvent event) {
  if (stopped_ || !making_) return;
  if (const auto* audio = std::get_if<TtsAudio>(&event)) {
    on_tts_audio(audio->pcm);
  } else if (std::holds_alternative<TtsDone>(event)) {
    on_tts_done();
  } else {
    on_tts_failed(std::get<TtsFailed>(event).error);
  }
  pump();
  changed_();
}

void Reply::on_tts_audio(std::span<const std::int16_t> pcm) {
  const audio::Voiced voiced = audio::find_voiced(pcm, trim_rule);
  if (!making_->heard_any) {
    if (voiced.size() == 0) return;  // the silence that engines put first
    making_->heard_any = true;
    marks.set_once(Mark::tts_first_audio, now_);
    pcm = pcm.subspan(voiced.first);
    making_->last_audio = now_;
    queue(pcm, static_cast<std::int64_t>(voiced.last - voiced.first));
    return;
  }
  making_->last_audio = now_;
  queue(pcm, static_cast<std::int64_t>(voiced.last));
}

void Reply::on_tts_done() {
  if (!making_->heard_any) {
    on_tts_failed({base::Code::engine_failed, "the synthesizer made no sound", making_->text});
    return;
  }
  ledger_.end();
  dead_tts_.push_back(std::move(making_->stream));
  making_.reset();
  tts_failures_ = 0;
}

// A sentence that has not begun to sound is tried once more; of one that has, the rest is lost.
void Reply::on_tts_failed(const base::Error& error) {
  Synthesis lost = std::move(*making_);
  making_.reset();
  if (lost.stream) dead_tts_.push_back(std::move(lost.stream));
  if (held_) return forget_voice(std::move(lost.text));
  if (lost.heard_any) {
    ledger_.end();
  } else {
    ledger_.abandon();
  }
  if (++tts_failures_ >= voice_.settings.max_failures) {
    failure_ = Failure{"tts", error};
    return;
  }
  retry_ = error;
  retry_at_ = now_ + back_off;
  if (!lost.heard_any) pieces_.push_front({std::move(lost.text), {}});
  const std::string& apology = phrase(Phrase::try_again, voice_.settings.language);
  if (voice_.playout.queued() == 0) play_prompt(apology);
}

bool Reply::queue(std::span<const std::int16_t> pcm, std::int64_t voiced) {
  if (held_) return keep(pcm, voiced);
  const std::int64_t position = voice_.playout.end();
  if (!voice_.playout.enqueue(pcm)) {
    failure_ = Failure{"tts", {base::Code::too_large, "more speech than the player holds", ""}};
    return false;
  }
  ledger_.add(position, static_cast<std::int64_t>(pcm.size()), voiced);
  return true;
}

}  // namespace daedap::speech
