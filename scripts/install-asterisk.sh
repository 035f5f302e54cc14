#!/usr/bin/env bash
# Puts Asterisk into build/asterisk, in a small Debian of its own, for `bench --only asterisk`:
# its stable release has none. mmdebstrap keeps services from starting, and changes nothing else here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

suite=forky
root=build/asterisk

if [ -x $root/usr/sbin/asterisk ]; then
    say "Asterisk is there: $root"
    exit 0
fi
[ ! -e $root ] || die "$root has no Asterisk: remove it first"

can_install || die "this takes Debian and root (Asterisk then runs without)"
command -v mmdebstrap >/dev/null || apt_install mmdebstrap

# From where this machine has its own Debian.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 'Created-By: Packages' | sed -n 1p)
[ -n "$mirror" ] || die "apt knows no Debian here"

say "installing asterisk of Debian's $suite into $root"
mkdir -p build
partial=$(mktemp -d build/asterisk.XXXXXX)
trap 'rm -rf --one-file-system "$partial"' EXIT
# A testing release's index that is some weeks old will do: it is signed all the same.
mmdebstrap --quiet --mode=root --variant=essential --include=asterisk \
    --aptopt='APT::Install-Recommends "false"' \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    $suite "$partial/root" "deb $mirror $suite main"
mv "$partial/root" $root
say "$(chroot $root asterisk -V)"
