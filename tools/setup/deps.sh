#!/usr/bin/env bash
# What Uketsuke needs on this machine: installs it on Debian and Ubuntu, elsewhere says what is missing.
# Usage: deps.sh run | test | samples
set -euo pipefail

WHAT=${1:-run}
RUST_MIN=1.95

RUN=(ca-certificates build-essential pkg-config libtesseract-dev libleptonica-dev libclang-dev
    tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert fonts-noto-cjk)
TEST=(postgresql dovecot-imapd openssl python3-aiosmtpd chromium chromium-driver libtiff-tools poppler-utils qpdf python3 python3-venv curl)
SAMPLES=(python3 python3-pil python3-numpy chromium libtiff-tools poppler-utils qpdf
    fonts-noto-cjk fonts-ipafont fonts-vlgothic)

say() { printf '%s\n' "$*" >&2; }

case $WHAT in
    run) WANT=("${RUN[@]}") ;;
    test) WANT=("${RUN[@]}" "${TEST[@]}") ;;
    samples) WANT=("${SAMPLES[@]}") ;;
    *) say "usage: deps.sh run|test|samples"; exit 2 ;;
esac

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# True when the distribution has a real package of that name (Ubuntu's chromium is only a door to a snap).
known() { apt-cache show "$1" >/dev/null 2>&1; }

with_apt() {
    local missing=() root=() p
    for p in "${WANT[@]}"; do installed "$p" || missing+=("$p"); done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "次のパッケージが足りません。管理者で入れてください / as root, please run:"
            say "  apt-get install --no-install-recommends ${missing[*]}"
            exit 1
        fi
        root=(sudo)
    fi
    say "パッケージを入れます / installing: ${missing[*]}"
    "${root[@]}" apt-get update -qq
    if ! known chromium-driver && known chromium-chromedriver; then
        missing=("${missing[@]/#chromium-driver/chromium-chromedriver}")
        missing=("${missing[@]/%chromium/chromium-browser}")
    fi
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Not Debian or Ubuntu: nothing is installed, each missing thing is named once.
by_hand() {
    local missing=()
    need() { command -v "$1" >/dev/null || missing+=("$2"); }
    library() { pkg-config --exists "$1" 2>/dev/null || missing+=("$2"); }
    if [ "$WHAT" != samples ]; then
        need cc "C compiler"
        need pkg-config "pkg-config"
        library tesseract "Tesseract 5 (development files)"
        library lept "Leptonica (development files)"
        need tesseract "Tesseract 5"
        [ -n "${LIBCLANG_PATH:-}" ] || compgen -G '/usr/lib*/libclang*.so*' >/dev/null ||
            compgen -G '/usr/lib*/*/libclang*.so*' >/dev/null || compgen -G '/usr/lib*/llvm*/lib/libclang*.so*' >/dev/null ||
            missing+=("libclang (or LIBCLANG_PATH)")
        if command -v tesseract >/dev/null; then
            local langs
            langs=$(tesseract --list-langs 2>/dev/null || true)
            grep -qx jpn <<<"$langs" || missing+=("Tesseract language data: jpn")
            grep -qx jpn_vert <<<"$langs" || missing+=("Tesseract language data: jpn_vert")
        fi
    fi
    if [ "$WHAT" != run ]; then
        need chromium "Chromium"
        need tiffcp "libtiff tools (tiffcp)"
        need pdftoppm "poppler tools (pdftoppm)"
        need qpdf "qpdf"
        need python3 "Python 3"
    fi
    if [ "$WHAT" = test ]; then
        need chromedriver "chromedriver"
        need dovecot "Dovecot 2.3 (dovecot)"
        need openssl "openssl"
        /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || missing+=("Python package aiosmtpd (for /usr/bin/python3)")
        need initdb "PostgreSQL 15 or newer (initdb, postgres)"
    fi
    [ ${#missing[@]} -eq 0 ] && return
    say "Debian / Ubuntu ではないため自動では入れられません。足りないもの / please install by hand:"
    printf '  - %s\n' "${missing[@]}" >&2
    exit 1
}

rust() {
    local have
    have=$(cargo --version 2>/dev/null | awk '{print $2}' || true)
    if [ -z "$have" ] || [ "$(printf '%s\n' "$RUST_MIN" "$have" | sort -V | head -1)" != "$RUST_MIN" ]; then
        say "Rust $RUST_MIN 以上が必要です (今: ${have:-なし})。https://rustup.rs の手順で入れるか、rustup update stable を実行してください。"
        say "Rust $RUST_MIN or newer is needed (found: ${have:-none}): see https://rustup.rs, or run: rustup update stable"
        exit 1
    fi
}

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then with_apt; else by_hand; fi
[ "$WHAT" = samples ] || rust
[ "$WHAT" != test ] || "$(dirname "$0")/axe.sh"
