#include "engines/pocketsphinx/stt.hpp"

#include <algorithm>

#include "audio/frame.hpp"
#include "engines/home_sink.hpp"
#include "engines/pocketsphinx/utterances.hpp"

namespace daedap::engines::pocketsphinx {
namespace {

/// The last moments before an utterance, 16 kHz.
class PreRoll {
 public:
  explicit PreRoll(std::size_t samples) : ring_(samples) {}
  void add(std::span<const std::int16_t> pcm) {
    if (ring_.empty()) return;
    if (pcm.size() > ring_.size()) pcm = pcm.last(ring_.size());
    for (const auto sample : pcm) {
      ring_[at_] = sample;
      if (++at_ == ring_.size()) at_ = 0;
    }
    held_ = std::min(ring_.size(), held_ + pcm.size());
  }
  std::vector<std::int16_t> take() {
    std::vector<std::int16_t> out(held_);
    for (std::size_t i = 0; i < held_; ++i) {
      out[i] = ring_[(at_ + ring_.size() - held_ + i) % ring_.size()];
    }
    held_ = 0;
    return out;
  }

 private:
  std::vector<std::int16_t> ring_;
  std::size_t at_ = 0, held_ = 0;
};

class PocketSphinxStream final : public speech::SttStream {
 public:
  PocketSphinxStream(Recogniser& recogniser, Admission::Ticket ticket, base::Executor& home,
                     const std::string& grammar, speech::SttSink sink)
      : ticket_(std::move(ticket)),
        sink_(home, std::move(sink)),
        pre_roll_(static_cast<std::size_t>(audio::samples_in(recogniser.settings().pre_roll))),
        grammar_(grammar),
        utterances_(std::make_shared<Utterances>(
            recogniser,
            sink_.door([this](speech::SttEvent event) { sink_.deliver(std::move(event)); }))) {}
  ~PocketSphinxStream() override { utterances_->close(); }

  // @path rtp-in 8/8
  /// The caller's audio: kept a moment while nobody speaks, to the decoder during an utterance.
  void push(std::span<const std::int16_t> pcm) override {
    if (in_utterance_) {
      utterances_->add(pcm);
    } else {
      pre_roll_.add(pcm);
    }
  }
  void begin_utterance() override {
    in_utterance_ = true;
    utterances_->begin(grammar_, pre_roll_.take());
  }
  void end_utterance() override {
    in_utterance_ = false;
    utterances_->end();
  }
  void expect(const std::string& grammar) override { grammar_ = grammar; }

 private:
  Admission::Ticket ticket_;
  HomeSink<speech::SttEvent> sink_;
  PreRoll pre_roll_;
  std::string grammar_;
  bool in_utterance_ = false;
  std::shared_ptr<Utterances> utterances_;
};

}  // namespace

base::Result<std::unique_ptr<speech::SttStream>> PocketSphinxStt::open(
    const speech::SttParams& params, speech::SttSink sink) {
  if (!understands(params.language)) {
    return base::fail(base::Code::unsupported, "language of the recogniser", params.language);
  }
  if (!recogniser_.ready()) {
    return base::fail(base::Code::engine_not_ready, "the recogniser starts");
  }
  auto ticket = recogniser_.admission().admit();
  if (!ticket) return base::fail(base::Code::engine_full, "too many calls listen");
  return std::make_unique<PocketSphinxStream>(recogniser_, std::move(*ticket), home_,
                                              params.grammar, std::move(sink));
}

}  // namespace daedap::engines::pocketsphinx
