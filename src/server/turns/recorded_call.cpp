#include "server/turns/recorded_call.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "audio/wav.hpp"
#include "server/turns/pause_files.hpp"
#include "speech/turn/prosody.hpp"
#include "speech/vad.hpp"

namespace daedap::server {
namespace {

using namespace speech::turn;
using Json = nlohmann::json;
using Who = call::Listening::Who;

constexpr std::size_t most_audio = 1u << 30, most_text = 16u << 20, longest_words = 2000;
constexpr base::Millis tolerance{400};  // between the recording's clock and the transcript's

struct Words {
  bool customer = false;
  base::Time start, end;
  std::string text;
};

struct Transcript {
  std::string call_id, language = "ko";
  std::vector<Words> words;
};

base::Time at_ms(const Json& turn, const char* key) {
  const double ms = turn.contains(key) && turn[key].is_number() ? turn[key].get<double>() : 0;
  return base::Time{base::Millis{static_cast<std::int64_t>(std::clamp(ms, 0.0, 1e9))}};
}

std::string text_of(const Json& j, const char* key, const std::string& otherwise) {
  return j.contains(key) && j[key].is_string() ? j[key].get<std::string>() : otherwise;
}

base::Result<Transcript> read_transcript(const std::filesystem::path& file) {
  const auto text = read_whole(file, most_text);
  if (!text) return tl::unexpected(text.error());
  const Json j = Json::parse(*text, nullptr, false);
  if (!j.is_object() || !j.contains("turns") || !j["turns"].is_array())
    return base::fail(base::Code::bad_syntax, "this is no transcript of ours", file.string());
  Transcript out{.call_id = text_of(j, "call_id", ""), .language = text_of(j, "language", "ko")};
  for (const Json& turn : j["turns"]) {
    if (!turn.is_object()) continue;
    const std::string said = text_of(turn, "text", "");
    if (said.empty() || said.size() > longest_words) continue;
    const std::string speaker = text_of(turn, "speaker", "");
    out.words.push_back({speaker == "caller" || speaker == "customer", at_ms(turn, "start_ms"), at_ms(turn, "end_ms"), said});
  }
  return out;
}

bool by_ai(const std::filesystem::path& folder) {
  const auto text = read_whole(folder / "call.json", most_text);
  const Json j = text ? Json::parse(*text, nullptr, false) : Json();
  return j.is_object() && text_of(j, "answered_by", "") == "ai";
}

/// The silences of one channel, without words.
std::vector<Pause> silences(const std::vector<std::int16_t>& pcm, const speech::VadSettings& vad) {
  speech::EnergyDetector detector;
  speech::VoiceActivity activity(vad);
  ProsodyTracker prosody;
  std::vector<Pause> out;
  base::Time heard{};
  for (std::size_t i = 0; i + audio::frame_samples <= pcm.size(); i += audio::frame_samples) {
    audio::Frame frame;
    std::copy_n(pcm.begin() + static_cast<std::ptrdiff_t>(i), frame.size(), frame.begin());
    prosody.on_frame(frame, heard + audio::frame_time);
    for (std::size_t half = 0; half < audio::frame_samples; half += speech::half_samples) {
      heard += speech::half_time;
      const std::span<const std::int16_t, speech::half_samples> half_frame(frame.data() + half, speech::half_samples);
      const double p = detector.probability(half_frame);
      const auto event = activity.step(p, heard);
      if (event == speech::VoiceActivity::Event::started && !out.empty())
        out.back().resumed = std::max(activity.start(), out.back().end);
      if (event != speech::VoiceActivity::Event::stopped) continue;
      Pause pause;
      pause.start = activity.start();
      pause.end = std::max(pause.start, activity.last_voiced());
      pause.features.prosody = prosody.at(pause.end);
      out.push_back(std::move(pause));
    }
  }
  return out;
}

/// The last words of one person before `end`, if they end about there.
const Words* spoken_until(const Transcript& transcript, bool customer, base::Time end) {
  const Words* found = nullptr;
  for (const Words& w : transcript.words)
    if (w.customer == customer && w.end <= end + tolerance && w.end >= end - tolerance) found = &w;
  return found;
}

std::string asked_before(const Transcript& transcript, bool customer, base::Time start) {
  std::string out;
  for (const Words& w : transcript.words)
    if (w.customer != customer && w.end <= start + tolerance) out = w.text;
  return out;
}

}  // namespace

base::Result<PauseFile> pauses_of_recording(const std::filesystem::path& folder, const RecordedSettings& settings) {
  const auto bytes = read_whole(folder / "call.wav", most_audio);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto transcript = read_transcript(folder / "transcript.json");
  if (!transcript) return tl::unexpected(transcript.error());
  const auto wav = audio::decode_wav({reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()});
  if (!wav) return tl::unexpected(wav.error());
  if (wav->channels != 2 || wav->rate != audio::sample_rate)
    return base::fail(base::Code::unsupported, "a recording of two voices at 16 kHz is needed", folder.string());
  call::PauseLog log;
  for (const bool customer : {true, false}) {
    for (Pause& pause : silences(wav->channel(customer ? 0 : 1), settings.vad)) {
      pause.asked = asked_before(*transcript, customer, pause.start);
      if (const Words* w = spoken_until(*transcript, customer, pause.end))
        pause.steps.push_back({.at = pause.end + settings.lag, .text = w->text, .final = true, .words = 1});
      log.add({customer ? Who::customer : Who::agent, std::move(pause)});
    }
  }
  const auto length = base::Duration(std::chrono::seconds(1)) * static_cast<std::int64_t>(wav->frames()) / audio::sample_rate;
  PauseFile out{.call_id = transcript->call_id, .language = transcript->language};
  out.pauses = log.finish(base::Time{}, base::Time{length});
  std::erase_if(out.pauses, [](const call::LoggedPause& one) {
    return one.pause.resumed && *one.pause.resumed - one.pause.end < PauseTracker::shortest;
  });
  const bool ai = by_ai(folder);
  if (ai) std::erase_if(out.pauses, [](const call::LoggedPause& one) { return one.speaker == call::LoggedPause::Speaker::agent; });
  for (call::LoggedPause& one : out.pauses) one.with_ai = ai;
  return out;
}

}  // namespace daedap::server
