// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	interval = 15 * time.Second
	window   = 2*time.Minute + interval
	// hot is what the memory of a hot node is at: over the line of 90%, and ten
	// percentage points above where it is clear again.
	hot = 0.95
)

// resources are those that pods use, in the order of their usages.
var resources = []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}

// perNode is how much of its resources a node has.
var perNode = []float64{coresPerNode, bytesPerNode}

//go:embed rules.yaml
var rules embed.FS

// ruleSets are the rule sets, and the same made ready.
func ruleSets() (texts []*v1alpha1.RuleSet, sets []*verdict.Set, err error) {
	content, err := rules.ReadFile("rules.yaml")
	if err != nil {
		return nil, nil, fmt.Errorf("reading the rule sets: %w", err)
	}
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		text, err := v1alpha1.DecodeRuleSet([]byte(document))
		if err != nil {
			return nil, nil, fmt.Errorf("reading the rule sets: %w", err)
		}
		set, err := verdict.NewSet(text, time.Hour)
		if err != nil {
			return nil, nil, fmt.Errorf("reading the rule sets: %w", err)
		}
		texts, sets = append(texts, text), append(sets, set)
	}
	return texts, sets, nil
}

// judge is the snapshot in which the nodes of a line are hot, and have been for long
// enough for pods to be moved.
func (f *fleet) judge(l *line) (*verdict.Snapshot, error) {
	texts, sets, err := ruleSets()
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(2, 2))
	in := verdict.Input{
		Nodes: verdict.NewNodes(f.Nodes), Sets: sets, Window: window, Shares: map[types.UID][]float64{},
		Samples: map[verdict.MetricKey]verdict.Samples{}, Projections: map[verdict.MetricKey]*verdict.Projection{},
	}
	for _, text := range texts {
		for _, metric := range text.Spec.Metrics {
			key := verdict.MetricKey{Set: text.Name, Metric: metric.Name}
			in.Samples[key] = f.samples(l, metric.Name, random)
			if usage, ok := telemetry.UsageFor(metric, interval); ok {
				in.Projections[key] = f.projected(usage.Resource)
			}
		}
	}
	for _, node := range l.hotNodes(f.Nodes) {
		f.share(node.Name, in.Shares, random)
	}
	for _, at := range []time.Time{f.now.Add(-10 * time.Minute), f.now} {
		in.Now = at
		for _, samples := range in.Samples {
			for name, sample := range samples {
				samples[name] = verdict.Sample{Value: sample.Value, Time: at}
			}
		}
		in.Previous = verdict.Evaluate(in)
	}
	return withPending(in.Previous), nil
}

// withPending is a snapshot on whose nodes nothing is pending yet.
func withPending(snapshot *verdict.Snapshot) *verdict.Snapshot {
	var estimators []projection.Estimator
	for _, resource := range resources {
		estimators = append(estimators, projection.Estimator{
			Resource: resource, Whole: window, History: projection.NewHistory(), Defaults: projection.Defaults{RequestFactor: 1},
		})
	}
	ledger := projection.NewLedger()
	_, sequence := ledger.Take(snapshot.Time, window)
	ledger.Rebase(snapshot.Time, sequence, estimators, snapshot.Index, func(pending *projection.Pending) { snapshot.Pending = pending })
	return snapshot
}

// samples are what the nodes measure.
func (f *fleet) samples(l *line, metric string, random *rand.Rand) verdict.Samples {
	samples := make(verdict.Samples, len(f.Nodes))
	for _, node := range f.Nodes {
		samples[node.Name] = verdict.Sample{Value: calm(metric, random)}
	}
	if metric != "memory" {
		return samples
	}
	if l.elsewhere > 0 {
		for _, node := range f.Nodes {
			samples[node.Name] = verdict.Sample{Value: l.elsewhere}
		}
	}
	for _, node := range l.hotNodes(f.Nodes) {
		samples[node.Name] = verdict.Sample{Value: hot}
	}
	return samples
}

// calm is a load far below all lines.
func calm(metric string, random *rand.Rand) float64 {
	switch metric {
	case "disk-latency":
		return 0.05 * random.Float64()
	case "packet-loss":
		return 0.01 * random.Float64()
	case "inlet-celsius":
		return 18 + 10*random.Float64()
	default:
		return 0.2 + 0.5*random.Float64()
	}
}

func (f *fleet) projected(of corev1.ResourceName) *verdict.Projection {
	usage := slices.Index(resources, of)
	projected := &verdict.Projection{Usage: usage, Capacity: make(map[string]float64, len(f.Nodes))}
	for _, node := range f.Nodes {
		projected.Capacity[node.Name] = perNode[usage]
	}
	return projected
}

// share shares what a hot node uses among its pods: each uses between a half and one
// and a half times as much as the mean.
func (f *fleet) share(node string, shares map[types.UID][]float64, random *rand.Rand) {
	pods := f.byNode[node]
	parts, sum := make([]float64, len(pods)), 0.0
	for i := range parts {
		parts[i] = 0.5 + random.Float64()
		sum += parts[i]
	}
	for i, pod := range pods {
		part := parts[i] / sum
		shares[pod] = []float64{part * coresPerNode / 2, part * hot * bytesPerNode}
	}
}
