#include "engines/silero/detectors.hpp"

#include <algorithm>
#include <utility>

#include "audio/frame.hpp"
#include "audio/half_band.hpp"

namespace daedap::engines::silero {

using speech::half_samples;

/// One stream: its audio since the context of its next window, and what the network remembers of it.
class Detectors::Stream final : public speech::VoiceDetector {
 public:
  Stream(Detectors& home, Sink sink) : home_(home), shape_(home.network_->shape()), sink_(std::move(sink)) {}
  ~Stream() override {
    std::ranges::replace(home_.due_, this, nullptr);
    std::ranges::replace(home_.running_, this, nullptr);
  }

  void push(std::span<const std::int16_t, half_samples> pcm, bool) override {
    size_ += append(pcm);
    const std::size_t whole = shape_.context + shape_.window;
    if (size_ >= whole + shape_.window) {  // the second window goes on waiting
      Stream* alone[]{this};
      home_.compute(alone);
    } else if (size_ >= whole && !std::exchange(waits_, true)) {
      home_.due_.push_back(this);
    }
  }

  /// What is to be computed now.
  Item item() { return {.audio = audio_.data(), .state = state_.values}; }
  void on_turn() { waits_ = false; }

  /// The window is done: its halves are those whose middle lies in it.
  void on_computed(double probability) {
    std::copy(audio_.begin() + static_cast<std::ptrdiff_t>(shape_.window),
              audio_.begin() + static_cast<std::ptrdiff_t>(size_), audio_.begin());
    size_ -= shape_.window;
    const std::size_t half = half_samples * static_cast<std::size_t>(shape_.rate) / audio::sample_rate;
    for (; next_middle_ < shape_.window; next_middle_ += half) sink_(probability);
    next_middle_ -= shape_.window;
  }

 private:
  std::size_t append(std::span<const std::int16_t, half_samples> pcm) {
    const auto room = std::span(audio_).subspan(size_);
    if (shape_.rate != audio::sample_rate) return halver_.run(pcm, room);
    std::ranges::copy(pcm, room.begin());
    return pcm.size();
  }

  // given
  Detectors& home_;
  const Shape shape_;
  Sink sink_;
  // state
  std::array<std::int16_t, wide.context + 2 * wide.window + half_samples> audio_{};
  std::size_t size_ = shape_.context;
  std::size_t next_middle_ = half_samples * static_cast<std::size_t>(shape_.rate) / audio::sample_rate / 2;
  bool waits_ = false;
  State state_;
  audio::Halver halver_;
};

Detectors::Detectors(std::shared_ptr<const Network> network)
    : network_(std::move(network)), forward_(best_forward()) {}
Detectors::~Detectors() = default;

std::unique_ptr<speech::VoiceDetector> Detectors::open(speech::VoiceDetector::Sink sink) {
  return std::make_unique<Stream>(*this, std::move(sink));
}

// Medians over 60 telephone phrases, clean and at 20 dB over pink noise.
speech::EdgeLag Detectors::lag() const {
  if (network_->shape() == wide) return {.start = base::Millis{10}, .end = base::Millis{80}};
  return {.start = base::Millis{30}, .end = base::Millis{90}};
}

void Detectors::run() {
  running_.swap(due_);
  std::erase(running_, nullptr);
  for (Stream* stream : running_) stream->on_turn();
  compute(running_);
  running_.clear();
}

void Detectors::compute(std::span<Stream*> streams) {
  items_.clear();
  for (Stream* stream : streams) items_.push_back(stream->item());
  network_->run(items_, work_, forward_);
  windows_ += items_.size();
  // A sink may end other streams, which leaves holes in `streams`.
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (streams[i] != nullptr) streams[i]->on_computed(items_[i].probability);
  }
}

}  // namespace daedap::engines::silero
