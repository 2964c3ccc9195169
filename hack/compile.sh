#!/bin/sh
# Compiles programs for platforms: static ones, the same on whatever machine.
set -eu
cd "$(dirname "$0")/.."

if [ $# -lt 4 ]; then
	echo "usage: hack/compile.sh PLATFORM,... LDFLAGS FOLDER PACKAGE..." >&2
	exit 2
fi
platforms=$1 ldflags=$2 folder=$3
shift 3

# The oldest processors of each kind, whatever this shell is set to.
export CGO_ENABLED=0 GOAMD64=v1 GOARM64=v8.0 GOEXPERIMENT=
for platform in $(echo "$platforms" | tr , ' '); do
	echo "compile: $platform: $*"
	mkdir -p "$folder/$platform"
	GOOS=${platform%%/*} GOARCH=${platform#*/} \
		go build -trimpath -buildvcs=false -ldflags "$ldflags" -o "$folder/$platform/" "$@"
done
