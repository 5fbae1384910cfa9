#pragma once

#include <string>
#include <string_view>

namespace daedap::speech {

/// What a synthesizer is given instead of `text`: markdown and emoji out, telephone and account
/// numbers digit by digit, addresses spelled, clock times and counters in Korean as people say them
/// ("3시 30분" -> "세 시 삼십 분"). Amounts and dates stay digits, engines read those right. The text
/// that stands in history and transcript is never this one.
/// cost  linear; may be empty when nothing can be spoken
std::string spoken_text(std::string_view text, std::string_view language);

}  // namespace daedap::speech
