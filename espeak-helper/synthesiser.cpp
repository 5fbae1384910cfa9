// SPDX-License-Identifier: GPL-3.0-or-later
#include "synthesiser.hpp"

#include <espeak-ng/speak_lib.h>
#include <unistd.h>

#include <algorithm>

namespace espeak_helper {
namespace {

constexpr int buffer_ms = 60;
constexpr unsigned patience_s = 20;  // SIGALRM ends the program when the engine hangs
constexpr std::size_t max_text = 8000;
constexpr std::size_t max_waiting = 16;
constexpr std::size_t header = 3;  // rate, voice length

Synthesiser* current = nullptr;

int on_engine_audio(short* wav, int samples, espeak_EVENT*) {
  return current->on_audio(wav, samples) ? 0 : 1;
}

}  // namespace

int Synthesiser::start() {
  const int rate =
      espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, buffer_ms, nullptr, espeakINITIALIZE_DONT_EXIT);
  if (rate <= 0) return 0;
  current = this;
  espeak_SetSynthCallback(on_engine_audio);
  return rate;
}

void Synthesiser::stop() { espeak_Terminate(); }

bool Synthesiser::serve() {
  while (true) {
    if (waiting_.empty()) {
      auto frame = channel_.next();
      if (!frame) return !channel_.broken();
      waiting_.push_back(std::move(*frame));
    }
    const Frame frame = std::move(waiting_.front());
    waiting_.pop_front();
    if (frame.type == Type::cancel) continue;  // nothing of that id is being spoken any more
    if (frame.type != Type::speak || !speak(frame)) return false;
  }
}

bool Synthesiser::speak(const Frame& frame) {
  const std::string& p = frame.payload;
  if (p.size() < header) return false;
  const int rate = static_cast<unsigned char>(p[0]) | static_cast<unsigned char>(p[1]) << 8;
  const std::size_t voice_length = static_cast<unsigned char>(p[2]);
  if (p.size() < header + voice_length) return false;
  const std::string voice = p.substr(header, voice_length);
  std::string text = p.substr(header + voice_length);
  if (text.size() > max_text) return channel_.send(Type::error, frame.id, "text too long");
  // Control characters would be read as commands to the engine.
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  if (espeak_SetVoiceByName(voice.c_str()) != EE_OK) {
    return channel_.send(Type::error, frame.id, "no such voice");
  }
  espeak_SetParameter(espeakRATE, std::clamp(rate, espeakRATE_MINIMUM, espeakRATE_MAXIMUM), 0);
  synthesise(frame.id, text);
  return true;
}

void Synthesiser::synthesise(std::uint32_t id, const std::string& text) {
  speaking_ = id;
  cancelled_ = false;
  ::alarm(patience_s);
  const auto result = espeak_Synth(text.c_str(), text.size() + 1, 0, POS_CHARACTER, 0,
                                   espeakCHARS_UTF8, nullptr, nullptr);
  ::alarm(0);
  if (result == EE_OK || cancelled_) {
    channel_.send(Type::end, id, {});
  } else {
    channel_.send(Type::error, id, "the engine refused the text");
  }
}

bool Synthesiser::take(const Frame& frame) {
  if (frame.type == Type::cancel) {
    if (frame.id == speaking_) cancelled_ = true;
    std::erase_if(waiting_, [&](const Frame& f) { return f.id == frame.id; });
    return true;
  }
  if (waiting_.size() >= max_waiting) return false;
  waiting_.push_back(frame);
  return true;
}

bool Synthesiser::on_audio(const short* wav, int samples) {
  while (auto frame = channel_.next_ready()) {
    if (!take(*frame)) return false;
  }
  if (cancelled_ || channel_.gone()) return false;
  if (wav == nullptr || samples <= 0) return true;
  const auto bytes = static_cast<std::size_t>(samples) * sizeof(short);
  return channel_.send(Type::audio, speaking_, {reinterpret_cast<const char*>(wav), bytes});
}

}  // namespace espeak_helper
