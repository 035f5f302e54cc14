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
        tshark) command -v tshark ;;
        sngrep) command -v sngrep ;;
        sipsak) command -v sipsak ;;
        linphone-cli) command -v linphonec ;;
        chromium) command -v chromium ;;
        npm) command -v npm ;;
        kamailio) PATH=$PATH:/usr/sbin command -v kamailio ;;
        kamailio-websocket-modules) compgen -G '/usr/lib*/*/kamailio/modules/websocket.so' ;;
        kamailio-tls-modules) compgen -G '/usr/lib*/*/kamailio/modules/tls.so' ;;
        libspandsp2) compgen -G '/usr/lib*/*/libspandsp.so.2' ;;
        postgresql) ls /usr/lib/postgresql/*/bin/initdb || command -v initdb ;;
    esac >/dev/null 2>&1
}

missing=()
for package in sipvicious sip-tester baresip-core sipsak linphone-cli kamailio \
    kamailio-websocket-modules kamailio-tls-modules chromium npm postgresql openssl libspandsp2 \
    tshark sngrep; do
    has "$package" || missing+=("$package")
done
install_missing() {
    can_install || die "test peers are missing (Debian: apt install ${missing[*]})"

    # The tests start a throw-away PostgreSQL of their own: Debian need not make and start one.
    local createcluster=/etc/postgresql-common/createcluster.conf
    if ! has postgresql && [ ! -e $createcluster ]; then
        mkdir -p "${createcluster%/*}"
        echo "create_main_cluster = false" >$createcluster
    fi
    # Nor need Kamailio run as a service.
    local unit=/etc/systemd/system/kamailio.service
    if ! has kamailio && [ -d "${unit%/*}" ] && [ ! -e $unit ]; then
        ln -s /dev/null $unit
    fi
    apt_install "${missing[@]}"
}

[ ${#missing[@]} -eq 0 ] || install_missing

# The browser's phone, at the versions of package.json.
browser=tests/interop/browser
if ! cmp -s $browser/package.json $browser/node_modules/.installed; then
    say "installing what $browser/package.json names"
    (cd $browser && npm install --loglevel=error --no-package-lock --no-audit --no-fund --ignore-scripts \
        </dev/null >/dev/null)
    cp $browser/package.json $browser/node_modules/.installed
fi
