#include "server/models.hpp"

#include <gtest/gtest.h>
#include <sodium.h>
#include <unistd.h>

#include <fstream>

#include "engines/silero/network.hpp"
#include "tests/engines/silero/writer.hpp"

namespace daedap::server {
namespace {

namespace silero = engines::silero;
using silero::test::Bytes;

class Models : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GE(sodium_init(), 0);
    config_.state = testing::TempDir() + "daedap_models_" + std::to_string(::getpid()) + "_" +
                    testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  void TearDown() override { std::filesystem::remove_all(config_.state); }

  static Bytes onnx(const silero::Shape& shape) {
    return silero::test::bytes_of(silero::test::onnx_model(
        silero::test::onnx_graph(silero::test::pieces_of(silero::test::made_weights(shape)), "", false)));
  }
  static Bytes onnx_of_both() {
    const auto wide = silero::test::pieces_of(silero::test::made_weights(silero::wide));
    const auto narrow = silero::test::pieces_of(silero::test::made_weights(silero::narrow));
    return silero::test::bytes_of(silero::test::onnx_model(silero::test::onnx_graph(wide, "a.", false) +
                                                           silero::test::onnx_graph(narrow, "b.", false)));
  }
  static Bytes safetensors() {
    return silero::test::safetensors_of(silero::test::pieces_of(silero::test::made_weights(silero::wide)));
  }
  std::string file(const std::string& name, const Bytes& bytes) const {
    std::filesystem::create_directories(config_.state);
    const std::string path = config_.state + "/" + name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
    return path;
  }
  int rate() const {
    const auto loaded = load_voice_network(config_);
    EXPECT_TRUE(loaded) << loaded.error().message();
    return loaded && loaded->network ? loaded->network->shape().rate : 0;
  }

  Config config_;
};

TEST_F(Models, WithoutAFileVoiceIsFoundByEnergy) {
  EXPECT_FALSE(stored_silero(config_));
  const auto loaded = load_voice_network(config_);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->network, nullptr);
}

TEST_F(Models, AFileThatWasAddedIsUsedFromThenOn) {
  const auto stored = store_silero(config_, onnx_of_both());
  ASSERT_TRUE(stored) << stored.error().message();
  EXPECT_EQ(stored->version, "");
  EXPECT_EQ(stored_silero(config_)->sha256, stored->sha256);
  EXPECT_EQ(rate(), 16000);
  config_.voice.band = "narrow";
  EXPECT_EQ(rate(), 8000);
  config_.voice.detector = "energy";
  EXPECT_EQ(rate(), 0);
}

TEST_F(Models, AnotherFileTakesThePlaceOfTheFirst) {
  ASSERT_TRUE(store_silero(config_, onnx(silero::narrow)));
  EXPECT_EQ(rate(), 8000);  // the only one that it has
  const auto stored = store_silero(config_, safetensors());
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->file.extension(), ".safetensors");
  EXPECT_EQ(rate(), 16000);
  EXPECT_EQ(stored_silero(config_)->file, stored->file);
}

TEST_F(Models, AFileThatIsNoNetworkIsNotKept) {
  EXPECT_FALSE(store_silero(config_, silero::test::bytes_of("anything")));
  EXPECT_FALSE(stored_silero(config_));
}

TEST_F(Models, TheFileThatIsNamedWinsAndMustBeThere) {
  ASSERT_TRUE(store_silero(config_, onnx(silero::wide)));
  config_.voice.model = file("other.onnx", onnx(silero::narrow));
  EXPECT_EQ(rate(), 8000);
  config_.voice.model = config_.state + "/nowhere.onnx";
  EXPECT_FALSE(load_voice_network(config_));
  config_.voice.model = file("broken.onnx", silero::test::bytes_of("broken"));
  EXPECT_FALSE(load_voice_network(config_));
}

TEST_F(Models, WhatIsFetchedMustBeTheFileThatIsExpected) {
  const Bytes good = onnx(silero::wide);
  const std::string text(good.begin(), good.end());
  const auto probe = store_silero(config_, good);
  ASSERT_TRUE(probe);
  const std::string sha256 = probe->sha256;
  std::filesystem::remove_all(config_.state);
  const KnownModel model{"silero", "", "MIT", "https://models.example.test/a.onnx", sha256.c_str()};
  std::string asked;
  const auto stored = fetch_silero(config_, model, [&](const std::string& url) { return asked = url, text; });
  ASSERT_TRUE(stored) << stored.error().message();
  EXPECT_EQ(asked, model.url);
  EXPECT_EQ(rate(), 16000);

  std::filesystem::remove_all(config_.state);
  const auto other = fetch_silero(config_, model, [&](const std::string&) { return text + "x"; });
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, base::Code::denied);
  const auto none = fetch_silero(config_, model, [](const std::string&) -> base::Result<std::string> {
    return base::fail(base::Code::timed_out, "too late");
  });
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, base::Code::timed_out);
  EXPECT_FALSE(stored_silero(config_));
}

TEST_F(Models, TheAuthorsOwnFilesAreKnown) {
  const auto folder = silero::test::shared_folder() / "models/silero-vad";
  const auto bytes = silero::test::file_bytes(folder / "silero_vad.onnx");
  if (bytes.empty()) GTEST_SKIP() << "no silero_vad.onnx under " << folder;
  const std::string text(bytes.begin(), bytes.end());
  const auto stored = fetch_silero(config_, *find_model("silero"), [&](const std::string&) { return text; });
  ASSERT_TRUE(stored) << stored.error().message();
  EXPECT_EQ(stored->version, "silero_vad.onnx 6.2");
  for (const char* name : {"silero_vad_op18_ifless.onnx", "silero_vad_16k.safetensors"}) {
    const auto added = store_silero(config_, silero::test::file_bytes(folder / name));
    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(added->version, std::string(name) + " 6.2");
  }
}

TEST(KnownModels, AreAtAddressesThatNeverChange) {
  for (const KnownModel& model : known_models()) {
    EXPECT_TRUE(std::string(model.url).starts_with("https://"));
    EXPECT_EQ(std::string(model.sha256).size(), 64u);
    EXPECT_EQ(find_model(model.name), &model);
  }
  EXPECT_EQ(find_model("other"), nullptr);
}

}  // namespace
}  // namespace daedap::server
