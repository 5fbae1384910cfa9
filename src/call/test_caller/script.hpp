#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audio/player.hpp"
#include "base/time.hpp"
#include "call/ear.hpp"

namespace daedap::call {

/// Wait until the other side has spoken and then been silent for `quiet`; go on at the latest after
/// `at_most`.
struct Listen {
  base::Millis quiet{700};
  base::Millis at_most{20'000};
};
/// Say this; the step is over when its last sample has left.
struct Speak {
  std::vector<std::int16_t> pcm;  // 16 kHz
  std::string said;               // for the report
};
struct PressKeys {
  std::string digits;
};
struct Wait {
  base::Millis time{0};
};
using Step = std::variant<Listen, Speak, PressKeys, Wait>;

/// One of our utterances and how it was answered.
struct TestTurn {
  std::string said;
  base::Time began{}, ended{};                // first sample, last voiced sample that left
  std::optional<std::int64_t> response_ms;  // none: no answer came
  std::int64_t answer_ms = 0;               // first to last voiced frame of the answer
};

/// Plays the steps of a test call, one after the other, against what the ear hears.
class Script {
 public:
  struct Mouth {
    audio::Player& player;
    std::function<bool(char)> press;
  };
  explicit Script(std::vector<Step> steps) : steps_(steps.begin(), steps.end()) {}

  /// Once per 20 ms tick, after sending and receiving.
  void on_tick(const Ear& ear, Mouth mouth, base::Time now);
  /// The media moved to another leg in mid-word: the rest of what is being said goes on there.
  void move(const audio::Player& from, audio::Player& to);
  bool over() const { return steps_.empty(); }
  /// Adds a step while the script runs.
  void add(Step step) { steps_.push_back(std::move(step)); }
  const std::vector<TestTurn>& turns() const { return turns_; }

 private:
  void begin(const Ear& ear, Mouth& mouth, base::Time now);
  bool finished(const Listen& step, const Ear& ear, Mouth& mouth, base::Time now);
  bool finished(const Speak& step, const Ear& ear, Mouth& mouth, base::Time now);
  bool finished(const PressKeys& step, const Ear& ear, Mouth& mouth, base::Time now);
  bool finished(const Wait& step, const Ear& ear, Mouth& mouth, base::Time now);
  void watch_answer(const Ear& ear);

  // state
  std::deque<Step> steps_;
  std::vector<TestTurn> turns_;
  bool running_ = false;        // the front step has begun
  bool awaiting_ = false;       // the last turn has ended and its answer is not over
  base::Time began_{};
  int spoke_before_ = 0;        // ear.times() when the step began
  bool was_speaking_ = false;
  int answers_before_ = 0;      // ear.times() when our last word left
  std::int64_t played_before_ = 0, last_voiced_ = 0;
  bool voice_left_ = false;
};

}  // namespace daedap::call
