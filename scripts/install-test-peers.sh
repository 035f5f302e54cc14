#!/usr/bin/env bash
# Makes sure that the programs the tests talk to are there: SIPp, baresip, linphonec, sipvicious, PostgreSQL, openssl.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

has() {
    case $1 in
        sip-tester) command -v sipp ;;
        baresip-core) command -v baresip ;;
        sipvicious) command -v svwar ;;
        linphone-cli) command -v linphonec ;;
        openssl) command -v openssl ;;
        postgresql) ls /usr/lib/postgresql/*/bin/initdb || command -v initdb ;;
    esac >/dev/null 2>&1
}

missing=()
for package in sipvicious sip-tester baresip-core linphone-cli postgresql openssl; do
    has "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
can_install || die "test peers are missing (Debian: apt install ${missing[*]})"

# The tests start a throw-away PostgreSQL of their own: Debian need not make and start one.
createcluster=/etc/postgresql-common/createcluster.conf
if ! has postgresql && [ ! -e $createcluster ]; then
    mkdir -p "${createcluster%/*}"
    echo "create_main_cluster = false" >$createcluster
fi
apt_install "${missing[@]}"
