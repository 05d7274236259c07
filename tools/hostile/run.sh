#!/bin/sh
# Every file of samples/docs and of the FOLDERs, whole and in nineteen bent shapes, through the sealed child; prints a table of
# the answers by format, the slowest, and the highest memory of a child.  tools/hostile/run.sh [FOLDER…]
set -eu
cd "$(dirname "$0")/../.."
UKETSUKE_HOSTILE=$(IFS=:; echo "$*")
export UKETSUKE_HOSTILE
exec cargo test --test it hostile:: -- --nocapture
