#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "call/operators.hpp"

namespace daedap::store {

class Database;

/// Whether this may stand in the user part of a SIP address without escapes and in a URL path. "ai" is
/// taken: it is who answered when the assistant did.
bool is_operator_id(std::string_view id);
/// Whether calls may be forwarded there: a number, or a SIP URI without blanks and brackets.
bool is_forward_target(std::string_view target);

/// H(id:realm:password) of a SIP account, lower-case hex. spec  RFC 7616 §3.4.2
struct SipSecret {
  std::string realm, ha1_md5, ha1_sha256;
};

/// The operators on disk. Also used directly by the command line, beside a running server.
/// thread  the database's
class OperatorTable {
 public:
  explicit OperatorTable(Database& db) : db_(db) {}
  /// By id.
  base::Result<std::vector<call::Operator>> list();
  /// errors  Code::not_found
  base::Result<call::Operator> find(std::string_view id);
  /// errors  Code::bad_state: exists already; Code::bad_syntax: the id is no user part, or forwarding
  ///         without a place to forward to
  base::Result<void> add(const call::Operator& one);
  /// errors  Code::not_found
  base::Result<void> remove(std::string_view id);
  /// Without `away_message` the one before stays. errors  Code::not_found
  base::Result<void> set_status(std::string_view id, call::OperatorStatus status,
                                const std::optional<std::string>& away_message);

  /// Replaces the secret of the SIP account. errors  Code::not_found
  base::Result<void> set_secret(std::string_view id, const SipSecret& secret);
  /// Gives the operator as it is then. errors  Code::not_found; Code::bad_syntax as `add`
  base::Result<call::Operator> change(std::string_view id, const call::OperatorChange& change);

 private:
  Database& db_;
};

}  // namespace daedap::store
