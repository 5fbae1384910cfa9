#include "sim/scripted_tts.hpp"

#include <algorithm>

#include "audio/frame.hpp"

namespace daedap::sim {
namespace {

constexpr std::size_t most_asked = 1000;

}  // namespace

class ScriptedTts::Stream final : public speech::TtsStream {
 public:
  Stream(base::Executor& executor, const Settings& settings, std::vector<std::int16_t> pcm, speech::TtsSink sink)
      : pcm_(std::move(pcm)),
        chunk_(static_cast<std::size_t>(audio::samples_in(settings.chunk))),
        pace_(settings.chunk / settings.speed),
        sink_(std::move(sink)),
        later_(executor) {}

  void begin(base::Duration delay) {
    later_.after(delay, [this] { emit(); });
  }
  void fail(base::Duration delay) {
    later_.after(delay, [this] { tell(speech::TtsFailed{engine_died()}); });
  }

 private:
  void emit() {
    const std::size_t n = std::min(chunk_, pcm_.size() - sent_);
    speech::TtsAudio audio;
    audio.pcm.assign(pcm_.begin() + static_cast<std::ptrdiff_t>(sent_), pcm_.begin() + static_cast<std::ptrdiff_t>(sent_ + n));
    sent_ += n;
    if (sent_ < pcm_.size())
      later_.after(pace_, [this] { emit(); });
    else
      later_.after(pace_, [this] { tell(speech::TtsDone{}); });
    tell(std::move(audio));
  }
  /// The sink may destroy this stream, so it is called by a copy and last.
  void tell(speech::TtsEvent event) {
    const speech::TtsSink sink = sink_;
    sink(std::move(event));
  }

  std::vector<std::int16_t> pcm_;
  std::size_t chunk_, sent_ = 0;
  base::Duration pace_;
  speech::TtsSink sink_;
  Later later_;
};

base::Result<std::unique_ptr<speech::TtsStream>> ScriptedTts::speak(const speech::TtsRequest& request,
                                                                    speech::TtsSink sink) {
  const int number = ++requests_;
  if (asked_.size() < most_asked) asked_.push_back(request.text);
  const Faults& faults = settings_.faults;
  if (faults.full) return tl::unexpected(engine_is_full());
  if (faults.refused.contains(number)) return tl::unexpected(engine_died());
  auto stream = std::make_unique<Stream>(executor_, settings_, sim::speak(request.text, settings_.voice), std::move(sink));
  const base::Duration delay = settings_.first_audio + faults.delay(number);
  if (faults.silent(number)) return stream;
  if (faults.failing.contains(number))
    stream->fail(delay);
  else
    stream->begin(delay);
  return stream;
}

}  // namespace daedap::sim
