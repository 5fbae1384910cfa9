#include "audio/wav.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "audio/sine.hpp"
#include "base/random.hpp"

namespace daedap::audio {
namespace {

using Bytes = std::vector<std::uint8_t>;

void add(Bytes& out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }
void add(Bytes& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

Bytes riff(const Bytes& chunks) {
  Bytes out;
  add(out, "RIFF");
  add(out, static_cast<std::uint32_t>(chunks.size() + 4), 4);
  add(out, "WAVE");
  out.insert(out.end(), chunks.begin(), chunks.end());
  return out;
}

Bytes chunk(std::string_view tag, const Bytes& body, std::uint32_t claim) {
  Bytes out;
  add(out, tag);
  add(out, claim, 4);
  out.insert(out.end(), body.begin(), body.end());
  if (body.size() % 2 != 0) out.push_back(0);
  return out;
}
Bytes chunk(std::string_view tag, const Bytes& body) {
  return chunk(tag, body, static_cast<std::uint32_t>(body.size()));
}

Bytes format(unsigned tag, unsigned channels, std::uint32_t rate, unsigned bits) {
  Bytes body;
  add(body, tag, 2);
  add(body, channels, 2);
  add(body, rate, 4);
  add(body, rate * channels * bits / 8, 4);
  add(body, channels * bits / 8, 2);
  add(body, bits, 2);
  return chunk("fmt ", body);
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const auto& p : parts) out.insert(out.end(), p.begin(), p.end());
  return out;
}

TEST(Wav, ReadsWhatItWrites) {
  for (const int channels : {1, 2}) {
    const auto pcm = testing::sine(300, 16000, 640);
    const auto wav = decode_wav(write_wav(22050, channels, pcm));
    ASSERT_TRUE(wav);
    EXPECT_EQ(wav->rate, 22050);
    EXPECT_EQ(wav->channels, channels);
    EXPECT_EQ(wav->pcm, pcm);
    EXPECT_EQ(wav->frames(), 640u / static_cast<unsigned>(channels));
  }
}

TEST(Wav, HeaderHasTheSizesOfTheFormat) {
  const auto h = wav_header(16000, 2, 64000);
  EXPECT_EQ(std::memcmp(h.data(), "RIFF\x24\xFA\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0", 24), 0);
  EXPECT_EQ(std::memcmp(h.data() + 24, "\x80\x3E\0\0\0\xFA\0\0\x04\0\x10\0data\0\xFA\0\0", 20), 0);
  const auto huge = wav_header(16000, 2, std::uint64_t{1} << 40);
  EXPECT_EQ(huge[40], 0xFF);
  EXPECT_EQ(huge[4], 0xFF);
}

TEST(Wav, DecodesBothLaws) {
  const Bytes three = chunk("data", {0xFF, 0x80, 0x00});
  const auto mu = decode_wav(riff(join({format(7, 1, 8000, 8), three})));
  ASSERT_TRUE(mu);
  EXPECT_EQ(mu->pcm, (std::vector<std::int16_t>{0, 32124, -32124}));
  const auto a = decode_wav(riff(join({format(6, 1, 8000, 8), chunk("data", {0xD5, 0xAA})})));
  ASSERT_TRUE(a);
  EXPECT_EQ(a->pcm, (std::vector<std::int16_t>{8, 32256}));
}

TEST(Wav, SkipsForeignChunksAndTheirPadding) {
  const Bytes list = chunk("LIST", {1, 2, 3}), fact = chunk("fact", {}), data = chunk("data", {1, 0});
  const auto wav = decode_wav(riff(join({list, format(1, 1, 16000, 16), fact, data})));
  ASSERT_TRUE(wav);
  EXPECT_EQ(wav->pcm, (std::vector<std::int16_t>{1}));
}

TEST(Wav, ReadsTheExtensibleFormat) {
  Bytes body;
  add(body, 0xFFFE, 2);
  add(body, 2, 2);
  add(body, 48000, 4);
  add(body, 192000, 4);
  add(body, 4, 2);
  add(body, 16, 2);
  add(body, 22, 2);
  add(body, 16, 2);
  add(body, 3, 4);
  add(body, 1, 2);
  add(body, std::string_view("\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71", 14));
  const auto wav = decode_wav(riff(join({chunk("fmt ", body), chunk("data", {1, 0, 2, 0})})));
  ASSERT_TRUE(wav);
  EXPECT_EQ(wav->channels, 2);
}

TEST(Wav, GivesWhatIsThereOfACutRecording) {
  const auto open = decode_wav(
      riff(join({format(1, 2, 16000, 16), chunk("data", {1, 0, 2, 0, 3, 0}, 0xFFFFFFFF)})));
  ASSERT_TRUE(open);
  EXPECT_EQ(open->pcm, (std::vector<std::int16_t>{1, 2}));  // the half frame is dropped
}

TEST(Wav, SplitsAndMixesChannels) {
  const Wav wav{.rate = 8000, .channels = 2, .pcm = {10, 30, -20, -40, 32767, 32767}};
  EXPECT_EQ(wav.channel(0), (std::vector<std::int16_t>{10, -20, 32767}));
  EXPECT_EQ(wav.channel(1), (std::vector<std::int16_t>{30, -40, 32767}));
  EXPECT_EQ(wav.mono(), (std::vector<std::int16_t>{20, -30, 32767}));
}

TEST(Wav, RefusesWhatItCannotRead) {
  const Bytes data = chunk("data", {1, 0});
  EXPECT_EQ(decode_wav({}).error().code, base::Code::bad_syntax);
  EXPECT_EQ(decode_wav(riff({})).error().code, base::Code::bad_syntax);
  EXPECT_EQ(decode_wav(riff(join({data, format(1, 1, 8000, 16)}))).error().code,
            base::Code::bad_syntax);
  EXPECT_EQ(decode_wav(riff(chunk("fmt ", {1, 0}))).error().code, base::Code::bad_syntax);
  const auto code = [&](const Bytes& f) { return decode_wav(riff(join({f, data}))).error().code; };
  EXPECT_EQ(code(format(3, 1, 8000, 32)), base::Code::unsupported);
  EXPECT_EQ(code(format(1, 1, 8000, 24)), base::Code::unsupported);
  EXPECT_EQ(code(format(1, 0, 8000, 16)), base::Code::unsupported);
  EXPECT_EQ(code(format(1, 6, 8000, 16)), base::Code::unsupported);
  EXPECT_EQ(code(format(1, 1, 1, 16)), base::Code::unsupported);
}

TEST(Wav, Survives20000MutatedFiles) {
  base::Random random(base::seeded(7));
  const auto good = write_wav(16000, 2, testing::sine(300, 16000, 64));
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes file = good;
    for (unsigned n = random.u32() % 8; n > 0; --n) {
      file[random.u32() % std::min<std::size_t>(file.size(), 64)] =
          static_cast<std::uint8_t>(random.u32());
    }
    file.resize(random.u32() % 4 == 0 ? random.u32() % file.size() : file.size());
    const auto wav = decode_wav(file);
    if (wav) {
      ++read;
      ASSERT_LE(wav->pcm.size(), file.size());
    }
  }
  EXPECT_GT(read, 1000);
}

}  // namespace
}  // namespace daedap::audio
