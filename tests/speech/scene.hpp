#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "speech/conversation.hpp"
#include "speech/phrases.hpp"
#include "tests/turn_rules.hpp"

namespace daedap::speech::test {

using namespace std::chrono_literals;
using base::Millis;
using base::Time;

using daedap::test::turn_rules;

/// Things that will happen, by virtual time.
class Timeline {
 public:
  void at(Time t, std::function<void()> what) { events_.emplace(t, std::move(what)); }
  void after(base::Duration d, std::function<void()> what) { at(now + d, std::move(what)); }
  void run_until(Time t);
  Time now{1s};

 private:
  std::multimap<Time, std::function<void()>> events_;
};

/// A voice-like sound: harmonics of a wandering pitch with syllables; repeatable.
class Voice {
 public:
  Voice(double pitch, unsigned seed, double level = 6000) : random_(seed), pitch_(pitch), level_(level) {}
  void fill(std::span<std::int16_t> out);

 private:
  std::mt19937 random_;
  double pitch_, level_, phase_ = 0, wander_ = 0, at_ = 0, rate_ = 4, depth_ = 0.5;
};

class FakePlayer final : public audio::Player {
 public:
  bool enqueue(std::span<const std::int16_t> pcm) override;
  void pause() override { paused_ = true; }
  void resume() override { paused_ = false; }
  bool paused() const override { return paused_; }
  void discard() override;
  std::int64_t played() const override { return played_; }
  std::int64_t queued() const override { return static_cast<std::int64_t>(queue_.size()); }
  /// Sends 20 ms; silence when there is nothing.
  audio::Frame tick();
  bool full = false;  // refuses everything

 private:
  std::deque<std::int16_t> queue_;
  std::int64_t played_ = 0;
  bool paused_ = false;
};

/// What the caller says: sound on the line and what the recogniser makes of it.
struct Speech {
  Time at;
  Millis length;
  std::string text;
};

class ScriptedStt final : public Stt {
 public:
  explicit ScriptedStt(Timeline& t) : timeline(t) {}
  base::Result<std::unique_ptr<SttStream>> open(const SttParams& params, SttSink sink) override;
  bool understands(const std::string&) const override { return knows_language; }
  /// Lets the running stream die.
  void die();

  Timeline& timeline;
  std::vector<Speech> speeches;   // all that the caller says
  bool knows_language = true, partials = true, answers = true;
  Millis partial_lag{350}, final_lag{150};
  int refuse_opens = 0;
  double confidence = 0.9;
  std::function<std::string(const std::string&)> settle;  // what the final makes of the interim text
  // seen
  int opened = 0, begun = 0, ended = 0;
  std::int64_t pushed = 0;
  std::vector<std::int16_t> utterance_audio;  // of the last utterance
  std::vector<std::string> grammars;
  class Stream;
  Stream* current = nullptr;
};

struct LlmStep {
  Millis after{};
  LlmEvent event;
};

class ScriptedLlm final : public Llm {
 public:
  explicit ScriptedLlm(Timeline& t) : timeline(t) {}
  base::Result<std::unique_ptr<LlmSession>> open(const LlmParams& params) override;
  /// Makes the answer; default: "네, 알겠습니다. ..." after 100 ms.
  std::function<std::vector<LlmStep>(const LlmInput&)> script;
  static std::vector<LlmStep> say(const std::string& text, Millis first = Millis{100}, std::string intent = "");

  Timeline& timeline;
  bool refuse_open = false;
  int refuse_asks = 0;
  bool keeps = true;         // what is prepared fits
  std::string opening, opening_grammar;
  // seen
  std::vector<LlmInput> asked;
  std::vector<std::vector<HistoryEntry>> histories;
  LlmParams params;
  int cancelled = 0, kept = 0;
};

class ScriptedTts final : public Tts {
 public:
  explicit ScriptedTts(Timeline& t) : timeline(t) {}
  base::Result<std::unique_ptr<TtsStream>> speak(const TtsRequest& request, TtsSink sink) override;
  /// Length of the audio of `text`: 100 ms a character.
  static Millis length_of(const std::string& text);

  Timeline& timeline;
  Millis first_audio{80}, lead_silence{150};
  int fail_next = 0;         // answers with TtsFailed
  bool dead = false, mute = false;  // refuses / never answers
  std::vector<std::string> spoken;
};

/// A conversation in virtual time: 20 ms ticks, a caller, scripted engines, a fake player.
class Scene {
 public:
  explicit Scene(std::function<void(Settings&)> change = {}, bool warm = true);
  ~Scene();

  /// Opens and answers the call.
  void answer();
  void run(base::Duration d);
  /// Until the condition holds; false when it did not within `limit`.
  bool run_until(const std::function<bool()>& done, base::Duration limit = 60s);
  /// The caller speaks from now on (or after `in`) for `length`; the recogniser understands `text`.
  void caller_says(const std::string& text, Millis length, Millis in = Millis{0});
  /// The last frame sent had sound in it.
  bool bot_audible() const { return audible_; }
  bool bot_silent_for(base::Duration d) const { return timeline.now - last_sound_ >= d; }
  Time now() const { return timeline.now; }

  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const auto& o : outputs) {
      if (const auto* t = std::get_if<T>(&o)) found.push_back(*t);
    }
    return found;
  }
  template <typename T>
  int count() const {
    int n = 0;
    for (const auto& o : outputs) n += std::holds_alternative<T>(o);
    return n;
  }
  int steps(BargeIn::Step step) const;
  std::vector<std::string> said(Said::Speaker who) const;

  Timeline timeline;
  Settings settings;
  ScriptedStt stt{timeline};
  ScriptedLlm llm{timeline};
  ScriptedTts tts{timeline};
  FakePlayer player;
  std::unique_ptr<Prompts> prompts;
  std::unique_ptr<Conversation> conversation;
  std::vector<ConversationOutput> outputs;
  bool finished = false;         // a Finished came out
  double echo_gain = 0;          // amplitude
  Millis echo_delay{120};
  double noise = 3;              // amplitude of the line's noise
  bool frames = true;            // the caller's line delivers
  std::function<void()> each_tick;

 private:
  void tick();
  audio::Frame caller_frame();

  Voice caller_voice_{190, 7};
  std::mt19937 random_{1};
  std::deque<audio::Frame> sent_;
  Time last_sound_{};
  bool audible_ = false;
  std::int64_t position_ = 0;
};

}  // namespace daedap::speech::test
