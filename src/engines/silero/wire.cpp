#include "engines/silero/wire.hpp"

namespace daedap::engines::silero {

bool Wire::stop() {
  broken_ = true;
  rest_ = {};
  return false;
}

bool Wire::varint(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return stop();
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return shift < 63 || byte <= 1 ? true : stop();
  }
  return stop();
}

bool Wire::take(std::uint64_t size, std::span<const std::uint8_t>& bytes) {
  if (size > rest_.size()) return stop();
  bytes = rest_.first(static_cast<std::size_t>(size));
  rest_ = rest_.subspan(static_cast<std::size_t>(size));
  return true;
}

bool Wire::fixed(std::size_t size, std::uint64_t& value) {
  std::span<const std::uint8_t> bytes;
  if (!take(size, bytes)) return false;
  value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[i];
  return true;
}

bool Wire::next(Field& field) {
  if (rest_.empty()) return false;
  std::uint64_t key = 0;
  if (!varint(key)) return false;
  if (key >> 3 == 0 || key >> 3 > 0x1fff'ffff) return stop();
  field = {.number = static_cast<std::uint32_t>(key >> 3)};
  switch (key & 7) {
    case 0: return varint(field.value);
    case 1: return fixed(8, field.value);
    case 5: return fixed(4, field.value);
    case 2: {
      std::uint64_t size = 0;
      field.is_bytes = true;
      return varint(size) && take(size, field.bytes);
    }
    default: return stop();
  }
}

bool Wire::next_number(std::uint64_t& value) { return !rest_.empty() && varint(value); }

}  // namespace daedap::engines::silero
