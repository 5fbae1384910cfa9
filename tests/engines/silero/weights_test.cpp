#include "engines/silero/weights.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "engines/silero/wire.hpp"
#include "engines/silero/writer.hpp"

namespace daedap::engines::silero::test {
namespace {

void expect_same(const Weights& a, const Weights& b) {
  EXPECT_EQ(a.shape, b.shape);
  EXPECT_EQ(a.stft, b.stft);
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_EQ(a.conv[c].weight, b.conv[c].weight) << c;
    EXPECT_EQ(a.conv[c].bias, b.conv[c].bias) << c;
  }
  EXPECT_EQ(a.input, b.input);
  EXPECT_EQ(a.recurrent, b.recurrent);
  EXPECT_EQ(a.input_bias, b.input_bias);
  EXPECT_EQ(a.recurrent_bias, b.recurrent_bias);
  EXPECT_EQ(a.output, b.output);
  EXPECT_EQ(a.output_bias, b.output_bias);
}

base::Code fault_of(const Bytes& file) {
  const auto read = read_weights(file);
  EXPECT_FALSE(read);
  return read ? base::Code::io : read.error().code;
}

Bytes onnx_of(const std::vector<Piece>& pieces) {
  return bytes_of(onnx_model(onnx_graph(pieces, "", false)));
}

TEST(SileroWeights, AreReadFromInitializersOfBothRates) {
  const Weights w = made_weights(wide), n = made_weights(narrow);
  const auto read = read_weights(bytes_of(
      onnx_model(onnx_graph(pieces_of(w), "model.", false) + onnx_graph(pieces_of(n), "model_8k.", false))));
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), 2u);
  expect_same((*read)[0], w);
  expect_same((*read)[1], n);
}

TEST(SileroWeights, AreReadFromConstantsInTheBranchesOfACondition) {
  const Weights w = made_weights(wide), n = made_weights(narrow);
  const std::string branches = field(1, onnx_if(onnx_graph(pieces_of(n), "", true))) +
                               field(1, onnx_if(onnx_graph(pieces_of(w), "", true)));
  const auto read = read_weights(bytes_of(onnx_model(branches)));
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), 2u);
  expect_same((*read)[0], n);
  expect_same((*read)[1], w);
}

TEST(SileroWeights, AreReadFromSafetensors) {
  for (const Shape& shape : {wide, narrow}) {
    const Weights w = made_weights(shape);
    const auto read = read_weights(safetensors_of(pieces_of(w)));
    ASSERT_TRUE(read) << read.error().message();
    ASSERT_EQ(read->size(), 1u);
    expect_same(read->front(), w);
  }
}

TEST(SileroWeights, DimensionsMayBePacked) {
  auto pieces = pieces_of(made_weights(narrow));
  std::string graph;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string dims;
    for (const std::uint64_t d : pieces[i].dims) dims += varint(d);
    pieces[i].dims.clear();
    graph += field(5, field(1, dims) + onnx_tensor(onnx_names[i], pieces[i]));
  }
  EXPECT_TRUE(read_weights(bytes_of(onnx_model(graph))));
}

TEST(SileroWeights, AMissingAWrongAndADoubledParameterAreNamed) {
  const auto good = pieces_of(made_weights(narrow));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto pieces = good;
    pieces[i].dims.back() += 1;
    EXPECT_EQ(fault_of(onnx_of(pieces)), base::Code::bad_syntax) << i;
    pieces = good;
    pieces[i].values.pop_back();
    EXPECT_EQ(fault_of(safetensors_of(pieces)), base::Code::bad_syntax) << i;
    pieces = good;
    pieces[i].values.front() = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(fault_of(onnx_of(pieces)), base::Code::bad_syntax) << i;
  }
  const std::string twice = onnx_graph(good, "", false) + field(5, onnx_tensor(onnx_names[3], good[3]));
  const auto read = read_weights(bytes_of(onnx_model(twice)));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().detail, onnx_names[3]);
  const std::vector<Piece> few(good.begin(), good.end() - 1);
  const auto short_of_one = read_weights(onnx_of(few));
  ASSERT_FALSE(short_of_one);
  EXPECT_EQ(short_of_one.error().detail, onnx_names[14]);
}

TEST(SileroWeights, TwoNetworksOfOneRateAreRefused) {
  const auto pieces = pieces_of(made_weights(narrow));
  EXPECT_EQ(fault_of(bytes_of(onnx_model(onnx_graph(pieces, "a.", false) + onnx_graph(pieces, "b.", false)))),
            base::Code::bad_syntax);
}

TEST(SileroWeights, OtherFilesAreNoNetwork) {
  EXPECT_EQ(fault_of({}), base::Code::bad_syntax);
  EXPECT_EQ(fault_of(bytes_of("%PDF-1.7 and so on, and so on")), base::Code::bad_syntax);
  EXPECT_EQ(fault_of(bytes_of(onnx_model(field(5, onnx_tensor("some.other", {{2}, {1, 2}}))))),
            base::Code::not_found);
  EXPECT_EQ(fault_of(safetensors(R"({"other":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "abcd")),
            base::Code::not_found);
  EXPECT_EQ(fault_of(Bytes(most_file_bytes + 1)), base::Code::too_large);
}

TEST(SileroWeights, AnOnnxFileThatLiesAboutSizesIsRefused) {
  const std::string tensor = onnx_tensor(onnx_names[0], {{4}, {1, 2, 3, 4}});
  const std::string good = onnx_model(field(5, tensor));
  for (std::size_t cut = 1; cut < good.size(); ++cut)
    EXPECT_FALSE(read_weights(bytes_of(good.substr(0, cut)))) << cut;
  // A length of 2^64-1, of 2^63, and one byte more than there is.
  for (const std::uint64_t length : {~std::uint64_t{0}, std::uint64_t{1} << 63, tensor.size() + 1}) {
    EXPECT_EQ(fault_of(bytes_of(varint(7 << 3 | 2) + varint(length) + tensor)), base::Code::bad_syntax);
  }
}

TEST(SileroWeights, GraphsInGraphsEndSomewhere) {
  std::string graph = field(5, onnx_tensor("x", {{1}, {1}}));
  for (int depth = 0; depth < 40; ++depth) graph = field(1, onnx_if(graph));
  EXPECT_EQ(fault_of(bytes_of(onnx_model(graph))), base::Code::too_large);
  std::string many;
  for (int i = 0; i < 400; ++i) many += field(1, onnx_if(""));
  EXPECT_EQ(fault_of(bytes_of(onnx_model(many))), base::Code::too_large);
}

TEST(SileroWeights, ManyNetworksOrDimensionsAreRefused) {
  std::string graph;
  for (int i = 0; i < 20; ++i)
    graph += field(5, onnx_tensor(std::to_string(i) + "." + onnx_names[0], {{1}, {1}}));
  EXPECT_EQ(fault_of(bytes_of(onnx_model(graph))), base::Code::too_large);
  EXPECT_EQ(fault_of(bytes_of(
                onnx_model(field(5, onnx_tensor(onnx_names[0], {std::vector<std::uint64_t>(9, 1), {1}}))))),
            base::Code::bad_syntax);
}

TEST(SileroWeights, ASafetensorsHeaderThatLiesIsRefused) {
  const auto entry = [](const std::string& rest) { return "{\"conv1.bias\":{" + rest + "}}"; };
  const char* wrong[] = {
      R"("dtype":"F16","shape":[128],"data_offsets":[0,4])",
      R"("dtype":"F32","shape":[128],"data_offsets":[4,0])",
      R"("dtype":"F32","shape":[128],"data_offsets":[0,5])",
      R"("dtype":"F32","shape":[128],"data_offsets":[18446744073709551612,18446744073709551615])",
      R"("dtype":"F32","shape":[128],"data_offsets":[-1,4])",
      R"("dtype":"F32","shape":[128],"data_offsets":[0])",
      R"("dtype":"F32","shape":[1.5],"data_offsets":[0,4])",
      R"("dtype":"F32","shape":128,"data_offsets":[0,4])",
      R"("dtype":7,"shape":[128],"data_offsets":[0,4])",
      R"("shape":[128],"data_offsets":[0,4])",
      R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4])",
  };
  for (const char* rest : wrong)
    EXPECT_EQ(fault_of(safetensors(entry(rest), "abcd")), base::Code::bad_syntax) << rest;
  EXPECT_EQ(fault_of(safetensors("{\"a\":" + std::string(20, '[') + std::string(20, ']') + "}", "")),
            base::Code::bad_syntax);
  EXPECT_EQ(fault_of(safetensors("{\"a\":", "")), base::Code::bad_syntax);
  EXPECT_EQ(fault_of(safetensors("{\"conv1.bias\":[1,2]}", "")), base::Code::bad_syntax);
  Bytes long_header = safetensors("{}", "");
  long_header[2] = 2;  // 128 kB and more
  EXPECT_EQ(fault_of(long_header), base::Code::too_large);
  Bytes longer_than_file = safetensors("{}", "");
  longer_than_file[0] = 200;
  EXPECT_EQ(fault_of(longer_than_file), base::Code::bad_syntax);
}

TEST(SileroWire, StopsAtTheFirstBrokenField) {
  const auto broken = [](const std::string& text) {
    const Bytes bytes = bytes_of(text);
    Wire wire(bytes);
    Wire::Field f;
    while (wire.next(f)) {
    }
    return wire.broken();
  };
  EXPECT_FALSE(broken(field(1, 5) + field(2, "ab")));
  EXPECT_TRUE(broken(std::string("\x00\x01", 2)));                      // field 0
  EXPECT_TRUE(broken("\x0b\x0c"));                                      // a group
  EXPECT_TRUE(broken(std::string(11, '\xff')));                         // a number without end
  EXPECT_TRUE(broken("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"));  // over 64 bits
  EXPECT_TRUE(broken("\x0d\x01\x02\x03"));                              // 3 of 4 bytes
  EXPECT_FALSE(broken("\x0d\x01\x02\x03\x04"));
}

// What stands around the numbers is small; the numbers here are too few, so most of these end in a
// fault, but all of the readers' paths are walked.
TEST(SileroWeights, MutationsDoNoHarm) {
  std::vector<Piece> small;
  for (auto piece : pieces_of(made_weights(narrow))) {
    piece.values.resize(std::min<std::size_t>(piece.values.size(), 3));
    small.push_back(piece);
  }
  const std::string nested =
      onnx_model(field(1, onnx_if(onnx_graph(small, "", true))) + onnx_graph(small, "model.", false));
  const std::vector<Bytes> seeds{bytes_of(nested), safetensors_of(small)};
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    Bytes bytes = seeds[static_cast<std::size_t>(round % 2)];
    for (unsigned i = 0; i <= random() % 4; ++i) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<std::uint8_t>(random());
          break;
        case 1:
          bytes[at] ^= static_cast<std::uint8_t>(1U << random() % 8);
          break;
        case 2:
          bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        default:
          bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random()));
          break;
      }
    }
    refused += !read_weights(bytes);
  }
  EXPECT_EQ(refused, 4000);
}

}  // namespace
}  // namespace daedap::engines::silero::test
