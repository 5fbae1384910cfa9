#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace daedap::base {

/// What kind of trouble an Error speaks of; `call/verdict` maps it to a SIP status and an apology.
enum class Code {
  bad_syntax,        // bytes or text that break their grammar
  too_large,         // over a stated cap
  unsupported,       // well formed, but not something we do
  not_found,         // no such operator, call, file, dialog ...
  bad_state,         // right input at the wrong time
  no_common_codec,   // offer and answer share nothing
  no_port,           // no free port in the range
  engine_not_ready,  // still loading
  engine_full,       // admission control says no
  engine_failed,     // engine died or answered with an error
  engine_late,       // a stated engine time limit passed
  timed_out,
  io,                // the operating system said no
  denied,            // authentication or authorisation
};

/// The field's name of a code, as it stands in logs and JSON ("bad_syntax").
const char* name(Code code);

/// One failure. `text` is static and safe to show; `detail` may quote input.
struct Error {
  Code code = Code::bad_syntax;
  const char* text = "";
  std::string detail;

  /// "text: detail", for logs.
  std::string message() const;
};

template <typename T>
using Result = tl::expected<T, Error>;

/// `return fail(Code::bad_syntax, "no colon in header", line);`
inline tl::unexpected<Error> fail(Code code, const char* text, std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, text, std::move(detail)});
}

}  // namespace daedap::base
