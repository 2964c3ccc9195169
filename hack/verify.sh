#!/bin/sh
# Checks what needs no running cluster. Says what is wrong, and how to mend it.
set -eu
cd "$(dirname "$0")/.."

fail() {
	echo "verify: $1" >&2
	exit 1
}

step() { echo "verify: $1"; }

step "gofmt"
unformatted=$(gofmt -l cmd hack pkg test)
[ -z "$unformatted" ] || fail "not formatted, run gofmt -w: $unformatted"

step "licence headers"
headless=$(find cmd hack pkg test web -name node_modules -prune -o \( -name '*.go' -o -name '*.ts' -o -name '*.mjs' -o -name '*.css' \) \
	-exec grep -L "SPDX-License-Identifier: Apache-2.0" {} + || true)
[ -z "$headless" ] || fail "without the lines of hack/boilerplate.go.txt: $headless"

step "go.mod is tidy"
go mod tidy -diff >/dev/null || fail "go.mod or go.sum is not tidy, run go mod tidy"

(cd test/skew && go mod tidy -diff) >/dev/null || fail "test/skew/go.mod or go.sum is not tidy, run go mod tidy in test/skew"

step "generated files"
# Generated into a copy, so that a check changes nothing.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
for file in $(find pkg -name 'zz_generated.*') docs/structure.svg docs/rule-reference.md; do
	mkdir -p "$copy/$(dirname "$file")"
	cp "$file" "$copy/$file"
done
hack/generate.sh
stale=""
for file in $(cd "$copy" && find . -type f); do
	cmp -s "$copy/$file" "$file" || stale="$stale $file"
	cp "$copy/$file" "$file"
done
[ -z "$stale" ] || fail "generated files are out of date, run make generate:$stale"

step "import rules"
go test -count=1 ./test/imports >/dev/null || fail "an import goes the wrong way, run go test ./test/imports"

step "go vet"
go vet ./...
(cd test/benchmark/descheduling && go vet ./...) # a module of its own

step "staticcheck"
go tool staticcheck ./...

echo "verify: good"
