#include "sim/scripted_stt.hpp"

#include <cstdlib>
#include <deque>

namespace daedap::sim {
namespace {

constexpr std::size_t block = 160;           // 10 ms
constexpr base::Millis block_time{10};
constexpr std::size_t look_back = 30;        // blocks before the utterance was announced
constexpr int voiced_level = 300;            // mean magnitude

bool is_voiced(std::span<const std::int16_t> pcm) {
  long sum = 0;
  for (const std::int16_t sample : pcm) sum += std::abs(static_cast<int>(sample));
  return sum > voiced_level * static_cast<long>(pcm.size());
}

}  // namespace

class ScriptedStt::Stream final : public speech::SttStream {
 public:
  Stream(ScriptedStt& engine, int index, speech::SttSink sink)
      : engine_(engine), index_(index), sink_(std::move(sink)), later_(engine.executor_) {}

  void push(std::span<const std::int16_t> pcm) override {
    if (dead_) return;
    for (std::size_t i = 0; i + block <= pcm.size(); i += block) on_block(is_voiced(pcm.subspan(i, block)));
  }
  void begin_utterance() override {
    if (dead_ || open_) return;
    open_ = true;
    request_ = ++engine_.utterances_;
    heard_ = base::Millis(0);
    current_.reset();
    sent_partials_ = 0;
    for (const bool voiced : past_) count(voiced);
  }
  void end_utterance() override;
  void expect(const std::string&) override {}

 private:
  void on_block(bool voiced) {
    past_.push_back(voiced);
    if (past_.size() > look_back) past_.pop_front();
    if (open_) count(voiced);
  }
  void count(bool voiced) {
    if (!voiced) return;
    heard_ += block_time;
    if (heard_ >= engine_.settings_.least_voice && !current_) current_ = next();
    if (!current_ || engine_.settings_.faults.silent(request_)) return;
    while (sent_partials_ < current_->partials.size() && heard_ >= current_->partials[sent_partials_].after) {
      later_.after({}, [this, text = current_->partials[sent_partials_].text] { tell(speech::SttPartial{text}); });
      ++sent_partials_;
    }
  }
  /// The sink may destroy this stream, so it is called by a copy and last.
  void tell(speech::SttEvent event) {
    const speech::SttSink sink = sink_;
    sink(std::move(event));
  }
  Recognised next() {
    const auto& script = engine_.settings_.script;
    return script ? script(used_++, index_) : Recognised{};
  }

  ScriptedStt& engine_;
  int index_;
  speech::SttSink sink_;
  Later later_;
  std::deque<bool> past_;
  std::optional<Recognised> current_;
  base::Millis heard_{0};
  std::size_t sent_partials_ = 0;
  int request_ = 0, used_ = 0;
  bool open_ = false, dead_ = false;
};

void ScriptedStt::Stream::end_utterance() {
  if (dead_ || !open_) return;
  open_ = false;
  past_.clear();
  const Faults& faults = engine_.settings_.faults;
  if (faults.silent(request_)) return;
  if (faults.failing.contains(request_) || faults.refused.contains(request_)) {
    dead_ = true;
    return later_.after({}, [this] { tell(speech::SttFailed{engine_died()}); });
  }
  const Recognised result = current_.value_or(Recognised{});
  later_.after(engine_.settings_.final_delay + faults.delay(request_),
               [this, result] { tell(speech::SttFinal{result.text, result.confidence}); });
}

base::Result<std::unique_ptr<speech::SttStream>> ScriptedStt::open(const speech::SttParams& params,
                                                                   speech::SttSink sink) {
  if (settings_.faults.full) return tl::unexpected(engine_is_full());
  if (!understands(params.language)) return base::fail(base::Code::unsupported, "language not scripted", params.language);
  return std::make_unique<Stream>(*this, streams_++, std::move(sink));
}

std::function<Recognised(int, int)> say_in_turn(std::vector<std::string> texts) {
  return [texts = std::move(texts)](int n, int) {
    const auto i = static_cast<std::size_t>(n);
    return i < texts.size() ? Recognised{.text = texts[i]} : Recognised{};
  };
}

}  // namespace daedap::sim
