#pragma once

#include <string>
#include <vector>

namespace daedap::speech {

/// The sentences that the conversation says by itself, whatever the model does.
enum class Phrase {
  still_there,      // nobody spoke for a while
  still_there_again,
  nobody_there,     // farewell to a silent caller
  try_again,        // the model is late or failed; it is asked again meanwhile
  lost_thread,      // the model failed in mid-answer
  say_again,        // the model had nothing to say
  no_recogniser,    // the recogniser died
  leave_message,    // before the beep
  leave_message_failed,
  message_taken,
  message_empty,
  closing_soon,     // the longest call is nearly over
  too_long,         // farewell at the end of the longest call
  goodbye,
  engines_dead,     // farewell when nothing works any more
};
inline constexpr int phrase_count = 15;

/// `language` "ko" or "en" (anything else reads English).
const std::string& phrase(Phrase phrase, const std::string& language);

/// All of them, to be synthesised ahead (`Prompts::warm`) at start.
std::vector<std::string> fixed_sentences(const std::string& language);

}  // namespace daedap::speech
