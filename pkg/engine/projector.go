// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// refreshEvery is how often the estimates of workloads are made anew.
	refreshEvery = time.Minute
	// learnAfter is how long a pod has to have run before its use tells what its
	// workload uses: most have come up to it by then.
	learnAfter = 2 * time.Minute
	// newFor is the time within which a node that can be measured has its first
	// sample, also of a metric that needs several scrapes.
	newFor = 5 * time.Minute
)

// projector knows what pods use, and what nodes do not show of it yet. It is for
// the engine's loop alone, but for its ledger.
type projector struct {
	ledger   *projection.Ledger
	defaults projection.Defaults
	// podsOn are the pods of a node that have not ended.
	podsOn func(node string) []*corev1.Pod
	ask    telemetry.InstantQuery
	// remote tells that the answers come from a server that knows the pods of all
	// nodes.
	remote bool

	histories map[telemetry.Usage]*projection.History
	// seen are the nodes, by query, that have ever had a sample.
	seen      map[telemetry.Query]map[types.UID]bool
	meters    map[meterKey]*projection.Meter
	refreshed time.Time
}

func newProjector(ledger *projection.Ledger, estimates v1alpha1.Estimates, podsOn func(node string) []*corev1.Pod, ask telemetry.InstantQuery, remote bool) *projector {
	return &projector{
		ledger: ledger, defaults: defaultsOf(estimates), podsOn: podsOn, ask: ask, remote: remote,
		histories: map[telemetry.Usage]*projection.History{}, seen: map[telemetry.Query]map[types.UID]bool{}, meters: map[meterKey]*projection.Meter{},
	}
}

func defaultsOf(estimates v1alpha1.Estimates) projection.Defaults {
	defaults := projection.Defaults{RequestFactor: estimates.RequestFactor.Value(), Amounts: map[corev1.ResourceName]float64{}}
	for resource, amount := range estimates.Defaults {
		defaults.Amounts[resource] = amount.AsApproximateFloat64()
	}
	return defaults
}

// change has pods estimated otherwise, and asked for elsewhere.
func (p *projector) change(estimates v1alpha1.Estimates, ask telemetry.InstantQuery, remote bool) {
	p.defaults, p.ask, p.remote = defaultsOf(estimates), ask, remote
}

// meterKey tells meters apart: what a sample contains of a pod depends on the
// query that it answers.
type meterKey struct {
	usage  telemetry.Usage
	query  telemetry.Query
	window projection.Window
}

// outlook is what one tick knows of pods.
type outlook struct {
	projections map[verdict.MetricKey]*verdict.Projection
	// shares are what pods count for, by usage, and used the same by node and
	// priority.
	shares     map[types.UID][]float64
	used       map[string]map[int32][]float64
	window     time.Duration
	estimators []projection.Estimator
	// sequence is the ledger's, of what is in the projections.
	sequence uint64
	// watched are the nodes whose pods are measured.
	watched map[string]bool
}

// look makes the outlook of a tick.
func (p *projector) look(ctx context.Context, metrics []projectedMetric, usages []telemetry.Usage, samples map[verdict.MetricKey]verdict.Samples, nodes []*corev1.Node, before *verdict.Snapshot, now time.Time) *outlook {
	o := &outlook{
		projections: map[verdict.MetricKey]*verdict.Projection{}, window: longest(metrics),
		shares: map[types.UID][]float64{}, used: map[string]map[int32][]float64{},
	}
	o.estimators = p.estimators(metrics, usages)
	placements, sequence := p.ledger.Take(now, o.window)
	o.sequence = sequence
	if len(metrics) == 0 {
		return o
	}
	// Samples may be old, and their ages are not known here.
	recent := projection.Recent(placements, now, o.window+maxSampleAge)
	o.watched = watched(nodes, recent, o.window, before, now)

	pods := p.podsOnNodes(nodes, o.watched, metrics, samples, now)
	used := p.measureAll(ctx, usages, nodes, pods, now)
	for i, usage := range usages {
		p.learn(usage, used[i], pods, now)
	}
	o.share(used, pods, recent, now)
	p.keepMeters(metrics, usages)
	for _, metric := range metrics {
		o.projections[metric.key] = p.project(metric, usages[metric.usage], o.estimators[metric.usage], used[metric.usage], samples[metric.key], nodes, pods, recent, now)
		o.projections[metric.key].Used = o.usedOf(metric.usage)
	}
	return o
}

// estimators expect what pods will use, by usage. Their histories go on as long
// as a rule set asks for the usage.
func (p *projector) estimators(metrics []projectedMetric, usages []telemetry.Usage) []projection.Estimator {
	histories := make(map[telemetry.Usage]*projection.History, len(usages))
	estimators := make([]projection.Estimator, len(usages))
	for i, usage := range usages {
		histories[usage] = p.historyOf(usage)
		estimators[i] = projection.Estimator{Resource: usage.Resource, History: histories[usage], Defaults: p.defaults}
	}
	for _, metric := range metrics {
		estimators[metric.usage].Whole = max(estimators[metric.usage].Whole, metric.window.Whole())
	}
	p.histories = histories
	return estimators
}

// historyOf is what workloads were measured to use. What kubelets tell of pods is asked
// for otherwise by another interval, and is the same.
func (p *projector) historyOf(usage telemetry.Usage) *projection.History {
	if history := p.histories[usage]; history != nil {
		return history
	}
	for former, history := range p.histories {
		if usage.Absolute && former.Absolute && former.Resource == usage.Resource {
			return history
		}
	}
	return projection.NewHistory()
}

// usedAmounts are what pods were measured to use, in the unit of the resource.
type usedAmounts map[types.UID]float64

// measureAll measures all usages at the same time.
func (p *projector) measureAll(ctx context.Context, usages []telemetry.Usage, nodes []*corev1.Node, pods map[string][]*corev1.Pod, now time.Time) []usedAmounts {
	used := make([]usedAmounts, len(usages))
	var measuring sync.WaitGroup
	for i, usage := range usages {
		measuring.Go(func() { used[i] = p.measure(ctx, usage, nodes, pods, now) })
	}
	measuring.Wait()
	return used
}

// measure asks what pods use, and gives it to those on the given nodes.
func (p *projector) measure(ctx context.Context, usage telemetry.Usage, nodes []*corev1.Node, pods map[string][]*corev1.Pod, now time.Time) usedAmounts {
	used := usedAmounts{}
	switch {
	case len(pods) == 0:
		return used
	case usage.Resource == corev1.ResourcePods:
		for _, onNode := range pods {
			for _, pod := range onNode {
				used[pod.UID] = 1
			}
		}
		return used
	case usage.Expression == "":
		return used // only requests are known
	}
	asked := usage
	if p.remote {
		asked = usage.On(slices.Sorted(maps.Keys(pods)))
	}
	readings, err := asked.Ask(ctx, p.ask, now)
	if err != nil {
		klog.FromContext(ctx).V(2).Info("Unable to measure pods; they count as what is expected of them", "resource", usage.Resource, "err", err)
		return used
	}
	for _, node := range nodes {
		capacity := 1.0
		if !usage.Absolute {
			amount := node.Status.Capacity[usage.Resource]
			capacity = amount.AsApproximateFloat64()
		}
		for _, pod := range pods[node.Name] {
			if reading, ok := readings[usage.Key(pod)]; ok {
				used[pod.UID] = reading * capacity
			}
		}
	}
	return used
}

// learn takes down what the replicas of workloads use, once they have run for
// long enough to show it.
func (p *projector) learn(usage telemetry.Usage, used usedAmounts, pods map[string][]*corev1.Pod, now time.Time) {
	history := p.histories[usage]
	for _, onNode := range pods {
		for _, pod := range onNode {
			amount, measured := used[pod.UID]
			workload, ok := projection.WorkloadOf(pod)
			if measured && ok && now.Sub(projection.RunningSince(pod, now)) >= learnAfter {
				history.Record(workload, pod.UID, now, amount)
			}
		}
	}
}

// refresh makes the estimates of workloads anew now and then. It is called
// between ticks, since it takes a while where there are many.
func (p *projector) refresh(now time.Time) {
	if now.Sub(p.refreshed) < refreshEvery {
		return
	}
	p.refreshed = now
	for _, history := range p.histories {
		history.Refresh(now)
	}
}

// share finds what each pod counts for on its node: what it was measured to use,
// and no less than is expected of it where it is new.
func (o *outlook) share(used []usedAmounts, pods map[string][]*corev1.Pod, recent map[string][]projection.Placement, now time.Time) {
	for node, placements := range recent {
		for _, placement := range placements {
			if placement.Gone.IsZero() {
				o.shareOf(placement.Pod, node, used, now.Sub(placement.Placed))
			}
		}
	}
	for node, onNode := range pods {
		for _, pod := range onNode {
			o.shareOf(pod, node, used, now.Sub(projection.RunningSince(pod, now)))
		}
	}
}

// shareOf finds what a pod of an age counts for, unless it has been found.
func (o *outlook) shareOf(pod *corev1.Pod, node string, used []usedAmounts, age time.Duration) {
	if _, found := o.shares[pod.UID]; found {
		return
	}
	amounts := make([]float64, len(used))
	known := false
	for i, estimator := range o.estimators {
		amount, measured := used[i][pod.UID]
		isNew := age < estimator.Whole
		if isNew {
			amount = math.Max(amount, estimator.Expect(pod))
		}
		amounts[i] = amount
		known = known || measured || isNew
	}
	if !known {
		return
	}
	o.shares[pod.UID] = amounts
	o.add(node, corev1helpers.PodPriority(pod), amounts)
}

func (o *outlook) add(node string, priority int32, amounts []float64) {
	byPriority := o.used[node]
	if byPriority == nil {
		byPriority = map[int32][]float64{}
		o.used[node] = byPriority
	}
	sums := byPriority[priority]
	if sums == nil {
		sums = make([]float64, len(amounts))
		byPriority[priority] = sums
	}
	for i, amount := range amounts {
		sums[i] += amount
	}
}

// usedOf is what the pods of nodes count for by one usage.
func (o *outlook) usedOf(usage int) map[string][]verdict.Used {
	used := make(map[string][]verdict.Used, len(o.used))
	for node, byPriority := range o.used {
		for priority, amounts := range byPriority {
			used[node] = append(used[node], verdict.Used{Priority: priority, Amount: amounts[usage]})
		}
	}
	return used
}

// project finds what nodes will show of a metric.
func (p *projector) project(metric projectedMetric, usage telemetry.Usage, estimator projection.Estimator, used usedAmounts, samples verdict.Samples, nodes []*corev1.Node, pods map[string][]*corev1.Pod, recent map[string][]projection.Placement, now time.Time) *verdict.Projection {
	meter := p.meters[meterKey{usage: usage, query: metric.query, window: metric.window}]
	projected := &verdict.Projection{
		Usage: metric.usage, Capacity: make(map[string]float64, len(nodes)),
		Correction: map[string]float64{}, Likely: map[string]float64{}, Expected: map[string]float64{},
	}
	expect := func(pod *corev1.Pod) float64 { return math.Max(used[pod.UID], estimator.Expect(pod)) }
	for _, node := range nodes {
		capacity := metric.capacity(node, usage.Resource)
		if !(capacity > 0) {
			continue
		}
		projected.Capacity[node.Name] = capacity
		sample, measured := samples[node.Name]
		if !measured {
			if p.awaitsFirst(metric.query, node, samples, now) {
				projected.Expected[node.Name] = sum(pods[node.Name], expect)
			}
			continue
		}
		for _, pod := range pods[node.Name] {
			if amount, ok := used[pod.UID]; ok {
				meter.Record(pod.UID, projection.RunningSince(pod, now), sample.Time, amount)
			}
		}
		if placed := recent[node.Name]; len(placed) > 0 {
			changed := projection.Expected(placed, expect)
			projected.Correction[node.Name] = meter.Correction(changed, sample.Time)
			projected.Likely[node.Name] = meter.Likely(changed, sample.Time)
		}
	}
	meter.Forget(now.Add(-metric.window.Whole() - metric.query.MaxAge))
	return projected
}

// awaitsFirst tells whether a node is so new that it has never had a sample. One
// whose samples have become too old is not measured, which is for the rules to
// judge.
func (p *projector) awaitsFirst(query telemetry.Query, node *corev1.Node, samples verdict.Samples, now time.Time) bool {
	if _, measured := samples[node.Name]; measured {
		if p.seen[query] == nil {
			p.seen[query] = map[types.UID]bool{}
		}
		p.seen[query][node.UID] = true
		return false
	}
	return !p.seen[query][node.UID] && now.Sub(node.CreationTimestamp.Time) < newFor
}

func sum(pods []*corev1.Pod, amount func(*corev1.Pod) float64) float64 {
	total := 0.0
	for _, pod := range pods {
		total += amount(pod)
	}
	return total
}

// keepMeters has one meter for each metric, and no others.
func (p *projector) keepMeters(metrics []projectedMetric, usages []telemetry.Usage) {
	kept := make(map[meterKey]*projection.Meter, len(metrics))
	for _, metric := range metrics {
		key := meterKey{usage: usages[metric.usage], query: metric.query, window: metric.window}
		kept[key] = p.meters[key]
		if kept[key] == nil {
			kept[key] = projection.NewMeter(metric.window)
		}
	}
	p.meters = kept
	maps.DeleteFunc(p.seen, func(query telemetry.Query, _ map[types.UID]bool) bool {
		return !slices.ContainsFunc(metrics, func(metric projectedMetric) bool { return metric.query == query })
	})
}
