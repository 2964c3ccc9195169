// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// source is a node that pods are moved off, over all rules of a plan.
type source struct {
	snapshot *verdict.Snapshot
	node     *corev1.Node
	// pods are those of the node, in the order of their names.
	pods []*corev1.Pod
	// leaving are those that are terminating, or that the plan moves.
	leaving []*corev1.Pod
	// moved is how many of them the plan moves, and tries how often the fitter was
	// asked about pods of the node.
	moved, tries int
	// saturated tells that one of them is moved because the node is saturated, so that
	// no other is.
	saturated bool
}

func newSource(snapshot *verdict.Snapshot, node *corev1.Node, pods []*corev1.Pod) *source {
	s := &source{snapshot: snapshot, node: node, pods: slices.SortedFunc(slices.Values(pods), byName)}
	for _, pod := range s.pods {
		if pod.DeletionTimestamp != nil {
			s.leaving = append(s.leaving, pod)
		}
	}
	return s
}

// leave enters that the plan moves a pod, and stay that it does not after all.
func (s *source) leave(pod *corev1.Pod) {
	s.leaving = append(s.leaving, pod)
	s.moved++
}

func (s *source) stay(pod *corev1.Pod) {
	s.leaving = slices.DeleteFunc(s.leaving, func(other *corev1.Pod) bool { return other == pod })
	s.moved--
}

func (s *source) isLeaving(pod *corev1.Pod) bool { return slices.Contains(s.leaving, pod) }

// without is what the pods that are leaving use together, in the unit of the
// resource.
func (s *source) without(usage int) float64 {
	sum := 0.0
	for _, pod := range s.leaving {
		amount, _ := used(s.snapshot, pod, usage)
		sum += amount
	}
	return sum
}

// used is what a pod uses, in the unit of the resource, where that is known.
func used(snapshot *verdict.Snapshot, pod *corev1.Pod, usage int) (amount float64, known bool) {
	amounts := snapshot.Shares[pod.UID]
	if usage >= len(amounts) {
		return 0, false
	}
	return amounts[usage], true
}

// byName orders pods by their names, and those that follow one another under the
// same name by their UID.
func byName(a, b *corev1.Pod) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name), cmp.Compare(a.UID, b.UID))
}
