#include "speech/scene.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <cmath>

#include "base/utf8.hpp"

namespace daedap::speech::test {

void Timeline::run_until(Time t) {
  while (!events_.empty() && events_.begin()->first <= t) {
    auto first = events_.extract(events_.begin());
    now = std::max(now, first.key());
    first.mapped()();
  }
  now = std::max(now, t);
}

namespace {

// One period of the voice for each of 16 vowels.
const std::vector<std::array<double, 512>>& tables() {
  static const std::vector<std::array<double, 512>> made = [] {
    std::vector<std::array<double, 512>> all(16);
    for (std::size_t t = 0; t < 16; ++t) {
      for (std::size_t i = 0; i < 512; ++i) {
        double v = 0;
        for (int h = 1; h <= 12; ++h) {
          v += std::sin(6.2832 * h * static_cast<double>(i) / 512) / (1 + std::abs(h - static_cast<double>(t) / 2));
        }
        all[t][i] = v;
      }
    }
    return all;
  }();
  return made;
}

const std::vector<double>& gaussian() {
  static const std::vector<double> made = [] {
    std::mt19937 random(3);
    std::normal_distribution<double> n;
    std::vector<double> all(16000 + audio::frame_samples);
    for (auto& v : all) v = n(random);
    return all;
  }();
  return made;
}

// What the synthesizer makes of a text; the same text gives the same sound.
const std::vector<std::int16_t>& speech_of(const std::string& text) {
  static std::map<std::string, std::vector<std::int16_t>> made;
  auto& pcm = made[text];
  if (pcm.empty()) {
    pcm.resize(static_cast<std::size_t>(audio::samples_in(ScriptedTts::length_of(text))));
    Voice(110, static_cast<unsigned>(std::hash<std::string>{}(text))).fill(pcm);
  }
  return pcm;
}

}  // namespace

void Voice::fill(std::span<std::int16_t> out) {
  std::uniform_real_distribution<double> u(-1, 1);
  for (auto& s : out) {
    if (at_ <= 0) {  // a new syllable
      rate_ = 3.5 + 2 * u(random_);
      depth_ = 0.55 + 0.35 * u(random_);
      wander_ = 1 + 0.2 * u(random_);
      at_ = 1;
    }
    at_ -= rate_ / audio::sample_rate;
    const double envelope = 1 - depth_ * std::cos(6.283 * at_) * 0.9;
    phase_ += pitch_ * wander_ / audio::sample_rate;
    phase_ -= std::floor(phase_);
    const double v = tables()[static_cast<std::size_t>(depth_ * 15)][static_cast<std::size_t>(phase_ * 512) % 512];
    s = static_cast<std::int16_t>(std::clamp(level_ * 0.35 * envelope * v, -32000.0, 32000.0));
  }
}

bool FakePlayer::enqueue(std::span<const std::int16_t> pcm) {
  if (full || queue_.size() + pcm.size() > 120 * 16000) return false;
  queue_.insert(queue_.end(), pcm.begin(), pcm.end());
  return true;
}
void FakePlayer::discard() {
  queue_.clear();
  paused_ = false;
}
audio::Frame FakePlayer::tick() {
  audio::Frame frame{};
  if (paused_) return frame;
  const std::size_t n = std::min(frame.size(), queue_.size());
  std::copy_n(queue_.begin(), n, frame.begin());
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(n));
  played_ += static_cast<std::int64_t>(n);
  return frame;
}

class ScriptedStt::Stream final : public SttStream {
 public:
  Stream(ScriptedStt& stt, SttSink sink) : stt_(stt), sink_(std::move(sink)) { stt_.current = this; }
  ~Stream() override {
    *alive_ = false;
    if (stt_.current == this) stt_.current = nullptr;
  }
  void push(std::span<const std::int16_t> pcm) override {
    stt_.pushed += static_cast<std::int64_t>(pcm.size());
    if (open_) stt_.utterance_audio.insert(stt_.utterance_audio.end(), pcm.begin(), pcm.end());
    if (!open_ || !stt_.partials) return;
    const std::string text = said(stt_.timeline.now - stt_.partial_lag, stt_.partial_lag);
    if (text.empty() || text == partial_) return;
    partial_ = text;
    later(0ms, SttPartial{text});
  }
  void begin_utterance() override {
    ++stt_.begun;
    open_ = true;
    partial_.clear();
    stt_.utterance_audio.clear();
  }
  void end_utterance() override {
    ++stt_.ended;
    open_ = false;
    const std::string text = said(stt_.timeline.now, 0ms);
    from_ = stt_.timeline.now;
    if (stt_.answers) later(stt_.final_lag, SttFinal{stt_.settle ? stt_.settle(text) : text, stt_.confidence});
  }
  void expect(const std::string& grammar) override { stt_.grammars.push_back(grammar); }
  void fail() { later(0ms, SttFailed{{base::Code::engine_failed, "died", ""}}); }

 private:
  // What was said since the last final, up to `t`.
  std::string said(Time t, Millis) const {
    std::string text;
    for (const Speech& s : stt_.speeches) {
      if (s.at + s.length < from_ || s.at > t || s.text.empty()) continue;
      text += (text.empty() ? "" : " ") + s.text;
    }
    return text;
  }
  void later(Millis after, SttEvent event) {
    stt_.timeline.after(after, [alive = alive_, this, event = std::move(event)] {
      if (*alive) sink_(event);
    });
  }
  ScriptedStt& stt_;
  SttSink sink_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::string partial_;
  Time from_{};
  bool open_ = false;
};

base::Result<std::unique_ptr<SttStream>> ScriptedStt::open(const SttParams& params, SttSink sink) {
  ++opened;
  grammars.push_back(params.grammar);
  if (refuse_opens > 0) {
    --refuse_opens;
    return base::fail(base::Code::engine_full, "no room");
  }
  return std::make_unique<Stream>(*this, std::move(sink));
}
void ScriptedStt::die() {
  if (current != nullptr) current->fail();
}

namespace {

class ScriptedReply final : public LlmReply {
 public:
  explicit ScriptedReply(ScriptedLlm& llm) : llm_(llm) {}
  ~ScriptedReply() override {
    *alive = false;
    if (!done) ++llm_.cancelled;
  }
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
  bool done = false;

 private:
  ScriptedLlm& llm_;
};

class ScriptedSession final : public LlmSession {
 public:
  explicit ScriptedSession(ScriptedLlm& llm) : llm_(llm) {}
  base::Result<std::unique_ptr<LlmReply>> ask(const LlmInput& input, const std::vector<HistoryEntry>& history,
                                              LlmSink sink) override {
    llm_.asked.push_back(input);
    llm_.histories.push_back(history);
    if (llm_.refuse_asks > 0) {
      --llm_.refuse_asks;
      return base::fail(base::Code::engine_failed, "refused");
    }
    auto reply = std::make_unique<ScriptedReply>(llm_);
    auto shared = std::make_shared<LlmSink>(std::move(sink));
    Millis at{};
    for (const LlmStep& step : llm_.script(input)) {
      at += step.after;
      llm_.timeline.after(at, [alive = reply->alive, r = reply.get(), shared, event = step.event] {
        if (!*alive) return;
        if (std::holds_alternative<LlmDone>(event) || std::holds_alternative<LlmFailed>(event)) r->done = true;
        (*shared)(event);
      });
    }
    return reply;
  }
  bool keep(const LlmInput&) override {
    ++llm_.kept;
    return llm_.keeps;
  }
  std::string opening() const override { return llm_.opening; }
  std::string opening_grammar() const override { return llm_.opening_grammar; }

 private:
  ScriptedLlm& llm_;
};

class ScriptedSpeech final : public TtsStream {
 public:
  ~ScriptedSpeech() override { *alive = false; }
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

}  // namespace

base::Result<std::unique_ptr<LlmSession>> ScriptedLlm::open(const LlmParams& p) {
  params = p;
  if (refuse_open) return base::fail(base::Code::engine_not_ready, "loading");
  return std::make_unique<ScriptedSession>(*this);
}

std::vector<LlmStep> ScriptedLlm::say(const std::string& text, Millis first, std::string intent) {
  std::vector<LlmStep> steps;
  for (std::size_t at = 0; at < text.size(); at += 7) {  // tokens end inside characters
    steps.push_back({at == 0 ? first : Millis{10}, LlmToken{text.substr(at, 7)}});
  }
  steps.push_back({text.empty() ? first : Millis{5}, LlmDone{.intent = std::move(intent)}});
  return steps;
}

Millis ScriptedTts::length_of(const std::string& text) {
  return Millis(100 * static_cast<int>(std::max<std::size_t>(base::utf8_length(text), 1)));
}

base::Result<std::unique_ptr<TtsStream>> ScriptedTts::speak(const TtsRequest& request, TtsSink sink) {
  if (dead) return base::fail(base::Code::engine_failed, "gone");
  spoken.push_back(request.text);
  auto stream = std::make_unique<ScriptedSpeech>();
  auto shared = std::make_shared<TtsSink>(std::move(sink));
  const auto send = [this, alive = stream->alive, shared](Millis after, TtsEvent event) {
    timeline.after(after, [alive, shared, event = std::move(event)] {
      if (*alive) (*shared)(event);
    });
  };
  if (mute) return stream;
  if (fail_next > 0) {
    --fail_next;
    send(first_audio, TtsFailed{{base::Code::engine_failed, "broke", ""}});
    return stream;
  }
  std::vector<std::int16_t> all(static_cast<std::size_t>(audio::samples_in(lead_silence)), 0);
  const auto& words = speech_of(request.text);
  all.insert(all.end(), words.begin(), words.end());
  Millis at = first_audio;
  for (std::size_t from = 0; from < all.size(); from += 1600, at += Millis{10}) {
    const std::size_t to = std::min(from + 1600, all.size());
    send(at, TtsAudio{{all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)}});
  }
  send(at, TtsDone{});
  return stream;
}

Scene::Scene(std::function<void(Settings&)> change, bool warm) {
  settings.call_id = "c1";
  settings.greeting = "안녕하세요, 김민수의 AI 비서입니다. 무엇을 도와드릴까요?";
  settings.turn_rules = &turn_rules();
  if (change) change(settings);
  llm.script = [](const LlmInput&) { return ScriptedLlm::say("네, 알겠습니다. 확인해 보겠습니다."); };
  prompts = std::make_unique<Prompts>(tts);
  if (!warm) return;
  for (const auto& text : fixed_sentences(settings.language)) prompts->warm(text, settings.language, settings.voice);
  prompts->warm(settings.greeting, settings.language, settings.voice);
  timeline.run_until(timeline.now + 30s);
  tts.spoken.clear();
}
Scene::~Scene() { conversation.reset(); }

void Scene::answer() {
  conversation = std::make_unique<Conversation>(settings, Engines{stt, llm, tts}, *prompts, player);
  if (!conversation->open()) return;
  conversation->start(timeline.now);
}

audio::Frame Scene::caller_frame() {
  audio::Frame frame{};
  const double* n = &gaussian()[random_() % 16000];
  for (auto& s : frame) s = static_cast<std::int16_t>(*n++ * noise);
  for (const Speech& s : stt.speeches) {
    const Time start = timeline.now - audio::frame_time;
    if (start >= s.at + s.length || timeline.now <= s.at) continue;
    audio::Frame voice{};
    caller_voice_.fill(voice);
    for (std::size_t i = 0; i < frame.size(); ++i) frame[i] = static_cast<std::int16_t>(std::clamp(frame[i] + voice[i], -32768, 32767));
    break;
  }
  const auto back = static_cast<std::size_t>(echo_delay / audio::frame_time);
  if (echo_gain > 0 && sent_.size() > back) {
    const audio::Frame& echo = sent_[sent_.size() - 1 - back];
    for (std::size_t i = 0; i < frame.size(); ++i) {
      frame[i] = static_cast<std::int16_t>(std::clamp<double>(frame[i] + echo_gain * echo[i], -32768, 32767));
    }
  }
  return frame;
}

void Scene::tick() {
  timeline.run_until(timeline.now + audio::frame_time);
  const audio::Frame sent = player.tick();
  audible_ = std::any_of(sent.begin(), sent.end(), [](std::int16_t s) { return std::abs(s) > 30; });
  if (audible_) last_sound_ = timeline.now;
  sent_.push_back(sent);
  if (sent_.size() > 64) sent_.pop_front();
  if (!conversation) return;
  if (frames) {
    conversation->on_frame(caller_frame(), {.heard = timeline.now, .position = position_});
    position_ += audio::frame_samples;
  }
  conversation->on_time(timeline.now);
  while (auto o = conversation->take_output()) {
    finished = finished || std::holds_alternative<Finished>(*o);
    outputs.push_back(std::move(*o));
  }
  if (each_tick) each_tick();
}

void Scene::run(base::Duration d) {
  const Time end = timeline.now + d;
  while (timeline.now < end) tick();
}

bool Scene::run_until(const std::function<bool()>& done, base::Duration limit) {
  const Time end = timeline.now + limit;
  while (!done()) {
    if (timeline.now >= end) return false;
    tick();
  }
  return true;
}

void Scene::caller_says(const std::string& text, Millis length, Millis in) {
  stt.speeches.push_back({timeline.now + in, length, text});
}

int Scene::steps(BargeIn::Step step) const {
  const auto found = all<BargeIn>();
  return static_cast<int>(std::count_if(found.begin(), found.end(), [&](const BargeIn& b) { return b.step == step; }));
}

std::vector<std::string> Scene::said(Said::Speaker who) const {
  std::vector<std::string> texts;
  for (const auto& s : all<Said>()) {
    if (s.speaker == who) texts.push_back(s.text);
  }
  return texts;
}

}  // namespace daedap::speech::test
