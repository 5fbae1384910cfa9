#include "engines/espeak/wire.hpp"

#include <cstring>

namespace daedap::engines::espeak {
namespace {

constexpr std::size_t length_bytes = 4, head_bytes = 5;  // type and id

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::uint32_t u32_at(std::string_view bytes) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string frame(FrameType type, std::uint32_t id, std::string_view payload) {
  std::string out;
  put(out, static_cast<std::uint32_t>(head_bytes + payload.size()), length_bytes);
  out += static_cast<char>(type);
  put(out, id, 4);
  return out.append(payload);
}

bool from_helper(FrameType type) { return type >= FrameType::ready && type <= FrameType::error; }

}  // namespace

std::string write_speak(std::uint32_t id, int words_per_minute, std::string_view voice,
                        std::string_view text) {
  std::string payload;
  put(payload, static_cast<std::uint32_t>(words_per_minute), 2);
  put(payload, static_cast<std::uint32_t>(voice.size()), 1);
  payload.append(voice).append(text);
  return frame(FrameType::speak, id, payload);
}

std::string write_cancel(std::uint32_t id) { return frame(FrameType::cancel, id, {}); }

base::Result<std::optional<HelperFrame>> FrameReader::next() {
  const auto rest = std::string_view(buffer_).substr(at_);
  const std::uint32_t length = rest.size() >= length_bytes ? u32_at(rest) : 0;
  if (rest.size() >= length_bytes) {
    if (length < head_bytes) return base::fail(base::Code::bad_syntax, "helper frame too short");
    if (length > max_length) return base::fail(base::Code::too_large, "helper frame too long");
  }
  if (rest.size() < length_bytes + head_bytes || rest.size() < length_bytes + length) {
    buffer_.erase(0, at_);
    at_ = 0;
    return std::nullopt;
  }
  const auto body = rest.substr(length_bytes, length);
  HelperFrame out{static_cast<FrameType>(body[0]), u32_at(body.substr(1)),
                  std::string(body.substr(head_bytes))};
  if (!from_helper(out.type)) return base::fail(base::Code::bad_syntax, "unknown helper frame");
  at_ += length_bytes + length;
  return out;
}

base::Result<std::vector<std::int16_t>> samples_of(const HelperFrame& frame) {
  if (frame.payload.size() % sizeof(std::int16_t) != 0) {
    return base::fail(base::Code::bad_syntax, "half a sample in a helper frame");
  }
  std::vector<std::int16_t> pcm(frame.payload.size() / sizeof(std::int16_t));
  if (!pcm.empty()) std::memcpy(pcm.data(), frame.payload.data(), frame.payload.size());
  return pcm;
}

base::Result<int> rate_of(const HelperFrame& frame) {
  if (frame.payload.size() != 4) return base::fail(base::Code::bad_syntax, "bad ready frame");
  return static_cast<int>(u32_at(frame.payload) & 0x7fffffff);
}

}  // namespace daedap::engines::espeak
