#pragma once

#include <string>
#include <string_view>

namespace daedap::engines::espeak {

/// Korean text with the numbers written as they are spoken, where espeak-ng would read them wrongly:
/// hours and counted things with native numerals ("3시" -> "세 시", "2명" -> "두 명"), telephone and
/// other long numbers digit by digit ("010-1234-5678" -> "공일공, 일이삼사, 오육칠팔"). Amounts,
/// dates and short numbers stay.
std::string readable_korean(std::string_view text);

}  // namespace daedap::engines::espeak
