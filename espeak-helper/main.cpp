// SPDX-License-Identifier: GPL-3.0-or-later
// daedap-espeak: speech synthesis for another program over file descriptor 0. See README.md.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "channel.hpp"
#include "synthesiser.hpp"

namespace {

bool is_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

}  // namespace

int main() {
  if (!is_socket(0)) {
    std::fputs("daedap-espeak is started by the daedap server and speaks to it over a socket.\n",
               stderr);
    return 2;
  }
  ::close_range(3, ~0u, 0);  // nothing of the parent is ours
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);

  espeak_helper::Channel channel(0);
  espeak_helper::Synthesiser synthesiser(channel);
  const int rate = synthesiser.start();
  if (rate == 0) {
    std::fputs("daedap-espeak: espeak-ng cannot load its data\n", stderr);
    return 1;
  }
  channel.send(espeak_helper::Type::ready, 0,
               espeak_helper::u32_bytes(static_cast<std::uint32_t>(rate)));
  const bool in_order = synthesiser.serve();
  synthesiser.stop();
  return in_order ? 0 : 3;
}
