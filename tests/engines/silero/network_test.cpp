#include "engines/silero/network.hpp"

#include <gtest/gtest.h>

#include "engines/silero/files.hpp"
#include "engines/silero/reference.hpp"

namespace daedap::engines::silero::test {
namespace {

constexpr float close_enough = 1e-4f;

// The network of that rate in one of the authors' files.
std::optional<Network> network_of(const std::string& file, const Shape& shape) {
  const Bytes bytes = model_file(file);
  if (bytes.empty()) return std::nullopt;
  const auto all = read_weights(bytes);
  EXPECT_TRUE(all) << all.error().message();
  for (const Weights& w : *all) {
    if (w.shape != shape) continue;
    auto network = Network::make(w);
    EXPECT_TRUE(network) << network.error().message();
    return std::move(*network);
  }
  ADD_FAILURE() << "no network of " << shape.rate << " Hz in " << file;
  return std::nullopt;
}

float furthest(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  float worst = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

void expect_reference(const Network& network, const Reference& reference) {
  const bool is_wide = network.shape() == wide;
  const auto english = phrase("en_01.wav"), korean = phrase("ko_01.wav");
  for (const Forward forward : all_forwards()) {
    const auto made = made_audio(static_cast<int>(network.shape().window));
    EXPECT_LT(furthest(probabilities(network, made, forward), reference.made), close_enough);
    if (english.empty() || korean.empty()) continue;
    EXPECT_LT(
        furthest(probabilities(network, is_wide ? doubled(english) : english, forward), reference.english),
        close_enough);
    EXPECT_LT(furthest(probabilities(network, is_wide ? doubled(korean) : korean, forward), reference.korean),
              close_enough);
  }
}

struct Case {
  const char* file;
  const Shape& shape;
  const Reference& reference;
};

class Silero : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Files, Silero,
                         testing::Values(Case{"silero_vad.onnx", wide, onnx_wide},
                                         Case{"silero_vad.onnx", narrow, onnx_narrow},
                                         Case{"silero_vad_op18_ifless.onnx", wide, onnx_wide},
                                         Case{"silero_vad_op18_ifless.onnx", narrow, op18_narrow},
                                         Case{"silero_vad_16k.safetensors", wide, safetensors_wide}));

TEST_P(Silero, GivesWhatTheReferenceGives) {
  const auto network = network_of(GetParam().file, GetParam().shape);
  if (!network)
    GTEST_SKIP() << "no " << GetParam().file << " under " << shared_folder() / "models/silero-vad";
  expect_reference(*network, GetParam().reference);
}

class MadeNetwork : public testing::TestWithParam<Shape> {
 protected:
  MadeNetwork() : network(std::move(*Network::make(made_weights(GetParam())))) {}
  Network network;
};
INSTANTIATE_TEST_SUITE_P(Rates, MadeNetwork, testing::Values(wide, narrow));

TEST_P(MadeNetwork, IsTheSameWithEveryInstructionSet) {
  if (!has_avx2()) GTEST_SKIP() << "this processor has no AVX2";
  const auto audio = made_audio(static_cast<int>(GetParam().window));
  const auto plain = probabilities(network, audio, portable::forward);
  EXPECT_LT(furthest(plain, probabilities(network, audio, avx2::forward)), 1e-5f);
  EXPECT_GT(*std::max_element(plain.begin(), plain.end()) - *std::min_element(plain.begin(), plain.end()),
            1e-2f);
}

// Layer by layer as it stands in the authors' graph, nothing folded, nothing left out.
class Plain {
 public:
  explicit Plain(const Weights& w) : w_(w), h_(hidden), c_(hidden) {}
  double step(const std::int16_t* audio) {
    auto x = magnitudes(audio);
    std::size_t in = w_.shape.bins, length = frames;
    for (std::size_t i = 0; i < 4; ++i)
      x = convolved(i, x, in, length, i == 1 || i == 2 ? 2 : 1), in = conv_out[i];
    std::vector<double> next(hidden);
    for (std::size_t k = 0; k < hidden; ++k) {
      c_[k] = sigmoid(gate(k + hidden, x)) * c_[k] + sigmoid(gate(k, x)) * std::tanh(gate(k + 2 * hidden, x));
      next[k] = sigmoid(gate(k + 3 * hidden, x)) * std::tanh(c_[k]);
    }
    h_ = next;
    double sum = w_.output_bias;
    for (std::size_t k = 0; k < hidden; ++k) sum += std::max(h_[k], 0.0) * w_.output[k];
    return sigmoid(sum);
  }

 private:
  static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
  double gate(std::size_t row, const std::vector<double>& x) const {
    double sum = w_.input_bias[row] + w_.recurrent_bias[row];
    for (std::size_t k = 0; k < hidden; ++k)
      sum += w_.input[row * hidden + k] * x[k] + w_.recurrent[row * hidden + k] * h_[k];
    return sum;
  }
  std::vector<double> magnitudes(const std::int16_t* audio) const {
    const Shape& s = w_.shape;
    std::vector<double> x;
    for (std::size_t i = 0; i < s.context + s.window; ++i) x.push_back(audio[i] / 32768.0);
    for (std::size_t i = 0; i < s.context; ++i) x.push_back(x[s.context + s.window - 2 - i]);
    std::vector<double> out(s.bins * frames);  // [bin][frame]
    for (std::size_t k = 0; k < s.bins; ++k) {
      for (std::size_t f = 0; f < frames; ++f) {
        double re = 0, im = 0;
        for (std::size_t n = 0; n < s.taps; ++n) {
          re += w_.stft[k * s.taps + n] * x[f * s.taps / 2 + n];
          im += w_.stft[(s.bins + k) * s.taps + n] * x[f * s.taps / 2 + n];
        }
        out[k * frames + f] = std::hypot(re, im);
      }
    }
    return out;
  }
  std::vector<double> convolved(std::size_t which, const std::vector<double>& x, std::size_t in,
                                std::size_t& length, std::size_t stride) const {
    const std::size_t out_length = (length - 1) / stride + 1;
    std::vector<double> out;
    for (std::size_t o = 0; o < conv_out[which]; ++o) {
      for (std::size_t f = 0; f < out_length; ++f) {
        double sum = w_.conv[which].bias[o];
        for (std::size_t c = 0; c < in; ++c) {
          for (std::size_t t = 0; t < 3; ++t) {
            const std::size_t at = f * stride + t;  // one frame of zeros stands before
            if (at >= 1 && at <= length)
              sum += w_.conv[which].weight[(o * in + c) * 3 + t] * x[c * length + at - 1];
          }
        }
        out.push_back(std::max(sum, 0.0));
      }
    }
    length = out_length;
    return out;
  }
  const Weights& w_;
  std::vector<double> h_, c_;
};

TEST_P(MadeNetwork, IsWhatItsLayersGiveOneByOne) {
  const Shape& shape = GetParam();
  const Weights weights = made_weights(shape);
  Plain plain(weights);
  auto audio = made_audio(static_cast<int>(shape.window));
  const auto folded = probabilities(network, audio, best_forward());
  audio.insert(audio.begin(), shape.context, 0);
  for (std::size_t w = 0; w < 20; ++w)
    EXPECT_NEAR(folded[w], plain.step(audio.data() + w * shape.window), 1e-4) << w;
}

TEST_P(MadeNetwork, GivesEachStreamTheSameInEveryCompany) {
  const Shape& shape = GetParam();
  auto audio = made_audio(static_cast<int>(shape.window));
  audio.insert(audio.begin(), shape.context, 0);
  const std::size_t room = shape.window * 30;
  for (const Forward forward : all_forwards()) {
    Floats work(work_size);
    for (std::size_t streams = 1; streams <= 2 * group_size + 1; ++streams) {
      std::vector<State> together(streams), alone(streams);
      std::vector<Item> items(streams);
      for (std::size_t w = 0; w < 2; ++w) {
        for (std::size_t s = 0; s < streams; ++s)
          items[s] = {.audio = audio.data() + (s * 131 * 4 + w * shape.window) % room,
                      .state = together[s].values};
        network.run(items, work, forward);
        for (std::size_t s = 0; s < streams; ++s) {
          Item one{.audio = items[s].audio, .state = alone[s].values};
          network.run({&one, 1}, work, forward);
          EXPECT_NEAR(one.probability, items[s].probability, 1e-5f) << streams << " streams, number " << s;
        }
      }
    }
  }
}

TEST_P(MadeNetwork, RefusesATransformThatCannotBeFolded) {
  Weights weights = made_weights(GetParam());
  weights.stft[weights.shape.taps * 3 + 5] += 0.01f;
  const auto made = Network::make(weights);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, base::Code::unsupported);
}

TEST_P(MadeNetwork, StaysANumberUnderAnySound) {
  std::vector<std::int16_t> loud(GetParam().window * 40, -32768);
  for (const Forward forward : all_forwards()) {
    for (const float p : probabilities(network, loud, forward)) EXPECT_TRUE(p >= 0 && p <= 1) << p;
  }
}

}  // namespace
}  // namespace daedap::engines::silero::test
