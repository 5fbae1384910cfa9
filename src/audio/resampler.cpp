#include "audio/resampler.hpp"

#include <speex/speex_resampler.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace daedap::audio {
namespace {

constexpr int quality = 3;

bool known(int rate) {
  constexpr std::array rates{8000, 16000, 22050, 24000, 32000, 44100, 48000};
  return std::ranges::find(rates, rate) != rates.end();
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

std::size_t copy(std::span<const std::int16_t> in, std::span<std::int16_t> out) {
  const std::size_t n = std::min(in.size(), out.size());
  std::copy_n(in.begin(), n, out.begin());
  return n;
}

std::size_t convert(SpeexResamplerState_* state, std::span<const std::int16_t> in, std::span<std::int16_t> out) {
  std::size_t written = 0;
  while (!in.empty() && written < out.size()) {
    auto taken = static_cast<spx_uint32_t>(in.size());
    auto made = static_cast<spx_uint32_t>(out.size() - written);
    speex_resampler_process_int(state, 0, in.data(), &taken, out.data() + written, &made);
    if (taken == 0 && made == 0) break;
    in = in.subspan(taken);
    written += made;
  }
  return written;
}

}  // namespace

void Resampler::Free::operator()(SpeexResamplerState_* state) const {
  speex_resampler_destroy(state);
}

Resampler::Resampler(int from, int to, Way way)
    : from_(static_cast<std::size_t>(from)), to_(static_cast<std::size_t>(to)), way_(std::move(way)) {}

base::Result<Resampler> Resampler::make(int from, int to) {
  if (!known(from) || !known(to)) {
    return base::fail(base::Code::unsupported, "sample rate",
                      std::to_string(from) + " -> " + std::to_string(to));
  }
  if (from == to) return Resampler(from, to, Same{});
  if (from == 8000 && to == 16000) return Resampler(from, to, Doubler{});
  if (from == 16000 && to == 8000) return Resampler(from, to, Halver{});
  int error = 0;
  Speex state(speex_resampler_init(1, static_cast<unsigned>(from), static_cast<unsigned>(to), quality, &error));
  if (!state) return base::fail(base::Code::unsupported, "resampler", speex_resampler_strerror(error));
  return Resampler(from, to, std::move(state));
}

std::size_t Resampler::run(std::span<const std::int16_t> in, std::span<std::int16_t> out) {
  return std::visit(Overloaded{[&](Same) { return copy(in, out); },
                               [&](Speex& speex) { return convert(speex.get(), in, out); },
                               [&](auto& half_band) { return half_band.run(in, out); }},
                    way_);
}

void Resampler::append(std::span<const std::int16_t> in, std::vector<std::int16_t>& out) {
  const std::size_t before = out.size();
  out.resize(before + max_output(in.size()));
  out.resize(before + run(in, std::span(out).subspan(before)));
}

void Resampler::flush(std::vector<std::int16_t>& out) {
  const std::vector<std::int16_t> zeros(held(), 0);
  append(zeros, out);
  reset();
}

void Resampler::reset() {
  std::visit(Overloaded{[](Same) {},
                        [](Speex& speex) { speex_resampler_reset_mem(speex.get()); },
                        [](auto& half_band) { half_band.reset(); }},
             way_);
}

std::size_t Resampler::max_output(std::size_t in) const { return in * to_ / from_ + 2; }

std::size_t Resampler::delay() const {
  return std::visit(Overloaded{[](Same) { return std::size_t{0}; },
                               [](const Speex& speex) {
                                 return static_cast<std::size_t>(speex_resampler_get_output_latency(speex.get()));
                               },
                               [](const auto& half_band) { return half_band.delay; }},
                    way_);
}

// The incoming samples that the filter has taken and not given yet.
std::size_t Resampler::held() const {
  return std::visit(Overloaded{[](Same) { return std::size_t{0}; },
                               [](const Speex& speex) {
                                 return static_cast<std::size_t>(speex_resampler_get_input_latency(speex.get()));
                               },
                               [](const auto& half_band) { return half_band.held(); }},
                    way_);
}

base::Result<std::vector<std::int16_t>> resample(std::vector<std::int16_t> pcm, int from, int to) {
  auto resampler = Resampler::make(from, to);
  if (!resampler) return tl::unexpected(resampler.error());
  if (from == to) return pcm;
  const auto in_rate = static_cast<std::size_t>(from), out_rate = static_cast<std::size_t>(to);
  const std::size_t size = (pcm.size() * out_rate + in_rate / 2) / in_rate;
  const std::size_t skip = resampler->delay();
  std::vector<std::int16_t> out;
  out.reserve(size + skip + 64);
  resampler->append(pcm, out);
  resampler->flush(out);
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(std::min(skip, out.size())));
  out.resize(size);
  return out;
}

}  // namespace daedap::audio
