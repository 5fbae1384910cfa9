#include "engines/pocketsphinx/utterances.hpp"

#include <algorithm>
#include <utility>

#include "audio/frame.hpp"

namespace daedap::engines::pocketsphinx {
namespace {

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
    held_ += pre_roll.size();
    waiting_.push_back({.grammar = grammar, .pcm = std::move(pre_roll)});
  }
  if (again) wake();
}

void Utterances::add(std::span<const std::int16_t> pcm) {
  bool lost_one = false, enough = false;
  {
    std::lock_guard lock(mutex_);
    if (waiting_.empty() || waiting_.back().ended) return;
    auto& held = waiting_.back().pcm;
    held.insert(held.end(), pcm.begin(), pcm.end());
    held_ += pcm.size();
    const auto cap = samples_in(recogniser_.settings().max_utterance);
    if (held.size() > cap) {
      recogniser_.note_dropped(held.size() - cap);
      held_ -= held.size() - cap;
      held.erase(held.begin(), held.end() - static_cast<std::ptrdiff_t>(cap));
    }
    lost_one = shed();
    fresh_ += pcm.size();
    enough = fresh_ >= samples_in(recogniser_.settings().partial_every);
    if (enough) fresh_ = 0;
  }
  if (lost_one) recogniser_.note_stale();
  if (enough) wake();
}

/// Makes room; true when an utterance lost its audio by it. Under mutex_.
bool Utterances::shed() {
  bool some = false;
  for (auto& one : waiting_) {
    if (held_ <= samples_in(recogniser_.settings().max_behind) || !one.ended) break;
    if (one.pcm.empty()) continue;
    recogniser_.note_dropped(one.pcm.size());
    held_ -= one.pcm.size();
    one.pcm = {};
    one.shed = some = true;
  }
  return some;
}

void Utterances::end() {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.empty() || waiting_.back().ended) {
      waiting_.push_back({});  // ended without a begin: still answered, with nothing
    }
    waiting_.back().ended = true;
    waiting_.back().ended_at = Clock::now();
  }
  wake();
}

void Utterances::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    deliver_ = nullptr;
    waiting_.clear();
    held_ = 0;
  }
  wake();
}

/// Its words come too late for anybody.
bool Utterances::lost(const Waiting& piece) const {
  return piece.shed || (piece.ended && Clock::now() - piece.ended_at > recogniser_.settings().stale);
}

bool Utterances::needs_decoder(std::string& grammar) {
  std::lock_guard lock(mutex_);
  if (decoder_ || waiting_.empty()) return false;
  const auto& first = waiting_.front();
  if (first.pcm.empty() || first.forgotten || lost(first)) return false;
  grammar = first.grammar;
  return true;
}

bool Utterances::take(Work& work) {
  std::lock_guard lock(mutex_);
  if (closed_ || waiting_.empty()) return false;
  auto& first = waiting_.front();
  held_ -= first.pcm.size();
  work.piece = {.pcm = std::exchange(first.pcm, {}),
                .ended = first.ended,
                .forgotten = first.forgotten,
                .shed = first.shed,
                .ended_at = first.ended_at};
  if (!work.piece.ended) return true;  // who adds to it wakes us
  waiting_.pop_front();
  work.more = !waiting_.empty();
  return true;
}

void Utterances::run() {
  if (left()) return decoder_ ? put_down() : void();
  std::string grammar;
  if (needs_decoder(grammar) && !start(grammar)) return;
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
  behind_ = false;
  const auto begun = decoder_->begin(recogniser_.vocabulary().known(grammar));
  if (begun) return true;
  say(speech::SttFailed{begun.error()});
  std::lock_guard lock(mutex_);
  deliver_ = nullptr;  // the stream is dead
  return true;
}

void Utterances::hear(const Waiting& piece) {
  if (!decoder_ || piece.forgotten || piece.pcm.empty() || lost(piece)) return;
  const auto cap = samples_in(recogniser_.settings().max_utterance);
  const auto part = std::span(piece.pcm).first(std::min(piece.pcm.size(), cap - whole_.size()));
  recogniser_.note_dropped(piece.pcm.size() - part.size());
  whole_.insert(whole_.end(), part.begin(), part.end());
  if (piece.ended) return;  // the final hears the whole
  behind_ |= part.size() > samples_in(recogniser_.settings().partials_behind);
  if (behind_) return;
  const auto stretch = samples_in(recogniser_.settings().partial_every);
  for (auto rest = part; !rest.empty() && !left(); rest = rest.subspan(std::min(stretch, rest.size())))
    decoder_->feed(rest.first(std::min(stretch, rest.size())));
  auto partial = decoder_->partial();
  if (partial.empty() || partial == last_partial_) return;
  last_partial_ = partial;
  say(speech::SttPartial{std::move(partial)});
}

void Utterances::finish(const Waiting& piece) {
  Verdict verdict{.final = {.text = {}, .confidence = 0}};
  if (decoder_ && !piece.forgotten && !lost(piece)) {
    SpeechLength length;
    length.add(whole_);
    const auto decoded = decoder_->end(whole_, recogniser_.settings().doubt, [&] { return left() || lost(piece); });
    const int phones = recogniser_.vocabulary().phones(decoded.text);
    verdict = judge(decoded, length.seconds(), phones, recogniser_.settings());
  }
  if (decoder_) put_down();
  if (piece.forgotten || left()) return;
  if (lost(piece)) {
    if (!piece.shed) recogniser_.note_stale();
    verdict.final = {.text = {}, .confidence = 0};
  }
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
