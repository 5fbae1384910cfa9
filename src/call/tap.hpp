#pragma once

#include <functional>
#include <memory>
#include <string>

#include "audio/frame.hpp"
#include "speech/vad.hpp"

namespace daedap::call {

/// Whose voice it is.
struct SpeakerOf {
  std::string call_id;
  std::string leg;       // as in the record: "caller", "operator 1001"
  bool customer = true;  // else the agent
  std::string language;
};
/// Makes who listens to one speaker of a call between people, for as long as his leg lives; it hears one
/// frame each 20 ms while he is connected. nullptr = nobody. Its destruction says that no more comes.
using ListenTo = std::function<std::unique_ptr<audio::FrameSink>(const SpeakerOf&)>;

/// One party of a call between people as it is heard, across hold and transfer of the other one: its
/// frames go to the recording and to who listens, and it is measured how long it talked.
/// thread  the shard     cost  about 6 µs per frame
class Tap final : public audio::FrameSink {
 public:
  explicit Tap(const speech::VadSettings& vad) : voice_(vad) {}

  /// nullptr = not recorded.
  void set_recording(audio::FrameSink* recording) { recording_ = recording; }
  void set_listener(std::unique_ptr<audio::FrameSink> listener) { listener_ = std::move(listener); }
  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override;

  bool speaking() const { return voice_.speaking(); }
  /// Time with voice so far.
  base::Duration talked() const { return talked_ + (voice_.speaking() ? voice_.surely_voiced() : base::Duration{}); }

 private:
  // given
  audio::FrameSink* recording_ = nullptr;
  // owned
  std::unique_ptr<audio::FrameSink> listener_;
  speech::EnergyDetector detector_;
  speech::VoiceActivity voice_;
  // state
  base::Duration talked_{};
};

}  // namespace daedap::call
