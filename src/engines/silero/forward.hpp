#pragma once
// The forward pass, compiled once for each instruction set by the file that includes it. Everything
// has internal linkage and nothing of the standard library is called: a function that two files
// share would be kept once, with the instructions of either.

#include "engines/silero/kernel.hpp"
#include "engines/silero/lanes.hpp"
#include "engines/silero/weights.hpp"

namespace daedap::engines::silero {
namespace {

// Where things lie in the working memory; each begins on a cache line.
struct Memory {
  float* next;
  float* take(std::size_t size) {
    float* here = next;
    next += (size + 15) / 16 * 16;
    return here;
  }
};

// A frame folded: its window is symmetric, so are cosines and, with a minus, sines; so samples that
// lie in mirrored places are added or subtracted before anything is multiplied.
struct Folded {
  float* sums[2];         // of even and odd index; even ones include first and middle
  float* differences[2];
};

void fold(const float* x, std::size_t taps, const Folded& out) {
  const std::size_t half = taps / 2;
  out.sums[0][0] = x[0];
  out.differences[0][0] = 0;
  for (std::size_t i = 1; i < half / 2; ++i) {
    out.sums[0][i] = x[2 * i] + x[taps - 2 * i];
    out.differences[0][i] = x[2 * i] - x[taps - 2 * i];
  }
  out.sums[0][half / 2] = x[half];
  for (std::size_t i = 0; i < half / 2; ++i) {
    out.sums[1][i] = x[2 * i + 1] + x[taps - 2 * i - 1];
    out.differences[1][i] = x[2 * i + 1] - x[taps - 2 * i - 1];
  }
}

// Samples of an item as numbers, the last ones reflected.
void load(const Layers& l, const std::int16_t* audio, float* x) {
  const std::size_t size = l.context + l.window;
  for (std::size_t i = 0; i < size; ++i) x[i] = static_cast<float>(audio[i]) * (1 / 32768.0f);
  for (std::size_t i = 0; i < l.context; ++i) x[size + i] = x[size - 2 - i];
}

// The columns of one group of windows.
struct Columns {
  const float* in[group_size * frames];
  float* out[group_size * frames];
};

// Magnitudes: item by item, frame by frame, `bins` each, a frame of zeros before and after. The bins
// stand as 0, 1, ... in the middle, and then from the highest down: as they come out of the folding.
void transform(const Layers& l, const Item* items, std::size_t count, float* spectrum, Memory memory) {
  const std::size_t low = l.even_cosines.rows, columns = count * frames;
  const std::size_t quarter = l.taps / 4, room = quarter + 1;
  float* x = memory.take(3 * l.context + l.window + 16);
  float* folded = memory.take(columns * 4 * room);
  float* result = memory.take(4 * columns * low);
  Columns c;
  const Matrix* matrices[4] = {&l.even_cosines, &l.odd_cosines, &l.even_sines, &l.odd_sines};
  for (std::size_t i = 0; i < count; ++i) {
    load(l, items[i].audio, x);
    for (std::size_t f = 0; f < frames; ++f) {
      float* here = folded + (i * frames + f) * 4 * room;
      const Folded to{{here, here + room}, {here + 2 * room, here + 3 * room}};
      fold(x + f * l.taps / 2, l.taps, to);
    }
  }
  for (std::size_t m = 0; m < 4; ++m) {
    for (std::size_t i = 0; i < columns; ++i) {
      c.in[i] = folded + (4 * i + m) * room;
      c.out[i] = result + (4 * i + m) * low;
    }
    multiply(*matrices[m], c.in, c.out, columns, After::nothing);
  }
  for (std::size_t i = 0; i < columns; ++i) {
    const float* even_re = result + 4 * i * low;
    const float *odd_re = even_re + low, *even_im = odd_re + low, *odd_im = even_im + low;
    float* out = spectrum + (i / frames * (frames + 2) + i % frames + 1) * l.bins;
    for (std::size_t k = 0; k <= quarter; ++k) {
      const float re = even_re[k] + odd_re[k], im = even_im[k] + odd_im[k];
      out[k] = __builtin_sqrtf(re * re + im * im);
    }
    for (std::size_t k = 0; k < quarter; ++k) {
      const float re = even_re[k] - odd_re[k], im = odd_im[k] - even_im[k];
      out[room + k] = __builtin_sqrtf(re * re + im * im);
    }
  }
}

void zero(float* p, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) p[i] = 0;
}

// A convolution is a matrix on what lies under it: frames of one item are neighbours in memory.
struct Walk {
  std::size_t per_item;         // columns
  std::size_t in_item, in_step;  // floats from item to item, from column to column
  std::size_t out_item, out_step;
};

void convolve(const Matrix& m, const float* in, float* out, std::size_t count, const Walk& walk) {
  Columns c;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t f = 0; f < walk.per_item; ++f) {
      c.in[i * walk.per_item + f] = in + i * walk.in_item + f * walk.in_step;
      c.out[i * walk.per_item + f] = out + i * walk.out_item + f * walk.out_step;
    }
  }
  multiply(m, c.in, c.out, count * walk.per_item, After::relu);
}

// From magnitudes to the cell's input: `hidden` for each item, then place for its h.
void encode(const Layers& l, std::size_t count, const float* spectrum, float* cell_in, Memory memory) {
  const std::size_t first = (frames + 1) * conv_out[0], second = 2 * conv_out[1];
  float* a = memory.take(count * first);
  float* b = memory.take(count * second);
  float* c = memory.take(count * conv_out[2]);
  for (std::size_t i = 0; i < count; ++i) zero(a + i * first, conv_out[0]);
  const std::size_t spectrum_item = (frames + 2) * l.bins;
  convolve(l.conv1, spectrum, a + conv_out[0], count, {frames, spectrum_item, l.bins, first, conv_out[0]});
  convolve(l.conv2, a, b, count, {2, first, 2 * conv_out[0], second, conv_out[1]});
  convolve(l.conv3, b, c, count, {1, second, 0, conv_out[2], 0});
  convolve(l.conv4, c, cell_in, count, {1, conv_out[2], 0, 2 * hidden, 0});
}

// The LSTM cell's arithmetic after its matrix, and the head.
void remember(const Layers& l, const float* gate, Item& item) {
  float *h = item.state, *c = item.state + hidden;
  Lanes sum{};
  for (std::size_t i = 0; i < hidden; i += lanes) {
    const Lanes in = sigmoid(at(gate + i)), forget = sigmoid(at(gate + hidden + i));
    const Lanes fresh = hyperbolic_tangent(at(gate + 2 * hidden + i));
    const Lanes out = sigmoid(at(gate + 3 * hidden + i));
    const Lanes cell = forget * at(c + i) + in * fresh;
    const Lanes heard = out * hyperbolic_tangent(cell);
    at(c + i) = cell;
    at(h + i) = heard;
    sum += (heard > 0 ? heard : Lanes{}) * at(l.output + i);
  }
  float total = l.output_bias;
  for (int i = 0; i < lanes; ++i) total += sum[i];
  item.probability = sigmoid(Lanes{} + total)[0];
}

void compute(const Layers& l, Item* items, std::size_t count, float* work) {
  Memory memory{work};
  const std::size_t frame_room = (frames + 2) * l.bins;
  float* spectrum = memory.take(count * frame_room);
  float* cell_in = memory.take(count * 2 * hidden);
  for (std::size_t i = 0; i < count; ++i) {
    zero(spectrum + i * frame_room, l.bins);
    zero(spectrum + i * frame_room + (frames + 1) * l.bins, l.bins);
  }
  transform(l, items, count, spectrum, memory);
  encode(l, count, spectrum, cell_in, memory);
  float* gate = memory.take(count * gates);
  Columns c;
  for (std::size_t i = 0; i < count; ++i) {
    float* in = cell_in + 2 * i * hidden;
    for (std::size_t k = 0; k < hidden; k += lanes) at(in + hidden + k) = at(items[i].state + k);
    c.in[i] = in;
    c.out[i] = gate + i * gates;
  }
  multiply(l.cell, c.in, c.out, count, After::nothing);
  for (std::size_t i = 0; i < count; ++i) remember(l, gate + i * gates, items[i]);
}

}  // namespace
}  // namespace daedap::engines::silero
