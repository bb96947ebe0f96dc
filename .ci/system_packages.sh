#!/bin/sh
# Installs the Debian packages that some tests need, when we are root; `make test` calls it.
set -eu
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

missing=
for pair in mosquitto:mosquitto mosquitto_pub:mosquitto-clients chromium:chromium gcc:gcc prometheus:prometheus \
    systemd-nspawn:systemd-container pulseaudio:pulseaudio paplay:pulseaudio-utils strace:strace; do
    command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
[ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
ldconfig -p | grep -q libportaudio.so.2 || missing="$missing libportaudio2 libasound2-plugins"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Tests that need these Debian packages are skipped:$missing"
    exit 0
fi

# Tests start their own servers: a Mosquitto on 1883 would be in the gateway's way, and nobody asked for a Prometheus.
unwanted() {
    [ -d /run/systemd/system ] || return 0
    for service in mosquitto prometheus; do
        case " $missing " in *" $service "*) "$@" "$service" >/dev/null 2>&1 || true ;; esac
    done
}

echo "Installing Debian packages for tests:$missing …"
unwanted systemctl mask
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if ! { apt-get update -q && apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 15 "$log"
    echo "That failed; tests that need them are skipped."
fi
unwanted systemctl unmask
unwanted systemctl disable
