// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-base/metrics"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/apis/scheduling"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

const viewKey fwk.StateKey = Name + "/view"

// view is what one scheduling cycle sees.
type view struct {
	snapshot *verdict.Snapshot
	// sets are the rule sets that select the pod.
	sets []*verdict.SetVerdict
	// lines are the rules of these sets that refuse any node at all.
	lines []*line
	// waited is how long load lines have kept the pod waiting.
	waited time.Duration
}

// givenUp are the rules that do not keep the pod waiting any longer.
func (v *view) givenUp() []*verdict.RuleVerdict {
	var rules []*verdict.RuleVerdict
	for _, line := range v.lines {
		if line.givenUp {
			rules = append(rules, line.RuleVerdict)
		}
	}
	return rules
}

// line is a rule that may refuse nodes to the pod of this cycle.
type line struct {
	*verdict.RuleVerdict
	refusals metrics.CounterMetric
	// givenUp tells that the pod has waited for as long as the rule says.
	givenUp bool
	// refused is set once the rule has refused a node in this cycle.
	refused atomic.Bool
}

// Clone returns the same view: nothing in it depends on which pods are on a
// node.
func (v *view) Clone() fwk.StateData { return v }

// PreFilter pins the snapshot for this cycle. It skips Filter where no rule
// that is for the pod refuses any node.
func (p *Plugin) PreFilter(_ context.Context, state fwk.CycleState, pod *corev1.Pod, _ []fwk.NodeInfo) (*fwk.PreFilterResult, *fwk.Status) {
	if exempt(pod) {
		return nil, fwk.NewStatus(fwk.Skip)
	}
	v := p.newView(p.engine.Snapshot(), pod)
	p.waiting.begin(pod.UID, v)
	if len(v.sets) > 0 {
		state.Write(viewKey, v)
	}
	if len(v.lines) == 0 {
		return nil, fwk.NewStatus(fwk.Skip)
	}
	return nil, nil
}

// exempt pods run where they must: those of DaemonSets, which belong to one
// node each, and those that the cluster cannot work without.
func exempt(pod *corev1.Pod) bool {
	if pod.Spec.Priority != nil && *pod.Spec.Priority >= scheduling.SystemCriticalPriority {
		return true
	}
	owner := metav1.GetControllerOfNoCopy(pod)
	return owner != nil && owner.Kind == "DaemonSet"
}

func (p *Plugin) newView(snapshot *verdict.Snapshot, pod *corev1.Pod) *view {
	v := &view{snapshot: snapshot}
	selected := verdict.Pod{Labels: pod.Labels, NamespaceLabels: p.namespaceLabels(pod.Namespace), PriorityClassName: pod.Spec.PriorityClassName}
	for _, set := range snapshot.Sets {
		if !set.Selects(selected) {
			continue
		}
		v.sets = append(v.sets, set)
		for _, rule := range set.Rules {
			if rule.Refusing > 0 {
				v.lines = append(v.lines, &line{RuleVerdict: rule, refusals: p.metrics.refusalsOf(rule.Key)})
			}
		}
	}
	return v
}

// PreFilterExtensions returns nil: no pod that comes or goes changes what has
// been measured.
func (p *Plugin) PreFilterExtensions() fwk.PreFilterExtensions { return nil }

// Filter refuses nodes on which a rule for the pod is broken.
//
// The refusal is one that preemption cannot resolve, because removing pods
// changes nothing before the node is measured again: it would kill them for
// nothing.
func (p *Plugin) Filter(_ context.Context, state fwk.CycleState, pod *corev1.Pod, nodeInfo fwk.NodeInfo) *fwk.Status {
	v := readView(state)
	if v == nil {
		return nil
	}
	node := v.snapshot.Index(nodeInfo.Node().Name)
	for _, line := range v.lines {
		if !line.givenUp && line.Refuses(node) {
			p.refuse(v, line, pod)
			return fwk.NewStatus(fwk.UnschedulableAndUnresolvable, line.Reason)
		}
	}
	return nil
}

// refuse counts a refusal and has the pod wait for the rule to let it pass.
func (p *Plugin) refuse(v *view, line *line, pod *corev1.Pod) {
	line.refusals.Inc()
	if line.refused.Swap(true) {
		return
	}
	p.waiting.enter(pod, v, line)
	// A snapshot that was published meanwhile did not find the pod waiting.
	if now := p.engine.Snapshot(); now != v.snapshot {
		p.waiting.published(v.snapshot, now)
	}
}

func readView(state fwk.CycleState) *view {
	data, err := state.Read(viewKey)
	if err != nil {
		return nil // no rule set is for this pod
	}
	return data.(*view)
}
