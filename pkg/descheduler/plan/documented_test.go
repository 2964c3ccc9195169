// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// The example in docs/descheduler.md is true.
func TestDocumentedExample(t *testing.T) {
	const rule = `{metrics: [{name: memory, query: up, resource: memory}],
		rules: [{name: line, when: [{metric: memory, above: 90%%, clear: 85%%}], reject: {}, evict: {order: %s}}]}`
	for order, want := range map[v1alpha1.EvictionOrder][]string{
		v1alpha1.OverRequest: {"batch to b, at 65%, leaving 90%", "import to b, at 73%, leaving 82%"},
		v1alpha1.Fewest:      {"cache to b, at 72%, leaving 83%"},
	} {
		w := world{
			specs: map[string]string{"set": fmt.Sprintf(rule, order)},
			nodes: []node{{name: "a", memory: 95}, {name: "b", memory: 60}, {name: "c", memory: 65}},
			pods: []pod{
				{name: "report", node: "a", memory: 2}, {name: "batch", node: "a", memory: 5, requestMemory: 3.125},
				{name: "import", node: "a", memory: 8, requestMemory: 6.25}, {name: "web", node: "a", memory: 4, requestMemory: 3.9},
				{name: "cache", node: "a", memory: 12, requestMemory: 12.5}, {name: "api", node: "a", memory: 6, requestMemory: 1.6, priority: 1000},
			},
		}
		var got []string
		for _, eviction := range w.make(t).Evictions {
			predicted := eviction.Record.Predicted
			got = append(got, fmt.Sprintf("%s to %s, at %.0f%%, leaving %.0f%%",
				eviction.Pod.Name, predicted.Destination, 100*predicted.DestinationAfter, 100*predicted.SourceAfter))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", order, diff)
		}
	}
}
