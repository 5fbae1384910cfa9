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
  const base::Time from = *(*this)[Mark::speech_end], to = *(*this)[Mark::first_packet];
  struct Span {
    base::Time from, to;
  };
  const auto engine = [](std::optional<base::Time> asked, std::optional<base::Time> came) {
    return asked && came ? Span{*asked, *came} : Span{};
  };
  std::array<Span, 4> others{Span{from, from + wait}, engine(stt_asked, (*this)[Mark::stt_final]),
                             engine(llm_asked, (*this)[Mark::llm_first_sentence]),
                             engine(tts_asked, (*this)[Mark::tts_first_audio])};
  std::ranges::sort(others, {}, &Span::from);
  base::Duration own = *all;
  base::Time seen = from;
  for (const Span& one : others) {
    const base::Time begin = std::max(one.from, seen), end = std::min(one.to, to);
    if (end <= begin) continue;
    own -= end - begin;
    seen = end;
  }
  return own;
}

void Marks::fill(const Marks& other) {
  for (std::size_t i = 0; i < mark_count; ++i) {
    if (!at[i]) at[i] = other.at[i];
  }
  if (!stt_asked) stt_asked = other.stt_asked;
  if (!llm_asked) llm_asked = other.llm_asked;
  if (!tts_asked) tts_asked = other.tts_asked;
  if (wait == base::Duration{}) wait = other.wait;
}

}  // namespace daedap::speech
