// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package load_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/load"
)

const (
	interval = 15 * time.Second
	span     = 7
)

// world answers queries.
type world struct {
	*testing.T
	clock *clocktesting.FakePassiveClock
	nodes []string
	// fails has questions fail.
	fails error
	// late is what is not known before it is so old.
	late time.Duration

	mu       sync.Mutex
	asked    []time.Time // instants
	spans    int         // longer than may be
	atOnce   int
	together atomic.Int32
}

func newWorld(t *testing.T, nodes int) (*world, *load.Cache) {
	w := &world{T: t, clock: clocktesting.NewFakePassiveClock(now)}
	for i := range nodes {
		w.nodes = append(w.nodes, fmt.Sprintf("node-%04d", i))
	}
	return w, load.NewCache(w.ask, span, interval, w.clock)
}

func (w *world) ask(ctx context.Context, query load.Query, first time.Time, step time.Duration, steps int) (load.Answer, error) {
	defer w.together.Add(-1)
	together := int(w.together.Add(1))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.atOnce = max(w.atOnce, together)
	if steps > span {
		w.spans++
	}
	answer := load.Answer{Nodes: slices.Clone(w.nodes)}
	for i := range steps {
		at := first.Add(time.Duration(i) * step)
		w.asked = append(w.asked, at)
		answer.Columns = append(answer.Columns, w.column(query, at))
	}
	return answer, errors.Join(w.fails, ctx.Err())
}

func (w *world) column(query load.Query, at time.Time) []float64 {
	column := make([]float64, len(w.nodes))
	for i, node := range w.nodes {
		column[i] = valueOf(query, node, at)
		if w.clock.Now().Sub(at) < w.late {
			column[i] = math.NaN()
		}
	}
	return column
}

// valueOf is as good as random, and not known at every fifth.
func valueOf(query load.Query, node string, at time.Time) float64 {
	mixed := uint64(at.Unix()) + uint64(len(query.Expression))<<32
	for _, char := range node {
		mixed = (mixed ^ uint64(char)) * 0x9e3779b97f4a7c15
		mixed ^= mixed >> 29
	}
	if mixed%5 == 0 {
		return math.NaN()
	}
	return float64(mixed>>11) / (1 << 53)
}

// take gives the number of instants that were asked for since it was last called.
func (w *world) take() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := len(w.asked)
	w.asked = nil
	return asked
}

func (w *world) load(cache *load.Cache, query string, axis load.Axis, node string) *load.Load {
	w.Helper()
	got, err := cache.Load(w.Context(), load.Query{Expression: query}, axis, node)
	if err != nil {
		w.Fatal(err)
	}
	return got
}

// naive is what the world would answer if it were asked for everything at once.
func (w *world) naive(query string, axis load.Axis, node string) *load.Load {
	want := &load.Load{}
	for i := range axis.Steps {
		var known []float64
		of := math.NaN()
		for at, value := range w.column(load.Query{Expression: query}, axis.At(i)) {
			if !math.IsNaN(value) {
				known = append(known, value)
			}
			if w.nodes[at] == node {
				of = value
			}
		}
		slices.Sort(known)
		share := func(share float64) float64 { // as PromQL's quantile
			if len(known) == 0 {
				return math.NaN()
			}
			rank := share * float64(len(known)-1)
			below, above := math.Floor(rank), math.Ceil(rank)
			return known[int(below)] + (rank-below)*(known[int(above)]-known[int(below)])
		}
		want.Max, want.P90 = append(want.Max, share(1)), append(want.P90, share(0.9))
		want.Median, want.Min = append(want.Median, share(0.5)), append(want.Min, share(0))
		want.Nodes = append(want.Nodes, len(known))
		if node != "" {
			want.Values = append(want.Values, of)
		}
	}
	return want
}

func (w *world) compare(want, got *load.Load) {
	w.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		w.Fatalf("(-want +got):\n%s", diff)
	}
}

// Whoever looks, when and at what, sees what is so.
func TestCacheAgainstNaive(t *testing.T) {
	w, cache := newWorld(t, 13)
	random := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		w.clock.SetTime(w.clock.Now().Add(time.Duration(random.IntN(200)) * time.Second))
		axis := load.NewAxis(time.Duration(5+random.IntN(116))*time.Minute, interval, w.clock.Now())
		query, node := strings.Repeat("q", 1+random.IntN(3)), ""
		if random.IntN(3) == 0 {
			node = w.nodes[random.IntN(len(w.nodes))]
		}
		w.compare(w.naive(query, axis, node), w.load(cache, query, axis, node))
	}
	if w.spans > 0 {
		t.Errorf("asked %d times for more than %d instants at once", w.spans, span)
	}
}

// Nodes that come and go do not change what is known of the time before.
func TestCacheWhileNodesComeAndGo(t *testing.T) {
	w, cache := newWorld(t, 3)
	of := func(node string) []float64 {
		return w.load(cache, "a", load.NewAxis(time.Hour, interval, w.clock.Now()), node).Values
	}
	before := of("node-0001")
	w.nodes = []string{"a-new-one", "node-0001"}
	w.clock.SetTime(w.clock.Now().Add(5 * time.Minute))
	after := of("node-0001")
	if diff := cmp.Diff(before[5:58], after[:53], cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	known := func(values []float64) bool {
		return slices.ContainsFunc(values, func(value float64) bool { return !math.IsNaN(value) })
	}
	if values := of("a-new-one"); known(values[:53]) || !known(values[53:]) {
		t.Errorf("got %v of a node that is new, want no more than the last seven", values)
	}
}

// A further look asks for what is new and for what may have changed, and nothing else.
func TestCacheAsksForLittle(t *testing.T) {
	w, cache := newWorld(t, 3)
	look := func(after time.Duration, query, node string, want int) {
		t.Helper()
		w.clock.SetTime(w.clock.Now().Add(after))
		axis := load.NewAxis(time.Hour, interval, w.clock.Now())
		w.load(cache, query, axis, node)
		if got := w.take(); got != want {
			t.Errorf("asked for %d instants, want %d", got, want)
		}
	}
	look(0, "a", "", 60)
	look(0, "a", "", 0)
	look(0, "a", w.nodes[1], 0)
	look(interval-1, "a", "", 1)  // a minute has begun
	look(1, "a", "", 2)           // the two before may have changed
	look(0, "b", "", 60)          // another query
	look(time.Minute, "a", "", 3) // one that is new, and two that may have changed
	look(5*time.Minute, "a", "", 7)
	look(11*time.Minute, "a", "", 60) // it was let go of
}

// An instant at which nothing was known is asked for again after a while: the answer
// may have been late.
func TestCacheAsksAgainForNothing(t *testing.T) {
	w, cache := newWorld(t, 3)
	w.late = 10 * time.Minute
	axis := load.NewAxis(5*time.Minute, interval, w.clock.Now())
	if w.load(cache, "a", axis, "").Known() {
		t.Fatal("all of it is late")
	}
	w.clock.SetTime(w.clock.Now().Add(9*time.Minute + 59*time.Second)) // or it is forgotten
	w.late = 0
	w.compare(w.naive("a", axis, ""), w.load(cache, "a", axis, ""))
}

// A source that fails is not asked by everyone who looks, and what was known before
// still is.
func TestCacheOfFailures(t *testing.T) {
	w, cache := newWorld(t, 3)
	axis := load.NewAxis(time.Hour, interval, w.clock.Now())
	before := w.load(cache, "a", axis, "")
	w.take()
	w.fails = errors.New("it is down")
	w.clock.SetTime(w.clock.Now().Add(time.Minute))
	for range 3 {
		got, err := cache.Load(t.Context(), load.Query{Expression: "a"}, axis, "")
		if !errors.Is(err, w.fails) {
			t.Fatalf("got error %v, want that of the source", err)
		}
		w.compare(before, got)
	}
	if got := w.take(); got > span {
		t.Errorf("asked for %d instants, want no more than once", got)
	}
	w.fails = nil
	w.clock.SetTime(w.clock.Now().Add(interval))
	w.load(cache, "a", axis, "")
}

// Who goes away is no fault of the source's, and keeps nobody else from an answer.
func TestCacheWhenSomebodyGoesAway(t *testing.T) {
	w, cache := newWorld(t, 3)
	axis := load.NewAxis(time.Hour, interval, w.clock.Now())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cache.Load(gone, load.Query{Expression: "a"}, axis, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that who asked is gone", err)
	}
	w.compare(w.naive("a", axis, ""), w.load(cache, "a", axis, ""))
}

// Values of single nodes are let go of where there are too many, and asked for again.
func TestCacheIsBounded(t *testing.T) {
	w, cache := newWorld(t, 1000)
	axis := load.NewAxis(time.Hour, interval, w.clock.Now())
	for i := range 80 { // 4,800,000 values
		w.load(cache, strings.Repeat("q", i+1), axis, "")
		w.clock.SetTime(w.clock.Now().Add(time.Millisecond))
	}
	w.take()
	for _, of := range []struct {
		query      int
		node       string
		asksAnyhow bool
	}{{80, w.nodes[3], false}, {1, "", false}, {1, w.nodes[3], true}} {
		query := strings.Repeat("q", of.query)
		got := w.load(cache, query, axis, of.node)
		if asked := w.take(); (asked > 0) != of.asksAnyhow {
			t.Errorf("query %d of node %q: asked for %d instants", of.query, of.node, asked)
		}
		w.compare(w.naive(query, axis, of.node), got)
	}
}

// Those who look at the same time ask once.
func TestCacheForMany(t *testing.T) {
	w, cache := newWorld(t, 5)
	axis := load.NewAxis(time.Hour, interval, w.clock.Now())
	want := w.naive("a", axis, w.nodes[2])
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			got, err := cache.Load(t.Context(), load.Query{Expression: "a"}, axis, w.nodes[2])
			if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-12)); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
		group.Go(cache.Forget)
	}
	group.Wait()
	if got := w.take(); got != axis.Steps || w.atOnce != 1 {
		t.Errorf("asked for %d instants, %d times at once, want %d and 1", got, w.atOnce, axis.Steps)
	}
}
