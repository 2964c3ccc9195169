// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"fmt"
	"math"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/projection"
)

// line is a rule of a walk, as its own text says it.
type line struct {
	metric       string
	resource     int
	above, clear float64
	evictAfter   time.Duration
	staleAfter   time.Duration
}

// limit is a budget.
type limit struct {
	evictions int
	within    time.Duration
}

// auditor checks what the descheduler must never do. It knows the cluster and the
// rules, and goes by nothing that the product has worked out.
type auditor struct {
	*Simulation
	lines []line
	// budgets are by node, workload, namespace and cluster.
	perNode, perWorkload, perNamespace, perCluster limit
	cooldown, maxCooldown, minAge                  time.Duration

	// held are the lines that nodes are over or in the band of, coming from above,
	// by the last that is known. broken is since when that has been known without a
	// gap.
	held   map[string]bool
	broken map[string]time.Time
	// steady tells that loads do not change, so that a node over its line can
	// only be one that was so before.
	steady bool
	over   map[string]bool

	evictions int
	gone      map[types.UID]bool
	plans     map[*Workload][]time.Time
	// before is how the workloads were when the turn began.
	before   map[*Workload]standing
	problems []string
}

// standing is how a workload stands.
type standing struct{ active, ready int }

func (a *auditor) complain(format string, values ...any) {
	a.problems = append(a.problems, fmt.Sprintf("after %s: ", a.Now().Sub(Start))+fmt.Sprintf(format, values...))
}

// look is called before each turn of the loop, once the nodes are measured.
func (a *auditor) look() {
	for _, l := range a.lines {
		for _, node := range a.Nodes {
			a.watchLine(l, node.Name)
		}
	}
	a.before = map[*Workload]standing{}
	for _, w := range a.Workloads {
		active, ready := w.count()
		a.before[w] = standing{active, ready}
	}
}

func (a *auditor) watchLine(l line, node string) {
	key := l.metric + "/" + node
	var value float64
	known := false
	for _, m := range a.engine.metrics {
		if sample, ok := a.engine.samples[m.key][node]; ok && m.key.Metric == l.metric {
			value, known = sample.Value, a.Now().Sub(sample.Time) <= l.staleAfter && !math.IsNaN(sample.Value)
		}
	}
	if !known {
		delete(a.broken, key)
		return
	}
	switch {
	case value > l.above:
		a.held[key] = true
	case value < l.clear, l.clear == l.above:
		a.held[key] = false
	}
	if !a.held[key] {
		delete(a.broken, key)
	} else if a.broken[key].IsZero() {
		a.broken[key] = a.Now()
	}
}

// check is called after each turn.
func (a *auditor) check() {
	for _, e := range a.Evictions[a.evictions:] {
		a.checkEviction(e)
	}
	planned := map[*Workload]bool{}
	for _, e := range a.Evictions[a.evictions:] {
		planned[e.Pod.Workload] = true
	}
	for w := range planned {
		a.plans[w] = append(a.plans[w], a.Now())
	}
	if a.evictions != len(a.Evictions) {
		a.evictions = len(a.Evictions)
		a.checkBudgets()
	}
	if a.steady {
		a.checkSteady()
	}
}

func (a *auditor) checkEviction(e Eviction) {
	if a.gone[e.Pod.UID] {
		a.complain("%s was evicted twice", e.Pod.Name)
	}
	a.gone[e.Pod.UID] = true
	if why := a.protected(e.Pod); why != "" {
		a.complain("%s was evicted off %s, and %s", e.Pod.Name, e.Node, why)
	}
	due := false
	for _, l := range a.lines {
		since, broken := a.broken[l.metric+"/"+e.Node]
		due = due || broken && a.Now().Sub(since) >= l.evictAfter
	}
	if !due {
		a.complain("%s was evicted off %s, where no line has been broken for long enough (broken: %v)", e.Pod.Name, e.Node, a.broken)
	}
	if !a.Paused.IsZero() {
		a.complain("%s was evicted during a pause", e.Pod.Name)
	}
	a.checkCooldown(e)
}

// checkCooldown: what a workload is let be for doubles each time that it loses pods
// again within the longest cooldown.
func (a *auditor) checkCooldown(e Eviction) {
	plans := a.plans[e.Pod.Workload]
	length := a.cooldown
	for i := 1; i < len(plans); i++ {
		if plans[i].Sub(plans[i-1]) <= a.maxCooldown {
			length = min(2*length, a.maxCooldown)
		} else {
			length = a.cooldown
		}
	}
	if len(plans) > 0 && a.Now().Sub(plans[len(plans)-1]) < length {
		a.complain("%s was evicted %s after others of its workload, whose cooldown is %s", e.Pod.Name, a.Now().Sub(plans[len(plans)-1]), length)
	}
	for before := e.Pod.Replaces; before != nil; before = before.Replaces {
		for _, earlier := range a.Evictions {
			if earlier.Pod == before && e.Time.Sub(earlier.Time) < a.cooldown {
				a.complain("%s was evicted %s after %s, in whose place it had come", e.Pod.Name, e.Time.Sub(earlier.Time), before.Name)
			}
		}
	}
}

// protected tells why a pod must not be evicted.
func (a *auditor) protected(pod *Pod) string {
	w, now := pod.Workload, a.Now()
	before := a.before[w]
	switch {
	case w.Kind != "" && w.Kind != ReplicaSet:
		return "it is of a " + string(w.Kind)
	case pod.Spec.SchedulerName != SchedulerName:
		return "it is of another scheduler"
	case pod.Spec.Priority != nil && *pod.Spec.Priority >= 2_000_000_000:
		return "the system depends on it"
	case len(pod.Annotations) > 0:
		return "it is annotated"
	case len(pod.Spec.Volumes) > 0:
		return "it has a volume"
	case w.Replicas < 2:
		return "it is the only replica"
	case before.active < w.Replicas || before.ready < w.Replicas:
		return fmt.Sprintf("its workload wants %d pods, has %d, of which %d are ready", w.Replicas, before.active, before.ready)
	case now.Sub(projection.RunningSince(pod.Pod, now)) < a.minAge:
		return "it is too young"
	}
	if active, ready := w.count(); active == 0 || ready == 0 {
		return "nobody of its workload is left"
	}
	for _, scaler := range a.Autoscalers {
		if at := scaler.Status.LastScaleTime; scaler.Name == w.Name && at != nil && now.Sub(at.Time) < 2*time.Minute {
			return "its workload has just been scaled"
		}
	}
	return ""
}

func (a *auditor) checkBudgets() {
	for name, budget := range map[string]struct {
		limit
		key func(Eviction) string
	}{
		"node":      {a.perNode, func(e Eviction) string { return e.Node }},
		"workload":  {a.perWorkload, func(e Eviction) string { return e.Pod.Workload.uid() }},
		"namespace": {a.perNamespace, func(e Eviction) string { return e.Pod.Namespace }},
		"cluster":   {a.perCluster, func(Eviction) string { return "" }},
	} {
		counts := map[string]int{}
		for i := len(a.Evictions) - 1; i >= 0 && a.Now().Sub(a.Evictions[i].Time) < budget.within; i-- {
			key := budget.key(a.Evictions[i])
			if counts[key]++; counts[key] > budget.evictions {
				a.complain("the budget of the %s %s is exceeded: %d within %s", name, key, counts[key], budget.within)
			}
		}
	}
}

// checkSteady: where no load changes, no node comes over a line.
func (a *auditor) checkSteady() {
	for _, l := range a.lines {
		for _, node := range a.Nodes {
			key := l.metric + "/" + node.Name
			demand := node.Demand(a.Now())[l.resource]
			for _, pod := range node.pods {
				if !pod.running { // on its way
					demand += pod.Load(a.Now(), 0)[l.resource]
				}
			}
			is := demand/node.Capacity[l.resource] > l.above+1e-6
			if before, known := a.over[key]; known && is && !before {
				a.complain("%s was brought over the line of %s at %.2f: %.4f", node.Name, l.metric, l.above, demand/node.Capacity[l.resource])
			}
			a.over[key] = is
		}
	}
}
