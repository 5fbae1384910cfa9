#include "engines/espeak/slot.hpp"

#include <algorithm>

#include "audio/frame.hpp"

namespace daedap::engines::espeak {

using speech::TtsAudio, speech::TtsDone, speech::TtsFailed;

Slot::Clock::time_point Slot::deadline() const { return process_ ? limit_ : start_at_; }

void Slot::on_time(Clock::time_point now) {
  if (!process_ && now >= start_at_) {
    start(now);
  } else if (process_ && now >= limit_) {
    lose({base::Code::engine_late, "the speech helper hangs"}, now);
  }
}

void Slot::start(Clock::time_point now) {
  auto process = HelperProcess::spawn(settings_.helper);
  if (!process) return lose(process.error(), now);
  process_ = std::move(*process);
  reader_.clear();
  limit_ = now + settings_.start_limit;
}

void Slot::lose(const base::Error& error, Clock::time_point now) {
  log_.warn("tts_helper_lost", {{"why", error.message()}, {"failures", failures_ + 1}});
  why_ = error.message();
  process_.reset();
  resampler_.reset();
  const auto pause = settings_.backoff_first * (1 << std::min(failures_, 10));
  start_at_ = now + std::min<Clock::duration>(pause, settings_.backoff_max);
  ++failures_;
  ++counters_.restarts;
  if (!active_) return;
  if (active_->cancelled) return active_.reset();
  if (!active_->heard && active_->tries < 2) {
    retry_ = std::exchange(active_, std::nullopt);
  } else {
    finish(TtsFailed{{base::Code::engine_failed, "the speech helper died", why_}});
  }
}

void Slot::speak(Active active, Clock::time_point now) {
  active_ = std::move(active);
  ++active_->tries;
  limit_ = now + settings_.silence_limit;
  resampler_->reset();
  const Sentence& s = active_->sentence;
  const auto sent = process_->send(write_speak(active_->id, s.speed, s.voice, s.text));
  if (!sent) lose(sent.error(), now);
}

void Slot::cancel(std::uint32_t id) {
  if (retry_ && retry_->id == id) retry_.reset();
  if (!active_ || active_->id != id || active_->cancelled) return;
  active_->cancelled = true;  // the helper still says `end`; a helper that does not is replaced
  if (process_) (void)process_->send(write_cancel(id));
}

void Slot::on_readable(Clock::time_point now) {
  std::string bytes;
  const auto received = process_->receive(bytes);
  reader_.append(bytes);
  auto problem = received ? std::optional<base::Error>{} : received.error();
  while (!problem) {
    auto frame = reader_.next();
    if (frame && !*frame) break;
    const auto ok =
        frame ? on_frame(**frame, now) : base::fail(frame.error().code, frame.error().text);
    if (!ok) problem = ok.error();
  }
  flush();
  if (problem) lose(*problem, now);
}

base::Result<void> Slot::on_frame(const HelperFrame& frame, Clock::time_point now) {
  if (frame.type == FrameType::ready) return on_ready(frame);
  if (!active_ || frame.id != active_->id) {
    return base::fail(base::Code::bad_state, "the speech helper speaks out of turn");
  }
  limit_ = now + settings_.silence_limit;
  if (frame.type == FrameType::audio) return on_audio(frame, now);
  if (frame.type == FrameType::error) {
    finish(TtsFailed{{base::Code::engine_failed, "the speech helper refused", frame.payload}});
    return {};
  }
  if (!active_->cancelled) resampler_->flush(pcm_);
  failures_ = 0;
  flush();
  finish(TtsDone{});
  return {};
}

base::Result<void> Slot::on_ready(const HelperFrame& frame) {
  const auto rate = rate_of(frame);
  if (!rate) return base::fail(rate.error().code, rate.error().text);
  auto resampler = audio::Resampler::make(*rate, audio::sample_rate);
  if (!resampler) return base::fail(base::Code::unsupported, "helper's sample rate");
  resampler_.emplace(std::move(*resampler));
  limit_ = Clock::time_point::max();
  return {};
}

base::Result<void> Slot::on_audio(const HelperFrame& frame, Clock::time_point now) {
  const auto samples = samples_of(frame);
  if (!samples) return base::fail(samples.error().code, samples.error().text);
  if (active_->cancelled || samples->empty()) return {};
  note_first_audio(now);
  resampler_->append(*samples, pcm_);
  return {};
}

void Slot::note_first_audio(Clock::time_point now) {
  if (active_->heard) return;
  active_->heard = true;
  const auto us = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now - active_->asked).count());
  ++counters_.first_audio_count;
  counters_.first_audio_us_total += us;
  counters_.first_audio_us_max = std::max<std::uint64_t>(counters_.first_audio_us_max, us);
}

void Slot::flush() {
  if (active_ && !active_->cancelled && !pcm_.empty()) {
    active_->sentence.deliver(TtsAudio{std::move(pcm_)});
  }
  pcm_ = {};
}

void Slot::finish(speech::TtsEvent last) {
  limit_ = Clock::time_point::max();
  const Active done = std::move(*active_);
  active_.reset();
  std::holds_alternative<TtsDone>(last) ? ++counters_.done : ++counters_.failed;
  if (!done.cancelled) done.sentence.deliver(std::move(last));
}

}  // namespace daedap::engines::espeak
