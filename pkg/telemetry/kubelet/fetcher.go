// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kubelet asks the nodes' kubelets for /metrics/resource, and for
// /metrics/cadvisor while pressure is wanted, and stores what they say.
//
// The nodes are spread over the interval, each at its own fixed offset, and are
// asked over connections that are kept. A node that cannot be asked harms no
// other: its series become stale, and its "up" 0, as in Prometheus. Nor do many
// of them: one that lets the others wait is not waited for.
package kubelet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// slots bound the kubelets that are asked at the same time.
	slots = 32
	// patience is how long a kubelet may keep its slot. One that is well answers
	// in a tenth of it. That the slots are not kept longer means that kubelets
	// which do not answer cost memory, but no time of others'.
	patience = 250 * time.Millisecond
	// maxTimeout bounds what is asked of one node, where the interval does not.
	maxTimeout = 10 * time.Second
	// maxBatch is the number of scrapes stored in one transaction.
	maxBatch = 256
	// exemptRest is how many intervals a node that cannot be measured is left
	// alone after it has failed.
	exemptRest = 10
)

// Appender stores scrapes.
type Appender interface {
	Append(ctx context.Context, scrapes ...embedded.Scrape) error
}

// Fetcher asks every kubelet once per interval.
type Fetcher struct {
	client   *Client
	appender Appender
	interval time.Duration
	clock    clock.Clock

	wanted  atomic.Pointer[Wanted]
	health  *health
	metrics *Metrics
	resting resting
}

// NewFetcher makes a fetcher, of which nothing but the series of nodes as a whole
// is wanted yet.
func NewFetcher(client *Client, appender Appender, interval time.Duration, clock clock.Clock) *Fetcher {
	fetcher := &Fetcher{
		client: client, appender: appender, interval: interval, clock: clock,
		health: newHealth(), metrics: NewMetrics(), resting: resting{until: map[string]time.Time{}},
	}
	fetcher.Want(Wanted{})
	return fetcher
}

// Want says which series are kept from now on. Those that are not wanted any more
// end when their node is next asked. It may be called at any time.
func (f *Fetcher) Want(wanted Wanted) { f.wanted.Store(&wanted) }

// CountIn has the fetcher count in the metrics of fetchers before it, in place of
// its own. It must not be called while the fetcher runs.
func (f *Fetcher) CountIn(metrics *Metrics) { f.metrics = metrics }

// RegisterMetrics registers the metrics of the fetcher itself. It must not be
// called while the fetcher runs.
func (f *Fetcher) RegisterMetrics(register func(metrics.Registerable) error) error {
	return f.metrics.register(register)
}

// Run asks every kubelet once per interval until the context ends. nodes are
// the nodes to ask, read anew in each interval.
func (f *Fetcher) Run(ctx context.Context, nodes func() []*corev1.Node) {
	asking := f.startAsking(ctx)
	defer f.retire()
	defer asking.finish()
	known := map[string]bool{}
	for start := f.clock.Now().Truncate(f.interval); ctx.Err() == nil; start = nextInterval(start, f.clock.Now(), f.interval) {
		current := nodes()
		f.forget(ctx, known, current, asking.scrapes)
		f.pace(ctx, start, current, asking)
		f.sleepUntil(ctx, start.Add(f.interval))
		f.report(ctx, len(current))
	}
}

// retire leaves nothing behind that others would take for the present.
func (f *Fetcher) retire() {
	f.metrics.unreachable.Set(0)
	f.client.http.CloseIdleConnections()
}

// Sweep asks all nodes at once, as fast as the slots allow, and returns when all
// have answered or the context ends.
func (f *Fetcher) Sweep(ctx context.Context, nodes []*corev1.Node) {
	asking := f.startAsking(ctx)
	for _, node := range nodes {
		asking.ask(ctx, node)
	}
	asking.finish()
	f.report(ctx, len(nodes))
}

// report tells of what went wrong lately with any of the nodes.
func (f *Fetcher) report(ctx context.Context, nodes int) {
	f.metrics.unreachable.Set(float64(f.health.report(klog.FromContext(ctx), nodes)))
}

// nextInterval skips the intervals that went by while the last one ran late.
func nextInterval(start, now time.Time, interval time.Duration) time.Time {
	next := start.Add(interval)
	if current := now.Truncate(interval); current.After(next) {
		return current
	}
	return next
}

// pace asks each node at its own offset in the interval, so that the load on the
// network and on this process is even.
func (f *Fetcher) pace(ctx context.Context, start time.Time, nodes []*corev1.Node, asking *asking) {
	nodes = slices.Clone(nodes)
	slices.SortFunc(nodes, func(a, b *corev1.Node) int { return cmp.Compare(f.offset(a.Name), f.offset(b.Name)) })
	for _, node := range nodes {
		if f.resting.at(node.Name, start) {
			continue
		}
		f.sleepUntil(ctx, start.Add(f.offset(node.Name)))
		if ctx.Err() != nil {
			return
		}
		asking.ask(ctx, node)
	}
}

// offset is a node's place in the interval. It is the same in every process.
func (f *Fetcher) offset(node string) time.Duration {
	hash := fnv.New64a()
	hash.Write([]byte(node))
	return time.Duration(hash.Sum64() % uint64(f.interval))
}

func (f *Fetcher) sleepUntil(ctx context.Context, at time.Time) {
	wait := at.Sub(f.clock.Now())
	if wait <= 0 {
		return
	}
	select {
	case <-f.clock.After(wait):
	case <-ctx.Done():
	}
}

// forget makes the series of nodes that are gone stale. known tells, by the names
// of the nodes asked before, whether they were still there in the last interval;
// it is brought up to date. Each node is forgotten twice, one interval apart: the
// first time, its last answer may still be on its way.
func (f *Fetcher) forget(ctx context.Context, known map[string]bool, nodes []*corev1.Node, scrapes chan<- embedded.Scrape) {
	current := make(map[string]bool, len(nodes))
	for _, node := range nodes {
		current[node.Name] = true
		known[node.Name] = true
	}
	for name := range known {
		if current[name] {
			continue
		}
		if known[name] {
			known[name] = false
		} else {
			delete(known, name)
		}
		f.health.record(name, nodeState{})
		f.resting.end(name)
		select {
		case scrapes <- embedded.Scrape{Source: source(name), Time: f.clock.Now()}:
		case <-ctx.Done():
		}
	}
}

// fetch asks one kubelet. A failure is a scrape that says so.
func (f *Fetcher) fetch(ctx context.Context, node *corev1.Node) embedded.Scrape {
	start := f.clock.Now()
	got := f.askEndpoints(ctx, node)
	f.judge(ctx, node, start, got)
	up := embedded.Sample{Series: f.client.identityOf(node).series("up"), Value: 1}
	if got.err != nil {
		up.Value = 0
	}
	samples := append([]embedded.Sample{up}, got.resources.samples...)
	return embedded.Scrape{Source: source(node.Name), Time: start, Samples: append(samples, got.pressure.samples...)}
}

// answers are those of the endpoints of one kubelet.
type answers struct {
	resources, pressure answer
	err, pressureErr    error
}

// askEndpoints asks one after the other. Each has its share of the time.
func (f *Fetcher) askEndpoints(ctx context.Context, node *corev1.Node) (got answers) {
	wanted, timeout := *f.wanted.Load(), min(f.interval, maxTimeout)
	if !wanted.pressure() {
		got.resources, got.err = f.send(ctx, timeout, f.client.resources, node, wanted, resourceLabel)
		return got
	}
	got.resources, got.err = f.send(ctx, timeout/2, f.client.resources, node, wanted, resourceLabel)
	got.pressure, got.pressureErr = f.send(ctx, timeout/2, f.client.pressure, node, wanted, cadvisorLabel)
	return got
}

// send makes a request, and counts it under the name of an endpoint.
func (f *Fetcher) send(ctx context.Context, timeout time.Duration, request func(context.Context, *corev1.Node, Wanted) (answer, error),
	node *corev1.Node, wanted Wanted, endpoint string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	start := f.clock.Now()
	got, err := request(ctx, node, wanted)
	f.metrics.observe(endpoint, f.clock.Since(start), got.dropped, err, verdict.Exempt(node))
	return got, err
}

// judge records what was wrong with a node when it was asked. That one which cannot
// be measured fails is not wrong; it is left alone for a while.
func (f *Fetcher) judge(ctx context.Context, node *corev1.Node, asked time.Time, got answers) {
	state := nodeState{err: got.err, limitErr: limitError(got.resources.dropped+got.pressure.dropped, f.client.maxSeries)}
	switch {
	case ended(ctx):
		return // the kubelet is not to blame
	case verdict.Exempt(node):
		state = nodeState{}
		if got.err != nil {
			klog.FromContext(ctx).V(4).Info("Node that cannot be measured was not", "node", klog.KObj(node), "err", got.err)
			f.resting.begin(node.Name, f.clock.Now().Add(exemptRest*f.interval))
		}
	case got.err == nil: // or both most likely have the same reason
		state.pressureErr = got.pressureErr
		state.lackErr = lackError(got.resources.samples, asked, f.client.staleAfter)
	}
	f.health.record(node.Name, state)
}

// ended tells whether this process ends, as opposed to the time of a sweep.
func ended(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

func source(node string) string { return fmt.Sprintf("kubelet of node %q", node) }

// resting are the nodes that are left alone for a while.
type resting struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (r *resting) begin(node string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until[node] = until
}

func (r *resting) end(node string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.until, node)
}

func (r *resting) at(node string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.until[node])
}
