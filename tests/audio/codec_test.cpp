#include "audio/codec.hpp"

#include <gtest/gtest.h>

#include "audio/level.hpp"
#include "audio/sine.hpp"

namespace daedap::audio {
namespace {

using testing::sine;
using testing::sine_snr;

Frame frame_at(const std::vector<std::int16_t>& pcm, std::size_t index) {
  Frame f;
  std::copy_n(pcm.begin() + static_cast<std::ptrdiff_t>(index * frame_samples), frame_samples,
              f.begin());
  return f;
}

TEST(Codec, IsFoundByNameWithoutRegardToCase) {
  EXPECT_EQ(make_codec("pcmu")->law, Law::mu);
  EXPECT_EQ(make_codec("PcMa")->law, Law::a);
  EXPECT_EQ(make_codec("G729").error().code, base::Code::unsupported);
  EXPECT_EQ(make_codec("").error().code, base::Code::unsupported);
}

class CodecNames : public ::testing::TestWithParam<const char*> {};

TEST_P(CodecNames, CarriesASineThereAndBack) {
  const Codec codec = *make_codec(GetParam());
  Encoder encoder(codec);
  Decoder decoder(codec);
  const auto pcm = sine(1000, sample_rate, 50 * frame_samples);
  std::vector<std::int16_t> heard;
  for (std::size_t i = 0; i < 50; ++i) {
    std::array<std::uint8_t, Encoder::max_payload> payload;
    const std::size_t n = encoder.encode(frame_at(pcm, i), payload);
    ASSERT_EQ(n, codec.frame_payload);
    Frame out;
    ASSERT_EQ(decoder.decode(std::span(payload).first(n), out), frame_samples);
    heard.insert(heard.end(), out.begin(), out.end());
  }
  EXPECT_GT(sine_snr(std::span(heard).subspan(640), 1000, sample_rate), 30);
  EXPECT_NEAR(rms_dbfs(std::span(heard).subspan(640)), rms_dbfs(pcm), 0.3);
}

INSTANTIATE_TEST_SUITE_P(G711, CodecNames, ::testing::Values("PCMU", "PCMA"));

TEST(Codec, ChangesInMidWordWithoutASeam) {
  const Codec mu = *make_codec("PCMU"), a = *make_codec("PCMA");
  Encoder encoder(mu);
  Decoder decoder(mu);
  const auto pcm = sine(1000, sample_rate, 20 * frame_samples);
  std::vector<std::int16_t> heard;
  for (std::size_t i = 0; i < 20; ++i) {
    encoder.select(i % 4 < 2 ? mu : a);
    decoder.select(i % 4 < 2 ? mu : a);
    std::array<std::uint8_t, 160> payload;
    encoder.encode(frame_at(pcm, i), payload);
    Frame out;
    decoder.decode(payload, out);
    heard.insert(heard.end(), out.begin(), out.end());
  }
  EXPECT_GT(sine_snr(std::span(heard).subspan(640), 1000, sample_rate), 30);
}

TEST(Decoder, TakesOtherPacketTimes) {
  Decoder decoder(*make_codec("PCMU"));
  std::array<std::int16_t, Decoder::max_samples> out;
  for (const std::size_t bytes : {80u, 160u, 240u, 320u, 480u, 960u}) {
    const std::vector<std::uint8_t> payload(bytes, 0xFF);
    EXPECT_EQ(decoder.decode(payload, out), bytes * 2);
  }
}

TEST(Decoder, DropsWhatGoesBeyond120Milliseconds) {
  Decoder decoder(*make_codec("PCMA"));
  std::vector<std::int16_t> out(2 * Decoder::max_samples, 7);
  const std::vector<std::uint8_t> payload(1400, 0xD5);
  EXPECT_EQ(decoder.decode(payload, out), Decoder::max_samples);
  EXPECT_EQ(out[Decoder::max_samples], 7);
  EXPECT_EQ(decoder.decode(payload, std::span(out).first(100)), 100u);
  EXPECT_EQ(decoder.decode({}, out), 0u);
}

TEST(Decoder, ConcealsAHoleAndFadesOut) {
  const Codec codec = *make_codec("PCMU");
  Encoder encoder(codec);
  Decoder decoder(codec);
  const auto pcm = sine(150, sample_rate, 10 * frame_samples);
  Frame out;
  for (std::size_t i = 0; i < 10; ++i) {
    std::array<std::uint8_t, 160> payload;
    encoder.encode(frame_at(pcm, i), payload);
    decoder.decode(payload, out);
  }
  ASSERT_EQ(decoder.conceal(out), frame_samples);
  EXPECT_GT(rms_dbfs(out), rms_dbfs(pcm) - 6);
  for (int i = 0; i < 4; ++i) decoder.conceal(out);
  EXPECT_EQ(peak(out), 0);
}

TEST(Decoder, RestsWithoutRepeatingThePast) {
  Decoder decoder(*make_codec("PCMA"));
  const std::vector<std::uint8_t> loud(160, 0xAA);
  Frame out;
  decoder.decode(loud, out);
  ASSERT_EQ(decoder.rest(out), frame_samples);
  EXPECT_EQ(peak(std::span(out).subspan(240)), 0);  // behind the end of the filter and the blend
  ASSERT_EQ(decoder.conceal(out), frame_samples);
  EXPECT_LT(peak(out), 300);
}

}  // namespace
}  // namespace daedap::audio
