#pragma once

#include <string>
#include <vector>

#include "call/listening.hpp"
#include "speech/conversation.hpp"
#include "speech/turn/pause_label.hpp"

namespace daedap::call {

/// A pause as it is kept after the call. Times count from the answer of the call.
struct LoggedPause {
  enum class Speaker { customer, agent };
  Speaker speaker = Speaker::customer;
  bool with_ai = false;  // the AI was the other side
  std::string codec;     // of this speaker; empty = not known
  speech::turn::Pause pause;
  speech::turn::LabelledPause found;
};

/// Collects the pauses of one call and, once all was heard, says what each was.
/// thread  the shard
class PauseLog {
 public:
  static constexpr std::size_t most = 2000;  // of a call; later ones are left out

  void add(const Listening::Paused& paused);
  /// Of the caller whom the AI hears.
  void add(speech::turn::Pause pause);
  void on_said(const speech::Said& said);
  void set_codec(LoggedPause::Speaker speaker, std::string codec);
  /// Empties it.
  std::vector<LoggedPause> finish(base::Time answered, base::Time over);

 private:
  void add(LoggedPause one);
  std::vector<LoggedPause> pauses_;
  std::vector<speech::turn::OtherSpoke> ai_;
  std::string codecs_[2];
};

}  // namespace daedap::call
