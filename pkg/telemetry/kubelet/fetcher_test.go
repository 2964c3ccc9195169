// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const interval = 15 * time.Second

// start is a whole interval, a little after the answer was measured.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// await waits for a condition, which need not be safe to ask for concurrently.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true,
		func(context.Context) (bool, error) { return condition(), nil })
	if err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}

func openDatabase(t *testing.T) *embedded.Database {
	t.Helper()
	database, err := embedded.Open(t.Context(), t.TempDir(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	})
	return database
}

// query returns the values of an instant query by node.
func query(t *testing.T, database *embedded.Database, expression string, at time.Time) map[string]float64 {
	t.Helper()
	vector, err := database.Query(t.Context(), expression, at)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, sample := range vector {
		got[sample.Metric.Get("node")] = sample.F
	}
	return got
}

// closedAddress is one on which nothing listens.
func closedAddress(t *testing.T) net.Addr {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr()
}

// failed are the nodes that the fetcher could not read when last asked.
func failed(f *Fetcher) []string {
	f.health.mu.Lock()
	defer f.health.mu.Unlock()
	names := []string{}
	for name := range f.health.unread.nodes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestNodeThatCannotBeReadHarmsNoOther(t *testing.T) {
	good := startKubelet(t, serve(example))
	hanging := startKubelet(t, func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() })
	nodes := []*corev1.Node{
		nodeAt(t, "good", good.Listener.Addr()),
		nodeAt(t, "closed", closedAddress(t)),
		nodeAt(t, "hanging", hanging.Listener.Addr()),
		nodeAt(t, "broken", startKubelet(t, status(http.StatusInternalServerError)).Listener.Addr()),
		nodeAt(t, "malformed", startKubelet(t, serve(example+"{\n")).Listener.Addr()),
		nodeAt(t, "another", good.Listener.Addr()),
	}
	nodes = append(nodes, &corev1.Node{})
	nodes[len(nodes)-1].Name = "homeless"

	database := openDatabase(t)
	// The interval bounds each request.
	fetcher := NewFetcher(newTestClient(t, TLS{InsecureSkipVerify: true}, "secret"), database, time.Second, testingclock.NewFakeClock(start))
	fetcher.Sweep(t.Context(), nodes)

	want := map[string]float64{"good": 1, "another": 1, "closed": 0, "hanging": 0, "broken": 0, "malformed": 0, "homeless": 0}
	if diff := cmp.Diff(want, query(t, database, `up`, start)); diff != "" {
		t.Errorf("up (-want +got):\n%s", diff)
	}
	want = map[string]float64{"good": 357.35491, "another": 357.35491}
	if diff := cmp.Diff(want, query(t, database, `node_cpu_usage_seconds_total`, start)); diff != "" {
		t.Errorf("cpu (-want +got):\n%s", diff)
	}
	want = map[string]float64{"good": 1772366391, "another": 1772366391}
	if diff := cmp.Diff(want, query(t, database, `timestamp(node_memory_working_set_bytes)`, start)); diff != "" {
		t.Errorf("time of memory (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"broken", "closed", "hanging", "homeless", "malformed"}, failed(fetcher)); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
}

func TestSeriesOfANodeThatFailsEnd(t *testing.T) {
	var broken atomic.Bool
	server := startKubelet(t, func(w http.ResponseWriter, request *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		serve(example)(w, request)
	})
	nodes := []*corev1.Node{nodeAt(t, "a", server.Listener.Addr())}
	clock, database := testingclock.NewFakeClock(start), openDatabase(t)
	fetcher := NewFetcher(newTestClient(t, TLS{InsecureSkipVerify: true}, "secret"), database, interval, clock)
	fetcher.Sweep(t.Context(), nodes)
	broken.Store(true)
	clock.Step(interval)
	fetcher.Sweep(t.Context(), nodes)

	if got := query(t, database, `node_memory_working_set_bytes`, clock.Now()); len(got) != 0 {
		t.Errorf("got %v after the node failed, want nothing", got)
	}
	if diff := cmp.Diff(map[string]float64{"a": 0}, query(t, database, `up`, clock.Now())); diff != "" {
		t.Errorf("up (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a"}, failed(fetcher)); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	broken.Store(false)
	clock.Step(interval)
	fetcher.Sweep(t.Context(), nodes)
	if diff := cmp.Diff([]string{}, failed(fetcher)); diff != "" {
		t.Errorf("failed after the node has recovered (-want +got):\n%s", diff)
	}
}

func TestNodeIsNotToBlameWhereTheProcessEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := startKubelet(t, func(_ http.ResponseWriter, request *http.Request) {
		cancel()
		<-request.Context().Done()
	})
	stored := &recorder{}
	fetcher := NewFetcher(newTestClient(t, TLS{InsecureSkipVerify: true}, "secret"), stored, interval, testingclock.NewFakeClock(start))
	fetcher.Sweep(ctx, []*corev1.Node{nodeAt(t, "a", server.Listener.Addr())})
	if got := stored.of("a"); len(got) != 0 {
		t.Errorf("stored %v, want nothing", got)
	}
	if got := failed(fetcher); len(got) != 0 {
		t.Errorf("got failed nodes %v, want none", got)
	}
}

func TestSweepReturnsWhenItsTimeIsOver(t *testing.T) {
	server := startKubelet(t, func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() })
	var nodes []*corev1.Node
	for i := range 3 * slots {
		nodes = append(nodes, nodeAt(t, fmt.Sprintf("node-%d", i), server.Listener.Addr()))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	database := openDatabase(t)
	fetcher := NewFetcher(newTestClient(t, TLS{InsecureSkipVerify: true}, "secret"), database, time.Hour, testingclock.NewFakeClock(start))
	fetcher.Sweep(ctx, nodes)
	if got := query(t, database, `up == 0`, start); len(got) != len(nodes) {
		t.Errorf("%d nodes are known to be down, want %d", len(got), len(nodes))
	}
}

// recorder keeps scrapes instead of storing them.
type recorder struct {
	mu      sync.Mutex
	scrapes []embedded.Scrape
}

func (r *recorder) Append(_ context.Context, scrapes ...embedded.Scrape) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scrapes = append(r.scrapes, scrapes...)
	return nil
}

// of tells, by scrape of a node, whether it was up. A scrape that ends all
// series is told as "gone".
func (r *recorder) of(node string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var told []string
	for _, scrape := range r.scrapes {
		if scrape.Source != source(node) {
			continue
		}
		state := "gone"
		for _, sample := range scrape.Samples {
			if sample.Series.Get(model.MetricNameLabel) == "up" {
				state = map[float64]string{0: "down", 1: "up"}[sample.Value]
			}
		}
		told = append(told, state)
	}
	return told
}

// running is a fetcher that runs on a fake clock.
type running struct {
	*Fetcher
	clock  *testingclock.FakeClock
	stored *recorder
	nodes  atomic.Pointer[[]*corev1.Node]
}

func run(t *testing.T, nodes ...*corev1.Node) *running {
	t.Helper()
	r := &running{clock: testingclock.NewFakeClock(start), stored: &recorder{}}
	r.nodes.Store(&nodes)
	r.Fetcher = NewFetcher(newTestClient(t, TLS{InsecureSkipVerify: true}, "secret"), r.stored, interval, r.clock)
	ctx, cancel := context.WithCancel(t.Context())
	var finished sync.WaitGroup
	finished.Go(func() { r.Run(ctx, func() []*corev1.Node { return *r.nodes.Load() }) })
	t.Cleanup(func() {
		cancel()
		finished.Wait() // which also waits for all that is asked
	})
	return r
}

// advance moves the clock to a time after the start, once the fetcher waits.
func (r *running) advance(t *testing.T, to time.Duration) {
	t.Helper()
	await(t, "the fetcher to wait", r.clock.HasWaiters)
	r.clock.SetTime(start.Add(to))
}

func TestNodesAreSpreadOverTheInterval(t *testing.T) {
	server := startKubelet(t, serve(example))
	var nodes []*corev1.Node
	for i := range 8 {
		nodes = append(nodes, nodeAt(t, fmt.Sprintf("node-%d", i), server.Listener.Addr()))
	}
	r := run(t, nodes...)
	nodes = slices.Clone(nodes) // the fetcher has the others
	slices.SortFunc(nodes, func(a, b *corev1.Node) int { return int(r.offset(a.Name) - r.offset(b.Name)) })
	for round := range 2 {
		for _, node := range nodes {
			due := time.Duration(round)*interval + r.offset(node.Name)
			r.advance(t, due-1)
			if got := len(r.stored.of(node.Name)); got != round {
				t.Errorf("%s was asked %d times before %v, want %d", node.Name, got, due, round)
			}
			r.advance(t, due)
			await(t, node.Name+" to be asked", func() bool { return len(r.stored.of(node.Name)) == round+1 })
		}
		r.advance(t, time.Duration(round+1)*interval)
	}
}

func TestOffsetsAreEvenAndWithinTheInterval(t *testing.T) {
	fetcher := NewFetcher(nil, nil, interval, nil)
	const nodes, parts = 5000, 15
	var counts [parts]int
	for i := range nodes {
		offset := fetcher.offset(fmt.Sprintf("ip-10-0-%d-%d.ec2.internal", i/250, i%250))
		if offset < 0 || offset >= interval {
			t.Fatalf("got offset %v in an interval of %v", offset, interval)
		}
		counts[offset*parts/interval]++
	}
	for part, count := range counts {
		if mean := nodes / parts; count < mean*3/4 || count > mean*5/4 {
			t.Errorf("%d nodes in part %d, want about %d", count, part, mean)
		}
	}
}

func TestSeriesOfANodeThatGoesAwayEnd(t *testing.T) {
	server := startKubelet(t, serve(example))
	stays, goes := nodeAt(t, "stays", server.Listener.Addr()), nodeAt(t, "goes", server.Listener.Addr())
	r := run(t, stays, goes)
	r.advance(t, interval)
	await(t, "both nodes to be asked", func() bool { return len(r.stored.of("goes")) == 1 && len(r.stored.of("stays")) == 1 })
	r.nodes.Store(&[]*corev1.Node{stays})
	r.advance(t, 2*interval) // the end of an interval that began with both
	r.advance(t, 3*interval)
	await(t, "the series to end", func() bool { return slices.Contains(r.stored.of("goes"), "gone") })
	if got := r.stored.of("stays"); slices.Contains(got, "gone") {
		t.Errorf("the other node was %v, want it never to end", got)
	}
}

func TestLastAnswerOfANodeThatGoesAwayIsForgottenToo(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	server := startKubelet(t, func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		<-release
		w.WriteHeader(http.StatusInternalServerError)
	})
	r := run(t, nodeAt(t, "goes", server.Listener.Addr()))
	r.advance(t, r.offset("goes"))
	<-asked
	r.nodes.Store(&[]*corev1.Node{})
	r.advance(t, interval)
	await(t, "the series to end", func() bool { return slices.Equal(r.stored.of("goes"), []string{"gone"}) })
	close(release)
	await(t, "the answer", func() bool { return slices.Equal(r.stored.of("goes"), []string{"gone", "down"}) })
	r.advance(t, 2*interval)
	await(t, "the series to end again", func() bool { return slices.Equal(r.stored.of("goes"), []string{"gone", "down", "gone"}) })
	if got := failed(r.Fetcher); len(got) != 0 {
		t.Errorf("got failed nodes %v, want none", got)
	}
	r.advance(t, 3*interval)
	r.advance(t, 4*interval)
	await(t, "the fetcher to wait", r.clock.HasWaiters)
	if got := len(r.stored.of("goes")); got != 3 {
		t.Errorf("forgot the node %d times, want it to be done with", got)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	for name, nodes := range map[string]int{"no nodes": 0, "fewer nodes than slots": 3, "more nodes than slots": 3 * slots} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan struct{}, nodes)
			server := startKubelet(t, func(_ http.ResponseWriter, request *http.Request) {
				asked <- struct{}{}
				<-request.Context().Done()
			})
			var all []*corev1.Node
			for i := range nodes {
				all = append(all, nodeAt(t, fmt.Sprintf("node-%d", i), server.Listener.Addr()))
			}
			r := run(t, all...)
			if nodes > 0 {
				r.advance(t, interval)
				<-asked
			}
			// The cleanup of run waits for the end.
		})
	}
}

func TestNextInterval(t *testing.T) {
	cases := map[string]struct{ now, want time.Duration }{
		"in time":                   {now: interval, want: interval},
		"a little late":             {now: interval + time.Second, want: interval},
		"more than one interval":    {now: 2*interval + time.Second, want: 2 * interval},
		"the clock was turned back": {now: -time.Hour, want: interval},
		"after a long sleep":        {now: time.Hour + time.Second, want: time.Hour},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := nextInterval(start, start.Add(tc.now), interval).Sub(start); got != tc.want {
				t.Errorf("got %v after the start, want %v", got, tc.want)
			}
		})
	}
}

func TestNodeThatCannotBeMeasuredIsAskedSeldom(t *testing.T) {
	var well atomic.Bool
	server := startKubelet(t, func(w http.ResponseWriter, request *http.Request) {
		if !well.Load() {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		serve(example)(w, request)
	})
	ordinary, virtual := nodeAt(t, "ordinary", server.Listener.Addr()), nodeAt(t, "virtual", server.Listener.Addr())
	virtual.Labels = map[string]string{"type": "virtual-kubelet"}
	r := run(t, ordinary, virtual)
	// pass lets intervals pass, until both nodes were asked as often as they should.
	pass := func(intervals, wantOrdinary, wantVirtual int) {
		t.Helper()
		for range intervals {
			r.advance(t, r.clock.Since(start).Truncate(interval)+interval-1)
			await(t, "the end of the interval", r.clock.HasWaiters)
			r.clock.Step(1)
		}
		await(t, "the nodes to be asked", func() bool {
			return len(r.stored.of("ordinary")) == wantOrdinary && len(r.stored.of("virtual")) >= wantVirtual
		})
		if got := r.stored.of("virtual"); len(got) != wantVirtual {
			t.Errorf("the node that cannot be measured was %v, want %d times", got, wantVirtual)
		}
	}
	pass(1, 1, 1)
	pass(10, 11, 1)
	pass(1, 12, 2)
	if diff := cmp.Diff([]string{"ordinary"}, failed(r.Fetcher)); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	well.Store(true)
	pass(11, 23, 3)
	pass(3, 26, 6) // it can be measured after all
	if got := r.stored.of("virtual")[2:]; slices.Contains(got, "down") {
		t.Errorf("the node was %v when it answered, want it to be up", got)
	}
}
