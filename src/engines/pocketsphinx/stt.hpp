#pragma once

#include <memory>
#include <string>

#include "base/executor.hpp"
#include "engines/pocketsphinx/recogniser.hpp"
#include "speech/stt.hpp"

namespace daedap::engines::pocketsphinx {

/// PocketSphinx as one shard sees it: English, closed grammars.
/// thread  the shard. The workers are stopped before `home` goes.
class PocketSphinxStt final : public speech::Stt {
 public:
  PocketSphinxStt(Recogniser& recogniser, base::Executor& home)
      : recogniser_(recogniser), home_(home) {}
  base::Result<std::unique_ptr<speech::SttStream>> open(const speech::SttParams& params,
                                                        speech::SttSink sink) override;
  bool understands(const std::string& language) const override { return language == "en"; }

 private:
  Recogniser& recogniser_;
  base::Executor& home_;
};

}  // namespace daedap::engines::pocketsphinx
