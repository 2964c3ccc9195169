// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

// rules have one line, and rank by the same metric.
const rules = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics: [{name: cpu, builtin: cpu, window: 5m, staleAfter: 10m}]
  rules: [{name: cpu-above-90, when: [{metric: cpu, above: 90%}], reject: {}}]
  preferences: [{metric: cpu, prefer: Lower}]
`

var cpuKey = verdict.MetricKey{Set: "below-the-line", Metric: "cpu"}

const (
	// refreshEvery is how often the engine makes the estimates of workloads anew.
	refreshEvery = time.Minute
	// turns is the number of groups of nodes whose pods the engine reads by turns,
	// for a minute each, besides those of nodes with new pods.
	turns = 10
	// maxSampleAge is the age of samples for which the engine still knows the pods
	// that they do not show.
	maxSampleAge = 5 * time.Minute
	// learnAfter is the age from which a pod teaches what its workload uses.
	learnAfter = 2 * time.Minute
)

// options are what may be tried out on Loadline. The zero value is what it does.
type options struct {
	// measuredOnly places by what is measured alone.
	measuredOnly bool
	// band is how many points of the score below the best still count as equal to
	// it, per minute of the samples' age.
	band float64
}

// loadline places by real verdicts and projections, put together as the engine
// does it.
type loadline struct {
	options
	*scenario.Cluster
	random *rand.Rand
	set    *verdict.Set

	window    projection.Window
	ledger    *projection.Ledger
	meter     *projection.Meter
	estimator projection.Estimator
	refreshed time.Time
	snapshot  *verdict.Snapshot
}

func newLoadline(options options) func(c *scenario.Cluster, random *rand.Rand) policy {
	return func(c *scenario.Cluster, random *rand.Rand) policy {
		window := projection.Window{Shape: projection.Mean, Length: scenario.Window, Lag: scenario.Interval}
		l := &loadline{
			options: options, Cluster: c, random: random, set: mustCompile(rules),
			window: window, ledger: projection.NewLedger(), meter: projection.NewMeter(window),
			estimator: projection.Estimator{
				Resource: corev1.ResourceCPU, Whole: window.Whole(), History: projection.NewHistory(),
				Defaults: projection.Defaults{RequestFactor: 1, Amounts: map[corev1.ResourceName]float64{corev1.ResourceCPU: 0.1}},
			},
		}
		l.remember()
		return l
	}
}

func mustCompile(text string) *verdict.Set {
	rules, err := v1alpha1.DecodeRuleSet([]byte(strings.TrimSpace(text)))
	if err != nil {
		panic(fmt.Errorf("reading the rule set: %w", err))
	}
	set, err := verdict.NewSet(rules, 0)
	if err != nil {
		panic(fmt.Errorf("compiling the rule set: %w", err))
	}
	return set
}

// remember takes down what replicas used that ran before.
func (l *loadline) remember() {
	if !l.Known {
		return
	}
	for _, p := range l.Pods {
		workload, _ := projection.WorkloadOf(p.Object)
		for i, amount := range p.Workload.Earlier {
			l.estimator.History.Record(workload, types.UID(fmt.Sprintf("earlier-%d", i)), l.Time(), amount)
		}
	}
	l.estimator.History.Refresh(l.Time())
}

func (l *loadline) bound(p *scenario.Placed) {
	p.Bound.Status.ContainerStatuses = []corev1.ContainerStatus{{
		State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(l.Time().Add(p.Delay))}},
	}}
	l.ledger.Assume(p.Object, p.Bound.Spec.NodeName, l.Time())
	l.ledger.Observe(p.Bound, l.Time())
}

func (l *loadline) ended(p *scenario.Placed) { l.ledger.Remove(p.Bound, l.Time()) }

// look publishes the next snapshot.
func (l *loadline) look() {
	now := l.Time()
	in := verdict.Input{Now: now, Sets: []*verdict.Set{l.set}, Samples: map[verdict.MetricKey]verdict.Samples{cpuKey: {}}, Previous: l.snapshot}
	for i, n := range l.On {
		in.Nodes = append(in.Nodes, verdict.Node{Name: n.Name})
		in.Samples[cpuKey][n.Name] = verdict.Sample{Value: l.Measured(i), Time: now.Add(-l.Age)}
	}
	if l.measuredOnly {
		l.snapshot = verdict.Evaluate(in)
		return
	}
	placements, sequence := l.ledger.Take(now, l.window.Whole())
	in.Window = l.window.Whole()
	// In an order that is the same each time.
	slices.SortFunc(placements, func(a, b projection.Placement) int { return strings.Compare(string(a.Pod.UID), string(b.Pod.UID)) })
	recent := projection.Recent(placements, now, l.window.Whole()+maxSampleAge)
	in.Projections = map[verdict.MetricKey]*verdict.Projection{cpuKey: l.project(recent, now)}
	after := verdict.Evaluate(in)
	l.ledger.Rebase(now, sequence, []projection.Estimator{l.estimator}, after.Index, func(pending *projection.Pending) { after.Pending = pending })
	l.snapshot = after
	if now.Sub(l.refreshed) >= refreshEvery {
		l.refreshed = now
		l.estimator.History.Refresh(now)
	}
}

// project finds what the nodes will show, and learns from their pods.
func (l *loadline) project(recent map[string][]projection.Placement, now time.Time) *verdict.Projection {
	projected := &verdict.Projection{Capacity: map[string]float64{}, Correction: map[string]float64{}}
	for _, n := range l.On {
		projected.Capacity[n.Name] = n.Capacity
		used := map[types.UID]float64{}
		if l.isWatched(n.Name, recent[n.Name], now) {
			used = l.read(n, now)
		}
		expect := func(pod *corev1.Pod) float64 { return math.Max(used[pod.UID], l.estimator.Expect(pod)) }
		projected.Correction[n.Name] = l.meter.Correction(projection.Expected(recent[n.Name], expect), now.Add(-l.Age))
	}
	l.meter.Forget(now.Add(-l.window.Whole() - maxSampleAge))
	return projected
}

// isWatched tells whether the pods of a node are read.
func (l *loadline) isWatched(node string, recent []projection.Placement, now time.Time) bool {
	hash := fnv.New32a()
	hash.Write([]byte(node))
	turn := uint32(now.Unix()/int64(time.Minute.Seconds())) % turns
	isYoung := func(p projection.Placement) bool {
		return p.Gone.IsZero() && now.Sub(p.Placed) < l.window.Whole()
	}
	return hash.Sum32()%turns == turn || l.snapshot.IsOver(node) || slices.ContainsFunc(recent, isYoung)
}

// read takes down what the pods of a node have used.
func (l *loadline) read(n *scenario.NodeState, now time.Time) map[types.UID]float64 {
	used := map[types.UID]float64{}
	for _, p := range n.Pods {
		amount, known := l.Reading(p)
		if !known {
			continue
		}
		used[p.Bound.UID] = amount
		l.meter.Record(p.Bound.UID, projection.RunningSince(p.Bound, now), now.Add(-l.Age), amount)
		if workload, ok := projection.WorkloadOf(p.Bound); ok && now.Sub(projection.RunningSince(p.Bound, now)) >= learnAfter {
			l.estimator.History.Record(workload, p.Bound.UID, now, amount)
		}
	}
	return used
}

func (l *loadline) choose(p *scenario.Pod) (node int, ok bool) {
	arrival := &verdict.Arrival{Amounts: l.snapshot.Pending.Expect(p.Object), Pending: l.snapshot.Pending.Amounts()}
	var candidates, positions []int
	for i, n := range l.On {
		position := l.snapshot.Index(n.Name)
		if l.Fits(p, i) && l.snapshot.Sets[0].Rules[0].Judge(position, arrival) == verdict.Accepted {
			candidates, positions = append(candidates, i), append(positions, position)
		}
	}
	scores := make([]float64, len(candidates))
	for i, score := range verdict.Scores(l.snapshot.Sets, positions, arrival) {
		scores[i] = float64(score)
	}
	return best(l.random, candidates, scores, l.band*l.Age.Minutes())
}
