#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "call/record.hpp"

namespace daedap::store {

/// The parts of a call record that are kept as JSON or as a word in one column. What cannot be read
/// back (a foreign hand changed the file) becomes empty.
std::string write_marks(const std::map<std::string, double>& marks);
std::map<std::string, double> read_marks(std::string_view json);
std::string write_texts(const std::vector<std::string>& texts);
std::vector<std::string> read_texts(std::string_view json);
std::string write_conversation(const call::Conversation& conversation);
call::Conversation read_conversation(std::string_view json);
std::string write_legs(const std::vector<call::LegFigures>& legs);
std::vector<call::LegFigures> read_legs(std::string_view json);
std::string write_media(const media::LegStats& stats);
media::LegStats read_media(std::string_view json);
std::string_view speaker_name(speech::Said::Speaker speaker);
speech::Said::Speaker speaker_of(std::string_view name);
call::Cause cause_of(std::string_view name);

}  // namespace daedap::store
