#!/bin/sh
# Installs the Debian package "chromium", in which a test looks at the web page.
set -eu

if [ -x /usr/bin/chromium ] || command -v chromium >/dev/null; then
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	echo "install-chromium: no apt-get here, install Chromium by other means" >&2
	exit 0
fi

apt-get update -q
# With a font, or there would be boxes in the place of letters.
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core
