#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sip/message.hpp"
#include "sip/uri.hpp"

namespace daedap::sip {

/// One dialog as one side knows it: tags, sequence numbers, route set, remote target.
/// spec  RFC 3261 §12
class Dialog {
 public:
  Dialog() = default;
  /// The callee's dialog, from the INVITE and the tag we put into our responses. spec  §12.1.1
  static Dialog from_request(const Message& invite, std::string_view local_tag);
  /// The caller's dialog, from our INVITE and the response that has a To tag. spec  §12.1.2
  /// errors  bad_syntax when the response has no To tag or no Contact that we could send to
  static base::Result<Dialog> from_response(const Message& invite, const Message& response);

  /// The next request of ours with its routing headers; Via and Contact are still missing.
  /// spec  §12.2.1.1 (loose and strict routing)
  Message make_request(std::string_view method);
  /// The ACK of a 2xx to our INVITE number `cseq`. spec  §13.2.2.4
  Message make_ack(std::uint32_t cseq) const;

  /// Takes over the sequence numbers of its own early state. spec  RFC 3261 §13.2.2.4
  void go_on_from(const Dialog& early);
  /// The number for one more request of ours, such as one sent again with credentials.
  std::uint32_t take_local_seq();
  /// False when the peer's number goes backwards (answer 500). spec  §12.2.2
  bool take_remote_seq(std::uint32_t number);
  /// The Contact of a target refresh request or response becomes the remote target. spec  §12.2
  void refresh_target(const Message& message);
  /// Where the next request must go: the first route, else the remote target.
  base::Result<Uri> next_hop() const;

  const std::string& call_id() const { return call_id_; }
  const std::string& local_tag() const { return local_tag_; }
  const std::string& remote_tag() const { return remote_tag_; }
  const std::string& remote_target() const { return target_; }
  /// Who is at the other end: the URI of their From or To.
  std::string remote_uri() const;
  const std::vector<std::string>& routes() const { return routes_; }
  std::uint32_t local_seq() const { return local_seq_; }

 private:
  Message request_with(std::string_view method, std::uint32_t seq) const;

  // state
  std::string call_id_, local_tag_, remote_tag_;
  std::string local_, remote_;  // From and To values, ours and theirs, tags included
  std::string target_;          // a URI
  std::vector<std::string> routes_;
  std::uint32_t local_seq_ = 0;
  std::optional<std::uint32_t> remote_seq_;
};

}  // namespace daedap::sip
