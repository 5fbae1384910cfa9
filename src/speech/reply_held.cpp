// A reply that is made before it is known whether it will be wanted.
#include <algorithm>
#include <utility>

#include "speech/reply.hpp"

namespace daedap::speech {
namespace {

constexpr std::int64_t longest_held = audio::samples_in(std::chrono::seconds(30));

}  // namespace

void Reply::hold() { held_.emplace(); }

void Reply::prepare_voice(base::Time now) {
  now_ = std::max(now_, now);
  if (!held_ || held_->voice_failed) return;
  held_->voice = true;
  pump();
}

void Reply::release(base::Time now) {
  now_ = std::max(now_, now);
  if (!held_) return;
  const Held held = *std::exchange(held_, std::nullopt);
  asked_ = progress_ = now_;
  if (making_) making_->asked = making_->last_audio = now_;
  for (const auto& chunk : held.audio) {
    if (!queue(chunk.pcm, chunk.voiced)) return;
  }
  pump();
}

bool Reply::keep(std::span<const std::int16_t> pcm, std::int64_t voiced) {
  held_->samples += static_cast<std::int64_t>(pcm.size());
  if (held_->samples > longest_held) {
    failure_ = Failure{"tts", {base::Code::too_large, "a sentence that does not end", ""}};
    return false;
  }
  held_->audio.push_back({{pcm.begin(), pcm.end()}, voiced});
  return true;
}

// The sentence is made again once it may be heard, as if nobody had tried.
void Reply::forget_voice(std::string text) {
  ledger_.abandon();
  held_->audio.clear();
  held_->voice = false;
  held_->voice_failed = true;
  marks.tts_asked.reset();
  marks.clear(Mark::tts_first_audio);
  pieces_.push_front({std::move(text), {}});
}

}  // namespace daedap::speech
