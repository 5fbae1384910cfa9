#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "server/config.hpp"

namespace daedap::engines::silero {
class Network;
}

namespace daedap::server {

/// A file of somebody else's that the server can use and does not bring along.
struct KnownModel {
  const char* name;     // as `daedap models` calls it
  const char* what;
  const char* licence;
  const char* url;      // at its authors', of one version for ever
  const char* sha256;   // of what lies there
};
const std::vector<KnownModel>& known_models();
const KnownModel* find_model(const std::string& name);

/// One that lies in the state folder.
struct StoredModel {
  std::filesystem::path file;
  std::string sha256;
  std::string version;  // of the authors'; empty = a file of unknown origin
};

/// The network of voice activity files, kept in `models/` under the state folder.
/// errors  too_large, bad_syntax, not_found (no such network in it), unsupported, io
base::Result<StoredModel> store_silero(const Config& config, std::span<const std::uint8_t> file);
/// Nothing where none lies there.
std::optional<StoredModel> stored_silero(const Config& config);

/// Fetches bytes from an https address.
using Fetch = std::function<base::Result<std::string>(const std::string& url)>;
/// From its authors, only when it is the file that is expected.
/// errors  those of `fetch` and `store_silero`, denied (another file)
base::Result<StoredModel> fetch_silero(const Config& config, const KnownModel& model, const Fetch& fetch);

/// What the server's calls find voice with.
struct VoiceNetwork {
  std::shared_ptr<const engines::silero::Network> network;  // null: by energy
  std::filesystem::path file;
  std::string version;
  int rate = 0;
};
/// The network that the configuration names, else the stored one; none when voice is to be found by
/// energy or no file is there.
/// errors  those of `store_silero`, io (the file that is named cannot be read)
base::Result<VoiceNetwork> load_voice_network(const Config& config);

/// All of a file. errors  io, too_large
base::Result<std::vector<std::uint8_t>> read_model_file(const std::filesystem::path& path);

}  // namespace daedap::server
