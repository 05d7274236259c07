#!/bin/sh
# Every picture that docs/manual.ja.md shows, from the screens that the browser tests kept (`make test` first), made small.
set -eu
cd "$(dirname "$0")/../.."
command -v pngquant >/dev/null || { echo "pngquant がありません: sudo apt-get install pngquant"; exit 1; }
for name in $(grep -o 'manual/[^)]*\.png' docs/manual.ja.md | sed 's|manual/||' | sort -u); do
    screen="target/screenshots/$name"
    [ -f "$screen" ] || { echo "$screen がありません: 先に make test"; exit 1; }
    pngquant --quality 40-75 --speed 1 --strip --force --output "docs/manual/$name" 48 "$screen"
done
