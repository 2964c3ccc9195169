// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package board is an engine that measures nothing: it publishes real snapshots
// of made-up samples.
package board

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/plugin"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// Interval is the time between two ticks.
	Interval = 15 * time.Second
	// window is that of the metrics that are means.
	window = 2 * time.Minute
)

//go:embed rules.yaml
var rules embed.FS

// Load is what a metric is on a node.
type Load func(metric, node string) float64

// Board publishes snapshots. It is safe for concurrent use.
type Board struct {
	ledger *projection.Ledger
	// texts are the rule sets, and sets the same made ready.
	texts []*v1alpha1.RuleSet
	sets  []*verdict.Set
	// resources are those that pods use, in the order of their usages.
	resources []corev1.ResourceName

	snapshot    atomic.Pointer[verdict.Snapshot]
	mu          sync.Mutex
	subscribers []func(before, after *verdict.Snapshot)
}

var _ plugin.Engine = &Board{}

// New makes a board with ten rules.
func New() (*Board, error) {
	b := &Board{ledger: projection.NewLedger(), resources: []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourcePods}}
	content, err := rules.ReadFile("rules.yaml")
	if err != nil {
		return nil, fmt.Errorf("reading the rule sets: %w", err)
	}
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		text, err := v1alpha1.DecodeRuleSet([]byte(document))
		if err != nil {
			return nil, fmt.Errorf("reading the rule sets: %w", err)
		}
		set, err := verdict.NewSet(text, time.Hour)
		if err != nil {
			return nil, fmt.Errorf("reading the rule sets: %w", err)
		}
		b.texts, b.sets = append(b.texts, text), append(b.sets, set)
	}
	return b, nil
}

// Start does nothing: what is published is up to whoever made the board.
func (b *Board) Start(context.Context, *v1alpha1.LoadlineArgs, *rest.Config, kubernetes.Interface, coreinformers.NodeInformer, coreinformers.PodInformer) error {
	return nil
}

// Snapshot is the latest published one.
func (b *Board) Snapshot() *verdict.Snapshot { return b.snapshot.Load() }

// Ledger takes down which pods come and go.
func (b *Board) Ledger() *projection.Ledger { return b.ledger }

// Assume counts a pod on a node.
func (b *Board) Assume(pod *corev1.Pod, node string) { b.ledger.Assume(pod, node, time.Now()) }

// Release takes that back.
func (b *Board) Release(pod types.UID) { b.ledger.Release(pod) }

// Subscribe has a function called after each publication.
func (b *Board) Subscribe(published func(before, after *verdict.Snapshot)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscribers = append(b.subscribers, published)
}

// Publish judges nodes at a time by what they are said to measure.
func (b *Board) Publish(nodes []*corev1.Node, now time.Time, load Load) {
	placements, sequence := b.ledger.Take(now, window+Interval)
	in := verdict.Input{
		Now: now, Nodes: verdict.NewNodes(nodes), Sets: b.sets, Previous: b.Snapshot(), Window: window + Interval,
		Samples: map[verdict.MetricKey]verdict.Samples{}, Projections: map[verdict.MetricKey]*verdict.Projection{},
	}
	added := b.added(placements)
	for _, text := range b.texts {
		for _, metric := range text.Spec.Metrics {
			key := verdict.MetricKey{Set: text.Name, Metric: metric.Name}
			in.Samples[key] = samplesOf(metric.Name, nodes, now, load)
			if usage, ok := telemetry.UsageFor(metric, Interval); ok {
				in.Projections[key] = b.project(metric, usage.Resource, nodes, added)
			}
		}
	}
	after := verdict.Evaluate(in)
	before := b.snapshot.Load()
	b.ledger.Rebase(now, sequence, b.estimators(), after.Index, func(pending *projection.Pending) {
		after.Pending = pending
		b.snapshot.Store(after)
	})
	b.mu.Lock()
	subscribers := b.subscribers
	b.mu.Unlock()
	for _, published := range subscribers {
		published(before, after)
	}
}

func samplesOf(metric string, nodes []*corev1.Node, now time.Time, load Load) verdict.Samples {
	samples := make(verdict.Samples, len(nodes))
	for _, node := range nodes {
		samples[node.Name] = verdict.Sample{Value: load(metric, node.Name), Time: now}
	}
	return samples
}

// added are the pods that have come to nodes of late, of which samples that are
// made up show nothing.
func (b *Board) added(placements []projection.Placement) map[string][]*corev1.Pod {
	added := map[string][]*corev1.Pod{}
	for _, placement := range placements {
		if placement.Gone.IsZero() {
			added[placement.Node] = append(added[placement.Node], placement.Pod)
		}
	}
	return added
}

func (b *Board) project(metric v1alpha1.Metric, resource corev1.ResourceName, nodes []*corev1.Node, added map[string][]*corev1.Pod) *verdict.Projection {
	projected := &verdict.Projection{Capacity: make(map[string]float64, len(nodes)), Correction: map[string]float64{}}
	for i, name := range b.resources {
		if name == resource {
			projected.Usage = i
		}
	}
	estimator := b.estimators()[projected.Usage]
	for _, node := range nodes {
		amounts := node.Status.Capacity
		if telemetry.OfAllocatable(metric) {
			amounts = node.Status.Allocatable
		}
		amount := amounts[resource]
		projected.Capacity[node.Name] = amount.AsApproximateFloat64()
		for _, pod := range added[node.Name] {
			projected.Correction[node.Name] += estimator.Expect(pod)
		}
	}
	return projected
}

func (b *Board) estimators() []projection.Estimator {
	estimators := make([]projection.Estimator, 0, len(b.resources))
	for _, resource := range b.resources {
		estimators = append(estimators, projection.Estimator{
			Resource: resource, Whole: window + Interval, History: projection.NewHistory(), Defaults: projection.Defaults{RequestFactor: 1},
		})
	}
	return estimators
}
