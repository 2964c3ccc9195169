// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/component-base/metrics/testutil"
)

// Those that wait no more are told of no more, and whoever invents names makes no more
// series than so many.
func TestUnhandled(t *testing.T) {
	f := newFixture(t)
	check := func(series ...string) {
		t.Helper()
		want := "# HELP loadline_unhandled_pods [ALPHA] Number of pods that have waited for over a minute for a scheduler that does not answer for them, by the schedulerName that they give.\n" +
			"# TYPE loadline_unhandled_pods gauge\n" + strings.Join(series, "\n") + "\n"
		if err := testutil.GatherAndCompare(f.registry, strings.NewReader(want), "loadline_unhandled_pods"); err != nil {
			t.Error(err)
		}
	}
	f.Unhandled(map[string]int{"gone": 3, "lodaline": 1})
	check(`loadline_unhandled_pods{scheduler_name="gone"} 3`, `loadline_unhandled_pods{scheduler_name="lodaline"} 1`)

	counts := map[string]int{"gone": 2}
	series := []string{`loadline_unhandled_pods{scheduler_name="(others)"} 6`, `loadline_unhandled_pods{scheduler_name="gone"} 2`}
	for i := range 25 {
		counts[fmt.Sprintf("invented-%02d", i)] = 1
		if i < maxSchedulers-1 {
			series = append(series, fmt.Sprintf(`loadline_unhandled_pods{scheduler_name="invented-%02d"} 1`, i))
		}
	}
	f.Unhandled(counts)
	check(series...)

	f.Unhandled(nil)
	if err := testutil.GatherAndCompare(f.registry, strings.NewReader(""), "loadline_unhandled_pods"); err != nil {
		t.Error(err)
	}
}
