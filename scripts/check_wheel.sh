#!/usr/bin/env bash
# Installs the wheel into a virtual environment of its own, away from the sources, and checks that
# it is the same program: typed, with its engine and its data, without the engine's sources.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH="$(scripts/rust-path.sh):$PATH" .venv/bin/python -m pip wheel --quiet --no-deps \
    --disable-pip-version-check --wheel-dir "$work" . </dev/null
wheel=$(echo "$work"/*.whl)
held=$(.venv/bin/python -m zipfile --list "$wheel" | awk '{print $1}')

must_hold=(media/_engine.abi3.so)
while IFS= read -r file; do
    must_hold+=("$file")
done < <(git ls-files acd agent_proto callcenter ivr lean media sip | grep -v '^media/engine/')
for file in "${must_hold[@]}"; do
    grep -qxF "$file" <<<"$held" || die "the wheel lacks $file"
done
! grep -E '^(media/engine|tests|scripts|config)/|\.rs$' <<<"$held" || die "the wheel holds too much"

python3=.venv/bin/python
"$python3" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-compile --constraint constraints.txt "$wheel" </dev/null
site=$PWD/config/site.toml
cd "$work"
venv/bin/callcenter --version
venv/bin/callcenter check --config "$site"
venv/bin/python -c 'import media._engine, callcenter; print(callcenter.__file__)' |
    grep -q "^$work/" || die "the installed program runs from elsewhere"
say "the wheel is whole: $(wc -l <<<"$held") files, $(du -k "$wheel" | cut -f1) KB"
