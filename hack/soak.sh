#!/bin/sh
# Runs the soak test, for a day unless told otherwise: hack/soak.sh 30m
# What it prints every two minutes is what each program holds; it fails at the end if
# that has grown beyond what is remembered on purpose.
set -eu
cd "$(dirname "$0")/.."
make bin
exec go test -count=1 -timeout 0 -v ./test/soak -soak.duration "${1:-24h}"
