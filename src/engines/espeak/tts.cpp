#include "engines/espeak/tts.hpp"

#include <algorithm>
#include <cctype>

#include "base/utf8.hpp"
#include "engines/home_sink.hpp"

namespace daedap::engines::espeak {
namespace {

/// A sentence under way; gone = cancelled.
class EspeakStream final : public speech::TtsStream {
 public:
  EspeakStream(EspeakPool& pool, base::Executor& home, speech::TtsSink sink)
      : pool_(pool), sink_(home, std::move(sink)) {}
  ~EspeakStream() override {
    if (id_ != 0 && !ended_) pool_.cancel(id_);
  }

  base::Result<void> start(Sentence sentence) {
    sentence.deliver = sink_.door([this](speech::TtsEvent event) { on_event(std::move(event)); });
    const auto id = pool_.submit(std::move(sentence));
    if (!id) return tl::unexpected(id.error());
    id_ = *id;
    return {};
  }

 private:
  // @path reply-out 3/8
  /// Audio from the helper, on the shard: to whoever asked for the sentence.
  void on_event(speech::TtsEvent event) {
    ended_ = ended_ || !std::holds_alternative<speech::TtsAudio>(event);
    sink_.deliver(std::move(event));
  }

  EspeakPool& pool_;
  std::uint32_t id_ = 0;
  bool ended_ = false;
  HomeSink<speech::TtsEvent> sink_;
};

/// espeak-ng opens files by the voice's name, so it is held to what voice names look like.
bool is_voice(const std::string& voice) {
  return !voice.empty() && voice.size() <= 40 && std::ranges::all_of(voice, [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '+' || c == '_';
  });
}

}  // namespace

base::Result<std::unique_ptr<speech::TtsStream>> EspeakTts::speak(
    const speech::TtsRequest& request, speech::TtsSink sink) {
  const bool korean = request.language == "ko";
  if (!korean && request.language != "en") {
    return base::fail(base::Code::unsupported, "language of speech", request.language);
  }
  if (request.text.size() > max_text) return base::fail(base::Code::too_large, "text to speak");
  Sentence sentence;
  sentence.voice = request.voice;
  if (sentence.voice.empty()) sentence.voice = korean ? settings_.voice_ko : settings_.voice_en;
  if (!is_voice(sentence.voice)) {
    return base::fail(base::Code::unsupported, "voice", sentence.voice);
  }
  sentence.speed = korean ? settings_.speed_ko : settings_.speed_en;
  sentence.text = base::valid_utf8(request.text);
  auto stream = std::make_unique<EspeakStream>(pool_, home_, std::move(sink));
  if (auto started = stream->start(std::move(sentence)); !started) {
    return tl::unexpected(started.error());
  }
  return stream;
}

}  // namespace daedap::engines::espeak
