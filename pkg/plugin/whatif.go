// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// PreFilterExtensions are the what-ifs of preemption, and of pods that are
// nominated to a node.
func (p *Plugin) PreFilterExtensions() fwk.PreFilterExtensions { return p }

// AddPod looks at a node as if a pod were on it.
func (p *Plugin) AddPod(_ context.Context, state fwk.CycleState, _ *corev1.Pod, added fwk.PodInfo, nodeInfo fwk.NodeInfo) *fwk.Status {
	if v := readView(state); v != nil {
		v.suppose(added.GetPod(), nodeInfo, -1)
	}
	return nil
}

// RemovePod looks at a node as if a pod were gone from it.
func (p *Plugin) RemovePod(_ context.Context, state fwk.CycleState, _ *corev1.Pod, removed fwk.PodInfo, nodeInfo fwk.NodeInfo) *fwk.Status {
	if v := readView(state); v != nil {
		v.suppose(removed.GetPod(), nodeInfo, 1)
	}
	return nil
}

// suppose takes a pod from a node, or with sign -1 puts it there.
func (v *view) suppose(pod *corev1.Pod, nodeInfo fwk.NodeInfo, sign float64) {
	node := v.snapshot.Index(nodeInfo.Node().Name)
	amounts := v.share(pod)
	if node == verdict.NoNode || amounts == nil {
		return
	}
	supposed := v.arrival.Removed[node]
	if supposed == nil {
		supposed = make([]float64, len(amounts))
	}
	for i, amount := range amounts {
		supposed[i] += sign * amount
	}
	v.lookAt(node, supposed)
}

// share is what a pod counts for on its node: what the snapshot knows of it, or
// the estimate for one that is newer. What an older pod uses that nobody
// measured is not known, and it counts for nothing.
func (v *view) share(pod *corev1.Pod) []float64 {
	if amounts, ok := v.snapshot.Shares[pod.UID]; ok {
		return amounts
	}
	if pod.Spec.NodeName == "" || pod.CreationTimestamp.After(v.snapshot.Time) {
		return v.snapshot.Pending.Expect(pod)
	}
	return nil
}

// lookAt has a node judged by its projected values, less what is removed.
func (v *view) lookAt(node int, removed []float64) {
	if v.arrival.Removed == nil {
		v.arrival.Removed = map[int][]float64{}
	}
	v.arrival.Removed[node] = removed
}

// makeRoom tells that others were evicted from a node for the pod, which its
// measured values still have in them.
func (v *view) makeRoom(made room) {
	if made.node == "" {
		return
	}
	v.madeRoom, v.roomUntil = made.node, made.since.Add(v.snapshot.Window)
	if i := v.snapshot.Index(made.node); i != verdict.NoNode {
		v.lookAt(i, nil)
	}
}

// rooms remembers for which pods room was made, and where. The scheduler forgets
// it as soon as the pod does not fit there at once, although a mean needs the
// length of its window to show that the victims are gone. It is safe for
// concurrent use.
type rooms struct {
	mu   sync.Mutex
	made map[types.UID]room
}

type room struct {
	node string
	// since is the time of the snapshot by which the pod was last tried while the
	// scheduler had it nominated to the node.
	since time.Time
}

func newRooms() *rooms { return &rooms{made: map[types.UID]room{}} }

// of is the room that was made for a pod. Zero without any.
func (r *rooms) of(pod *corev1.Pod, snapshot *verdict.Snapshot) room {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.made[pod.UID]
	switch nominated := pod.Status.NominatedNodeName; {
	case nominated != "":
		known = room{node: nominated, since: snapshot.Time}
		r.made[pod.UID] = known
	case ok && snapshot.Time.Sub(known.since) > snapshot.Window:
		delete(r.made, pod.UID)
		return room{}
	}
	return known
}

func (r *rooms) forget(pod types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.made, pod)
}
