#include "server/turns/calibration_file.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace daedap::server {
namespace {

using namespace speech::turn;
using Json = nlohmann::ordered_json;

constexpr std::size_t most_bytes = 64u << 10, most_languages = 8;

tl::unexpected<base::Error> bad(const std::string& member) {
  return base::fail(base::Code::bad_syntax, "a calibration cannot be read", member);
}

base::Result<void> put(const Json& value, double least, double most, const std::string& member, double& out) {
  if (!value.is_number()) return bad(member + " must be a number");
  const double v = value.get<double>();
  if (!std::isfinite(v) || v < least || v > most) return bad(member + " is out of range");
  out = v;
  return {};
}

base::Result<void> read_weights(const Json& weights, FusionWeights& out) {
  if (!weights.is_object()) return bad("weights must be an object");
  for (const auto& [name, value] : weights.items()) {
    const auto known = std::ranges::find(weight_table, std::string_view(name), &WeightName::name);
    if (known == weight_table.end()) return bad("weights." + name.substr(0, 40) + " is unknown");
    if (auto done = put(value, known->never_negative ? 0 : -10, 10, "weights." + name, out.*known->weight); !done) return done;
  }
  return {};
}

base::Result<void> read_holds(const Json& holds, std::vector<LanguageHolds>& out) {
  if (!holds.is_object() || holds.size() > most_languages) return bad("holds must be an object of at most 8 languages");
  for (const auto& [language, curve] : holds.items()) {
    if (language.size() != 2 || !curve.is_object()) return bad("holds." + language.substr(0, 40));
    LanguageHolds one{.language = language};
    for (const auto& [name, value] : curve.items()) {
      const std::string member = "holds." + language + "." + name.substr(0, 40);
      base::Result<void> done = bad(member + " is unknown");
      if (name == "shape") done = put(value, 0.2, 3, member, one.shape);
      else if (name == "scale") done = put(value, 0.02, 2, member, one.scale);
      else if (name == "number_scale") done = put(value, 0.02, 2, member, one.number_scale);
      if (!done) return done;
    }
    out.push_back(std::move(one));
  }
  return {};
}

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

}  // namespace

std::string write_calibration(const Calibration& calibration, std::size_t pauses) {
  Json j{{"pauses", pauses}, {"weights", Json::object()}, {"holds", Json::object()}};
  for (const WeightName& one : weight_table) j["weights"][std::string(one.name)] = rounded(calibration.weights.*one.weight);
  for (const LanguageHolds& one : calibration.holds) {
    Json& curve = j["holds"][one.language] = {{"shape", rounded(one.shape)}, {"scale", rounded(one.scale)}};
    if (one.number_scale > 0) curve["number_scale"] = rounded(one.number_scale);
  }
  return j.dump(2) + "\n";
}

base::Result<Calibration> parse_calibration(std::string_view text) {
  if (text.size() > most_bytes) return base::fail(base::Code::too_large, "a calibration has at most 64 kB");
  const Json j = Json::parse(text, nullptr, false);
  if (!j.is_object()) return bad("it is no JSON object");
  Calibration out;
  for (const auto& [name, value] : j.items()) {
    base::Result<void> done{};
    if (name == "weights") done = read_weights(value, out.weights);
    else if (name == "holds") done = read_holds(value, out.holds);
    else if (name != "pauses") done = bad(name.substr(0, 40) + " is unknown");
    if (!done) return tl::unexpected(done.error());
  }
  return out;
}

base::Result<Calibration> read_calibration(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail(base::Code::io, "cannot read the file", file);
  std::string text(most_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_calibration(text);
}

void take_turn_weights(ConfigReading& out, int line) {
  const std::string& file = out.config.turn_weights;
  if (file.empty()) return;
  auto read = read_calibration(file);
  if (!read) return out.faults.push_back({out.config.path, line, "turn.weights", read.error().message()});
  out.config.call.conversation.turn.weights = read->weights;
  out.config.call.conversation.turn.holds = std::move(read->holds);
}

}  // namespace daedap::server
