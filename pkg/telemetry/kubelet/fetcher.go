// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kubelet asks the nodes' kubelets for /metrics/resource and stores
// what they say of the node as a whole.
//
// The nodes are spread over the interval, each at its own fixed offset, and are
// asked by a bounded number of workers over connections that are kept. A node
// that cannot be asked harms no other: its series become stale, and its "up" 0,
// as in Prometheus.
package kubelet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const (
	// workers bound the kubelets that are asked at the same time.
	workers = 32
	// maxTimeout bounds one request, where the interval does not.
	maxTimeout = 10 * time.Second
	// maxBatch is the number of scrapes stored in one transaction.
	maxBatch = 256
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

	health health
}

// NewFetcher makes a fetcher.
func NewFetcher(client *Client, appender Appender, interval time.Duration, clock clock.Clock) *Fetcher {
	return &Fetcher{client: client, appender: appender, interval: interval, clock: clock, health: health{failed: map[string]error{}}}
}

// Run asks every kubelet once per interval until the context ends. nodes are
// the nodes to ask, read anew in each interval.
func (f *Fetcher) Run(ctx context.Context, nodes func() []*corev1.Node) {
	jobs, scrapes, finish := f.startWorkers(ctx)
	defer finish()
	known := map[string]bool{}
	for start := f.clock.Now().Truncate(f.interval); ctx.Err() == nil; start = nextInterval(start, f.clock.Now(), f.interval) {
		current := nodes()
		f.forget(ctx, known, current, scrapes)
		f.pace(ctx, start, current, jobs)
		f.sleepUntil(ctx, start.Add(f.interval))
		f.health.report(klog.FromContext(ctx), len(current))
	}
}

// Sweep asks all nodes at once, as fast as the workers allow, and returns when
// all have answered or the context ends.
func (f *Fetcher) Sweep(ctx context.Context, nodes []*corev1.Node) {
	jobs, _, finish := f.startWorkers(ctx)
	for _, node := range nodes {
		jobs <- node
	}
	finish()
	f.health.report(klog.FromContext(ctx), len(nodes))
}

// startWorkers starts what asks the nodes sent to jobs, and what stores the
// scrapes. finish waits until all that was sent is stored.
func (f *Fetcher) startWorkers(ctx context.Context) (jobs chan<- *corev1.Node, scrapes chan<- embedded.Scrape, finish func()) {
	nodes, results := make(chan *corev1.Node), make(chan embedded.Scrape)
	var fetching, storing sync.WaitGroup
	for range workers {
		fetching.Go(func() { f.fetchEach(ctx, nodes, results) })
	}
	storing.Go(func() { f.storeEach(ctx, results) })
	return nodes, results, func() {
		close(nodes)
		fetching.Wait()
		close(results)
		storing.Wait()
	}
}

// nextInterval skips the intervals that went by while the last one ran late.
func nextInterval(start, now time.Time, interval time.Duration) time.Time {
	next := start.Add(interval)
	if current := now.Truncate(interval); current.After(next) {
		return current
	}
	return next
}

// pace hands out each node at its own offset in the interval, so that the load
// on the network and on this process is even.
func (f *Fetcher) pace(ctx context.Context, start time.Time, nodes []*corev1.Node, jobs chan<- *corev1.Node) {
	nodes = slices.Clone(nodes)
	slices.SortFunc(nodes, func(a, b *corev1.Node) int { return cmp.Compare(f.offset(a.Name), f.offset(b.Name)) })
	for _, node := range nodes {
		f.sleepUntil(ctx, start.Add(f.offset(node.Name)))
		select {
		case jobs <- node:
		case <-ctx.Done():
			return
		}
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
		f.health.forget(name)
		select {
		case scrapes <- embedded.Scrape{Source: source(name), Time: f.clock.Now()}:
		case <-ctx.Done():
		}
	}
}

func (f *Fetcher) fetchEach(ctx context.Context, jobs <-chan *corev1.Node, scrapes chan<- embedded.Scrape) {
	for node := range jobs {
		scrape := f.fetch(ctx, node)
		if errors.Is(ctx.Err(), context.Canceled) {
			f.health.forget(node.Name)
			continue // this process ends; the kubelet is not to blame
		}
		scrapes <- scrape
	}
}

// fetch asks one kubelet. A failure is a scrape that says so.
func (f *Fetcher) fetch(ctx context.Context, node *corev1.Node) embedded.Scrape {
	ctx, cancel := context.WithTimeout(ctx, min(f.interval, maxTimeout))
	defer cancel()
	start := f.clock.Now()
	samples, err := f.client.read(ctx, node)
	f.health.record(node.Name, err)
	up := 1.0
	if err != nil {
		samples, up = nil, 0
	}
	samples = append(samples, embedded.Sample{Series: series("up", node), Value: up})
	return embedded.Scrape{Source: source(node.Name), Time: start, Samples: samples}
}

// storeEach stores the scrapes that are waiting in one transaction each time.
func (f *Fetcher) storeEach(ctx context.Context, scrapes <-chan embedded.Scrape) {
	for scrape := range scrapes {
		batch := []embedded.Scrape{scrape}
		for more := true; more && len(batch) < maxBatch; {
			select {
			case scrape, more = <-scrapes:
				if more {
					batch = append(batch, scrape)
				}
			default:
				more = false
			}
		}
		if err := f.appender.Append(ctx, batch...); err != nil {
			klog.FromContext(ctx).Error(err, "Unable to store what kubelets said", "nodes", len(batch))
		}
	}
}

func source(node string) string { return fmt.Sprintf("kubelet of node %q", node) }
