#pragma once

#include <string>
#include <string_view>

#include "sdp/offer_answer.hpp"
#include "sdp/session.hpp"

namespace daedap::sdp {

/// v=, o=, s=, c=, t= of a description of ours. `timing` = value of t=, the offer's in an answer.
std::string write_session(const LocalMedia& local, std::string_view timing);
/// Our m=audio line with all that belongs to it.
std::string write_offer_line(const LocalMedia& local);
/// `protocol` = the offer's.
std::string write_answer_line(const Negotiated& media, const LocalMedia& local,
                              std::string_view protocol);
/// `line` with port 0. spec  RFC 3264 §6
std::string write_refusal(const MediaLine& line);

/// The payload type under which we offer telephone-event of that clock rate: 101 and up, beside
/// those of the codecs; -1 when none is left or no codec has that rate.
int event_type(const LocalMedia& local, int clock_rate);

}  // namespace daedap::sdp
