// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/audit"
)

// page is that about the audit log.
const page = "../../docs/audit.md"

// The schema is what the page says: each field, and no other.
func TestDocumentedFields(t *testing.T) {
	want := fieldsOf(reflect.TypeFor[audit.Line](), "")
	slices.Sort(want)
	got := namesIn(section(t, "## Fields"))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documented fields (-want +got):\n%s", diff)
	}
}

// Each decision is documented, and no other.
func TestDocumentedDecisions(t *testing.T) {
	source, err := os.ReadFile("line.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, found := range regexp.MustCompile(`Decision = "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		want = append(want, found[1])
	}
	slices.Sort(want)
	var got []string
	for _, name := range namesIn(section(t, "## Decisions")) {
		if name != "decision" {
			got = append(got, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documented decisions (-want +got):\n%s", diff)
	}
}

// The examples are lines as they are written.
func TestDocumentedExamples(t *testing.T) {
	examples := regexp.MustCompile(`(?m)^\{.*\}$`).FindAllString(section(t, "## Examples"), -1)
	if len(examples) < 3 {
		t.Fatalf("%d examples, want 3 or more", len(examples))
	}
	for _, example := range examples {
		decoder := json.NewDecoder(strings.NewReader(example))
		decoder.DisallowUnknownFields()
		var line audit.Line
		if err := decoder.Decode(&line); err != nil {
			t.Errorf("%v in %s", err, example)
			continue
		}
		written, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(example, string(written)); diff != "" {
			t.Errorf("as it is written (-documented +written):\n%s", diff)
		}
	}
}

// section is the text under a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no %q", page, heading)
	}
	under, _, _ := strings.Cut(after, "\n## ")
	return under
}

// namesIn are the names in the first column of a table.
func namesIn(text string) []string {
	var names []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|").FindAllStringSubmatch(text, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			names = append(names, name[1])
		}
	}
	slices.Sort(names)
	return names
}

// fieldsOf are the paths of all fields. What is in a list is as outside of it.
func fieldsOf(of reflect.Type, path string) []string {
	var fields []string
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		kind := field.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		switch {
		case field.Anonymous:
			fields = append(fields, fieldsOf(kind, path)...)
		case kind.Kind() == reflect.Slice:
			fields = append(fields, path+name+"[]")
		case kind.Kind() == reflect.Struct && kind != reflect.TypeFor[time.Time]():
			fields = append(fields, fieldsOf(kind, path+name+".")...)
		default:
			fields = append(fields, path+name)
		}
	}
	return fields
}
