#include <cmath>

#include "sdp/known_codecs.hpp"
#include "story.hpp"

namespace daedap::sim {
namespace {

/// Loudness of each 20 ms, the mean taken off: the shape that a voice keeps in any codec.
std::vector<double> shape_of(std::span<const std::int16_t> pcm) {
  std::vector<double> shape;
  double sum = 0;
  for (std::size_t i = 0; i + 320 <= pcm.size(); i += 320) {
    shape.push_back(std::sqrt(call::loudness(pcm.subspan(i, 320))));
    sum += shape.back();
  }
  for (double& v : shape) v -= sum / static_cast<double>(shape.size());
  return shape;
}

/// 0..1: how well `wanted` is found in `heard` where it fits best.
double likeness(std::span<const std::int16_t> heard, std::span<const std::int16_t> wanted) {
  const auto whole = shape_of(wanted);
  double best = 0;
  for (std::size_t at = 0; at + wanted.size() <= heard.size(); at += 160) {
    const auto part = shape_of(heard.subspan(at, wanted.size()));
    double ab = 0, aa = 1e-9, bb = 1e-9;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      ab += whole[i] * part[i];
      aa += whole[i] * whole[i];
      bb += part[i] * part[i];
    }
    best = std::max(best, ab / std::sqrt(aa * bb));
  }
  return best;
}

std::vector<std::string> names() { return {sdp::known_codec_names().begin(), sdp::known_codec_names().end()}; }

class CodecStory : public Story, public ::testing::WithParamInterface<std::string> {};

// The phone has this codec alone: the greeting reaches it, its words reach the recogniser and the
// recording, it is answered.
TEST_P(CodecStory, WholeAiCallInThisCodecAlone) {
  const std::string words = "영업 시간 알려 주세요";
  settings.engines.stt.script = say_in_turn({words});
  Phone::Settings one;
  one.plan.codecs = {GetParam()};
  const Speak spoken = say(words);
  Phone& phone = dial({Listen{}, spoken, Listen{}}, std::move(one));
  std::set<int> types;
  network->set_tap([&](const auto&, const auto&, auto bytes) {
    const int type = bytes[1] & 0x7f;  // 64 to 95 are RTCP's (RFC 5761 §4)
    if (bytes[0] == 0x80 && (type < 64 || type > 95)) types.insert(type);
  });
  finish(phone);
  EXPECT_EQ(types, std::set<int>{sdp::known_codec(GetParam())->payload_type});
  const auto assistant = turns_of(record(), assistant_said);
  ASSERT_EQ(assistant.size(), 2U);
  const auto said = turns_of(record(), caller_said);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said.front().text, words);
  // The phone heard what the agent's channel of the recording says was sent, and the other way round.
  EXPECT_GE(voiced_ms(phone.report().heard), 1300);
  const auto agent = tape().channel(1), customer = tape().channel(0);
  const auto greeting = speech_in(agent).front();
  const auto from = static_cast<std::size_t>(greeting.from) * 16, length = static_cast<std::size_t>(greeting.to - greeting.from) * 16;
  const double close = GetParam() == "GSM" ? 0.75 : 0.95;
  EXPECT_GT(likeness(phone.report().heard, std::span(agent).subspan(from, length)), close);
  EXPECT_GT(likeness(customer, spoken.pcm), close);
  EXPECT_LT(likeness(customer, say("주소를 바꾸고 싶어요").pcm), close);  // other words are told apart
  EXPECT_EQ(record().media.packets_lost, 0U);
  EXPECT_LE(record().media.frames_concealed, 10U);
  expect_clean();
}

INSTANTIATE_TEST_SUITE_P(All, CodecStory, ::testing::ValuesIn(names()), [](const auto& about) { return about.param; });

class CodecChangeStory : public Story {};

TEST_F(CodecChangeStory, ReinviteFromG711ToOpusAndBackLosesNoTurn) {
  settings.engines.stt.script = say_in_turn({"주소를 바꾸고 싶어요", "고맙습니다 안녕히 계세요"});
  Phone& phone = dial({Listen{}, say("주소를 바꾸고 싶어요"), Listen{}, say("고맙습니다 안녕히 계세요"), Listen{}});
  run_until_answered(phone);
  world.run_for(Millis(1010));
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.reoffer({"opus"}, false, now)); });
  ASSERT_TRUE(world.run_until([&] { return phone.caller().turns().size() == 2; }, seconds(60)));
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.reoffer({"PCMA"}, false, now)); });
  finish(phone);
  EXPECT_EQ(turns_of(record(), caller_said).size(), 2U);
  EXPECT_FALSE(turns_of(record(), assistant_said).front().interrupted);
  EXPECT_LE(record().media.packets_late, 2U);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
