#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"
#include "speech/turn/rule_book.hpp"
#include "speech/turn/taker.hpp"

namespace daedap::speech {

using std::chrono::seconds;

/// Voice activity. Start needs `start_frames` voiced of the last `start_window` (10 ms each).
struct VadSettings {
  double threshold = 0.5;           // 0..1, scales the decision's margin over the noise floor
  base::Millis min_speech{200};     // shorter bursts are no utterance
  base::Millis min_silence{250};    // voice has stopped
  base::Millis pre_roll{300};       // audio before the start that the recogniser still gets
};

/// Time limits after which a stated fallback is spoken.
struct LateSettings {
  base::Millis stt_final{2000};
  base::Millis llm_first_token{4000};
  base::Millis llm_sentence{4000};   // gap between two sentences
  base::Millis tts_first_audio{2000};
  base::Millis tts_gap{2000};
};

/// Everything one conversation is configured with. Copied per call from the configuration.
struct Settings {
  std::string call_id;
  std::string language = "ko";
  std::string voice;
  std::string operator_name;
  std::string greeting;      // already filled in: what the caller hears first
  VadSettings vad;
  LateSettings late;
  turn::TakerSettings turn;             // when the caller has finished
  const turn::RuleBook* turn_rules = nullptr;  // none: silence and voice alone tell it
  base::Millis barge_in_pause{250};     // caller speech that pauses the bot
  base::Millis barge_in_confirm{500};   // caller speech that ends the bot's turn
  base::Millis resume_within{2000};     // false alarm: go on speaking at the latest after this
  seconds no_input_first{30};
  seconds no_input_again{15};
  seconds max_call{1800};
  seconds message_max{120};
  base::Millis message_silence{3000};
  base::Millis tail{2000};              // after hang-up, how long a late final is waited for
  int max_failures = 2;                 // engine failures in a row until message taking
  bool debug = false;                   // spoken text may stand in the log
};

/// For one whose recogniser tells its words only when it is asked for them: the voice alone decides when,
/// after about half a second, the usual compromise, not after the second that words would be worth.
inline turn::TakerSettings asking_early(turn::TakerSettings settings) {
  settings.weights.no_text = 1.5;
  return settings;
}

/// Who decides when the speaker of `settings.language` has finished.
inline turn::TurnTaker make_taker(const Settings& settings) {
  return turn::TurnTaker(settings.turn, settings.turn_rules ? settings.turn_rules->find(settings.language) : nullptr);
}

}  // namespace daedap::speech
