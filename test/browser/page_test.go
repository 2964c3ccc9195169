// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/dashboard"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
)

// awaitShown waits until the page shows what it should. It asks anew in its own time.
func (w *world) awaitShown(what string, done func() (missing string)) {
	w.Helper()
	clustertest.Await(w, w.TB, "the page to show "+what, time.Second, patience, done)
}

// good fails for whatever went wrong on the page, but for what is expected.
func (b *browser) good(expected string) {
	b.Helper()
	var problems []string
	with := options{}
	if expected != "" {
		with["expected"] = expected
	}
	b.do("problems", with, &problems)
	for _, problem := range problems {
		b.Errorf("on the page: %s", problem)
	}
}

// Twelve nodes of all kinds, through "kubectl loadline dashboard".
func TestPage(t *testing.T) {
	b := startBrowser(t)
	w, scheduler, restart := startTwelve(t)
	b.do("open", options{"url": w.page}, nil)
	part := func(name string, test func(w *world, b *browser)) {
		t.Run(name, func(t *testing.T) {
			in := b.in(t)
			test(w.in(t), in)
			if name != "Lost" { // where it is expected that something goes wrong
				in.good("")
			}
		})
	}
	part("Nodes", nodesAsTop)
	part("Banner", bannerAsNodes)
	part("Rules", rulesAsStanding)
	part("Waiting", waitingAsServed)
	part("Evictions", evictionsAsServed)
	part("Time", timeAsServed)
	part("Details", details)
	part("Pictures", pictures)
	part("Keyboard", keyboard)
	part("Refresh", refreshKeeps)
	part("Hostile", hostileTexts)
	part("Lost", func(w *world, b *browser) {
		w.must(scheduler.Stop())
		lost(w, b, func() { restart() })
	})
	part("Accessible", accessible)
	part("Narrow", narrow)
}

// The page says of the nodes what the command line says, in the same order.
func nodesAsTop(w *world, b *browser) {
	w.awaitShown("the nodes as kubectl loadline top prints them", func() string {
		return cmp.Diff(w.top().comparable(), b.table("node-table").comparable())
	})
	shown := b.table("node-table")
	if len(shown.Rows) != len(twelve) {
		b.Errorf("got %d nodes, want %d", len(shown.Rows), len(twelve))
	}
	for _, of := range shown.Rows {
		want := fmt.Sprintf("%d.0%% of 90%%", twelve[of.Key])
		if got := shown.cell(of, "memory"); slices.Contains([]string{"batch-2", "db-2", "web-5"}, of.Key) && got != want {
			b.Errorf("%s: got memory %q, want %q", of.Key, got, want)
		}
	}
	b.do("sort", options{"id": "node-table", "title": "Node"}, nil)
	if got := b.table("node-table"); !slices.IsSorted(got.keys()) {
		b.Errorf("sorted by name: got %q", got.keys())
	}
	b.do("sort", options{"id": "node-table", "title": "Node"}, nil)
	for _, tc := range []struct {
		filter options
		want   []string
	}{
		{options{"name": "EB-1"}, []string{"web-1"}},
		{options{"state": "NoData"}, []string{"web-6"}},
		{options{"state": "Exempt", "name": "edge"}, []string{"edge-1"}},
		{options{"name": "nothing-of-the-kind"}, []string{}},
		{options{"ruleSet": "heat", "state": "Over"}, []string{"batch-1"}},
	} {
		b.do("filter", tc.filter, nil)
		shown := b.table("node-table")
		if diff := cmp.Diff(tc.want, shown.keys()); diff != "" {
			b.Errorf("filtered by %v (-want +got):\n%s", tc.filter, diff)
		}
	}
	b.do("filter", nil, nil)
}

func bannerAsNodes(_ *world, b *browser) {
	if got, want := b.said("text", options{"id": "headline"}), "3 of 12 nodes are over a line"; got != want {
		b.Errorf("got headline %q, want %q", got, want)
	}
	details := b.said("text", options{"id": "headline-details"})
	for _, want := range []string{"1 has no data", "1 is exempt"} {
		if !strings.Contains(details, want) {
			b.Errorf("got %q, want %q in it", details, want)
		}
	}
	if got := b.said("level", nil); got != "alert" {
		b.Errorf("got level %q, want alert", got)
	}
}

// Every rule set is there with its state, and errors in full.
func rulesAsStanding(w *world, b *browser) {
	w.awaitShown("the rule sets as they stand", func() string {
		want, got := map[string]shownRuleSet{}, b.ruleSets()
		for _, set := range told[dashboard.Standing](w, dashboard.StandingPath).RuleSets {
			want[set.Name] = shownRuleSet{Name: set.Name, State: string(set.State), Error: set.Error, Text: got[set.Name].Text}
		}
		return cmp.Diff(want, got)
	})
	got := b.ruleSets()
	for name, want := range map[string]shownRuleSet{
		"below-the-line": {State: "InForce", Text: "memory-above-90"},
		"heat":           {State: "InForce", Text: "Observe"},
		"packing":        {State: "Refused", Error: `spec.rules[0].when[0].above: Invalid value: "lots"`, Text: "earlier content in force"},
		"never-good":     {State: "Refused", Error: `Invalid value: "95 percent"`},
	} {
		set := got[name]
		if set.State != want.State || !strings.Contains(set.Error, want.Error) || !strings.Contains(set.Text, want.Text) {
			b.Errorf("%s: got %+v, want %+v", name, set, want)
		}
	}
}

// Waiting pods are there with the rules that keep them, and why.
func waitingAsServed(w *world, b *browser) {
	w.awaitShown("the waiting pods", func() string {
		var want []string
		for _, pod := range told[dashboard.Waiting](w, dashboard.WaitingPath).Pods {
			want = append(want, string(pod.UID)+" "+pod.Namespace+"/"+pod.Pod)
		}
		var got []string
		shown := b.table("waiting-table")
		for _, row := range shown.Rows {
			got = append(got, row.Key+" "+shown.cell(row, "Pod"))
		}
		return cmp.Diff(want, got)
	})
	shown := b.table("waiting-table")
	for _, row := range shown.Rows {
		if rules := shown.cell(row, "Rules"); rules != "below-the-line/memory-above-90" {
			b.Errorf("%s: got rules %q", row.Key, rules)
		}
		if why := shown.cell(row, "Why"); why == "" || why == "-" {
			b.Errorf("%s: got no reason", row.Key)
		}
	}
}

// Evictions are there with what was measured before, predicted, and measured after.
func evictionsAsServed(w *world, b *browser) {
	share := func(value float64) string { return fmt.Sprintf("%.1f%%", 100*value) }
	w.awaitShown("the evictions", func() string {
		records := told[dashboard.Evictions](w, dashboard.EvictionsPath).Records
		slices.Reverse(records)
		want := table{Rows: []row{}}
		for _, record := range records {
			if !record.Finished() {
				return "one is not finished"
			}
			want.Rows = append(want.Rows, row{Cells: []string{
				record.Pod.Namespace + "/" + record.Pod.Name, record.Node, record.Rule.Set + "/" + record.Rule.Rule,
				share(record.Before.Value), share(record.Predicted.SourceAfter), share(*record.After), string(record.Effect),
			}})
		}
		shown := b.table("eviction-table")
		got := table{Rows: []row{}}
		for _, of := range shown.Rows {
			var cells []string
			for _, title := range []string{"Pod", "From", "Rule", "Before", "Predicted", "After", "Effect"} {
				cells = append(cells, shown.cell(of, title))
			}
			got.Rows = append(got.Rows, row{Cells: cells})
		}
		return cmp.Diff(want, got)
	})
	shown := b.table("eviction-table")
	if effect := shown.cell(shown.Rows[0], "Effect"); effect != string(history.EffectLowered) {
		b.Errorf("got effect %q", effect)
	}
}

// Edits of rules and evictions are on one axis of time, which can be gone along.
func timeAsServed(w *world, b *browser) {
	w.awaitShown("what happened", func() string {
		var want, got []string
		for _, edit := range told[dashboard.Timeline](w, dashboard.TimelinePath+"?minutes=60").Edits {
			detail := edit.RuleSet + " by " + edit.By
			if edit.Note != "" {
				detail += ": " + edit.Note
			}
			want = append(want, "Rule set "+strings.ToLower(string(edit.What))+" "+detail)
		}
		for _, record := range told[dashboard.Evictions](w, dashboard.EvictionsPath).Records {
			want = append(want, fmt.Sprintf("Evicted %s/%s from %s to %s, by below-the-line/memory-above-90: memory 92.0%%, then 80.0%%",
				record.Pod.Namespace, record.Pod.Name, record.Node, record.Successor.Node))
		}
		shown := b.table("event-table")
		for _, of := range shown.Rows {
			got = append(got, shown.cell(of, "What")+" "+shown.cell(of, "Detail"))
		}
		slices.Sort(want)
		slices.Sort(got)
		return cmp.Diff(want, got)
	})
	b.do("range", options{"minutes": 15}, nil)
	b.do("focusOn", options{"id": "time-moment"}, nil)
	for _, tc := range []struct{ key, want string }{{"Home", ": memory highest -, "}, {"End", ": memory highest 96.0%, "}} {
		w.awaitShown(fmt.Sprintf("%q after %s", tc.want, tc.key), func() string {
			b.do("press", options{"keys": []string{tc.key}}, nil)
			if got := b.said("text", options{"id": "time-readout"}); !strings.Contains(got, tc.want) {
				return got
			}
			return ""
		})
	}
	b.do("range", options{"minutes": 60}, nil)
}

// Rows open to all that is known, and close.
func details(w *world, b *browser) {
	evictions, waiting := b.table("eviction-table"), b.table("waiting-table")
	for _, tc := range []struct {
		id, key, settled string
		want             []string
	}{
		{"node-table", "db-2", "below-the-line/memory-above-90", []string{"94.0%", "above 90%, clear 85%", "refuses pods"}},
		{"node-table", "web-6", "below-the-line/memory-above-90", []string{"no data"}},
		{"waiting-table", waiting.Rows[0].Key, "below-the-line/memory-above-90", []string{"above 90%, clear 85%", "memory"}},
		{"eviction-table", evictions.Rows[0].Key, "", []string{"below-the-line/memory-above-90", "92.0%", "80.0%"}},
	} {
		with := options{"id": tc.id, "key": tc.key, "settled": tc.settled}
		var open bool
		if b.do("toggle", with, &open); !open {
			b.Errorf("%s of %s does not open", tc.key, tc.id)
			continue
		}
		text := b.said("detail", with)
		for _, want := range tc.want {
			if !strings.Contains(text, want) {
				b.Errorf("%s of %s: got\n%s\nwant %q in it", tc.key, tc.id, text, want)
			}
		}
		if b.do("toggle", with, &open); open {
			b.Errorf("%s of %s does not close", tc.key, tc.id)
		}
	}
}

// pictures are those of the documentation.
func pictures(w *world, b *browser) {
	if *screenshots == "" {
		b.Skip("none are wanted")
	}
	w.makeHistory()
	for _, colours := range []string{"light", "dark"} {
		b.do("open", options{"url": w.page, "colorScheme": colours, "height": 1000}, nil)
		b.do("range", options{"minutes": 15}, nil)
		b.picture("dashboard-12-"+colours+".png", options{"height": 1900})
	}
}
