#!/usr/bin/env bash
# Installs, builds and runs every test; ends with ctest's own summary.
set -euo pipefail
cd "$(dirname "$0")"
bash packaging/install-packages.sh packaging/packages-build.txt packaging/packages-test.txt
jobs=$(nproc)

echo "== Release build (the product, and what the whole-process tests drive)"
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release >build-release.log 2>&1 || { cat build-release.log; exit 1; }
rm -f build-release.log
cmake --build build/release -j "$jobs"

echo "== Tests under address and undefined-behaviour sanitizers"
cmake -S . -B build/test -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DDAEDAP_TESTS=ON -DDAEDAP_SANITIZE=address -DDAEDAP_RELEASE_DIR="$PWD/build/release" >/dev/null
cmake --build build/test -j "$jobs"

echo "== What has threads, under the thread sanitizer"
cmake -S . -B build/tsan -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DDAEDAP_TESTS=ON -DDAEDAP_SANITIZE=thread >/dev/null
cmake --build build/tsan -j "$jobs" --target net_tests engines_tests store_tests server_tests daedap-espeak
thread_status=0
for program in net_tests engines_tests store_tests server_tests; do
  (cd build/tsan && TSAN_OPTIONS="suppressions=$PWD/../../tests/tsan.supp halt_on_error=0" \
    "./$program" --gtest_brief=1) || thread_status=1
done

echo "== ctest"
status=0
# Whole-process stories run in real time on machines that others use too: a failure is tried once more,
# and both attempts are printed.
ctest --test-dir build/test --output-on-failure --repeat until-pass:2 -j "$jobs" || status=$?
if [ "$thread_status" -ne 0 ]; then
  echo "the thread sanitizer found faults (above)" >&2
  exit 1
fi
exit "$status"
