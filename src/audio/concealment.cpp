#include "audio/concealment.hpp"

#include <spandsp/telephony.h>

#include <spandsp/plc.h>

#include <algorithm>

namespace daedap::audio {
namespace {

constexpr std::size_t fade_samples = 480;  // 60 ms; the library's own slope ends at 50 ms

// plc_fillin() of spandsp 0.0.6 puts its ring in order by a memcpy over itself, which is undefined
// behaviour; a ring that is in order already is left alone.
void straighten(plc_state_t& plc) {
  std::rotate(plc.history, plc.history + plc.buf_ptr, plc.history + PLC_HISTORY_LEN);
  plc.buf_ptr = 0;
}

}  // namespace

struct Concealment::State {
  plc_state_t plc{};
  std::size_t missing = 0;
};

Concealment::Concealment() : state_(std::make_unique<State>()) { plc_init(&state_->plc); }
Concealment::~Concealment() = default;
Concealment::Concealment(Concealment&&) noexcept = default;
Concealment& Concealment::operator=(Concealment&&) noexcept = default;

void Concealment::on_audio(std::span<std::int16_t> pcm) {
  if (pcm.empty()) return;
  state_->missing = 0;
  plc_rx(&state_->plc, pcm.data(), static_cast<int>(pcm.size()));
}

void Concealment::fill(std::span<std::int16_t> pcm) {
  const std::size_t voiced = std::min(pcm.size(), fade_samples - state_->missing);
  if (voiced > 0) {
    straighten(state_->plc);
    plc_fillin(&state_->plc, pcm.data(), static_cast<int>(voiced));
  }
  std::ranges::fill(pcm.subspan(voiced), std::int16_t{0});
  state_->missing += voiced;
}

}  // namespace daedap::audio
