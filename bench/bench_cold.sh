#!/usr/bin/env bash
# Ways to read two 1 GiB files, cold and warm: bench/bench_cold.sh [--data DIR]. Builds what it needs.
# As root it empties all of the system's caches before each cold reading; otherwise only the two
# files' pages, which the program checks.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset bench > /dev/null
cmake --build --preset bench --target modelkin_bench_read > /dev/null
drop=()
[[ -w /proc/sys/vm/drop_caches ]] && drop=(--drop-caches)
build/bench/bin/modelkin_bench_read "${drop[@]}" "$@"
