#include "call/listening.hpp"

#include <algorithm>

namespace daedap::call {

Listening::Listening(const speech::Settings& settings, speech::Stt& stt, speech::VoiceDetectors* detectors)
    : speakers_{speech::Speaker(settings, stt, detectors), speech::Speaker(settings, stt, detectors)},
      ears_{Ear(speakers_[0], speakers_[1]), Ear(speakers_[1], speakers_[0])} {}

base::Result<void> Listening::open() {
  base::Result<void> all{};
  for (speech::Speaker& one : speakers_) {
    if (auto opened = one.open(); !opened && all) all = std::move(opened);
  }
  return all;
}

void Listening::Ear::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  own_.on_frame(frame, info);
  if (!info.concealed) other_.on_heard_frame(frame, info);
}

void Listening::on_time(base::Time now) {
  for (speech::Speaker& one : speakers_) one.on_time(now);
}

base::Time Listening::deadline() const { return std::min(speakers_[0].deadline(), speakers_[1].deadline()); }

void Listening::close(base::Time now) {
  for (speech::Speaker& one : speakers_) one.close(now);
}

bool Listening::settled() const { return speakers_[0].settled() && speakers_[1].settled(); }

std::optional<Listening::Turn> Listening::take_turn() {
  for (std::size_t i = 0; i < speakers_.size(); ++i) {
    auto part = speakers_[i].take_part();
    if (!part) continue;
    if (!part->text.empty()) speakers_[1 - i].on_other_said(part->text);
    return Turn{i == 0 ? Who::customer : Who::agent, std::move(*part)};
  }
  return std::nullopt;
}

std::optional<Listening::Paused> Listening::take_pause() {
  for (std::size_t i = 0; i < speakers_.size(); ++i)
    if (auto pause = speakers_[i].take_pause()) return Paused{i == 0 ? Who::customer : Who::agent, std::move(*pause)};
  return std::nullopt;
}

std::optional<base::Error> Listening::take_error() {
  for (speech::Speaker& one : speakers_)
    if (auto error = one.take_error()) return error;
  return std::nullopt;
}

}  // namespace daedap::call
