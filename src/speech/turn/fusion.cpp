#include "speech/turn/fusion.hpp"

#include <algorithm>
#include <cmath>

namespace daedap::speech::turn {
namespace {

enum Term : std::size_t { bias, no_text, lexical, slope, height, lengthening, fall, cut_off, filled, context, habit };

// With the sign of what the words say: a rise after an ending does not mean what it means after a noun.
void add_voice(FusionTerms& out, const Prosody& p, double words, double share) {
  if (!p.heard) return;
  const double sign = words > 0 ? 1 : words < 0 ? -1 : 0;
  out[slope] = -share * std::clamp(p.slope, -30.0, 30.0) / 30 * (words > 0 ? 1.0 : -0.3);
  out[height] = -share * std::clamp(p.height, 0.0, 12.0) / 12;
  out[lengthening] = share * p.lengthening * sign;
  out[fall] = share * p.fall / 30;
  out[cut_off] = p.cut_off ? -share : 0;
  out[filled] = p.filled ? -share : 0;
}

double sum(const FusionTerms& terms, const FusionWeights& w) {
  double z = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) z += terms[i] * w.*weight_table[i].weight;
  return z;
}

}  // namespace

FusionTerms terms(const Features& f) {
  FusionTerms out{};
  out[bias] = 1;
  out[habit] = f.habit;
  if (!f.text) {
    out[no_text] = 1;
    return out;
  }
  out[lexical] = f.trust * f.lexical;
  out[context] = f.context;
  // Words that are surely complete are not undone by the voice: half of it counts then.
  add_voice(out, f.prosody, f.lexical, f.trust >= 1 ? 0.5 : 1.0);
  return out;
}

double voice_hint(const Features& f, const FusionWeights& w) {
  if (f.text) return 0;
  FusionTerms voice{};
  add_voice(voice, f.prosody, 0, 1);
  return std::clamp(sum(voice, w), -0.45, 0.4);  // the voice alone is a hint, no more
}

double score(const Features& f, const FusionWeights& w) {
  return 1 / (1 + std::exp(-(sum(terms(f), w) + voice_hint(f, w))));
}

}  // namespace daedap::speech::turn
