#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engines/silero/weights.hpp"

namespace daedap::engines::silero {

/// The parameters of a network. The convolutions and biases lie in pairs.
enum class Part {
  stft,
  conv1_weight, conv1_bias, conv2_weight, conv2_bias, conv3_weight, conv3_bias, conv4_weight, conv4_bias,
  input, recurrent, input_bias, recurrent_bias, output, output_bias,
};
inline constexpr std::size_t part_count = 15;

/// One tensor of 32-bit floats, as it lies in the file.
struct Tensor {
  Part part = Part::stft;
  std::vector<std::uint64_t> dims;
  std::span<const std::uint8_t> bytes;  // little endian
};

/// The part that a tensor's name ends in and what stands before it ("model_8k."); none = not ours.
struct PartName {
  Part part;
  std::string_view prefix;
};
std::optional<PartName> part_of(std::string_view name);

/// Tensors by the network that they belong to, and then the networks.
class Networks {
 public:
  /// `group` tells networks of one file apart.
  /// errors  bad_syntax (the same part twice), too_large (more than 16 groups)
  base::Result<void> add(const std::string& group, Tensor tensor);
  /// Groups without a transform are no networks and are left out.
  /// errors  not_found, bad_syntax (a part is missing, has another shape or a value that is no number)
  base::Result<std::vector<Weights>> take() const;

 private:
  struct Group {
    std::string name;
    std::array<std::optional<Tensor>, part_count> parts;
  };
  static base::Result<Weights> assemble(const Group& group);
  std::vector<Group> groups_;
};

/// errors  bad_syntax, too_large, and those of `Networks`
base::Result<Networks> read_onnx(std::span<const std::uint8_t> file);
base::Result<Networks> read_safetensors(std::span<const std::uint8_t> file);

}  // namespace daedap::engines::silero
