#include "engines/silero/tensors.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace daedap::engines::silero {
namespace {

static_assert(std::endian::native == std::endian::little);

struct Name {
  std::string_view onnx, safetensors;
};
constexpr std::array<Name, part_count> names{{
    {"stft.forward_basis_buffer", "stft_conv.weight"},
    {"encoder.0.reparam_conv.weight", "conv1.weight"},
    {"encoder.0.reparam_conv.bias", "conv1.bias"},
    {"encoder.1.reparam_conv.weight", "conv2.weight"},
    {"encoder.1.reparam_conv.bias", "conv2.bias"},
    {"encoder.2.reparam_conv.weight", "conv3.weight"},
    {"encoder.2.reparam_conv.bias", "conv3.bias"},
    {"encoder.3.reparam_conv.weight", "conv4.weight"},
    {"encoder.3.reparam_conv.bias", "conv4.bias"},
    {"decoder.rnn.weight_ih", "lstm_cell.weight_ih"},
    {"decoder.rnn.weight_hh", "lstm_cell.weight_hh"},
    {"decoder.rnn.bias_ih", "lstm_cell.bias_ih"},
    {"decoder.rnn.bias_hh", "lstm_cell.bias_hh"},
    {"decoder.decoder.2.weight", "final_conv.weight"},
    {"decoder.decoder.2.bias", "final_conv.bias"},
}};

constexpr std::size_t most_groups = 16;

using Dims = std::vector<std::uint64_t>;

Dims expected(Part part, const Shape& shape) {
  switch (part) {
    case Part::stft: return {2 * shape.bins, 1, shape.taps};
    case Part::conv1_weight: return {conv_out[0], shape.bins, 3};
    case Part::conv2_weight: return {conv_out[1], conv_out[0], 3};
    case Part::conv3_weight: return {conv_out[2], conv_out[1], 3};
    case Part::conv4_weight: return {conv_out[3], conv_out[2], 3};
    case Part::conv1_bias: return {conv_out[0]};
    case Part::conv2_bias: return {conv_out[1]};
    case Part::conv3_bias: return {conv_out[2]};
    case Part::conv4_bias: return {conv_out[3]};
    case Part::input:
    case Part::recurrent: return {gates, hidden};
    case Part::input_bias:
    case Part::recurrent_bias: return {gates};
    case Part::output: return {1, hidden, 1};
    case Part::output_bias: return {1};
  }
  return {};
}

std::string_view name_of(Part part) { return names[static_cast<std::size_t>(part)].onnx; }

tl::unexpected<base::Error> wrong(const char* what, Part part) {
  return base::fail(base::Code::bad_syntax, what, std::string(name_of(part)));
}

base::Result<std::vector<float>> floats(const Tensor& tensor, const Shape& shape) {
  const Dims dims = expected(tensor.part, shape);
  std::size_t count = 1;
  for (const std::uint64_t d : dims) count *= d;
  if (tensor.dims != dims || tensor.bytes.size() != count * sizeof(float)) {
    return wrong("a parameter of another shape", tensor.part);
  }
  std::vector<float> out(count);
  std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
  for (const float f : out) {
    if (!std::isfinite(f)) return wrong("a parameter that is no number", tensor.part);
  }
  return out;
}

std::vector<float>& place_of(Weights& w, Part part) {
  const auto at = static_cast<std::size_t>(part);
  switch (part) {
    case Part::stft: return w.stft;
    case Part::input: return w.input;
    case Part::recurrent: return w.recurrent;
    case Part::input_bias: return w.input_bias;
    case Part::recurrent_bias: return w.recurrent_bias;
    case Part::output:
    case Part::output_bias: return w.output;
    default: break;
  }
  Weights::Conv& conv = w.conv[(at - 1) / 2];
  return at % 2 == 1 ? conv.weight : conv.bias;
}

}  // namespace

std::optional<PartName> part_of(std::string_view name) {
  for (std::size_t i = 0; i < part_count; ++i) {
    for (const std::string_view known : {names[i].onnx, names[i].safetensors}) {
      if (!name.ends_with(known)) continue;
      const std::string_view prefix = name.substr(0, name.size() - known.size());
      if (prefix.empty() || prefix.back() == '.') return PartName{static_cast<Part>(i), prefix};
    }
  }
  return std::nullopt;
}

base::Result<void> Networks::add(const std::string& group, Tensor tensor) {
  auto at = groups_.begin();
  while (at != groups_.end() && at->name != group) ++at;
  if (at == groups_.end()) {
    if (groups_.size() >= most_groups) return base::fail(base::Code::too_large, "too many networks in a file");
    at = groups_.insert(at, Group{group, {}});
  }
  auto& part = at->parts[static_cast<std::size_t>(tensor.part)];
  if (part) return wrong("a parameter stands twice", tensor.part);
  part = std::move(tensor);
  return {};
}

base::Result<Weights> Networks::assemble(const Group& group) {
  Weights out;
  const Dims& transform = group.parts[0]->dims;
  out.shape = transform == expected(Part::stft, narrow) ? narrow : wide;
  for (std::size_t i = 0; i < part_count; ++i) {
    const auto part = static_cast<Part>(i);
    if (!group.parts[i]) return wrong("a parameter is missing", part);
    auto values = floats(*group.parts[i], out.shape);
    if (!values) return tl::unexpected(values.error());
    if (part == Part::output_bias) out.output_bias = values->front();
    else place_of(out, part) = std::move(*values);
  }
  return out;
}

base::Result<std::vector<Weights>> Networks::take() const {
  std::vector<Weights> out;
  for (const Group& group : groups_) {
    if (!group.parts[0]) continue;
    auto network = assemble(group);
    if (!network) return tl::unexpected(network.error());
    for (const Weights& other : out) {
      if (other.shape != network->shape) continue;
      return base::fail(base::Code::bad_syntax, "two networks of one rate");
    }
    out.push_back(std::move(*network));
  }
  if (out.empty()) return base::fail(base::Code::not_found, "no voice activity network in this file");
  return out;
}

base::Result<std::vector<Weights>> read_weights(std::span<const std::uint8_t> file) {
  if (file.size() > most_file_bytes) return base::fail(base::Code::too_large, "a network of at most 16 MB");
  // A .safetensors file begins with the length of its JSON header; an .onnx file has no brace there.
  const bool safetensors = file.size() > 8 && file[8] == '{';
  const auto networks = safetensors ? read_safetensors(file) : read_onnx(file);
  if (!networks) return tl::unexpected(networks.error());
  return networks->take();
}

}  // namespace daedap::engines::silero
