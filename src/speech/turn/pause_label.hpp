#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "speech/turn/pause.hpp"

namespace daedap::speech::turn {

/// What a pause turned out to be.
enum class PauseLabel {
  hold,      // the speaker had not finished: he went on
  eot,       // he had: the other side answered and he let it
  censored,  // nobody knows: it lasted at least so long
};
std::string_view name(PauseLabel label);
std::optional<PauseLabel> pause_label_of(std::string_view name);

/// When the other side was heard.
struct OtherSpoke {
  base::Time start{}, end{};
  bool withdrawn = false;  // it was cut short by this speaker
};

struct LabelledPause {
  PauseLabel label = PauseLabel::censored;
  base::Duration length{};  // of a hold; until the answer; that is known of a censored one
  bool cut_in = false;      // a hold into which the other side began to speak
};

/// The label that follows from who spoke next: `hold` when this speaker did within 3 s, before the other
/// side or because that took its words back; `eot` when the other side did and this speaker stayed silent
/// for 1 s. `spoken` is sorted by start; the call ended at `over`.
LabelledPause label_of(const Pause& pause, std::span<const OtherSpoke> spoken, base::Time over);

}  // namespace daedap::speech::turn
