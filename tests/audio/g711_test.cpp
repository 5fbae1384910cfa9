#include "audio/g711.hpp"

#include <gtest/gtest.h>
#include <spandsp/telephony.h>

#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>

#include <array>
#include <cstdlib>

namespace daedap::audio {
namespace {

std::int16_t decode(Law law, std::uint8_t code) {
  std::int16_t out = 0;
  decode_g711(law, std::span(&code, 1), std::span(&out, 1));
  return out;
}

std::uint8_t encode(Law law, std::int16_t sample) {
  std::uint8_t out = 0;
  encode_g711(law, std::span(&sample, 1), std::span(&out, 1));
  return out;
}

// G.711 table 2a: output values y_0, y_1, y_16, y_17, y_32 ... y_128 of the positive half.
TEST(G711, DecodesMuLawToTheValuesOfTable2a) {
  const std::array<std::array<int, 2>, 12> rows{{{0xFF, 0}, {0xFE, 2}, {0xF0, 30}, {0xEF, 33},
                                                 {0xDF, 99}, {0xCF, 231}, {0xBF, 495}, {0xAF, 1023},
                                                 {0x9F, 2079}, {0x8F, 4191}, {0x81, 7775},
                                                 {0x80, 8031}}};
  for (const auto& [code, value] : rows) {
    EXPECT_EQ(decode(Law::mu, static_cast<std::uint8_t>(code)), value * 4) << code;
    EXPECT_EQ(decode(Law::mu, static_cast<std::uint8_t>(code & 0x7F)), -value * 4) << code;
  }
}

// G.711 table 1a: output values of the positive half (4096 = full scale), codes with even bits
// inverted.
TEST(G711, DecodesALawToTheValuesOfTable1a) {
  const std::array<std::array<int, 2>, 10> rows{{{0x80, 1}, {0x81, 3}, {0x8F, 31}, {0x90, 33},
                                                 {0xA0, 66}, {0xB0, 132}, {0xC0, 264}, {0xD0, 528},
                                                 {0xE0, 1056}, {0xFF, 4032}}};
  for (const auto& [bits, value] : rows) {
    const auto code = static_cast<std::uint8_t>(bits ^ 0x55);
    EXPECT_EQ(decode(Law::a, code), value * 8) << bits;
    EXPECT_EQ(decode(Law::a, code ^ 0x80), -value * 8) << bits;
  }
}

TEST(G711, EveryCodeSurvivesARoundTrip) {
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<std::uint8_t>(code);
    EXPECT_EQ(encode(Law::a, decode(Law::a, byte)), byte);
    // mu-law has two zeros; the negative one comes back as the positive.
    EXPECT_EQ(encode(Law::mu, decode(Law::mu, byte)), byte == 0x7F ? 0xFF : byte);
  }
}

TEST(G711, DecodesAsAnIndependentImplementationDoes) {
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<std::uint8_t>(code);
    EXPECT_EQ(decode(Law::mu, byte), ulaw_to_linear(byte)) << code;
    EXPECT_EQ(decode(Law::a, byte), alaw_to_linear(byte)) << code;
  }
}

// The quantiser's step in the segment of a sample, in 16-bit units.
int step_of(Law law, int magnitude) {
  int step = law == Law::mu ? 8 : 16;
  const int bias = law == Law::mu ? 132 : 0;
  const int first = law == Law::mu ? 256 : 512;
  for (int top = first; top <= magnitude + bias && step < 1024; top *= 2) step *= 2;
  return step;
}

TEST(G711, EveryOneOf65536SamplesLandsWithinHalfAStep) {
  for (const Law law : {Law::mu, Law::a}) {
    const int clip = law == Law::mu ? 32635 : 32767;
    for (int sample = -32768; sample <= 32767; ++sample) {
      const int back = decode(law, encode(law, static_cast<std::int16_t>(sample)));
      const int clipped = std::min(std::abs(sample), clip);
      const int error = std::abs(std::abs(back) - clipped);
      // The truncation to 14 or 13 bits adds less than one unit of that width.
      const int slack = law == Law::mu ? 4 : 8;
      ASSERT_LE(error, step_of(law, clipped) / 2 + slack) << sample;
      if (std::abs(sample) >= slack) {
        ASSERT_GE(std::int64_t{back} * sample, 0) << sample;
      }
    }
  }
}

TEST(G711, EncodingNeverFallsWhileTheSampleRises) {
  for (const Law law : {Law::mu, Law::a}) {
    int before = decode(law, encode(law, -32768));
    for (int sample = -32767; sample <= 32767; ++sample) {
      const int now = decode(law, encode(law, static_cast<std::int16_t>(sample)));
      ASSERT_GE(now, before) << sample;
      before = now;
    }
  }
}

TEST(G711, SilenceIsTheCodeOfZero) {
  EXPECT_EQ(encode(Law::mu, 0), g711_silence(Law::mu));
  EXPECT_EQ(encode(Law::a, 0), g711_silence(Law::a));
}

TEST(G711, WritesNoMoreThanTheShorterSpan) {
  const std::array<std::uint8_t, 4> codes{0, 0, 0, 0};
  std::array<std::int16_t, 4> out{1, 1, 1, 1};
  decode_g711(Law::mu, codes, std::span(out).first(2));
  EXPECT_EQ(out[1], -32124);
  EXPECT_EQ(out[2], 1);
  std::array<std::uint8_t, 4> bytes{1, 1, 1, 1};
  encode_g711(Law::a, std::span(out).first(3), bytes);
  EXPECT_EQ(bytes[3], 1);
}

}  // namespace
}  // namespace daedap::audio
