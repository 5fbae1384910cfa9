#pragma once

#include <array>
#include <string>

#include "engines/silero/files.hpp"

namespace daedap::engines::silero::test {

inline constexpr std::array<const char*, 15> onnx_names{
    "stft.forward_basis_buffer",     "encoder.0.reparam_conv.weight", "encoder.0.reparam_conv.bias",
    "encoder.1.reparam_conv.weight", "encoder.1.reparam_conv.bias",   "encoder.2.reparam_conv.weight",
    "encoder.2.reparam_conv.bias",   "encoder.3.reparam_conv.weight", "encoder.3.reparam_conv.bias",
    "decoder.rnn.weight_ih",         "decoder.rnn.weight_hh",         "decoder.rnn.bias_ih",
    "decoder.rnn.bias_hh",           "decoder.decoder.2.weight",      "decoder.decoder.2.bias"};
inline constexpr std::array<const char*, 15> safetensors_names{
    "stft_conv.weight",  "conv1.weight",        "conv1.bias",          "conv2.weight",
    "conv2.bias",        "conv3.weight",        "conv3.bias",          "conv4.weight",
    "conv4.bias",        "lstm_cell.weight_ih", "lstm_cell.weight_hh", "lstm_cell.bias_ih",
    "lstm_cell.bias_hh", "final_conv.weight",   "final_conv.bias"};

/// One parameter on its way into a file.
struct Piece {
  std::vector<std::uint64_t> dims;
  std::vector<float> values;
};

inline std::vector<Piece> pieces_of(const Weights& w) {
  std::vector<Piece> out{{{2 * w.shape.bins, 1, w.shape.taps}, w.stft}};
  for (std::size_t c = 0; c < 4; ++c) {
    out.push_back({{conv_out[c], c == 0 ? w.shape.bins : conv_out[c - 1], 3}, w.conv[c].weight});
    out.push_back({{conv_out[c]}, w.conv[c].bias});
  }
  out.push_back({{gates, hidden}, w.input});
  out.push_back({{gates, hidden}, w.recurrent});
  out.push_back({{gates}, w.input_bias});
  out.push_back({{gates}, w.recurrent_bias});
  out.push_back({{1, hidden, 1}, w.output});
  out.push_back({{1}, {w.output_bias}});
  return out;
}

// ---- protobuf ----

inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value > 127; value >>= 7) out += static_cast<char>(value | 128);
  return out + static_cast<char>(value);
}
inline std::string field(unsigned number, std::uint64_t value) { return varint(number << 3) + varint(value); }
inline std::string field(unsigned number, const std::string& bytes) {
  return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
}

inline std::string raw_bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

inline std::string onnx_tensor(const std::string& name, const Piece& piece, std::uint64_t type = 1) {
  std::string out;
  for (const std::uint64_t d : piece.dims) out += field(1, d);
  return out + field(2, type) + field(8, name) + field(9, raw_bytes(piece.values));
}
/// A Constant node.
inline std::string onnx_constant(const std::string& tensor) {
  return field(4, "Constant") + field(5, field(1, "value") + field(5, tensor));
}
/// An If node with one graph.
inline std::string onnx_if(const std::string& graph) {
  return field(4, "If") + field(5, field(1, "then_branch") + field(6, graph));
}
inline std::string onnx_model(const std::string& graph) {
  return field(1, 8) + field(2, "some maker") + field(7, graph);
}

/// A graph whose initializers (or Constant nodes) are these.
inline std::string onnx_graph(const std::vector<Piece>& pieces, const std::string& prefix, bool constants) {
  std::string out;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string tensor = onnx_tensor(prefix + onnx_names[i], pieces[i]);
    out += constants ? field(1, onnx_constant(tensor)) : field(5, tensor);
  }
  return out;
}

inline Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

// ---- safetensors ----

inline Bytes safetensors(const std::string& header, const std::string& body) {
  std::string out;
  for (int i = 0; i < 8; ++i) out += static_cast<char>(header.size() >> (8 * i));
  return bytes_of(out + header + body);
}

inline Bytes safetensors_of(const std::vector<Piece>& pieces) {
  std::string header = R"({"__metadata__":{"format":"pt"})", body;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    header += ",\"" + std::string(safetensors_names[i]) + R"(":{"dtype":"F32","shape":[)";
    for (std::size_t d = 0; d < pieces[i].dims.size(); ++d)
      header += (d ? "," : "") + std::to_string(pieces[i].dims[d]);
    header += "],\"data_offsets\":[" + std::to_string(body.size());
    body += raw_bytes(pieces[i].values);
    header += "," + std::to_string(body.size()) + "]}";
  }
  return safetensors(header + "}", body);
}

}  // namespace daedap::engines::silero::test
