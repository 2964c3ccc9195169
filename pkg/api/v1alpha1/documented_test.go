// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// descheduler is a page of the documentation.
const descheduler = "../../../docs/descheduler.md"

// The documented configuration is that of the defaults.
func TestDocumentedDefaults(t *testing.T) {
	documented := documentedConfiguration(t)
	got, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(documented))
	if err != nil {
		t.Fatal(err)
	}
	want, err := v1alpha1.DecodeDeschedulerConfiguration([]byte("apiVersion: loadline.dev/v1alpha1\nkind: DeschedulerConfiguration\n"))
	if err != nil {
		t.Fatal(err)
	}
	got.Protections.StorageClasses = want.Protections.StorageClasses // none, written out
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b v1alpha1.Duration) bool { return a.Value() == b.Value() }),
		cmp.Comparer(func(a, b v1alpha1.Threshold) bool { return a.Value() == b.Value() })); diff != "" {
		t.Errorf("the documented configuration is not that of the defaults (-want +got):\n%s", diff)
	}
}

// Each field of the configuration is documented, with what it means.
func TestDocumentedFields(t *testing.T) {
	text, err := os.ReadFile(descheduler)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range fieldsOf(reflect.TypeFor[v1alpha1.DeschedulerConfiguration](), "") {
		if !regexp.MustCompile("(?m)^\\| .*`" + regexp.QuoteMeta(field) + "`.* \\|").Match(text) {
			t.Errorf("%s does not say what %s means", descheduler, field)
		}
	}
}

// fieldsOf are the paths of the fields that have to be documented there. What it has
// in common with the scheduler, or with Kubernetes' own components, is one field.
func fieldsOf(of reflect.Type, path string) []string {
	var fields []string
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		isOurs := of.Field(i).Type.Kind() == reflect.Struct && of.Field(i).Type.PkgPath() == of.PkgPath()
		switch {
		case name == "": // kind and apiVersion
		case isOurs && name != "telemetry" && name != "estimates":
			fields = append(fields, fieldsOf(of.Field(i).Type, path+name+".")...)
		default:
			fields = append(fields, path+name)
		}
	}
	return fields
}

// documentedConfiguration is the one with all that has a default.
func documentedConfiguration(t *testing.T) string {
	t.Helper()
	for _, text := range yamlBlocks(t, descheduler) {
		if strings.Contains(text, "kind: DeschedulerConfiguration\n") {
			return text
		}
	}
	t.Fatalf("no DeschedulerConfiguration in %s", descheduler)
	return ""
}

// yamlBlocks are the blocks of YAML in a Markdown file.
func yamlBlocks(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, found := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllSubmatch(text, -1) {
		blocks = append(blocks, string(found[1]))
	}
	if len(blocks) == 0 {
		t.Fatalf("no YAML in %s", file)
	}
	return blocks
}
