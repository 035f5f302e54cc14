# Shared by the scripts beside it: say, die, and packages by apt where that is possible.

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

# Debian packages can be installed here without asking anybody.
can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# apt_install PACKAGE...: waits for other users of apt, refreshes its lists once.
apt_install() {
    say "installing $*"
    local apt=(apt-get -qq -o DPkg::Lock::Timeout=300)
    [ -n "${APT_UPDATED:-}" ] || "${apt[@]}" update
    APT_UPDATED=1
    DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$@" \
        </dev/null >/dev/null
}
