#include "media/recorder.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace daedap::media {
namespace {

constexpr std::int64_t frame = audio::frame_samples;
// One direction may run ahead of the other by this much; then the other is taken to be silent.
constexpr std::int64_t patience = 10 * frame;
// A step of a direction's positions beyond this is another time line, not loss.
constexpr std::int64_t far_off = 10 * std::int64_t{audio::sample_rate};
// Two directions of one leg share a time line; frames of the same tick are this close.
constexpr std::int64_t same_line = 2 * frame;

}  // namespace

/// The time line is a window of the interleaved recording, of `block` frames plus what a direction
/// may run ahead; it starts at sample `written`.
struct Recorder::Impl {
  struct Side final : audio::FrameSink {
    Side(Impl& o, std::size_t c) : owner(o), channel(c) {}
    void on_frame(const audio::Frame& f, const audio::FrameInfo& info) override {
      owner.place(*this, f, info.position);
    }
    Impl& owner;
    std::size_t channel;
    std::optional<std::int64_t> offset;  // recording time minus position
    std::int64_t end = 0;                // recording time behind its last frame
  };

  Impl(std::unique_ptr<RecordingSink> s, int block)
      : sink(std::move(s)), block_samples(std::clamp(block, 1, 500) * frame) {
    reserve();
  }

  void place(Side& side, const audio::Frame& f, std::int64_t position);
  bool continues(const Side& side, std::int64_t position) const;
  void anchor(Side& side, std::int64_t position);
  void write_until(std::int64_t time);
  void emit();
  void reserve();
  std::int64_t horizon() const { return std::max(customer.end, agent.end); }

  std::unique_ptr<RecordingSink> sink;
  std::int64_t block_samples;
  Side customer{*this, 0}, agent{*this, 1};
  std::int64_t written = 0;            // given to the sink, samples per channel
  std::vector<std::int16_t> window;    // from `written` on, stereo
};

void Recorder::Impl::reserve() {
  window.reserve(static_cast<std::size_t>(2 * (block_samples + patience + frame)));
}

// Where a direction lies in the recording is found at its first frame: on the time line of the other
// one when that fits, else at the present end (legs of a bridge start at times of their own).
void Recorder::Impl::anchor(Side& side, std::int64_t position) {
  const Side& other = side.channel == 0 ? agent : customer;
  const std::int64_t here = std::max(horizon(), written);
  side.offset = here - position;
  if (other.offset && std::abs(position + *other.offset - here) <= same_line) {
    side.offset = other.offset;
  }
}

// Positions of a leg only rise: a step back is another leg (a transfer), a far one too. One whose
// place was written long ago had stood still.
bool Recorder::Impl::continues(const Side& side, std::int64_t position) const {
  if (!side.offset) return false;
  const std::int64_t time = position + *side.offset;
  return time >= side.end && time + frame > written && std::abs(time - horizon()) <= far_off;
}

void Recorder::Impl::place(Side& side, const audio::Frame& f, std::int64_t position) {
  if (!sink) return;
  if (!continues(side, position)) anchor(side, position);
  const std::int64_t time = position + *side.offset;
  write_until(time + frame - patience - block_samples);
  const std::int64_t skip = std::clamp<std::int64_t>(written - time, 0, frame);
  if (skip == frame) return;
  const auto needed = static_cast<std::size_t>(2 * (time + frame - written));
  if (window.size() < needed) window.resize(needed, 0);
  const std::int16_t* from = f.data();
  std::int16_t* to = window.data() + 2 * (time + skip - written) + side.channel;
  for (std::int64_t i = skip; i < frame; ++i, to += 2) *to = from[i];
  side.end = std::max(side.end, time + frame);
  const std::int64_t both = std::max(std::min(customer.end, agent.end), horizon() - patience);
  write_until(both);
}

// Gives whole blocks to the sink as long as they end before `time`.
void Recorder::Impl::write_until(std::int64_t time) {
  while (time - written >= block_samples) {
    window.resize(std::max(window.size(), static_cast<std::size_t>(2 * block_samples)), 0);
    emit();
  }
}

// The first block of the window (or what there is of it).
void Recorder::Impl::emit() {
  const auto cut = std::min(window.size(), static_cast<std::size_t>(2 * block_samples));
  std::vector<std::int16_t> rest;
  rest.reserve(static_cast<std::size_t>(2 * (block_samples + patience + frame)));
  rest.assign(window.begin() + static_cast<std::ptrdiff_t>(cut), window.end());
  window.resize(cut);
  written += static_cast<std::int64_t>(cut / 2);
  sink->write(std::exchange(window, std::move(rest)));
}

Recorder::Recorder(std::unique_ptr<RecordingSink> sink, int block)
    : impl_(std::make_unique<Impl>(std::move(sink), block)) {}

Recorder::~Recorder() { close(); }

audio::FrameSink& Recorder::customer() { return impl_->customer; }
audio::FrameSink& Recorder::agent() { return impl_->agent; }
std::int64_t Recorder::length() const { return impl_->written; }

void Recorder::close() {
  if (!impl_->sink) return;
  while (!impl_->window.empty()) impl_->emit();
  impl_->sink->close();
  impl_->sink.reset();
}

}  // namespace daedap::media
