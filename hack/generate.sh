#!/bin/sh
# Writes the generated files anew.
set -eu
cd "$(dirname "$0")/.."
go tool deepcopy-gen --output-file zz_generated.deepcopy.go --go-header-file hack/boilerplate.go.txt ./pkg/api/v1alpha1
go run ./hack/reference -o docs/rule-reference.md
go run ./hack/structure -o docs/structure.svg
