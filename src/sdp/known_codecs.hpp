#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "sdp/offer_answer.hpp"

namespace daedap::sdp {

/// Names of the codecs that we can offer and answer, as configuration and SDP spell them.
std::span<const std::string_view> known_codec_names();

/// The codec of that name as we offer it: static payload types where there are some, Opus under 107,
/// in the fmtp what we ask of the peer. Compared without case.
/// spec  RFC 3551 §6, RFC 7587 §6-7
std::optional<Codec> known_codec(std::string_view name);

}  // namespace daedap::sdp
