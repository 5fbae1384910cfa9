#include "engines/espeak/wire.hpp"

#include <gtest/gtest.h>

namespace daedap::engines::espeak {
namespace {

std::string raw(std::uint32_t length, char type, std::uint32_t id, std::string_view payload) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(length >> (8 * i));
  out += type;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(id >> (8 * i));
  return out.append(payload);
}

TEST(FrameReader, CutsFramesThatComeInPieces) {
  const std::string bytes = raw(9, 17, 7, "abcd") + raw(5, 18, 7, "");
  FrameReader reader;
  std::vector<HelperFrame> frames;
  for (const char byte : bytes) {
    reader.append({&byte, 1});
    auto next = reader.next();
    ASSERT_TRUE(next);
    if (*next) frames.push_back(**next);
  }
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].payload, "abcd");
  EXPECT_EQ(frames[0].id, 7u);
  EXPECT_EQ(frames[1].type, FrameType::end);
}

TEST(FrameReader, RefusesTooLongTooShortAndUnknownFrames) {
  for (const auto& bytes : {raw(FrameReader::max_length + 1, 17, 1, ""), raw(4, 17, 1, ""),
                            raw(5, 1, 1, ""), raw(5, 99, 1, "")}) {
    FrameReader reader;
    reader.append(bytes);
    EXPECT_FALSE(reader.next());
  }
}

TEST(FrameReader, WaitsForTheRestOfTheLongestFrame) {
  FrameReader reader;
  reader.append(raw(FrameReader::max_length, 17, 1, ""));
  auto next = reader.next();
  ASSERT_TRUE(next);
  EXPECT_FALSE(*next);
}

TEST(Wire, SpeakHoldsRateVoiceAndText) {
  const auto bytes = write_speak(258, 145, "ko+f3", "네");
  EXPECT_EQ(bytes, raw(5 + 2 + 1 + 5 + 3, 1, 258, std::string("\x91\x00\x05", 3) + "ko+f3네"));
}

TEST(Wire, RefusesHalfSamplesAndBadRates) {
  EXPECT_FALSE(samples_of({FrameType::audio, 1, "abc"}));
  EXPECT_FALSE(rate_of({FrameType::ready, 0, "ab"}));
  EXPECT_EQ(samples_of({FrameType::audio, 1, std::string("\x01\x02\xff\xff", 4)}),
            (std::vector<std::int16_t>{513, -1}));
  EXPECT_EQ(rate_of({FrameType::ready, 0, std::string("\x22\x56\x00\x00", 4)}), 22050);
}

}  // namespace
}  // namespace daedap::engines::espeak
