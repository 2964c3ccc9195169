#!/bin/sh
# Checks the page: its types, its tests, and that what is committed in
# pkg/dashboard/assets is what web/ makes. Needs node and the npm registry, no cluster.
set -eu
cd "$(dirname "$0")/.."

step() { echo "verify-web: $1"; }

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT

step "packages"
if grep -q '"resolved"' web/package-lock.json; then
	echo "verify-web: web/package-lock.json names a registry; run npm install in web, with its .npmrc" >&2
	exit 1
fi
npm ci --prefix web --no-progress --loglevel error

step "types"
npm run --prefix web --silent check

step "tests"
npm run --prefix web --silent test

step "assets"
node web/build.mjs "$built"
# What is not made there is of Go.
if ! diff -rq --exclude='*.go' "$built" pkg/dashboard/assets; then
	echo "verify-web: pkg/dashboard/assets is not what web/ makes, run make web" >&2
	exit 1
fi

echo "verify-web: good"
