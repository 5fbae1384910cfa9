#include "server/spoken.hpp"

#include <future>

#include "engines/espeak/pool.hpp"
#include "engines/pocketsphinx/free_speech.hpp"

namespace daedap::server {
namespace {

struct NoLog final : base::LogSink {
  void write(base::Level, std::string_view, std::span<const base::Field>) override {}
};
constexpr std::size_t least_samples = 16'000;

}  // namespace

struct Speaker::Impl {
  NoLog nowhere;
  engines::espeak::EspeakSettings settings{.helper = {}, .helpers = 1};
  engines::espeak::EspeakPool pool{settings, base::Log(nowhere)};
  bool started = false;
};

Speaker::Speaker() : impl_(std::make_unique<Impl>()) {}
Speaker::~Speaker() { impl_->pool.stop(); }

base::Result<std::vector<std::int16_t>> Speaker::speak(const std::string& text, const std::string& language) {
  if (!impl_->started) {
    if (auto started = impl_->pool.start(); !started) return tl::unexpected(started.error());
    impl_->started = true;
  }
  const bool korean = language == "ko";
  const auto& s = impl_->settings;
  std::promise<base::Result<void>> done;
  std::vector<std::int16_t> pcm;
  engines::espeak::Sentence sentence{korean ? s.voice_ko : s.voice_en, korean ? s.speed_ko : s.speed_en, text, [&](speech::TtsEvent event) {
                                       if (auto* audio = std::get_if<speech::TtsAudio>(&event)) pcm.insert(pcm.end(), audio->pcm.begin(), audio->pcm.end());
                                       else if (auto* failed = std::get_if<speech::TtsFailed>(&event)) done.set_value(tl::unexpected(failed->error));
                                       else done.set_value({});
                                     }};
  if (auto asked = impl_->pool.submit(std::move(sentence)); !asked) return tl::unexpected(asked.error());
  if (auto result = done.get_future().get(); !result) return tl::unexpected(result.error());
  return pcm;
}

std::string transcribe_roughly(const std::vector<std::int16_t>& pcm16k, const std::string& language) {
  if (language != "en" || pcm16k.size() < least_samples) return {};
  return engines::pocketsphinx::transcribe_free_speech(pcm16k, "/usr/share/pocketsphinx/model/en-us").value_or("");
}

}  // namespace daedap::server
