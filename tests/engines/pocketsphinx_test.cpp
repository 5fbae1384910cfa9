#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <latch>
#include <sstream>

#include "audio/frame.hpp"
#include "audio/resampler.hpp"
#include "audio/wav.hpp"
#include "engines/assistant/loader.hpp"
#include "engines/assistant/matcher.hpp"
#include "engines/pocketsphinx/stt.hpp"
#include "home_loop.hpp"

namespace daedap::engines::pocketsphinx {
namespace {

using speech::SttFinal, speech::SttPartial;
namespace fs = std::filesystem;

const fs::path audio_folder = DAEDAP_SOURCE_DIR "/../shared/audio";

const assistant::Script& script() {
  static const auto loaded =
      assistant::load_script(DAEDAP_SOURCE_DIR "/share/assistants/default.yaml");
  return *loaded;
}

struct Sample {
  std::string file, language, intent, text;
  std::vector<std::int16_t> pcm;  // 16 kHz
};

std::vector<std::int16_t> read_pcm(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const auto wav = audio::decode_wav(
      {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  return wav ? audio::resample(wav->mono(), wav->rate, audio::sample_rate).value()
             : std::vector<std::int16_t>();
}

std::vector<Sample> samples(const std::string& language) {
  std::vector<Sample> out;
  std::ifstream in(audio_folder / "transcripts.tsv");
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    Sample s;
    std::string voice;
    std::getline(fields, s.file, '\t'), std::getline(fields, s.language, '\t');
    std::getline(fields, voice, '\t'), std::getline(fields, s.intent, '\t');
    std::getline(fields, s.text, '\t');
    if (s.language != language) continue;
    s.pcm = read_pcm(audio_folder / s.file);
    out.push_back(std::move(s));
  }
  return out;
}

/// What the transcripts call our intents; those that the assistant does not have are left out.
std::string our_name(const std::string& intent) {
  static const std::map<std::string, std::string> names{
      {"hours", "opening_hours"}, {"message", "leave_message"}, {"agent", "person"},
      {"billing", "billing"},     {"yes", "yes"},               {"no", "no"},
      {"repeat", "repeat"},       {"bye", "goodbye"},           {"appt", "appointment"},
      {"where", "address"},       {"digits", "digits"}};
  const auto found = names.find(intent);
  return found == names.end() ? "" : found->second;
}

std::string intent_of(const std::string& text) {
  if (!assistant::digits_in(text, "en").empty()) return "digits";
  std::vector<const assistant::Intent*> all;
  for (const auto& [id, intent] : script().intents) all.push_back(&intent);
  const auto match = assistant::best_match(all, text, "en");
  return match.intent ? match.intent->id : "";
}

/// The grammar that the dialogue would expect where such a thing is said.
std::string grammar_for(const std::string& intent) {
  if (intent == "digits") return "customer_number";
  return intent == "yes" || intent == "no" ? "confirm" : "main";
}

class PocketSphinx : public ::testing::Test {
 protected:
  explicit PocketSphinx(PocketSphinxSettings settings = {})
      : recogniser_(std::move(settings), workers_) {}
  void SetUp() override {
    const auto started = recogniser_.start(assistant::grammars_of(script(), "en"));
    ASSERT_TRUE(started) << started.error().message();
  }
  void TearDown() override { workers_.stop(); }

  struct Heard {
    std::vector<std::string> partials;
    std::vector<SttFinal> finals;
    std::unique_ptr<speech::SttStream> stream;
  };
  std::unique_ptr<Heard> open(const std::string& grammar) {
    auto heard = std::make_unique<Heard>();
    auto stream = stt_.open({"en", grammar}, [raw = heard.get()](speech::SttEvent event) {
      if (auto* partial = std::get_if<SttPartial>(&event)) raw->partials.push_back(partial->text);
      if (auto* final = std::get_if<SttFinal>(&event)) raw->finals.push_back(*final);
    });
    EXPECT_TRUE(stream);
    heard->stream = std::move(*stream);
    return heard;
  }
  static void push(speech::SttStream& stream, std::span<const std::int16_t> pcm) {
    for (std::size_t at = 0; at < pcm.size(); at += audio::frame_samples) {
      stream.push(pcm.subspan(at, std::min(audio::frame_samples, pcm.size() - at)));
    }
  }
  /// As a call would: silence, the utterance, some silence until the voice activity says so.
  SttFinal hear(Heard& heard, std::span<const std::int16_t> pcm) {
    static const std::vector<std::int16_t> quiet(4800, 0);
    const auto before = heard.finals.size();
    push(*heard.stream, quiet);
    heard.stream->begin_utterance();
    push(*heard.stream, pcm);
    push(*heard.stream, quiet);
    heard.stream->end_utterance();
    EXPECT_TRUE(home_.run_until([&] { return heard.finals.size() > before; }));
    return heard.finals.back();
  }

  HomeLoop home_;
  Workers workers_{{.threads = 2}};
  Recogniser recogniser_;
  PocketSphinxStt stt_{recogniser_, home_};
};

#define NEEDS_AUDIO()                                                  \
  if (!fs::exists(audio_folder / "transcripts.tsv")) {                 \
    GTEST_SKIP() << "no recorded phrases in " << audio_folder.string(); \
  }

TEST_F(PocketSphinx, UnderstandsWhatTheAssistantCanAnswer) {
  NEEDS_AUDIO();
  int total = 0, right = 0, wrong = 0, high = 0;
  for (const auto& sample : samples("en")) {
    const auto wanted = our_name(sample.intent);
    if (wanted.empty()) continue;
    auto heard = open(grammar_for(wanted));
    const auto final = hear(*heard, sample.pcm);
    const auto got = final.text.empty() ? "" : intent_of(final.text);
    ++total;
    right += got == wanted;
    wrong += !got.empty() && got != wanted;
    high += got == wanted && final.confidence >= 0.8;
    if (got != wanted) {
      std::cout << sample.file << " '" << sample.text << "' heard '" << final.text << "' ("
                << final.confidence << ")\n";
    }
  }
  std::cout << "intents: " << right << " of " << total << " right (" << high
            << " in the high band), " << wrong << " wrong\n";
  const auto f = recogniser_.figures();
  std::cout << "final after end of utterance: mean " << f.final_us_total / f.utterances
            << " us (the whole utterance at once), max " << f.final_us_max << " us\n";
  EXPECT_GE(right, 0.8 * total);
}

TEST_F(PocketSphinx, RejectsMostOfWhatItDoesNotKnow) {
  NEEDS_AUDIO();
  int total = 0, accepted = 0, high = 0;
  for (const auto& sample : samples("ko")) {
    auto heard = open("main");
    const auto final = hear(*heard, sample.pcm);
    ++total;
    accepted += !final.text.empty();
    high += final.confidence >= 0.8;
    EXPECT_EQ(final.text.empty(), final.confidence < 0.4);
    if (!final.text.empty()) {
      std::cout << sample.file << " heard '" << final.text << "' (" << final.confidence << ")\n";
    }
  }
  std::cout << "out of grammar: " << accepted << " of " << total << " accepted, " << high
            << " in the high band\n";
  EXPECT_LE(accepted, 0.15 * total);
}

TEST_F(PocketSphinx, GivesPartialsWhileTheCallerSpeaks) {
  NEEDS_AUDIO();
  auto heard = open("main");
  const auto all = samples("en");
  heard->stream->begin_utterance();
  for (int again = 0; again < 200 && heard->partials.empty(); ++again) {
    push(*heard->stream, std::span(all[0].pcm).first(24000));
    while (recogniser_.workers().figures().queued + recogniser_.workers().figures().running > 0) {
      std::this_thread::yield();
    }
    home_.drain();
  }
  EXPECT_FALSE(heard->partials.empty());
  EXPECT_TRUE(heard->finals.empty());
}

TEST_F(PocketSphinx, PreRollIsPartOfTheUtterance) {
  NEEDS_AUDIO();
  const auto all = samples("en");
  const auto& pcm = all[0].pcm;  // the first 300 ms arrive before the voice activity notices
  auto heard = open("main");
  push(*heard->stream, std::span(pcm).first(4800));
  heard->stream->begin_utterance();
  push(*heard->stream, std::span(pcm).subspan(4800));
  push(*heard->stream, std::vector<std::int16_t>(4800, 0));
  heard->stream->end_utterance();
  ASSERT_TRUE(home_.run_until([&] { return !heard->finals.empty(); }));
  EXPECT_EQ(intent_of(heard->finals[0].text), "opening_hours");
}

TEST_F(PocketSphinx, AnswersEveryEndWithExactlyOneFinal) {
  auto heard = open("main");
  heard->stream->end_utterance();  // without a begin
  heard->stream->begin_utterance();
  heard->stream->end_utterance();  // without audio
  heard->stream->begin_utterance();
  heard->stream->begin_utterance();  // the one before is forgotten
  push(*heard->stream, std::vector<std::int16_t>(16000, 0));
  heard->stream->end_utterance();
  for (int i = 0; i < 5; ++i) {
    heard->stream->begin_utterance();
    push(*heard->stream, std::vector<std::int16_t>(1600, 100));
    heard->stream->end_utterance();
  }
  EXPECT_TRUE(home_.run_until([&] { return heard->finals.size() == 8; }));
  home_.drain();
  EXPECT_EQ(heard->finals.size(), 8u);
  for (const auto& final : heard->finals) EXPECT_EQ(final.text, "");
}

TEST_F(PocketSphinx, AnUnknownGrammarMeansEverything) {
  NEEDS_AUDIO();
  auto heard = open("main");
  heard->stream->expect("no_such_state");
  const auto all = samples("en");
  EXPECT_EQ(intent_of(hear(*heard, all[0].pcm).text), "opening_hours");
}

TEST_F(PocketSphinx, KnowsEnglishOnly) {
  EXPECT_TRUE(stt_.understands("en"));
  EXPECT_FALSE(stt_.understands("ko"));
  const auto refused = stt_.open({"ko", ""}, [](speech::SttEvent) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::unsupported);
}

TEST_F(PocketSphinx, StreamsMayGoAwayInMidUtterance) {
  const std::vector<std::int16_t> noise(3200, 500);
  for (int i = 0; i < 100; ++i) {
    auto heard = open("main");
    heard->stream->begin_utterance();
    push(*heard->stream, noise);
    if (i % 2 == 0) heard->stream->end_utterance();
    heard->stream.reset();
    home_.drain();
    EXPECT_TRUE(heard->finals.empty() || i % 2 == 0);
  }
  while (recogniser_.figures().decoders_busy != 0) std::this_thread::yield();
  EXPECT_EQ(recogniser_.figures().streams, 0u);
}

TEST_F(PocketSphinx, TranscribesPiecesOfARecordingAfterTheCall) {
  NEEDS_AUDIO();
  const auto all = samples("en");
  std::vector<std::int16_t> recording(8000, 0);
  std::vector<std::pair<std::size_t, std::size_t>> pieces;
  for (const auto* sample : {&all[0], &all[9]}) {
    pieces.emplace_back(recording.size(), recording.size() + sample->pcm.size());
    recording.insert(recording.end(), sample->pcm.begin(), sample->pcm.end());
    recording.resize(recording.size() + 8000);
  }
  pieces.emplace_back(recording.size(), recording.size() + 100);  // beyond the end
  pieces.emplace_back(500, 500);                                  // empty
  const auto segments = recogniser_.transcribe(recording, pieces, "");
  ASSERT_TRUE(segments);
  ASSERT_EQ(segments->size(), 2u);
  EXPECT_EQ((*segments)[0].start, 8000u);
  EXPECT_EQ(intent_of((*segments)[0].text), "opening_hours");
  EXPECT_EQ(intent_of((*segments)[1].text), "person");
}

struct FewDecoders : PocketSphinx {
  FewDecoders() : PocketSphinx({.max_streams = 20, .warm_decoders = 1, .max_decoders = 2}) {}
};

TEST_F(FewDecoders, ServeManyCallersWhoSpeakAtOnce) {
  const std::vector<std::int16_t> noise(16000, 700);
  std::vector<std::unique_ptr<Heard>> callers;
  for (int i = 0; i < 20; ++i) callers.push_back(open("main"));
  const auto refused = stt_.open({"en", ""}, [](speech::SttEvent) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::engine_full);
  for (auto& caller : callers) caller->stream->begin_utterance();
  for (auto& caller : callers) push(*caller->stream, noise);
  for (auto& caller : callers) caller->stream->end_utterance();
  EXPECT_TRUE(home_.run_until([&] {
    return std::ranges::all_of(callers, [](auto& caller) { return caller->finals.size() == 1; });
  }));
  EXPECT_LE(recogniser_.figures().decoders, 2u);
}

TEST_F(FewDecoders, AWaitingCallerWhoHangsUpDoesNotHoldUpTheOthers) {
  const std::vector<std::int16_t> noise(3200, 700);
  std::vector<std::unique_ptr<Heard>> callers;
  for (int i = 0; i < 6; ++i) {
    callers.push_back(open("main"));
    callers.back()->stream->begin_utterance();
    push(*callers.back()->stream, noise);
  }
  callers.erase(callers.begin() + 2, callers.begin() + 4);  // two of those that wait
  for (auto& caller : callers) caller->stream->end_utterance();
  EXPECT_TRUE(home_.run_until([&] {
    return std::ranges::all_of(callers, [](auto& caller) { return caller->finals.size() == 1; });
  }));
}

TEST(Vocabulary, NamesTheWordsThatTheDictionaryLacks) {
  const auto refused = Vocabulary::make({{everything, {{"daedap zzyzx hello"}, 0}}},
                                        PocketSphinxSettings().dictionary);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::not_found);
  EXPECT_EQ(refused.error().detail, "daedap, zzyzx");
}

TEST(Vocabulary, RefusesWhatIsNoPhrase) {
  for (const char* phrase : {"", " a", "a ", "a  b", "Hello", "one;", "<x>", "a|b"}) {
    const auto made = Vocabulary::make({{everything, {{phrase}, 0}}}, "/dev/null");
    ASSERT_FALSE(made) << phrase;
    EXPECT_EQ(made.error().code, base::Code::bad_syntax);
  }
  EXPECT_FALSE(Vocabulary::make({{"main", {{"a"}, 0}}}, "/dev/null"));
}

TEST(Vocabulary, CutsTheDictionaryAndCountsPhones) {
  const auto made =
      Vocabulary::make({{everything, {{"yes", "no"}, 0}}}, PocketSphinxSettings().dictionary);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->words(), 2u);
  EXPECT_EQ(made->phones("yes no"), 5);
  EXPECT_EQ(made->known("other"), everything);
}

TEST(Verdict, HasThreeBands) {
  const PocketSphinxSettings s;
  const auto confidence = [&](double score) { return judge({"yes", score, {}}, 0.4, 3, s).final.confidence; };
  EXPECT_GE(confidence(-28), 0.8);
  EXPECT_LT(confidence(-28.1), 0.8);
  EXPECT_GE(confidence(-34), 0.4);
  EXPECT_LT(confidence(-34.1), 0.4);
  EXPECT_LE(confidence(0), 1.0);
  EXPECT_GE(confidence(-1000), 0.0);
  EXPECT_EQ(judge({"yes", -34.1, {}}, 0.4, 3, s).final.text, "");
}

TEST(Verdict, DoesNotBelieveSpeechThatIsTooShortOrTooLongForTheAnswer) {
  const PocketSphinxSettings s;
  for (const double seconds : {0.1, 1.0}) {
    const auto verdict = judge({"yes", -15, {}}, seconds, 3, s);
    EXPECT_EQ(verdict.final.text, "");
    EXPECT_LT(verdict.final.confidence, 0.4);
  }
  EXPECT_EQ(judge({"yes", -15, {}}, 0.5, 3, s).final.text, "yes");
  EXPECT_EQ(judge({"", -15, {}}, 0.5, 0, s).final.confidence, 0);
}

TEST(Verdict, DoesNotBelieveWordsThatFitWorseThanMerePhones) {
  const PocketSphinxSettings s;
  EXPECT_EQ(judge({"yes", -25, -4.1}, 0.4, 3, s).final.text, "");
  EXPECT_EQ(judge({"yes", -25, -3.9}, 0.4, 3, s).final.text, "yes");
}

TEST(SpeechLength, IsFromTheFirstLoudMomentToTheLast) {
  SpeechLength length;
  length.add(std::vector<std::int16_t>(8000, 1));
  length.add(std::vector<std::int16_t>(4800, 8000));
  length.add(std::vector<std::int16_t>(1600, 1));
  length.add(std::vector<std::int16_t>(1600, 6000));
  length.add(std::vector<std::int16_t>(8000, 1));
  EXPECT_NEAR(length.seconds(), 0.5, 0.011);
  EXPECT_EQ(SpeechLength().seconds(), 0);
}

}  // namespace
}  // namespace daedap::engines::pocketsphinx
