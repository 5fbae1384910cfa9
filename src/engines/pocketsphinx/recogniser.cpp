#include "engines/pocketsphinx/recogniser.hpp"

#include <algorithm>
#include <chrono>

namespace daedap::engines::pocketsphinx {
namespace {

constexpr std::int64_t tell_each = 10;  // seconds

}  // namespace

Recogniser::Recogniser(PocketSphinxSettings settings, Workers& workers, OnBehind on_behind)
    : settings_(std::move(settings)),
      workers_(workers),
      on_behind_(std::move(on_behind)),
      admission_(settings_.max_streams) {}

base::Result<void> Recogniser::start(const Grammars& grammars) {
  auto vocabulary = Vocabulary::make(grammars, settings_.dictionary);
  if (!vocabulary) return tl::unexpected(vocabulary.error());
  vocabulary_ = std::move(*vocabulary);
  const auto warm = std::clamp<std::size_t>(settings_.warm_decoders, 1, settings_.max_decoders);
  for (std::size_t i = 0; i < warm; ++i) {
    auto decoder = Decoder::make(settings_.model, *vocabulary_);
    if (!decoder) return tl::unexpected(decoder.error());
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(*decoder));
    ++made_;
  }
  ready_ = true;
  return {};
}

std::unique_ptr<Decoder> Recogniser::borrow(const std::shared_ptr<Strand>& waiter) {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto decoder = std::move(idle_.back());
      idle_.pop_back();
      return decoder;
    }
    if (made_ >= settings_.max_decoders) {
      waiters_.insert(waiter);
      return nullptr;
    }
    ++made_;
  }
  auto decoder = Decoder::make(settings_.model, *vocabulary_);
  if (decoder) return std::move(*decoder);
  std::lock_guard lock(mutex_);  // out of memory, say: be content with those there are
  --made_;
  waiters_.insert(waiter);
  return nullptr;
}

void Recogniser::give_back(std::unique_ptr<Decoder> decoder) {
  // All of them: the one that asked first may have hung up meanwhile.
  std::set<std::weak_ptr<Strand>, std::owner_less<>> waiters;
  {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(decoder));
    waiters.swap(waiters_);
  }
  for (const auto& waiter : waiters) {
    if (const auto strand = waiter.lock()) strand->wake();
  }
}

base::Result<std::vector<Segment>> Recogniser::transcribe(
    std::span<const std::int16_t> pcm, std::span<const std::pair<std::size_t, std::size_t>> pieces,
    const std::string& grammar, const Decoder::Unwanted& unwanted) const {
  if (!ready_) return base::fail(base::Code::engine_not_ready, "the recogniser starts");
  auto decoder = Decoder::make(settings_.model, *vocabulary_);
  if (!decoder) return tl::unexpected(decoder.error());
  std::vector<Segment> out;
  for (const auto& [start, wanted_end] : pieces) {
    const std::size_t end = std::min(wanted_end, pcm.size());
    if (start >= end) continue;
    const auto piece = pcm.subspan(start, end - start);
    if (auto ok = (*decoder)->begin(vocabulary_->known(grammar)); !ok) {
      return tl::unexpected(ok.error());
    }
    const auto decoded = (*decoder)->end(piece, settings_.doubt, unwanted);
    if (unwanted && unwanted()) return base::fail(base::Code::timed_out, "nobody wants it any more");
    SpeechLength length;
    length.add(piece);
    const auto verdict =
        judge(decoded, length.seconds(), vocabulary_->phones(decoded.text), settings_);
    out.push_back({start, end, verdict.final.text, verdict.final.confidence});
  }
  return out;
}

void Recogniser::note_final(const speech::SttFinal& final, std::chrono::microseconds took) {
  ++utterances_;
  ++(final.text.empty() ? rejected_ : final.confidence >= 0.8 ? understood_ : unsure_);
  const auto us = static_cast<std::uint64_t>(took.count());
  final_us_total_ += us;
  std::uint64_t max = final_us_max_;
  while (us > max && !final_us_max_.compare_exchange_weak(max, us)) {
  }
}

void Recogniser::note_stale() {
  ++stale_;
  if (!on_behind_) return;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  std::int64_t told = behind_told_;
  if ((told == 0 || now - told >= tell_each) && behind_told_.compare_exchange_strong(told, now)) on_behind_(figures());
}

RecogniserFigures Recogniser::figures() const {
  std::lock_guard lock(mutex_);
  return {.streams = admission_.in_use(),
          .decoders = made_,
          .decoders_busy = made_ - idle_.size(),
          .refused = admission_.refused(),
          .utterances = utterances_,
          .understood = understood_,
          .unsure = unsure_,
          .rejected = rejected_,
          .dropped_samples = dropped_,
          .stale = stale_,
          .final_us_total = final_us_total_,
          .final_us_max = final_us_max_};
}

}  // namespace daedap::engines::pocketsphinx
