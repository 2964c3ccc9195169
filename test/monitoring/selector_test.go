// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Of each metric that is asked for, the labels that it has to have are found.
func TestSelectorsIn(t *testing.T) {
	cases := map[string][]string{
		`a{x="1", job="j", y=~"$metric"}`:                                   {`a [x="1" job="j"] [y]`},
		`sum by (x, namespace) (rate(a[$__rate_interval]))`:                 {`a [] [x]`},
		`max by (x) (a / on (z) group_left () b)`:                           {`a [] [x z]`, `b [] [z]`},
		`max by (x) (a / on (z, w) group_right () b)`:                       {`a [] [w z]`, `b [] [w x z]`},
		`max by (x) (a unless on (job, instance) (b{y="1"} == 0)) > 0`:      {`a [] [job x]`, `b [y="1"] [job]`},
		`min by (x) (a / (a + b))`:                                          {`a [] [x]`, `a [] [x]`, `b [] [x]`},
		`histogram_quantile(0.5, sum by (le) (increase(a_bucket[6h]))) > 1`: {`a_bucket [] [le]`},
		`max by (exported_job, state) (a)`:                                  {`a [] [exported_job state]`},
		`absent(up{job="x"} == 1)`:                                          {`up [job="x"] []`},
		`sum by (x) (max by (x, y) (a))`:                                    {`a [] [x y]`},
		`max(a{x="%s"})`:                                                    {`a [] [x]`},
	}
	for expression, want := range cases {
		selectors, err := SelectorsIn(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		var got []string
		for _, selector := range selectors {
			got = append(got, fmt.Sprint(selector.Metric, " ", selector.Matchers, " ", selector.Grouping))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expression, diff)
		}
	}
	if _, err := SelectorsIn("sum(("); err == nil {
		t.Error("what does not parse is no error")
	}
}

// Everything that is shipped parses, and it asks for metrics of both programs.
func TestSelectors(t *testing.T) {
	selectors, err := Selectors()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, selector := range selectors {
		where, _, _ := strings.Cut(selector.Where, " ")
		seen[where] = true
	}
	if diff := cmp.Diff(map[string]bool{"alert": true, "an": true, "panel": true, "variable": true}, seen); diff != "" {
		t.Errorf("who asks for metrics (-want +got):\n%s", diff)
	}
}
