#!/usr/bin/env bash
# cargo fmt and clippy over the media engine; whichever is missing comes from rustup or apt.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

rust=$(scripts/rust-path.sh)
export PATH="$rust:$PATH"

# need COMPONENT DEBIAN_PACKAGE
need() {
    cargo "${1/rustfmt/fmt}" --version >/dev/null 2>&1 && return
    if command -v rustup >/dev/null; then
        rustup --quiet component add "$1"
    elif can_install; then
        apt_install "$2"
    else
        die "$1 is missing (rustup component add $1; Debian: apt install $2)"
    fi
}

need rustfmt rustfmt-web
need clippy rust-web-clippy
cd media/engine
cargo fmt --check
cargo clippy --quiet --all-targets -- -D warnings
cargo clippy --quiet --features extension-module -- -D warnings
