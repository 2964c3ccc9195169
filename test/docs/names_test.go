// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// metricName is not a part of the name of a file, as kubectl-loadline_v0.1.0 is.
var metricName = regexp.MustCompile(`(?:^|[^-\w])(loadline_[a-z_]*[a-z])`)

// Every metric that is named is in the table of docs/operations.md, which the
// integration tests hold to what the programs serve. A name that ends in _ and a star
// stands for several.
func TestMetricNames(t *testing.T) {
	known := map[string]bool{}
	for _, span := range readPage(t, "docs/operations.md").Spans {
		if name := metricName.FindStringSubmatch(span.Text); name != nil && name[1] == span.Text {
			known[span.Text] = true
		}
	}
	for _, page := range pages(t) {
		for _, span := range page.Spans {
			for _, found := range metricName.FindAllStringSubmatch(span.Text, -1) {
				if name := found[1]; !known[name] && !strings.Contains(span.Text, name+"_*") && !strings.Contains(span.Text, name+"*") {
					t.Errorf("%s:%d: docs/operations.md has no metric %s", page.Name, span.Line, name)
				}
			}
		}
	}
}

// fieldsOfOthers are paths that look like those of our fields, and are somebody
// else's.
var fieldsOfOthers = map[string]string{
	"breaker.until": "the ledger",
	"name.matches":  "prometheus-adapter",
}

var fieldPath = regexp.MustCompile(`^[a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*)+$`)

// Every path of a field that is named, as in budgets.perNode, is in the rule sets or
// in one of the configurations.
func TestFieldPaths(t *testing.T) {
	roots := []reflect.Type{
		reflect.TypeFor[v1alpha1.LoadlineArgs](), reflect.TypeFor[v1alpha1.DeschedulerConfiguration](), reflect.TypeFor[v1alpha1.RuleSetSpec](),
		reflect.TypeFor[v1alpha1.Rule](), reflect.TypeFor[v1alpha1.Metric](), reflect.TypeFor[v1alpha1.Telemetry](), reflect.TypeFor[v1alpha1.Embedded](),
	}
	used := map[string]bool{}
	for _, page := range pages(t) {
		for _, span := range page.Spans {
			if !fieldPath.MatchString(span.Text) || strings.HasSuffix(span.Text, ".yaml") {
				continue
			}
			path := strings.Split(span.Text, ".")
			begins := func(root reflect.Type) bool { return fieldOf(root, path[:1]) }
			whole := func(root reflect.Type) bool { return fieldOf(root, path) }
			if !slices.ContainsFunc(roots, begins) || slices.ContainsFunc(roots, whole) {
				continue // somebody else's, or ours
			}
			if used[span.Text] = true; fieldsOfOthers[span.Text] == "" {
				t.Errorf("%s:%d: neither rule sets nor configurations have the field %s", page.Name, span.Line, span.Text)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(fieldsOfOthers)) {
		if !used[path] {
			t.Errorf("no page names the field %s of others any more: take it out of the table", path)
		}
	}
}

// fieldOf tells whether a type has a field of this path.
func fieldOf(of reflect.Type, path []string) bool {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	if len(path) == 0 || of.Kind() == reflect.Map {
		return true
	}
	if of.Kind() != reflect.Struct {
		return false
	}
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == path[0] && fieldOf(field.Type, path[1:]) || name == "" && field.Anonymous && fieldOf(field.Type, path) {
			return true
		}
	}
	return false
}
