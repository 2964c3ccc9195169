// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"math/bits"
	"slices"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-base/metrics"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

const viewKey fwk.StateKey = Name + "/view"

// view is what one scheduling cycle of a pod goes by. It is pinned by PreFilter,
// so that the whole cycle sees the same verdicts.
type view struct {
	snapshot *verdict.Snapshot
	// sets are the rule sets that select the pod.
	sets []*verdict.SetVerdict
	// lines are the rules of these sets that refuse any node at all.
	lines []*line
	// suspects are the nodes that these may refuse, but for what-ifs.
	suspects *nodeSet
	atlas    *atlas
	// arrival is the pod, and what it would come on top of.
	arrival verdict.Arrival
	// waited is how long load lines have kept the pod waiting.
	waited time.Duration
	// madeRoom is the node on which others were evicted for the pod, and roomUntil
	// when its measured values have forgotten them. Empty without any.
	madeRoom  string
	roomUntil time.Time
	// isCopy tells that the cycle state is a clone, in which a what-if is tried.
	isCopy bool
}

// givenUp are the rules that refuse the pod no more, since they have kept it
// waiting for long enough.
func (v *view) givenUp() []*verdict.RuleVerdict {
	var rules []*verdict.RuleVerdict
	for _, line := range v.lines {
		if line.givenUp {
			rules = append(rules, line.RuleVerdict)
		}
	}
	return rules
}

// line is a rule in one cycle. Filter runs for many nodes at once.
type line struct {
	*verdict.RuleVerdict
	refusals metrics.CounterMetric
	// givenUp tells that the pod has waited for as long as the rule says.
	givenUp bool
	// refused are the nodes that the rule has refused in this cycle, and
	// relievable that removing pods could help on one of them.
	refused    nodeSet
	relievable atomic.Bool
}

// Clone copies what what-ifs change.
func (v *view) Clone() fwk.StateData {
	clone := *v
	clone.isCopy = true
	clone.arrival.Removed = make(map[int][]float64, len(v.arrival.Removed))
	for node, amounts := range v.arrival.Removed {
		clone.arrival.Removed[node] = slices.Clone(amounts)
	}
	return &clone
}

func readView(state fwk.CycleState) *view {
	data, err := state.Read(viewKey)
	if err != nil {
		return nil // no rule set is for this pod
	}
	return data.(*view)
}

// nodeSet is a set of nodes by their index in a snapshot. Adding is safe for
// concurrent use.
type nodeSet struct {
	words atomic.Pointer[[]atomic.Uint64]
}

// add puts a node into the set, of all that there are. added is false where it
// was in already, and first tells that the set was empty.
func (s *nodeSet) add(node, nodes int) (added, first bool) {
	words := s.words.Load()
	if words == nil {
		made := make([]atomic.Uint64, (nodes+63)/64)
		first = s.words.CompareAndSwap(nil, &made)
		words = s.words.Load()
	}
	bit := uint64(1) << (node % 64)
	return (*words)[node/64].Or(bit)&bit == 0, first
}

func (s *nodeSet) has(node int) bool {
	words := s.words.Load()
	return words != nil && (*words)[node/64].Load()&(1<<(node%64)) != 0
}

// each calls a function with every node of the set, until it says false.
func (s *nodeSet) each(yield func(node int) bool) {
	words := s.words.Load()
	if words == nil {
		return
	}
	for i := range *words {
		for word := (*words)[i].Load(); word != 0; word &= word - 1 {
			if !yield(i*64 + bits.TrailingZeros64(word)) {
				return
			}
		}
	}
}

// newView pins the latest snapshot and finds the rules that matter for a pod.
func (p *Plugin) newView(pod *corev1.Pod) *view {
	snapshot := p.engine.Snapshot()
	v := &view{
		snapshot: snapshot,
		suspects: &nodeSet{},
		arrival: verdict.Arrival{
			Amounts: snapshot.Pending.Expect(pod), Priority: corev1helpers.PodPriority(pod), Pending: snapshot.Pending.Amounts(),
		},
	}
	selected := p.selectable(pod)
	for _, set := range snapshot.Sets {
		if !set.Selects(selected) {
			continue
		}
		v.sets = append(v.sets, set)
		for _, rule := range set.Rules {
			if v.suspect(rule) {
				v.lines = append(v.lines, &line{RuleVerdict: rule, refusals: p.metrics.refusalsOf(rule.Key)})
			}
		}
	}
	return v
}

// suspect enters the nodes that a rule may refuse, and tells whether there are
// any.
func (v *view) suspect(rule *verdict.RuleVerdict) bool {
	found := false
	for node := range rule.Suspects(&v.arrival) {
		v.suspects.add(node, len(v.snapshot.Nodes()))
		found = true
	}
	return found
}

// mayBeRefused tells whether any line has to be asked about a node.
func (v *view) mayBeRefused(node int) bool {
	if node == verdict.NoNode {
		return false
	}
	_, isWhatIf := v.arrival.Removed[node]
	return isWhatIf || v.suspects.has(node)
}

// selectable is what rule sets select a pod by.
func (p *Plugin) selectable(pod *corev1.Pod) verdict.Pod {
	return verdict.NewPod(pod, p.namespaceLabels(pod.Namespace))
}
