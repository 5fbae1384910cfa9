// The parameters in a .safetensors file: 8 bytes with the header's length, the header (JSON: name ->
// type, shape, offsets), the numbers.
#include <nlohmann/json.hpp>

#include "engines/silero/tensors.hpp"

namespace daedap::engines::silero {
namespace {

constexpr std::size_t most_header = 64 << 10, most_dims = 8;

tl::unexpected<base::Error> broken(const std::string& where = {}) {
  return base::fail(base::Code::bad_syntax, "not a readable .safetensors file", where);
}

bool numbers(const nlohmann::json& entry, const char* key, std::vector<std::uint64_t>& out) {
  const auto list = entry.find(key);
  if (list == entry.end() || !list->is_array() || list->size() > most_dims) return false;
  for (const auto& value : *list) {
    if (!value.is_number_unsigned()) return false;
    out.push_back(value.get<std::uint64_t>());
  }
  return true;
}

bool read_entry(const nlohmann::json& entry, std::span<const std::uint8_t> body, Tensor& tensor) {
  std::vector<std::uint64_t> offsets;
  if (!entry.is_object() || entry.value("dtype", nlohmann::json()) != "F32") return false;
  if (!numbers(entry, "shape", tensor.dims) || !numbers(entry, "data_offsets", offsets)) return false;
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > body.size()) return false;
  const auto begin = static_cast<std::size_t>(offsets[0]), end = static_cast<std::size_t>(offsets[1]);
  tensor.bytes = body.subspan(begin, end - begin);
  return true;
}

// nlohmann's own parser takes any depth; a header nests three levels.
bool too_deep(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > 8) return true;
  }
  return false;
}

}  // namespace

base::Result<Networks> read_safetensors(std::span<const std::uint8_t> file) {
  if (file.size() < 8) return broken();
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8 | file[i];
  if (length > most_header) return base::fail(base::Code::too_large, "the header of a .safetensors file");
  if (length > file.size() - 8) return broken("cut short");
  const auto size = static_cast<std::size_t>(length);
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + 8, size);
  if (too_deep(text)) return broken();
  const auto header = nlohmann::json::parse(text, nullptr, false);
  if (!header.is_object()) return broken();
  const auto body = file.subspan(8 + size);
  Networks out;
  for (const auto& [name, entry] : header.items()) {
    const auto known = part_of(name);
    if (!known) continue;
    Tensor tensor{.part = known->part};
    if (!read_entry(entry, body, tensor)) return broken(name.substr(0, 64));
    auto ok = out.add(std::string(known->prefix), std::move(tensor));
    if (!ok) return tl::unexpected(ok.error());
  }
  return out;
}

}  // namespace daedap::engines::silero
