#!/usr/bin/env bash
# Prints the folder that holds a cargo and a rustc new enough for the media engine, wherever
# rustup or Debian (rustc-web, rustc-1.NN) put them; exits 1 where there is none.
set -euo pipefail
cd "$(dirname "$0")/.."
least=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' media/engine/Cargo.toml)

new_enough() {
    local version
    version=$("$1/rustc" --version 2>/dev/null | cut -d' ' -f2) || return 1
    [ "$(printf '%s\n' "$least" "$version" | sort -V | head -n1)" = "$least" ]
}

folders=$(dirname "$(command -v cargo || echo /usr/bin/cargo)")
for folder in "$folders" ~/.cargo/bin /usr/local/cargo/bin /usr/bin /usr/lib/rust-*/bin; do
    if [ -x "$folder/cargo" ] && [ -x "$folder/rustc" ] && new_enough "$folder"; then
        echo "$folder"
        exit 0
    fi
done
echo "rustc $least or newer and cargo are missing: use rustup, or Debian's rustc-web and cargo-web" >&2
exit 1
