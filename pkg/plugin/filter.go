// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/preemption"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// PreFilter pins the snapshot for this cycle. It skips Filter where no rule
// that is for the pod refuses any node.
func (p *Plugin) PreFilter(_ context.Context, state fwk.CycleState, pod *corev1.Pod, nodes []fwk.NodeInfo) (*fwk.PreFilterResult, *fwk.Status) {
	if verdict.ExemptPod(pod) {
		return nil, fwk.NewStatus(fwk.Skip)
	}
	v := p.newView(pod)
	v.makeRoom(p.rooms.of(pod, v.snapshot))
	p.waiting.begin(pod.UID, v)
	if len(v.sets) > 0 {
		v.atlas = p.atlasFor(v.snapshot, nodes)
		state.Write(viewKey, v)
	}
	if len(v.lines) == 0 {
		return nil, fwk.NewStatus(fwk.Skip)
	}
	return nil, nil
}

// Filter refuses nodes on which a rule for the pod is in force, and those that
// the pod would bring over the line.
func (p *Plugin) Filter(_ context.Context, state fwk.CycleState, pod *corev1.Pod, nodeInfo fwk.NodeInfo) *fwk.Status {
	v := readView(state)
	if v == nil {
		return nil
	}
	node := v.atlas.of(nodeInfo)
	if !v.mayBeRefused(node) {
		return nil
	}
	for _, line := range v.lines {
		if line.givenUp {
			continue
		}
		if refusal := line.Judge(node, &v.arrival); refusal != verdict.Accepted {
			p.refuse(v, line, pod, node, refusal)
			return fwk.NewStatus(v.code(refusal, pod, nodeInfo), line.Reason)
		}
	}
	return nil
}

// code tells whether preemption may help: only where removing pods from the node
// can bring it below the line. A pod for which room was made once has no more
// made for it while what the node measures may still remember the victims. As
// long as these are going, that they are there is what the scheduler is told: it
// then keeps the pod nominated, and looks for no others.
func (v *view) code(refusal verdict.Refusal, pod *corev1.Pod, nodeInfo fwk.NodeInfo) fwk.Code {
	switch {
	case v.madeRoom == "" && refusal == verdict.Refused:
		return fwk.Unschedulable
	case pod.Status.NominatedNodeName == nodeInfo.Node().Name && anyVictim(pod, nodeInfo):
		return fwk.Unschedulable
	}
	return fwk.UnschedulableAndUnresolvable
}

// anyVictim tells whether a pod waits for others to go from a node, in the
// scheduler's own terms: for any other status, or any other pod that is going, it
// would preempt once more.
func anyVictim(pod *corev1.Pod, nodeInfo fwk.NodeInfo) bool {
	for _, other := range nodeInfo.GetPods() {
		victim := other.GetPod()
		if preemption.PodTerminatingByPreemption(victim) && corev1helpers.PodPriority(victim) < corev1helpers.PodPriority(pod) {
			return true
		}
	}
	return false
}

// refuse counts a refusal and has the pod wait for the rule to let it pass.
func (p *Plugin) refuse(v *view, line *line, pod *corev1.Pod, node int, refusal verdict.Refusal) {
	if refusal == verdict.Refused && !line.relievable.Load() {
		line.relievable.Store(true)
	}
	added, first := line.refused.add(node, len(v.snapshot.Nodes()))
	if added {
		line.refusals.Inc()
	}
	if first {
		p.waiting.enter(pod, v, line)
	}
}

// PostFilter comes after a pod that no node takes. It makes no room for the pod:
// it only looks whether a snapshot that was published meanwhile, which did not
// find the pod waiting yet, lets it pass.
func (p *Plugin) PostFilter(_ context.Context, state fwk.CycleState, pod *corev1.Pod, _ fwk.NodeToStatusReader) (*fwk.PostFilterResult, *fwk.Status) {
	v := readView(state)
	if v == nil || len(v.lines) == 0 {
		return nil, fwk.NewStatus(fwk.Unschedulable)
	}
	p.recordRefused(pod, v, p.waiting.settle(pod.UID, v))
	if now := p.engine.Snapshot(); now != v.snapshot {
		p.waiting.published(nil, now)
	}
	return nil, fwk.NewStatus(fwk.Unschedulable)
}
