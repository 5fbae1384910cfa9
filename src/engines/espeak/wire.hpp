#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace daedap::engines::espeak {

/// What the server and the helper program say to each other (espeak-helper/README.md).
enum class FrameType : std::uint8_t {
  speak = 1,
  cancel = 2,
  ready = 16,
  audio = 17,
  end = 18,
  error = 19,
};

struct HelperFrame {
  FrameType type;
  std::uint32_t id = 0;
  std::string payload;
};

std::string write_speak(std::uint32_t id, int words_per_minute, std::string_view voice,
                        std::string_view text);
std::string write_cancel(std::uint32_t id);

/// Cuts the helper's bytes into frames.
/// in  bytes as they come; keeps at most one frame (64 KiB) and what one read brought
class FrameReader {
 public:
  static constexpr std::uint32_t max_length = 64 * 1024;  // without the length field

  void append(std::string_view bytes) { buffer_.append(bytes); }
  /// Nothing = more bytes are needed.
  /// errors  bad_syntax (unknown type), too_large; the stream is then useless
  base::Result<std::optional<HelperFrame>> next();
  void clear() { buffer_.clear(), at_ = 0; }

 private:
  std::string buffer_;
  std::size_t at_ = 0;
};

/// The samples of an `audio` frame. errors  bad_syntax: an odd number of bytes
base::Result<std::vector<std::int16_t>> samples_of(const HelperFrame& frame);
/// The rate of a `ready` frame, samples per second. errors  bad_syntax
base::Result<int> rate_of(const HelperFrame& frame);

}  // namespace daedap::engines::espeak
