// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/inspect"
)

func TestFitted(t *testing.T) {
	lines := []tinted{{text: "NODE"}, {text: "a", tint: red}, {text: "bücher", tint: yellow}, {text: "c"}}
	cases := map[string]struct {
		width, height int
		want          []string
	}{
		"room for all":   {width: 80, height: 4, want: []string{"NODE", "a", "bücher", "c"}},
		"one too few":    {width: 80, height: 3, want: []string{"NODE", "a", "... and 2 more"}},
		"too narrow":     {width: 3, height: 4, want: []string{"NOD", "a", "büc", "c"}},
		"no room at all": {width: 80, height: 1, want: []string{"NODE", "a", "bücher", "c"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, line := range fitted(lines, tc.width, tc.height) {
				got = append(got, line.in(false))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
	if len(lines) != 4 || lines[2].text != "bücher" {
		t.Errorf("the lines themselves have changed: %v", lines)
	}
}

func TestTints(t *testing.T) {
	for _, tc := range []struct {
		line    tinted
		colours bool
		want    string
	}{
		{tinted{text: "x", tint: red}, true, "\x1b[31mx\x1b[0m"},
		{tinted{text: "x", tint: red}, false, "x"},
		{tinted{text: "x", tint: tintOf(inspect.OK)}, true, "x"},
		{tinted{text: "x", tint: tintOf(inspect.NoData)}, true, "\x1b[33mx\x1b[0m"},
	} {
		if got := tc.line.in(tc.colours); got != tc.want {
			t.Errorf("%+v: got %q, want %q", tc.line, got, tc.want)
		}
	}
	if coloured(&strings.Builder{}) {
		t.Error("a file would be coloured")
	}
}

// valued are nodes by their values, judged at a time.
func valued(generation uint64, age float64, values map[string]float64) *inspect.Nodes {
	nodes := &inspect.Nodes{
		Snapshot: inspect.Snapshot{Generation: generation, Time: time.Unix(int64(generation), 0), AgeSeconds: age},
		RuleSets: []inspect.RuleSet{{Name: "set", Metrics: []inspect.Metric{{Name: "heat"}}}},
	}
	for _, name := range []string{"a", "b"} {
		nodes.Nodes = append(nodes.Nodes, inspect.Node{Name: name, State: inspect.OK, RuleSets: []inspect.NodeRuleSet{
			{Name: "set", Readings: []inspect.Reading{{Metric: "heat", Value: ptr.To(values[name])}}},
		}})
	}
	return nodes
}

// Where nobody draws a table anew, what has changed is printed, and a greater age is no
// change.
func TestStream(t *testing.T) {
	streams, _, out, _ := genericiooptions.NewTestIOStreams()
	watched := watchedNodes{top: &top{topFlags: &topFlags{}, streams: streams, warned: sets.New[string]()}, rows: map[string]string{}}
	for i, step := range []struct {
		from  string
		nodes *inspect.Nodes
		want  string
	}{
		{"s-1", valued(1, 2, map[string]float64{"a": 1, "b": 2}), "NODE   HEAT   HEADROOM   AGE   STATE\na      1      -          2s    OK\nb      2      -          2s    OK\n"},
		{"s-1", valued(1, 7, map[string]float64{"a": 1, "b": 2}), ""},
		{"s-1", valued(2, 3, map[string]float64{"a": 1, "b": 2}), ""},
		{"s-1", valued(3, 1, map[string]float64{"a": 1, "b": 3}), "b   3   -   1s   OK\n"},
		{"s-2", valued(3, 4, map[string]float64{"a": 5, "b": 3}), "a   5   -   4s   OK\n"},
	} {
		out.Reset()
		if watched.isNews(step.nodes, step.from) {
			if err := watched.print(step.nodes); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(step.want, out.String()); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestHeadroomText(t *testing.T) {
	for value, want := range map[float64]string{
		0.123: "12%", -0.2875: "-29%", 0: "0%", 0.001: "0%", -0.001: "-1%", -0.004: "-1%", 1: "100%", 1e300: ">999999%", -1e300: "<-999999%",
	} {
		if got := headroomText(&value); got != want {
			t.Errorf("%v: got %s, want %s", value, got, want)
		}
	}
	if got := headroomText(nil); got != "-" {
		t.Errorf("got %s where it is not known", got)
	}
}

// Rule sets that measure the same by one name share a column, and others do not.
func TestColumns(t *testing.T) {
	two := func(second float64) *inspect.Nodes {
		nodes := valued(1, 0, map[string]float64{"a": 1, "b": 2})
		nodes.RuleSets = append(nodes.RuleSets, inspect.RuleSet{Name: "other", Metrics: []inspect.Metric{{Name: "heat"}}})
		for i := range nodes.Nodes {
			nodes.Nodes[i].RuleSets = append(nodes.Nodes[i].RuleSets, inspect.NodeRuleSet{Name: "other", Readings: []inspect.Reading{{Metric: "heat", Value: ptr.To(second + float64(i))}}})
		}
		return nodes
	}
	for second, want := range map[float64]string{1: "NODE HEAT HEADROOM AGE STATE", 5: "NODE HEAT OTHER/HEAT HEADROOM AGE STATE"} {
		if got := strings.Join(newNodeTable(two(second), false).header(), " "); got != want {
			t.Errorf("got columns %q, want %q", got, want)
		}
	}
}
