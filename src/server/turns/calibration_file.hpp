#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "server/config.hpp"
#include "speech/turn/fusion.hpp"
#include "speech/turn/wait.hpp"

namespace daedap::server {

/// What `daedap turns fit` has learned, as `turn.weights` takes it.
struct Calibration {
  speech::turn::FusionWeights weights;
  std::vector<speech::turn::LanguageHolds> holds;
};

/// JSON. `pauses` tells for people from how many it was made.
std::string write_calibration(const Calibration& calibration, std::size_t pauses);

/// Weights that are not named keep their default. Bounds: 64 kB; weights -10..10, those that may not turn
/// their sense from 0; shape 0.2..3, scales 0.02..2 s; 8 languages.
/// errors  bad_syntax (detail: the member), too_large
base::Result<Calibration> parse_calibration(std::string_view text);
/// errors  io too
base::Result<Calibration> read_calibration(const std::string& file);

/// Puts what the file of `turn.weights` says in its place; a bad one is a fault.
void take_turn_weights(ConfigReading& out, int line);

}  // namespace daedap::server
