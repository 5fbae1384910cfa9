#include <cstdint>
#include <cstdlib>

#include "speech/turn/lexical.hpp"

using namespace daedap::speech::turn;

/// Rules that can be read can judge: the bytes themselves, as text, by them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rules = Rules::parse(text);
  if (!rules) return 0;
  Context context;
  context.question = question_of(*rules, text);
  const Verdict verdict = judge(*rules, text, context);
  if (!(verdict.p >= 0 && verdict.p <= 1)) std::abort();
  return 0;
}
