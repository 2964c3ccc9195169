// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

func TestDistance(t *testing.T) {
	cases := map[string]struct {
		condition string
		value     float64
		want      float64
	}{
		"below a line":            {"{above: 80%}", 0.6, 0.25},
		"over a line":             {"{above: 80%}", 1.0, -0.25},
		"on a line":               {"{above: 80%}", 0.8, 0},
		"above a floor":           {"{below: 200}", 300, 0.5},
		"under a floor":           {"{below: 200}", 100, -0.5},
		"beside a value":          {"{equals: 4}", 3, 0.25},
		"the value":               {"{equals: 4}", 4, 0},
		"threshold zero":          {"{above: 0}", 2, -2},
		"threshold below zero":    {"{above: -10}", -20, 1},
		"farther than any number": {"{above: 1e-300}", -1e300, math.MaxFloat64},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var condition v1alpha1.Condition
			if err := yaml.Unmarshal([]byte(tc.condition), &condition); err != nil {
				t.Fatal(err)
			}
			if got := distance(&condition, tc.value); math.Abs(got-tc.want) > 1e-9 && got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// Whatever order they come in, nodes are sorted by what somebody wants to know.
func TestSortNodes(t *testing.T) {
	broken := func(state string) []Broken { return []Broken{{State: state}} }
	want := []Node{
		{Name: "far-over", Headroom: ptr.To(-0.2), Broken: broken("InForce")},
		{Name: "over", Headroom: ptr.To(-0.1), Broken: broken("InForce")},
		{Name: "in-band-and-over", Headroom: ptr.To(0.02), Broken: broken("InForce")},
		{Name: "pending", Headroom: ptr.To(-0.3), Broken: broken("Pending")},
		{Name: "undecided", Headroom: ptr.To(0.01), Broken: broken("Undecided")},
		{Name: "near", Headroom: ptr.To(0.05)},
		{Name: "in-part-unknown", Headroom: ptr.To(0.06), Broken: broken("Unknown")},
		{Name: "best", Headroom: ptr.To(0.5), Score: ptr.To(int64(90))},
		{Name: "a-worse", Headroom: ptr.To(0.5), Score: ptr.To(int64(10))},
		{Name: "unknown-a", Broken: broken("Unknown")},
		{Name: "unknown-b", Broken: broken("Unknown")},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	sortNodes(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}
