#!/usr/bin/env bash
# Builds Release and runs the named benchmarks (all without a name).
set -euo pipefail
cd "$(dirname "$0")"
bash packaging/install-packages.sh packaging/packages-build.txt packaging/packages-bench.txt
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DDAEDAP_BENCH=ON >/dev/null
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(ai_calls events parts relay turns)
for name in "${names[@]}"; do
  case "$name" in
    ai_calls|events|parts|turns) ;;
    relay)
      bash packaging/install-packages.sh packaging/packages-bench-peers.txt ||
        echo "rtpengine cannot be installed: nothing is compared with it" >&2
      ;;
    *) echo "no benchmark named $name; there are: ai_calls events parts relay turns" >&2; exit 2 ;;
  esac
  cmake --build build/release --target "bench_$name" >/dev/null
  echo "== $name"
  "build/release/bench/bench_$name"
done
