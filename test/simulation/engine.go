// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// As in package engine.
const (
	refreshEvery = time.Minute
	turns        = 10
	maxSampleAge = 5 * time.Minute
	learnAfter   = 2 * time.Minute
	newFor       = 5 * time.Minute
	staleInTicks = 6
	podScrapes   = 4
	minGap       = time.Minute
)

// Source is what measures nodes. What is exported may be changed at any time.
type Source struct {
	// Age is that of the data when it is seen: a multiple of Step.
	Age time.Duration
	// Down tells that it does not answer.
	Down bool
	// Ahead is how far the clock of whoever measures and deschedules is ahead of all
	// others. The data has the time of the nodes' clocks, or, if it is Unstamped, that
	// of when it is seen.
	Ahead     time.Duration
	Unstamped bool
	// Answer is what it says of a node instead of the true value, if it says
	// anything. Nil for the truth.
	Answer func(node, metric string, value float64) (answer float64, ok bool)
}

// engine makes snapshots of what is measured, as package engine does.
type engine struct {
	*Source
	cluster  *Cluster
	interval time.Duration
	sets     []*verdict.Set
	metrics  []*metric
	window   time.Duration // the longest

	samples    map[verdict.MetricKey]verdict.Samples
	ledger     *projection.Ledger
	estimators []projection.Estimator // by resource
	refreshed  time.Time
	// seen are the nodes that have ever had a sample.
	seen     map[string]bool
	snapshot *verdict.Snapshot
}

// metric is one of a rule set. Those without a resource are values of nodes.
type metric struct {
	key      verdict.MetricKey
	resource int // or noResource
	window   projection.Window
	meter    *projection.Meter
}

const noResource = -1

func newEngine(c *Cluster, source *Source, interval time.Duration, ruleSets []string) (*engine, error) {
	e := &engine{Source: source, cluster: c, interval: interval, ledger: projection.NewLedger(), seen: map[string]bool{}, samples: map[verdict.MetricKey]verdict.Samples{}}
	for _, text := range ruleSets {
		rules, err := v1alpha1.DecodeRuleSet([]byte(strings.TrimSpace(text)))
		if err != nil {
			return nil, fmt.Errorf("reading a rule set: %w", err)
		}
		set, err := verdict.NewSet(rules, staleInTicks*interval)
		if err != nil {
			return nil, fmt.Errorf("compiling a rule set: %w", err)
		}
		e.sets = append(e.sets, set)
		for _, m := range rules.Spec.Metrics {
			e.addMetric(rules.Name, m)
		}
	}
	defaults := projection.Defaults{RequestFactor: 1, Amounts: map[corev1.ResourceName]float64{corev1.ResourceCPU: 0.1, corev1.ResourceMemory: 200 << 20}}
	for _, name := range resources {
		e.estimators = append(e.estimators, projection.Estimator{Resource: name, Whole: e.window, History: projection.NewHistory(), Defaults: defaults})
	}
	c.watch = e.observe
	return e, nil
}

func (e *engine) addMetric(set string, m v1alpha1.Metric) {
	added := &metric{key: verdict.MetricKey{Set: set, Metric: m.Name}, resource: noResource}
	switch m.Builtin {
	case v1alpha1.BuiltinCPU:
		added.resource, added.window = cpu, projection.Window{Shape: projection.Mean, Length: m.Window.Value(), Lag: e.interval}
	case v1alpha1.BuiltinMemory:
		added.resource, added.window = memory, projection.Window{Shape: projection.Instant, Lag: e.interval}
	}
	added.meter = projection.NewMeter(added.window)
	e.metrics = append(e.metrics, added)
	e.window = max(e.window, added.window.Whole())
}

// forget is what a restart does, but for the replay of stored samples: the
// verdicts begin anew.
func (e *engine) forget() { e.snapshot = nil }

func (e *engine) observe(pod *Pod, gone bool) {
	if gone {
		e.ledger.Remove(pod.Pod, e.now())
		return
	}
	e.ledger.Observe(pod.Pod, e.now())
}

// now is the time by the clock of whoever measures.
func (e *engine) now() time.Time { return e.cluster.Now().Add(e.Ahead) }

// tick publishes the next snapshot.
func (e *engine) tick() {
	now := e.now()
	var nodes []*corev1.Node
	for _, node := range e.cluster.Nodes {
		nodes = append(nodes, node.Object())
	}
	e.measure()
	placements, sequence := e.ledger.Take(now, e.window)
	// In an order that is the same each time.
	slices.SortFunc(placements, func(a, b projection.Placement) int { return strings.Compare(string(a.Pod.UID), string(b.Pod.UID)) })
	o := e.look(projection.Recent(placements, now, e.window+maxSampleAge), now)
	in := verdict.Input{
		Now: now, Nodes: verdict.NewNodes(nodes), Sets: e.sets, Samples: e.samples, Previous: e.snapshot,
		MaxGap: max(staleInTicks*e.interval, minGap),
		Window: e.window, Shares: o.shares, Projections: map[verdict.MetricKey]*verdict.Projection{},
	}
	for _, m := range e.metrics {
		if m.resource != noResource {
			in.Projections[m.key] = e.project(m, o)
		}
	}
	after := verdict.Evaluate(in)
	e.ledger.Rebase(now, sequence, e.estimators, after.Index, func(pending *projection.Pending) { after.Pending = pending })
	e.snapshot = after
	if now.Sub(e.refreshed) >= refreshEvery {
		e.refreshed = now
		for _, estimator := range e.estimators {
			estimator.History.Refresh(now)
		}
	}
}

// measure asks for all metrics of all nodes. What is not answered stays as it was.
func (e *engine) measure() {
	if e.Down {
		return
	}
	at := e.cluster.Now().Add(-e.Age)
	if e.Unstamped || at.After(e.now()) { // which nobody believes
		at = e.now()
	}
	for _, m := range e.metrics {
		// A snapshot before may hold the samples of then.
		samples := verdict.Samples{}
		for _, node := range e.cluster.Nodes {
			if before, ok := e.samples[m.key][node.Name]; ok {
				samples[node.Name] = before
			}
			value, ok := e.value(m, node)
			if ok && e.Answer != nil {
				value, ok = e.Answer(node.Name, m.key.Metric, value)
			}
			if ok {
				samples[node.Name] = verdict.Sample{Value: value, Time: at}
				e.seen[node.Name] = true
			}
		}
		e.samples[m.key] = samples
	}
}

// value is what a metric truly is on a node.
func (e *engine) value(m *metric, node *Node) (float64, bool) {
	to := e.cluster.steps - int(e.Age/Step)
	switch m.resource {
	case noResource:
		value, ok := node.Values[m.key.Metric]
		return value, ok
	case memory:
		return node.used[memory].mean(to-1, to) / node.Capacity[memory], true
	default:
		from := to - int(m.window.Length/Step)
		return node.used[cpu].mean(from, to) / node.Capacity[cpu], to > node.used[cpu].first || node.used[cpu].before > 0
	}
}

// reading is what a pod has used of late, which takes a scrape to tell.
func (e *engine) reading(pod *Pod) (amounts Amounts, known bool) {
	to := e.cluster.steps - int(e.Age/Step)
	first := pod.used[cpu].first
	if e.Down || !pod.running || pod.used[cpu].before == 0 && pod.used[memory].before == 0 && to-first < int(e.interval/Step) {
		return amounts, false
	}
	from := to - podScrapes*int(e.interval/Step)
	if pod.used[cpu].before == 0 && pod.used[memory].before == 0 {
		from = max(from, first)
	}
	return Amounts{cpu: pod.used[cpu].mean(from, to), memory: pod.used[memory].mean(to-1, to)}, true
}

// outlook is what one tick knows of pods.
type outlook struct {
	recent map[string][]projection.Placement
	read   map[types.UID]Amounts
	shares map[types.UID][]float64
	used   map[string]map[int32]Amounts
}

func (e *engine) look(recent map[string][]projection.Placement, now time.Time) *outlook {
	o := &outlook{recent: recent, read: map[types.UID]Amounts{}, shares: map[types.UID][]float64{}, used: map[string]map[int32]Amounts{}}
	for _, node := range e.cluster.Nodes {
		watched := e.isWatched(node.Name, recent[node.Name], now)
		for _, pod := range node.pods {
			if amounts, known := e.reading(pod); watched && known {
				o.read[pod.UID] = amounts
				e.learn(pod, amounts, now)
			}
		}
		for _, placement := range recent[node.Name] {
			if placement.Gone.IsZero() {
				e.share(o, placement.Pod, node.Name, now.Sub(placement.Placed))
			}
		}
		for _, pod := range node.pods {
			if watched {
				e.share(o, pod.Pod, node.Name, now.Sub(projection.RunningSince(pod.Pod, now)))
			}
		}
	}
	return o
}

func (e *engine) learn(pod *Pod, amounts Amounts, now time.Time) {
	workload, ok := projection.WorkloadOf(pod.Pod)
	if !ok || now.Sub(projection.RunningSince(pod.Pod, now)) < learnAfter {
		return
	}
	for r, estimator := range e.estimators {
		estimator.History.Record(workload, pod.UID, now, amounts[r])
	}
}

// share finds what a pod of an age counts for, unless it has been found.
func (e *engine) share(o *outlook, pod *corev1.Pod, node string, age time.Duration) {
	amounts, known := o.read[pod.UID]
	if _, found := o.shares[pod.UID]; found || !known && age >= e.window {
		return
	}
	if age < e.window {
		for r, estimator := range e.estimators {
			amounts[r] = math.Max(amounts[r], estimator.Expect(pod))
		}
	}
	o.shares[pod.UID] = amounts[:]
	if o.used[node] == nil {
		o.used[node] = map[int32]Amounts{}
	}
	sum := o.used[node][corev1helpers.PodPriority(pod)]
	for r := range sum {
		sum[r] += amounts[r]
	}
	o.used[node][corev1helpers.PodPriority(pod)] = sum
}

// project finds what nodes will show of a metric.
func (e *engine) project(m *metric, o *outlook) *verdict.Projection {
	now := e.now()
	p := &verdict.Projection{
		Usage: m.resource, Capacity: map[string]float64{}, Correction: map[string]float64{}, Likely: map[string]float64{},
		Expected: map[string]float64{}, Used: map[string][]verdict.Used{},
	}
	expect := func(pod *corev1.Pod) float64 {
		return math.Max(o.read[pod.UID][m.resource], e.estimators[m.resource].Expect(pod))
	}
	for _, node := range e.cluster.Nodes {
		p.Capacity[node.Name] = node.Capacity[m.resource]
		for priority, amounts := range o.used[node.Name] {
			p.Used[node.Name] = append(p.Used[node.Name], verdict.Used{Priority: priority, Amount: amounts[m.resource]})
		}
		slices.SortFunc(p.Used[node.Name], func(a, b verdict.Used) int { return int(a.Priority) - int(b.Priority) })
		sample, measured := e.samples[m.key][node.Name]
		if !measured {
			if !e.seen[node.Name] && now.Sub(node.created) < newFor {
				for _, pod := range node.pods {
					p.Expected[node.Name] += expect(pod.Pod)
				}
			}
			continue
		}
		for _, pod := range node.pods {
			if amounts, ok := o.read[pod.UID]; ok {
				m.meter.Record(pod.UID, projection.RunningSince(pod.Pod, now), sample.Time, amounts[m.resource])
			}
		}
		changed := projection.Expected(o.recent[node.Name], expect)
		p.Correction[node.Name] = m.meter.Correction(changed, sample.Time)
		p.Likely[node.Name] = m.meter.Likely(changed, sample.Time)
	}
	m.meter.Forget(now.Add(-m.window.Whole() - maxSampleAge))
	return p
}

// isWatched tells whether the pods of a node are read.
func (e *engine) isWatched(node string, recent []projection.Placement, now time.Time) bool {
	hash := fnv.New32a()
	hash.Write([]byte(node))
	turn := uint32(now.Unix()/int64(time.Minute.Seconds())) % turns
	isYoung := func(p projection.Placement) bool { return p.Gone.IsZero() && now.Sub(p.Placed) < e.window }
	return hash.Sum32()%turns == turn || e.snapshot.IsOver(node) || slices.ContainsFunc(recent, isYoung)
}
