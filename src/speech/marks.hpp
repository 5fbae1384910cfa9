#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace daedap::speech {

/// The latency waterfall of one turn; names and order are fixed by the outside contract.
enum class Mark {
  speech_end,          // last voiced sample of the caller came in
  vad_end,             // voice activity said so
  stt_partial,         // last interim text
  stt_final,           // settled text
  turn_decided,        // "the caller has finished"
  llm_first_token,
  llm_first_sentence,
  tts_first_audio,
  first_packet,        // first voiced RTP packet of the answer went out
};
inline constexpr std::size_t mark_count = 9;
std::string_view name(Mark mark);

struct Marks {
  std::array<std::optional<base::Time>, mark_count> at{};

  void set(Mark m, base::Time t) { at[static_cast<std::size_t>(m)] = t; }
  void set_once(Mark m, base::Time t) {
    if (!at[static_cast<std::size_t>(m)]) set(m, t);
  }
  void clear(Mark m) { at[static_cast<std::size_t>(m)].reset(); }
  /// Takes over from `other` what is not known here.
  void fill(const Marks& other);
  std::optional<base::Time> operator[](Mark m) const { return at[static_cast<std::size_t>(m)]; }
  /// first_packet - speech_end.
  std::optional<base::Duration> response() const;
  /// The response time without the engines' own time and without the configured wait for the end of
  /// the turn: what is ours. Engines' time = decided->final, ask->first sentence, speak->first audio;
  /// what runs at the same time, because an engine was asked ahead, counts once.
  std::optional<base::Duration> own() const;

  // When we handed work to an engine; with the marks above these give each engine's own time.
  std::optional<base::Time> stt_asked, llm_asked, tts_asked;
  base::Duration wait{};  // the end-of-turn wait that was in force
};

}  // namespace daedap::speech
