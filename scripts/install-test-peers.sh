#!/usr/bin/env bash
# Makes sure that the programs the tests talk to are there; docs/testing.md names them.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

has() {
    case $1 in
        sip-tester) command -v sipp ;;
        baresip-core) command -v baresip ;;
        sipvicious) command -v svwar ;;
        openssl) command -v openssl ;;
        sipsak) command -v sipsak ;;
        linphone-cli) command -v linphonec ;;
        kamailio) ls /usr/sbin/kamailio ;;
        kamailio-*-modules) dpkg -s "$1" ;;
        postgresql) ls /usr/lib/postgresql/*/bin/initdb || command -v initdb ;;
    esac >/dev/null 2>&1
}

missing=()
for package in sipvicious sip-tester baresip-core sipsak linphone-cli kamailio \
    kamailio-websocket-modules kamailio-tls-modules postgresql openssl; do
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
# Nor need Kamailio run as a service.
unit=/etc/systemd/system/kamailio.service
if ! has kamailio && [ -d "${unit%/*}" ] && [ ! -e $unit ]; then
    ln -s /dev/null $unit
fi
apt_install "${missing[@]}"
