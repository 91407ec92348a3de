# Sourced by scripts/setup: CPython 3.14 from Debian's own archive, unpacked into a
# private prefix. Nothing outside the prefix is touched; apt works on lists, cache and
# preferences of its own.

readonly DEBIAN_PYTHON_SUITE=forky
readonly DEBIAN_PYTHON_PACKAGES=(
    python3.14 python3.14-minimal libpython3.14 libpython3.14-minimal
    libpython3.14-stdlib libpython3.14-dev
    libc6 libssl3t64 libffi8 libsqlite3-0 zlib1g libexpat1 liblzma5 libbz2-1.0
    libncursesw6 libtinfo6 libreadline8t64 libuuid1 libzstd1 libgcc-s1 libstdc++6
)

debian_mirror() {
    # The machine's own mirror: the site of the running release's main component.
    local codename
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    apt-get indextargets --format '$(SITE)|$(RELEASE)|$(COMPONENT)' |
        awk -F'|' -v suite="$codename" '$2 == suite && $3 == "main" { print $1; exit }'
}

debian_apt() {
    # apt on a private state directory: $1; the rest is apt-get's command line.
    local state=$1
    shift
    apt-get \
        -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
        -o Dir::State="$state/state" -o Dir::State::status="$state/state/status" \
        -o Dir::Cache="$state/cache" -o APT::Sandbox::User=root \
        -o Debug::NoLocking=1 -o Acquire::Languages=none -q "$@"
}

debian_download() {
    # Fetch the packages into $1/debs.
    local state=$1 mirror
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || { echo "setup: no Debian mirror is configured on this machine" >&2; return 1; }
    mkdir -p "$state/state/lists/partial" "$state/cache/archives/partial" "$state/debs"
    : >"$state/state/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $DEBIAN_PYTHON_SUITE main" \
        >"$state/sources.list"
    debian_apt "$state" update
    (cd "$state/debs" && debian_apt "$state" download "${DEBIAN_PYTHON_PACKAGES[@]}")
}

debian_set_loader() {
    # Make the programs of prefix $1 use the C library they were built with; $2 is patchelf.
    local prefix=$1 patchelf=$2 library loader
    library=$(dirname "$(find "$prefix/usr/lib" -maxdepth 2 -name libc.so.6 | head -n 1)")
    loader=$(find "$library" -maxdepth 1 -name 'ld-linux*.so.*' | head -n 1)
    "$patchelf" --set-interpreter "$loader" --force-rpath --set-rpath "$library" \
        "$prefix/usr/bin/python3.14"
}

install_debian_python() {
    # Build the prefix $1 (removed first) with the patchelf program $2.
    local prefix=$1 patchelf=$2 state
    state=$(mktemp -d)
    rm -rf "$prefix" && mkdir -p "$prefix"
    if ! debian_download "$state" >"$state/log" 2>&1; then
        tail -n 5 "$state/log" >&2
        rm -rf "$state"
        return 1
    fi
    for package in "$state"/debs/*.deb; do dpkg -x "$package" "$prefix"; done
    rm -rf "$state"
    debian_set_loader "$prefix" "$patchelf"
}
