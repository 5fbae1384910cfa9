#include "server/models.hpp"

#include <sodium.h>

#include <algorithm>

#include "engines/silero/network.hpp"
#include "store/file.hpp"

namespace daedap::server {
namespace {

namespace silero = engines::silero;
using Bytes = std::span<const std::uint8_t>;

// What the authors published, by its contents.
struct Version {
  const char* sha256;
  const char* name;
};
constexpr const char* silero_onnx = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3";
constexpr Version versions[] = {
    {silero_onnx, "silero_vad.onnx 6.2"},
    {"7671cd04b004e9076da0d4a7b1a5aec36adf161c39230c1cb94a4fd5db6bbd28", "silero_vad_op18_ifless.onnx 6.2"},
    {"c59271c284ae9c8335d795d60e0bfdb71aaaceec578d9bd9ffc1b8153c319ea1", "silero_vad_16k.safetensors 6.2"},
};

constexpr const char* onnx_name = "silero_vad.onnx";
constexpr const char* safetensors_name = "silero_vad.safetensors";

std::filesystem::path folder(const Config& config) { return std::filesystem::path(config.state) / "models"; }

std::string sha256_of(Bytes bytes) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, bytes.data(), bytes.size());
  char text[2 * sizeof hash + 1];
  return sodium_bin2hex(text, sizeof text, hash, sizeof hash);
}

std::string version_of(const std::string& sha256) {
  for (const Version& v : versions) {
    if (sha256 == v.sha256) return v.name;
  }
  return {};
}

StoredModel described(std::filesystem::path path, Bytes bytes) {
  std::string sha256 = sha256_of(bytes);
  std::string version = version_of(sha256);
  return {std::move(path), std::move(sha256), std::move(version)};
}

/// The networks of a file, each tried.
base::Result<std::vector<silero::Network>> networks_of(Bytes bytes) {
  const auto read = silero::read_weights(bytes);
  if (!read) return tl::unexpected(read.error());
  std::vector<silero::Network> out;
  for (const silero::Weights& weights : *read) {
    auto network = silero::Network::make(weights);
    if (!network) return tl::unexpected(network.error());
    out.push_back(std::move(*network));
  }
  return out;
}

base::Result<void> write_whole(const std::filesystem::path& path, Bytes bytes) {
  std::filesystem::path aside = path;
  aside += ".new";
  auto file = store::File::create(aside);
  if (!file) return tl::unexpected(file.error());
  if (auto done = file->write_at(0, bytes); !done) return done;
  if (auto done = file->sync(); !done) return done;
  return file->rename(path);
}

}  // namespace

const std::vector<KnownModel>& known_models() {
  static const std::vector<KnownModel> all{
      {"silero", "voice activity, 8 and 16 kHz", "MIT",
       "https://raw.githubusercontent.com/snakers4/silero-vad/7e30209a3e901f9842f81b225f3e93d8199902b1/src/"
       "silero_vad/data/silero_vad.onnx",
       silero_onnx}};
  return all;
}

const KnownModel* find_model(const std::string& name) {
  const auto at = std::ranges::find(known_models(), name, &KnownModel::name);
  return at == known_models().end() ? nullptr : &*at;
}

base::Result<std::vector<std::uint8_t>> read_model_file(const std::filesystem::path& path) {
  auto file = store::File::open_existing(path);
  if (!file) return tl::unexpected(file.error());
  const auto size = file->size();
  if (!size) return tl::unexpected(size.error());
  if (*size > silero::most_file_bytes)
    return base::fail(base::Code::too_large, "no such model", path.string());
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(*size));
  const auto read = file->read_at(0, bytes);
  if (!read) return tl::unexpected(read.error());
  bytes.resize(*read);
  return bytes;
}

base::Result<StoredModel> store_silero(const Config& config, Bytes bytes) {
  if (auto networks = networks_of(bytes); !networks) return tl::unexpected(networks.error());
  std::error_code failed;
  std::filesystem::create_directories(folder(config), failed);
  const bool safetensors = bytes.size() > 8 && bytes[8] == '{';
  StoredModel stored = described(folder(config) / (safetensors ? safetensors_name : onnx_name), bytes);
  if (auto done = write_whole(stored.file, bytes); !done) return tl::unexpected(done.error());
  std::filesystem::remove(folder(config) / (safetensors ? onnx_name : safetensors_name), failed);
  return stored;
}

std::optional<StoredModel> stored_silero(const Config& config) {
  for (const char* name : {onnx_name, safetensors_name}) {
    const auto path = folder(config) / name;
    if (const auto bytes = read_model_file(path)) return described(path, *bytes);
  }
  return std::nullopt;
}

base::Result<StoredModel> fetch_silero(const Config& config, const KnownModel& model, const Fetch& fetch) {
  const auto body = fetch(model.url);
  if (!body) return tl::unexpected(body.error());
  const Bytes bytes(reinterpret_cast<const std::uint8_t*>(body->data()), body->size());
  if (const std::string sha256 = sha256_of(bytes); sha256 != model.sha256) {
    return base::fail(base::Code::denied, "not the file that is expected", "SHA-256 " + sha256);
  }
  return store_silero(config, bytes);
}

base::Result<VoiceNetwork> load_voice_network(const Config& config) {
  if (config.voice.detector == "energy") return VoiceNetwork{};
  std::filesystem::path path = config.voice.model;
  if (path.empty()) {
    const auto stored = stored_silero(config);
    if (!stored) return VoiceNetwork{};
    path = stored->file;
  }
  const auto bytes = read_model_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  auto networks = networks_of(*bytes);
  if (!networks) return tl::unexpected(networks.error());
  const int wished = config.voice.band == "narrow" ? silero::narrow.rate : silero::wide.rate;
  auto best = networks->begin();  // a file may have one of them only
  for (auto at = networks->begin(); at != networks->end(); ++at) {
    if (at->shape().rate == wished) best = at;
  }
  const int rate = best->shape().rate;
  return VoiceNetwork{std::make_shared<const silero::Network>(std::move(*best)), path,
                      described(path, *bytes).version, rate};
}

}  // namespace daedap::server
