#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engines/admission.hpp"
#include "engines/pocketsphinx/decoder.hpp"
#include "engines/pocketsphinx/settings.hpp"
#include "engines/pocketsphinx/verdict.hpp"
#include "engines/pocketsphinx/vocabulary.hpp"
#include "engines/workers.hpp"

namespace daedap::engines::pocketsphinx {

struct RecogniserFigures {
  std::size_t streams = 0, decoders = 0, decoders_busy = 0;
  std::uint64_t refused = 0;        // streams over the limit
  std::uint64_t utterances = 0, understood = 0, unsure = 0, rejected = 0;
  std::uint64_t dropped_samples = 0;  // audio nobody heard: over the limits of `PocketSphinxSettings`
  std::uint64_t stale = 0;            // utterances that got no words because the workers were behind
  std::uint64_t final_us_total = 0, final_us_max = 0;  // from `end_utterance` to the final
};

/// One piece of a recording and what was said in it. Samples are 16 kHz, from the recording's start.
struct Segment {
  std::size_t start = 0, end = 0;
  std::string text;
  double confidence = 0;
};

/// English speech to text, shared by all shards: the vocabulary and the decoders. A caller has a
/// decoder only while speaking, so there need be no more of them than callers who speak at once.
/// thread  any, after `start`
class Recogniser {
 public:
  using OnBehind = std::function<void(const RecogniserFigures&)>;
  /// `on_behind` is told on any thread, at most every 10 s, that utterances are lost.
  Recogniser(PocketSphinxSettings settings, Workers& workers, OnBehind on_behind = {});

  /// Reads the dictionary and warms the decoders; some 100 ms. Not twice.
  /// errors  those of Vocabulary::make and Decoder::make
  base::Result<void> start(const Grammars& grammars);
  bool ready() const { return ready_; }

  /// A decoder, made if there may be one more. nullptr = all are busy; `waiter` is then woken when
  /// one comes free. thread  a worker
  std::unique_ptr<Decoder> borrow(const std::shared_ptr<Strand>& waiter);
  void give_back(std::unique_ptr<Decoder> decoder);

  /// Post-call transcription: the words in the given pieces of a recording, out-of-range and empty
  /// pieces left out. `grammar` empty = everything. Takes 0.02 s per second of speech, on the
  /// caller's thread, with a decoder of its own.
  /// errors  engine_not_ready, engine_failed, timed_out (`unwanted`)
  base::Result<std::vector<Segment>> transcribe(
      std::span<const std::int16_t> pcm,
      std::span<const std::pair<std::size_t, std::size_t>> pieces, const std::string& grammar,
      const Decoder::Unwanted& unwanted = {}) const;

  void note_final(const speech::SttFinal& final, std::chrono::microseconds took);
  void note_dropped(std::size_t samples) { dropped_ += samples; }
  /// An utterance gets no words because the workers are behind.
  void note_stale();
  RecogniserFigures figures() const;
  Admission& admission() { return admission_; }
  Workers& workers() { return workers_; }
  const PocketSphinxSettings& settings() const { return settings_; }
  const Vocabulary& vocabulary() const { return *vocabulary_; }

 private:
  // given
  const PocketSphinxSettings settings_;
  Workers& workers_;
  const OnBehind on_behind_;
  // owned
  Admission admission_;
  std::optional<Vocabulary> vocabulary_;
  // state
  std::atomic<bool> ready_{false};
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Decoder>> idle_;
  std::set<std::weak_ptr<Strand>, std::owner_less<>> waiters_;
  std::size_t made_ = 0;
  std::atomic<std::uint64_t> utterances_{0}, understood_{0}, unsure_{0}, rejected_{0}, dropped_{0}, stale_{0};
  std::atomic<std::int64_t> behind_told_{0};  // steady seconds
  std::atomic<std::uint64_t> final_us_total_{0}, final_us_max_{0};
};

}  // namespace daedap::engines::pocketsphinx
