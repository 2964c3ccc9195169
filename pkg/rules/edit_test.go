// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2"
	clocktesting "k8s.io/utils/clock/testing"
)

var began = time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)

// by has a program have edited all keys, so many minutes after the start of the process.
func by(manager string, minute int, object *corev1.ConfigMap) *corev1.ConfigMap {
	at := metav1.NewTime(began.Add(time.Duration(minute) * time.Minute))
	object.ManagedFields = append(object.ManagedFields, metav1.ManagedFieldsEntry{
		Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, Time: &at, FieldsV1: metav1.NewFieldsV1(`{"f:data":{"f:a":{},"f:b":{}}}`),
	})
	return object
}

// edited are the changes that a store has seen, in short: when, what, and by whom.
func edited(store *Store) []string {
	var got []string
	for _, change := range store.Edits() {
		text := fmt.Sprintf("%s %s %s", change.Time.Sub(began), change.RuleSet, change.What)
		if change.By != "" {
			text += " by " + change.By
		}
		if change.Note != "" {
			text += ", because"
		}
		got = append(got, text)
	}
	return got
}

func TestEdits(t *testing.T) {
	type maps = []*corev1.ConfigMap
	cases := map[string]struct {
		// states follow each other by a minute, the first at the start.
		states []maps
		want   []string
	}{
		"nothing": {states: []maps{nil, nil}},
		"before the start": {
			states: []maps{{by("helm", -60, configMap("m", 0, rules("x", "90%"))), by("kubectl", -5, configMap("n", 0, rules("v", "90%"), refused("z"))), configMap("o", 0, rules("w", "90%"))}},
			want:   []string{"-1h0m0s x Added by helm", "-5m0s v Changed by kubectl", "-5m0s z Refused by kubectl, because"},
		},
		"added, changed and removed": {
			states: []maps{{}, {by("flux", 1, configMap("m", 0, rules("x", "90%")))}, {by("vi", 2, by("flux", 1, configMap("m", 0, rules("x", "80%"))))}, {}},
			want:   []string{"1m0s x Added by flux", "2m0s x Changed by vi", "3m0s x Removed"},
		},
		"refused and restored": {
			states: []maps{{configMap("m", 0, rules("x", "90%"))}, {by("vi", 1, configMap("m", 0, refused("x")))}, {by("vi", 2, configMap("m", 0, rules("x", "90%")))}},
			want:   []string{"1m0s x Refused by vi, because", "2m0s x Restored by vi"},
		},
		"restored otherwise": {
			states: []maps{{configMap("m", 0, rules("x", "90%"))}, {configMap("m", 0, refused("x"))}, {configMap("m", 0, rules("x", "80%"))}},
			want:   []string{"1m0s x Refused, because", "2m0s x Restored"},
		},
		"refused, and never good": {
			states: []maps{{}, {configMap("m", 0, refused("x"))}, {configMap("m", 0, rules("x", "80%"))}},
			want:   []string{"1m0s x Refused, because", "2m0s x Added"},
		},
		"refused and removed": {
			states: []maps{{configMap("m", 0, rules("x", "90%"))}, {configMap("m", 0, refused("x"))}, {}},
			want:   []string{"1m0s x Refused, because", "2m0s x Removed"},
		},
		"without a name": {
			states: []maps{{}, {configMap("m", 0, "no: rules")}},
			want:   []string{"1m0s m/a Refused, because"},
		},
		"no change of content": {
			states: []maps{{configMap("m", 0, rules("x", "90%"))}, {annotated(configMap("m", 0, rules("x", "90%")))}, {configMap("m", 0, "# a comment\n"+rules("x", "90%"))}},
		},
		"a newer object": {
			states: []maps{
				{configMap("m", 9, rules("x", "90%"))}, {configMap("m", 9, rules("x", "90%")), by("kustomize", 1, configMap("n", 0, rules("x", "80%")))},
				{configMap("n", 0, rules("x", "80%"))},
			},
			want: []string{"1m0s x Changed by kustomize"},
		},
		"a clock that is ahead": {
			states: []maps{{}, {by("flux", 7, configMap("m", 0, rules("x", "90%")))}},
			want:   []string{"1m0s x Added by flux"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			clock := clocktesting.NewFakeClock(began)
			store := NewReader(fake.NewClientset(), namespace, clock)
			for _, configMaps := range tc.states {
				store.update(klog.Logger{}, configMaps)
				clock.Step(time.Minute)
			}
			if diff := cmp.Diff(tc.want, edited(store)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
