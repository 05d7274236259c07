#!/bin/sh
# Builds the fuzzers and runs each for SECONDS (or only those that are named after it):  fuzz/run.sh 120 [TARGET…]
# Needs no nightly compiler and no cargo-fuzz: the flags are those of `cargo fuzz --sanitizer none`. Our own code has no
# unsafe block here, so what is looked for are panics, endless work and memory without end.
# What is found lies in fuzz/artifacts/TARGET; what was learned of the code's ways stays in fuzz/corpus/TARGET.
set -eu
seconds=${1:?seconds for each target}
shift
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
cargo build --release --target "$host" --bins
[ $# -gt 0 ] || set -- tiff pdf picture page mail zip tnef office protocol text
python3 seeds.py
failed=""
for target in "$@"; do
    mkdir -p "corpus/$target" "artifacts/$target"
    seeds=""
    [ -d "seeds/$target" ] && seeds="seeds/$target"
    echo "== $target"
    # 25 s are far more than any input of this size may take, on a busy machine, too.
    "target/$host/release/$target" "corpus/$target" $seeds -max_total_time="$seconds" -timeout=25 -report_slow_units=25 -rss_limit_mb=2048 \
        -max_len=65536 -artifact_prefix="artifacts/$target/" >"artifacts/$target.log" 2>&1 || true
    tail -n 2 "artifacts/$target.log"
    [ -z "$(ls -A "artifacts/$target")" ] || failed="$failed $target"
done
[ -z "$failed" ] || { echo "found something:$failed (fuzz/artifacts)"; exit 1; }
