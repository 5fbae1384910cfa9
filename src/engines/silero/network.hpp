#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "engines/silero/kernel.hpp"
#include "engines/silero/weights.hpp"

namespace daedap::engines::silero {

/// Zeros that begin on a cache line.
class Floats {
 public:
  explicit Floats(std::size_t size);
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* p) const;
  };
  std::unique_ptr<float[], Free> data_;
};

/// What a network remembers of one stream from window to window: zeros at first.
struct State {
  alignas(32) float values[2 * hidden] = {};
};

/// One network, ready to compute; immutable, so streams of all threads share it.
/// cost  0.9 MB (16 kHz), 0.8 MB (8 kHz)
/// spec  Silero VAD v5 and v6: short-time Fourier transform, four convolutions, LSTM cell, logistic head
class Network {
 public:
  /// errors  unsupported (the transform is not that of a symmetric window, which `forward` counts on)
  static base::Result<Network> make(const Weights& weights);

  const Shape& shape() const { return shape_; }
  /// One window for each of any number of streams.
  /// in  `work`: `work_size` floats, nobody else's meanwhile
  void run(std::span<Item> items, Floats& work, Forward forward) const;

 private:
  Network(const Shape& shape, Floats memory, const Layers& layers)
      : shape_(shape), memory_(std::move(memory)), layers_(layers) {}

  Shape shape_;
  Floats memory_;  // all that `layers_` points into
  Layers layers_;
};

}  // namespace daedap::engines::silero
