#pragma once

#include <functional>
#include <memory>
#include <string>

#include "speech/llm.hpp"
#include "speech/stt.hpp"

namespace daedap::engines {

/// The choice "stt: none": callers are not understood when they speak, only by their keys.
class NoStt final : public speech::Stt {
 public:
  base::Result<std::unique_ptr<speech::SttStream>> open(const speech::SttParams& params,
                                                        speech::SttSink) override {
    return base::fail(base::Code::unsupported, "no recogniser is configured", params.language);
  }
  bool understands(const std::string&) const override { return false; }
};

/// A language model that comes into being once its script is loaded.
class LateLlm final : public speech::Llm {
 public:
  using Make = std::function<std::unique_ptr<speech::Llm>()>;  // nullptr = not yet
  explicit LateLlm(Make make) : make_(std::move(make)) {}
  base::Result<std::unique_ptr<speech::LlmSession>> open(const speech::LlmParams& params) override {
    if (!llm_) llm_ = make_();
    if (!llm_) return base::fail(base::Code::engine_not_ready, "the assistant starts");
    return llm_->open(params);
  }

 private:
  Make make_;
  std::unique_ptr<speech::Llm> llm_;
};

}  // namespace daedap::engines
