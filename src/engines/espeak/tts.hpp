#pragma once

#include <memory>

#include "base/executor.hpp"
#include "engines/espeak/pool.hpp"
#include "speech/tts.hpp"

namespace daedap::engines::espeak {

/// espeak-ng as one shard sees it: Korean and English, in helper processes.
/// thread  the shard. The pool is stopped before `home` goes.
class EspeakTts final : public speech::Tts {
 public:
  /// Longest text of one sentence, bytes of UTF-8.
  static constexpr std::size_t max_text = 4000;

  EspeakTts(EspeakPool& pool, const EspeakSettings& settings, base::Executor& home)
      : pool_(pool), settings_(settings), home_(home) {}
  /// `voice` as espeak-ng names it ("ko", "ko+f3", "en-gb").
  /// errors  too_large, unsupported (language or voice), and those of EspeakPool::submit
  base::Result<std::unique_ptr<speech::TtsStream>> speak(const speech::TtsRequest& request,
                                                         speech::TtsSink sink) override;

 private:
  EspeakPool& pool_;
  EspeakSettings settings_;
  base::Executor& home_;
};

}  // namespace daedap::engines::espeak
