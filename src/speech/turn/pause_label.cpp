#include "speech/turn/pause_label.hpp"

#include <algorithm>
#include <array>

namespace daedap::speech::turn {
namespace {

constexpr base::Millis longest_hold{3000}, stayed_silent{1000}, gave_way{1000};
constexpr std::array<std::string_view, 3> names{"hold", "eot", "censored"};

LabelledPause survived(base::Duration length) {
  return {PauseLabel::censored, std::clamp<base::Duration>(length, base::Duration{}, longest_hold)};
}

}  // namespace

std::string_view name(PauseLabel label) { return names[static_cast<std::size_t>(label)]; }

std::optional<PauseLabel> pause_label_of(std::string_view name) {
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<PauseLabel>(at - names.begin());
}

LabelledPause label_of(const Pause& pause, std::span<const OtherSpoke> spoken, base::Time over) {
  // What began before the pause answers it only if it goes on into it.
  const auto answer = std::ranges::find_if(spoken, [&](const OtherSpoke& o) {
    return o.start >= pause.end || o.end >= pause.end + stayed_silent;
  });
  const bool answered = answer != spoken.end() && answer->start < over && (!pause.resumed || answer->start < *pause.resumed);
  if (!answered) {
    if (!pause.resumed) return survived(over - pause.end);
    const base::Duration length = *pause.resumed - pause.end;
    return length <= longest_hold ? LabelledPause{PauseLabel::hold, length} : survived(length);
  }
  const base::Time began = std::max(answer->start, pause.end);
  const base::Duration until_answer = began - pause.end;
  if (pause.resumed.value_or(over) >= began + stayed_silent) return {PauseLabel::eot, until_answer};
  if (!pause.resumed) return survived(until_answer);
  // Both spoke. If the other side gave way at once, this speaker had not finished.
  const bool gave = answer->withdrawn || answer->end <= *pause.resumed + gave_way;
  const base::Duration length = *pause.resumed - pause.end;
  if (gave && answer->start >= pause.end && length <= longest_hold) return {PauseLabel::hold, length, true};
  return survived(until_answer);
}

}  // namespace daedap::speech::turn
