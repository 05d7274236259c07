#!/usr/bin/env bash
# Fetches axe-core (MPL-2.0), which the tests run in Chromium over every page, once into target/tools/axe. No part of the program.
set -euo pipefail
cd "$(dirname "$0")/../.."

VERSION=4.14.1
# `dist.integrity` of that version in the npm registry.
SHA512=FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==
HERE=target/tools/axe
REGISTRY=${NPM_CONFIG_REGISTRY:-https://registry.npmjs.org}

# The name says the version, so that another one is fetched anew.
[ -s "$HERE/axe-$VERSION.js" ] && exit 0
mkdir -p "$HERE"
work=$(mktemp -d "$HERE/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
if ! curl -fsSL --retry 3 -m 120 -o "$work/axe.tgz" "${REGISTRY%/}/axe-core/-/axe-core-$VERSION.tgz"; then
    echo "axe-core $VERSION を取得できません / axe-core $VERSION cannot be fetched from $REGISTRY" >&2
    exit 1
fi
got=$(openssl dgst -sha512 -binary "$work/axe.tgz" | base64 -w0)
if [ "$got" != "$SHA512" ]; then
    echo "axe-core $VERSION: 内容が記録と違います / the package is not the one that was pinned" >&2
    exit 1
fi
tar -xzf "$work/axe.tgz" -C "$work" package/axe.min.js package/LICENSE
mv "$work/package/LICENSE" "$HERE/LICENSE"
# Last and in one step: what stands under this name is whole.
mv "$work/package/axe.min.js" "$HERE/axe-$VERSION.js"
