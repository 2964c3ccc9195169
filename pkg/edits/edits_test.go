// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package edits_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/edits"
)

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func managed(manager string, minute int, fields string) metav1.ManagedFieldsEntry {
	at := metav1.NewTime(start.Add(time.Duration(minute) * time.Minute))
	return metav1.ManagedFieldsEntry{Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, Time: &at, FieldsV1: metav1.NewFieldsV1(fields)}
}

func TestLast(t *testing.T) {
	const ours, other, binary = `{"f:data":{".":{},"f:a":{}}}`, `{"f:data":{"f:b":{}},"f:metadata":{}}`, `{"f:binaryData":{"f:a":{}}}`
	cases := map[string]struct {
		entries []metav1.ManagedFieldsEntry
		want    string
	}{
		"nobody":               {},
		"one":                  {entries: []metav1.ManagedFieldsEntry{managed("x", 1, ours)}, want: "x"},
		"the latest":           {entries: []metav1.ManagedFieldsEntry{managed("x", 2, ours), managed("y", 3, ours), managed("z", 1, ours)}, want: "y"},
		"of another key":       {entries: []metav1.ManagedFieldsEntry{managed("x", 1, ours), managed("y", 3, other)}, want: "x"},
		"of binary data":       {entries: []metav1.ManagedFieldsEntry{managed("x", 1, ours), managed("y", 3, binary)}, want: "y"},
		"without a time":       {entries: []metav1.ManagedFieldsEntry{{Manager: "x", FieldsV1: metav1.NewFieldsV1(ours)}}},
		"without fields":       {entries: []metav1.ManagedFieldsEntry{{Manager: "x", Time: &metav1.Time{Time: start}}}},
		"that cannot be read":  {entries: []metav1.ManagedFieldsEntry{managed("x", 1, `{"f:data"`)}},
		"of something else":    {entries: []metav1.ManagedFieldsEntry{managed("x", 1, `{"f:metadata":{"f:labels":{}}}`)}},
		"of what is no object": {entries: []metav1.ManagedFieldsEntry{managed("x", 1, `{"f:data":1}`)}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""
			if last := edits.Last(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{ManagedFields: tc.entries}}, "a"); last != nil {
				got = last.Manager
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// The latest two hundred are kept, in the order of their times.
func TestLog(t *testing.T) {
	var log edits.Log
	for i := range 150 {
		log.Add(
			edits.Change{Time: start.Add(time.Duration(300-i) * time.Second), RuleSet: fmt.Sprint(300 - i)},
			edits.Change{Time: start.Add(time.Duration(i) * time.Second), RuleSet: fmt.Sprint(i)},
		)
	}
	var got, want []string
	for _, change := range log.All() {
		got = append(got, change.RuleSet)
	}
	for i := range 301 {
		if i > 100 && i != 150 {
			want = append(want, fmt.Sprint(i))
		}
	}
	want = append([]string{"100"}, want...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
