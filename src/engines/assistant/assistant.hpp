#pragma once

#include <atomic>
#include <memory>

#include "base/executor.hpp"
#include "engines/admission.hpp"
#include "engines/assistant/script.hpp"
#include "speech/llm.hpp"

namespace daedap::engines::assistant {

/// The scripted assistant as one shard sees it: a language model that needs no model.
/// thread  the shard. `script` and `admission` are shared, and outlive it.
class Assistant final : public speech::Llm {
 public:
  Assistant(const Script& script, Admission& admission, base::Executor& home)
      : script_(script), admission_(admission), home_(home) {}
  /// errors  engine_full, unsupported (a language that the script does not speak)
  base::Result<std::unique_ptr<speech::LlmSession>> open(const speech::LlmParams& params) override;

 private:
  const Script& script_;
  Admission& admission_;
  base::Executor& home_;
};

}  // namespace daedap::engines::assistant
