#!/usr/bin/env bash
# Lets systemd judge the shipped unit: valid, and as confined as it says. Skipped without systemd.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

most_exposed=15 # tenths of systemd's exposure level, 0 to 100
command -v systemd-analyze >/dev/null || { say "no systemd-analyze: unit not checked"; exit 0; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The program is not installed here; everything else is judged as shipped.
sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' config/systemd/callcenter.service \
    >"$work/callcenter.service"
complaints=$(systemd-analyze verify --recursive-errors=no "$work/callcenter.service" 2>&1 |
    grep -F callcenter.service) && die "$complaints"
systemd-analyze security --offline=yes --threshold=$most_exposed "$work/callcenter.service" \
    >"$work/report" || { cat "$work/report"; exit 1; }
