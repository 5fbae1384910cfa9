#include "speech/turn/fusion.hpp"

#include <algorithm>
#include <cmath>

namespace daedap::speech::turn {
namespace {

// With the sign of what the words say: a rise after an ending does not mean what it means after a noun.
double prosodic(const Prosody& p, double lexical, const FusionWeights& w) {
  if (!p.heard) return 0;
  const double slope = std::clamp(p.slope, -30.0, 30.0) / 30;
  const double height = std::clamp(p.height, 0.0, 12.0) / 12;
  const double sign = lexical > 0 ? 1 : lexical < 0 ? -1 : 0;
  return -w.slope * slope * (lexical > 0 ? 1.0 : -0.3) - w.height * height + w.lengthening * p.lengthening * sign +
         w.fall * p.fall / 30 - w.cut_off * (p.cut_off ? 1 : 0) - w.filled * (p.filled ? 1 : 0);
}

}  // namespace

double score(const Features& f, const FusionWeights& w) {
  if (!f.text) {  // the voice alone is a hint, no more
    const double hint = std::clamp(prosodic(f.prosody, 0, w), -0.45, 0.4);
    return 1 / (1 + std::exp(-(w.bias + w.no_text + hint + f.habit)));
  }
  const double words = w.lexical * f.trust * f.lexical;
  // Words that are surely complete are not undone by the voice: half of it counts then.
  const double voice = prosodic(f.prosody, f.lexical, w) * (f.trust >= 1 ? 0.5 : 1.0);
  const double z = w.bias + words + voice + f.context + f.habit;
  return 1 / (1 + std::exp(-z));
}

}  // namespace daedap::speech::turn
