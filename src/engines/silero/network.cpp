#include "engines/silero/network.hpp"

#include <algorithm>
#include <cmath>
#include <new>

namespace daedap::engines::silero {
namespace {

constexpr std::align_val_t line{64};
constexpr float alike = 1e-6f;

std::size_t whole_panels(std::size_t rows) { return (rows + panel - 1) / panel * panel; }

// The transform's matrix: cosines (bins 0 ... taps / 2), then sines.
struct Transform {
  const Weights& w;
  std::size_t taps = w.shape.taps, bins = w.shape.bins;
  float cosine(std::size_t bin, std::size_t n) const { return w.stft[bin * taps + n]; }
  float sine(std::size_t bin, std::size_t n) const { return w.stft[(bins + bin) * taps + n]; }

  // All that folding needs: mirrored in the samples, mirrored with changing sign in the bins.
  bool symmetric() const {
    for (std::size_t k = 0; k < bins; ++k) {
      if (std::abs(sine(k, 0)) > alike || std::abs(sine(k, taps / 2)) > alike) return false;
      for (std::size_t n = 0; n < taps; ++n) {
        const float sign = n % 2 == 0 ? 1.0f : -1.0f;
        const std::size_t mirrored = n == 0 ? 0 : taps - n;
        if (std::abs(cosine(k, n) - cosine(k, mirrored)) > alike ||
            std::abs(sine(k, n) + sine(k, mirrored)) > alike ||
            std::abs(cosine(k, n) - sign * cosine(bins - 1 - k, n)) > alike ||
            std::abs(sine(k, n) + sign * sine(bins - 1 - k, n)) > alike) {
          return false;
        }
      }
    }
    return true;
  }
};

// Lays matrices into the memory of a network, one after the other.
class Packer {
 public:
  explicit Packer(Floats& memory) : next_(memory.data()) {}

  /// `value(row, input)` for all of both.
  template <typename Value>
  Matrix matrix(std::size_t rows, std::size_t inputs, const Value& value,
                const std::vector<float>& bias = {}) {
    Matrix m{.values = next_, .rows = whole_panels(rows), .inputs = inputs};
    for (std::size_t first = 0; first < m.rows; first += panel) {
      for (std::size_t k = 0; k < inputs; ++k) {
        for (std::size_t r = first; r < first + panel; ++r) *next_++ = r < rows ? value(r, k) : 0.0f;
      }
    }
    if (!bias.empty()) m.bias = row(bias);
    return m;
  }
  const float* row(const std::vector<float>& values) {
    const float* here = next_;
    next_ = std::copy(values.begin(), values.end(), next_);
    return here;
  }
  static std::size_t room(const Shape& s) {
    const std::size_t transform = whole_panels(s.taps / 4 + 1) * (s.taps + 1);
    const std::size_t first = conv_out[0] * (3 * s.bins + 1), second = conv_out[1] * (3 * conv_out[0] + 1);
    const std::size_t third = conv_out[2] * (2 * conv_out[1] + 1), fourth = conv_out[3] * (conv_out[2] + 1);
    return transform + first + second + third + fourth + gates * (2 * hidden + 1) + hidden;
  }

 private:
  float* next_;
};

void pack_transform(const Weights& w, Packer& packer, Layers& l) {
  const Transform t{w};
  const std::size_t quarter = t.taps / 4, low = quarter + 1;
  l.even_cosines = packer.matrix(low, quarter + 1, [&](auto k, auto i) { return t.cosine(k, 2 * i); });
  l.odd_cosines = packer.matrix(low, quarter, [&](auto k, auto i) { return t.cosine(k, 2 * i + 1); });
  l.even_sines = packer.matrix(low, quarter, [&](auto k, auto i) { return t.sine(k, 2 * i); });
  l.odd_sines = packer.matrix(low, quarter, [&](auto k, auto i) { return t.sine(k, 2 * i + 1); });
}

// Input `i` of a convolution's matrix is channel `i % in` under tap `first + i / in`.
Matrix pack_convolution(const Weights& w, std::size_t which, std::size_t first, std::size_t taps,
                        Packer& packer) {
  const Weights::Conv& conv = w.conv[which];
  const std::size_t in = which == 0 ? w.shape.bins : conv_out[which - 1];
  const std::size_t low = w.shape.taps / 4 + 1;
  const auto value = [&](std::size_t row, std::size_t i) {
    std::size_t channel = i % in;
    if (which == 0 && channel >= low) channel = in - 1 - (channel - low);  // the bins' order after folding
    return conv.weight[(row * in + channel) * 3 + first + i / in];
  };
  return packer.matrix(conv_out[which], taps * in, value, conv.bias);
}

Matrix pack_cell(const Weights& w, Packer& packer) {
  std::vector<float> bias(gates);
  for (std::size_t i = 0; i < gates; ++i) bias[i] = w.input_bias[i] + w.recurrent_bias[i];
  const auto value = [&](std::size_t row, std::size_t i) {
    return i < hidden ? w.input[row * hidden + i] : w.recurrent[row * hidden + i - hidden];
  };
  return packer.matrix(gates, 2 * hidden, value, bias);
}

}  // namespace

bool has_avx2() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

Forward best_forward() { return has_avx2() ? avx2::forward : portable::forward; }

Floats::Floats(std::size_t size) : data_(new (line) float[size]()) {}
void Floats::Free::operator()(float* p) const { ::operator delete[](p, line); }

base::Result<Network> Network::make(const Weights& weights) {
  const Shape& s = weights.shape;
  if (!Transform{weights}.symmetric()) {
    return base::fail(base::Code::unsupported, "the network's transform is not that of a symmetric window");
  }
  Floats memory(Packer::room(s));
  Packer packer(memory);
  Layers l{.window = s.window, .context = s.context, .taps = s.taps, .bins = s.bins};
  pack_transform(weights, packer, l);
  l.conv1 = pack_convolution(weights, 0, 0, 3, packer);
  l.conv2 = pack_convolution(weights, 1, 0, 3, packer);
  // Of three taps the first lies before the only two frames, and of one frame both neighbours are padding.
  l.conv3 = pack_convolution(weights, 2, 1, 2, packer);
  l.conv4 = pack_convolution(weights, 3, 1, 1, packer);
  l.cell = pack_cell(weights, packer);
  l.output = packer.row(weights.output);
  l.output_bias = weights.output_bias;
  return Network(s, std::move(memory), l);
}

void Network::run(std::span<Item> items, Floats& work, Forward forward) const {
  while (!items.empty()) {
    const std::size_t count = std::min(items.size(), group_size);
    forward(layers_, items.data(), count, work.data());
    items = items.subspan(count);
  }
}

}  // namespace daedap::engines::silero
