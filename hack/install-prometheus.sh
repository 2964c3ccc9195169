#!/bin/sh
# Installs the Debian package "prometheus", whose server a test starts, and keeps
# the package from running a server of its own.
set -eu

if [ -x /usr/bin/prometheus ] || command -v prometheus >/dev/null; then
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	echo "install-prometheus: no apt-get here, install Prometheus by other means" >&2
	exit 0
fi

# What Debian asks before it starts a service. One that is there already has
# been put there by whoever runs this machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends prometheus
# Nor is it to start with the machine.
if command -v systemctl >/dev/null; then
	systemctl disable prometheus
fi
