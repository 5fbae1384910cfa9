#include <utility>

#include "speech/vad.hpp"
#include "speech/vad/detector.hpp"

namespace daedap::speech {
namespace {

class EnergyVoice final : public VoiceDetector {
 public:
  explicit EnergyVoice(Sink sink) : sink_(std::move(sink)) {}
  void push(std::span<const std::int16_t, half_samples> pcm, bool concealed) override {
    sink_(concealed ? 0.0 : detector_.probability(pcm));
  }

 private:
  Sink sink_;
  EnergyDetector detector_;
};

}  // namespace

std::unique_ptr<VoiceDetector> make_energy_voice(VoiceDetector::Sink sink) {
  return std::make_unique<EnergyVoice>(std::move(sink));
}

}  // namespace daedap::speech
