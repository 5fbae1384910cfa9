#include "speech/marks.hpp"

#include <algorithm>

namespace daedap::speech {

std::string_view name(Mark mark) {
  static constexpr std::array<std::string_view, mark_count> names{
      "speech_end",      "vad_end",            "stt_partial",     "stt_final",   "turn_decided",
      "llm_first_token", "llm_first_sentence", "tts_first_audio", "first_packet"};
  return names[static_cast<std::size_t>(mark)];
}

std::optional<base::Duration> Marks::response() const {
  const auto from = (*this)[Mark::speech_end], to = (*this)[Mark::first_packet];
  if (!from || !to) return std::nullopt;
  return *to - *from;
}

std::optional<base::Duration> Marks::own() const {
  const auto all = response();
  if (!all) return std::nullopt;
  const auto engine = [](std::optional<base::Time> asked, std::optional<base::Time> came) {
    return asked && came ? std::max(*came - *asked, base::Duration{}) : base::Duration{};
  };
  const base::Duration own = *all - wait - engine(stt_asked, (*this)[Mark::stt_final]) -
                             engine(llm_asked, (*this)[Mark::llm_first_sentence]) -
                             engine(tts_asked, (*this)[Mark::tts_first_audio]);
  return std::max(own, base::Duration{});  // an apology may be heard before the engines answer
}

}  // namespace daedap::speech
