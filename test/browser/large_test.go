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

	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
	"github.com/loadline-dev/loadline/test/deploy"
)

const largeLine = `{metrics: [{name: memory, builtin: memory}],
  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], reject: {maxNodes: 50%}, evict: {for: 5m}}]}`

// startThousands starts a scheduler that measures five thousand nodes.
func startThousands(t *testing.T) *world {
	t.Helper()
	began := time.Now()
	w := newWorld(t, clustertest.Start(t))
	port, caFile := w.startKubelets()
	w.createThousands(port)
	t.Logf("%d nodes after %v", thousands, time.Since(began).Round(time.Second))
	w.rules("below-the-line", largeLine)
	schedulerPort := freePort(t)
	w.page = "http://127.0.0.1:" + schedulerPort + "/"
	w.startScheduler(schedulerPort, deploy.Options{Interval: largeInterval, KubeletCAFile: caFile})
	w.await("all nodes to be measured", func() string {
		var rules inspect.Rules
		if err := w.ask(inspect.RulesPath, &rules); err != nil {
			return err.Error()
		}
		if len(rules.RuleSets) != 1 || rules.RuleSets[0].Metrics[0].Known != thousands {
			return fmt.Sprintf("%+v", rules.RuleSets)
		}
		return ""
	})
	t.Logf("all measured after %v", time.Since(began).Round(time.Second))
	return w
}

// Five thousand nodes, from the scheduler itself.
func TestPageOfThousands(t *testing.T) {
	b := startBrowser(t)
	w := startThousands(t)
	b.do("open", options{"url": w.page}, nil)
	part := func(name string, test func(w *world, b *browser)) {
		t.Run(name, func(t *testing.T) {
			in := b.in(t)
			test(w.in(t), in)
			in.good(`the server responded with a status of 404 .*/v1/plan\)$`) // which the scheduler does not know
		})
	}
	part("Headline", func(_ *world, b *browser) {
		over := thousands / hotEvery
		if got, want := b.said("text", options{"id": "headline"}), fmt.Sprintf("%d of 5,000 nodes are over a line", over); got != want {
			b.Errorf("got %q, want %q", got, want)
		}
	})
	part("Order", orderOfThousands)
	part("Pages", pagesOfThousands)
	part("Filter", filterThousands)
	part("Pictures", func(w *world, b *browser) {
		b.do("open", options{"url": w.page}, nil)
		b.picture("dashboard-5000.png", options{})
	})
	part("Accessible", func(_ *world, b *browser) {
		var violations []string
		b.do("violations", nil, &violations)
		for _, violation := range violations {
			b.Errorf("%s", violation)
		}
	})
	part("Refresh", func(_ *world, b *browser) {
		var took struct {
			NodesMilliseconds, NodesBytes, LongTasks []float64
			HeapMegabytes                            float64
		}
		b.do("took", nil, &took)
		b.Logf("to show a judgement: %v ms for the answer about nodes (%v bytes), tasks of more than 50 ms: %v; %.0f MiB of JavaScript",
			took.NodesMilliseconds, took.NodesBytes, took.LongTasks, took.HeapMegabytes)
	})
}

// nearest are all nodes, those nearest to their lines first.
func nearest() []string {
	indices := make([]int, thousands)
	for i := range indices {
		indices[i] = i
	}
	slices.SortFunc(indices, func(a, b int) int {
		if x, y := largeUse(a), largeUse(b); x != y {
			if x > y {
				return -1
			}
			return 1
		}
		return a - b
	})
	names := make([]string, 0, thousands)
	for _, index := range indices {
		names = append(names, largeNode(index))
	}
	return names
}

func orderOfThousands(_ *world, b *browser) {
	shown := b.table("node-table")
	want := nearest()[:len(shown.Rows)]
	if diff := cmp.Diff(want, shown.keys()); diff != "" || len(shown.Rows) < 20 {
		b.Errorf("the first of them (-want +got):\n%s", diff)
	}
	if got, want := shown.cell(shown.Rows[0], "memory"), fmt.Sprintf("%.1f%% of 90%%", 100*largeUse(thousands-hotEvery)); got != want {
		b.Errorf("got %q of the first, want %q", got, want)
	}
}

// All can be leafed through, and each is there once.
func pagesOfThousands(_ *world, b *browser) {
	first := b.table("node-table")
	size := len(first.Rows)
	want, got := nearest(), first.keys()
	for page := 2; page <= 3; page++ {
		if where := b.said("turn", options{"of": "nodes", "to": "Next"}); where != fmt.Sprintf("%d–%d of 5,000 nodes", (page-1)*size+1, page*size) {
			b.Errorf("page %d: got %q", page, where)
		}
		shown := b.table("node-table")
		got = append(got, shown.keys()...)
	}
	if diff := cmp.Diff(want[:len(got)], got); diff != "" {
		b.Errorf("three pages (-want +got):\n%s", diff)
	}
	b.said("turn", options{"of": "nodes", "to": "Previous"})
	b.said("turn", options{"of": "nodes", "to": "Previous"})
	if again := b.table("node-table"); !slices.Equal(again.keys(), first.keys()) {
		b.Errorf("back again: got %q", again.keys())
	}
}

func filterThousands(_ *world, b *browser) {
	b.do("filter", options{"name": "node-12"}, nil)
	shown := b.table("node-table")
	for _, name := range shown.keys() {
		if !strings.HasPrefix(name, "node-12") {
			b.Errorf("got %s", name)
		}
	}
	if got := b.said("text", options{"id": "node-count"}); got != "100 of 5,000 nodes" {
		b.Errorf("got %q", got)
	}
	b.do("filter", options{"state": "Over"}, nil)
	if got := b.said("text", options{"id": "node-count"}); got != "50 of 5,000 nodes" {
		b.Errorf("got %q", got)
	}
	b.do("filter", nil, nil)
}
