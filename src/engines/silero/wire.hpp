#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace daedap::engines::silero {

/// Walks over the fields of one protobuf message. Reads nothing outside `message`.
/// spec  Protocol Buffers, "Encoding": varint, fixed 32 and 64, length-delimited; groups are refused
class Wire {
 public:
  struct Field {
    std::uint32_t number = 0;
    bool is_bytes = false;
    std::uint64_t value = 0;               // of a number
    std::span<const std::uint8_t> bytes;   // of everything else
  };
  explicit Wire(std::span<const std::uint8_t> message) : rest_(message) {}

  /// The next field; false at the end and from the first broken one on.
  bool next(Field& field);
  /// The next bare varint of a packed list; likewise.
  bool next_number(std::uint64_t& value);
  bool broken() const { return broken_; }

 private:
  bool varint(std::uint64_t& value);
  bool take(std::uint64_t size, std::span<const std::uint8_t>& bytes);
  bool fixed(std::size_t size, std::uint64_t& value);
  bool stop();

  std::span<const std::uint8_t> rest_;
  bool broken_ = false;
};

}  // namespace daedap::engines::silero
