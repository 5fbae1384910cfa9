#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace daedap::sip {

/// The messages of RFC 4475 by name; empty when the set does not lie beside the source tree.
inline std::map<std::string, std::string> torture_files() {
  std::map<std::string, std::string> files;
  const std::filesystem::path folder = DAEDAP_SOURCE_DIR "/../shared/sip-torture";
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    if (entry.path().extension() != ".dat") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[entry.path().stem()] = std::string(std::istreambuf_iterator<char>(in), {});
  }
  return files;
}

}  // namespace daedap::sip
