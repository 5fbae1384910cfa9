#include "engines/pocketsphinx/utterances.hpp"

#include <algorithm>
#include <utility>

#include "audio/frame.hpp"

namespace daedap::engines::pocketsphinx {
namespace {

/// Ended utterances that wait for a decoder. Ten of them mean that the engine is hopelessly behind.
constexpr std::size_t max_waiting = 10;

std::size_t samples_in(std::chrono::milliseconds time) {
  return static_cast<std::size_t>(audio::samples_in(time));
}

}  // namespace

Utterances::Utterances(Recogniser& recogniser, Deliver deliver)
    : Strand(recogniser.workers()),
      recogniser_(recogniser),
      deliver_(std::move(deliver)) {}

Utterances::~Utterances() {
  if (decoder_) put_down();
}

void Utterances::begin(const std::string& grammar, std::vector<std::int16_t> pre_roll) {
  bool again = false;
  {
    std::lock_guard lock(mutex_);
    again = !waiting_.empty() && !waiting_.back().ended;
    if (again) waiting_.back().ended = waiting_.back().forgotten = true;
    fresh_ = pre_roll.size();
    waiting_.push_back({.grammar = grammar, .pcm = std::move(pre_roll)});
  }
  if (again) wake();
}

void Utterances::add(std::span<const std::int16_t> pcm) {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.empty() || waiting_.back().ended) return;
    auto& held = waiting_.back().pcm;
    held.insert(held.end(), pcm.begin(), pcm.end());
    const auto cap = samples_in(recogniser_.settings().max_utterance);
    if (held.size() > cap) {
      recogniser_.note_dropped(held.size() - cap);
      held.erase(held.begin(), held.end() - static_cast<std::ptrdiff_t>(cap));
    }
    fresh_ += pcm.size();
    if (fresh_ < samples_in(recogniser_.settings().partial_every)) return;
    fresh_ = 0;
  }
  wake();
}

void Utterances::end() {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.empty() || waiting_.back().ended) {
      waiting_.push_back({});  // ended without a begin: still answered, with nothing
    }
    waiting_.back().ended = true;
    waiting_.back().ended_at = Clock::now();
    if (waiting_.size() > max_waiting) waiting_[waiting_.size() - max_waiting - 1].pcm.clear();
  }
  wake();
}

void Utterances::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    deliver_ = nullptr;
    waiting_.clear();
  }
  wake();
}

bool Utterances::take(Work& work) {
  std::lock_guard lock(mutex_);
  if (closed_ || waiting_.empty()) return false;
  auto& first = waiting_.front();
  work.piece = {.pcm = std::exchange(first.pcm, {}),
                .ended = first.ended,
                .forgotten = first.forgotten,
                .ended_at = first.ended_at};
  if (first.ended) waiting_.pop_front();
  work.more = !waiting_.empty();
  return true;
}

void Utterances::run() {
  bool closed = false, needs_decoder = false;
  std::string grammar;
  {
    std::lock_guard lock(mutex_);
    closed = closed_;
    needs_decoder = !closed && !waiting_.empty() && !decoder_ && !waiting_.front().pcm.empty() &&
                    !waiting_.front().forgotten;
    if (needs_decoder) grammar = waiting_.front().grammar;
  }
  if (closed) return decoder_ ? put_down() : void();
  if (needs_decoder && !start(grammar)) return;
  Work work;
  if (!take(work)) return;
  hear(work.piece);
  if (work.piece.ended) finish(work.piece);
  if (work.more) wake();
}

/// False when no decoder is free: one that comes free wakes us.
bool Utterances::start(const std::string& grammar) {
  decoder_ = recogniser_.borrow(shared_from_this());
  if (!decoder_) return false;
  whole_.clear();
  last_partial_.clear();
  const auto begun = decoder_->begin(recogniser_.vocabulary().known(grammar));
  if (begun) return true;
  say(speech::SttFailed{begun.error()});
  std::lock_guard lock(mutex_);
  deliver_ = nullptr;  // the stream is dead
  return true;
}

void Utterances::hear(const Waiting& piece) {
  if (!decoder_ || piece.forgotten || piece.pcm.empty()) return;
  const auto cap = samples_in(recogniser_.settings().max_utterance);
  const auto part = std::span(piece.pcm).first(std::min(piece.pcm.size(), cap - whole_.size()));
  recogniser_.note_dropped(piece.pcm.size() - part.size());
  whole_.insert(whole_.end(), part.begin(), part.end());
  if (piece.ended) return;  // the final hears the whole
  decoder_->feed(part);
  auto partial = decoder_->partial();
  if (partial.empty() || partial == last_partial_) return;
  last_partial_ = partial;
  say(speech::SttPartial{std::move(partial)});
}

void Utterances::finish(const Waiting& piece) {
  Verdict verdict{.final = {.text = {}, .confidence = 0}};
  if (decoder_ && !piece.forgotten) {
    SpeechLength length;
    length.add(whole_);
    const auto decoded = decoder_->end(whole_, recogniser_.settings().doubt);
    const int phones = recogniser_.vocabulary().phones(decoded.text);
    verdict = judge(decoded, length.seconds(), phones, recogniser_.settings());
  }
  if (decoder_) put_down();
  if (piece.forgotten) return;
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - piece.ended_at);
  recogniser_.note_final(verdict.final, took);
  say(std::move(verdict.final));
}

void Utterances::put_down() {
  decoder_->abandon();
  whole_ = {};
  recogniser_.give_back(std::move(decoder_));
}

void Utterances::say(speech::SttEvent event) {
  std::lock_guard lock(mutex_);
  if (deliver_) deliver_(std::move(event));
}

}  // namespace daedap::engines::pocketsphinx
