// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-helpers/resource"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// scheduler places pods as the plugin does, by requests, taints, lines and
// preferences. It knows of nothing else that pods may ask for. It is a Fitter as
// well: one for a plan, which it applies to what it knows.
type scheduler struct {
	cluster  *cluster.Cluster
	nodes    []*corev1.Node
	snapshot *verdict.Snapshot
	// requested is what pods request, by node.
	requested map[string]Amounts
}

var _ plan.Fitter = (*scheduler)(nil)

// NewFitter makes a Fitter that is quick, and as good as the scheduler's own where
// pods ask for nothing but resources.
func NewFitter(_ context.Context, snapshot *verdict.Snapshot, known *cluster.Cluster) (plan.Fitter, error) {
	return newScheduler(snapshot, known), nil
}

func newScheduler(snapshot *verdict.Snapshot, known *cluster.Cluster) *scheduler {
	return &scheduler{cluster: known, snapshot: snapshot}
}

// look finds what is on the nodes, unless that has been done.
func (s *scheduler) look() {
	if s.requested != nil {
		return
	}
	s.requested = map[string]Amounts{}
	s.nodes = slices.SortedFunc(slices.Values(s.cluster.Nodes()), func(a, b *corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	for _, node := range s.nodes {
		for _, pod := range s.cluster.PodsOn(node.Name) {
			s.add(node.Name, pod)
		}
	}
}

// add enters what a pod requests.
func (s *scheduler) add(node string, pod *corev1.Pod) {
	requested, more := s.requested[node], requests(pod)
	for r := range requested {
		requested[r] += more[r]
	}
	s.requested[node] = requested
}

func requests(pod *corev1.Pod) Amounts {
	var amounts Amounts
	list := resource.PodRequests(pod, resource.PodResourcesOptions{})
	for r, name := range resources {
		quantity := list[name]
		amounts[r] = quantity.AsApproximateFloat64()
	}
	return amounts
}

// Place is the choice of the scheduler.
func (s *scheduler) Place(_ context.Context, pod *corev1.Pod, amounts []float64) (string, reason.Reason, error) {
	s.look()
	sets := s.sets(pod)
	arrival := &verdict.Arrival{Amounts: amounts, Priority: corev1helpers.PodPriority(pod), Pending: s.snapshot.Pending.Amounts()}
	var candidates []string
	var positions []int
	for _, node := range s.nodes {
		position := s.snapshot.Index(node.Name)
		if s.fits(pod, node) && accepted(sets, position, arrival) {
			candidates, positions = append(candidates, node.Name), append(positions, position)
		}
	}
	if len(candidates) == 0 {
		return "", reason.New("NoNodeFits", "no node fits and is below its lines"), nil
	}
	scores := verdict.Scores(sets, positions, arrival)
	if len(sets) == 0 {
		scores = s.leastRequested(candidates)
	}
	return candidates[slices.Index(scores, slices.Max(scores))], reason.Reason{}, nil
}

// leastRequested scores nodes as the stock scheduler does: by the share of what can
// be requested that is not, on average over CPU and memory.
func (s *scheduler) leastRequested(candidates []string) []int64 {
	scores := make([]int64, len(candidates))
	for i, name := range candidates {
		allocatable := s.cluster.Node(name).Status.Allocatable
		for r, resource := range resources {
			quantity := allocatable[resource]
			if has := quantity.AsApproximateFloat64(); has > 0 {
				scores[i] += int64(verdict.MaxScore * (has - s.requested[name][r]) / has / float64(len(resources)))
			}
		}
	}
	return scores
}

// Move makes a placement so.
func (s *scheduler) Move(pod *corev1.Pod, node string, amounts []float64) error {
	s.add(node, pod)
	s.snapshot = s.snapshot.WithPending(s.snapshot.Pending.Plus(s.snapshot.Index(node), amounts))
	return nil
}

// Snapshot is the one with all moves that were made.
func (s *scheduler) Snapshot() *verdict.Snapshot { return s.snapshot }

// sets are the rule sets that a pod is under.
func (s *scheduler) sets(pod *corev1.Pod) []*verdict.SetVerdict {
	if pod.Spec.SchedulerName != SchedulerName {
		return nil
	}
	judged := verdict.NewPod(pod, s.cluster.NamespaceLabels(pod.Namespace))
	var sets []*verdict.SetVerdict
	for _, set := range s.snapshot.Sets {
		if set.Selects(judged) {
			sets = append(sets, set)
		}
	}
	return sets
}

func (s *scheduler) fits(pod *corev1.Pod, node *corev1.Node) bool {
	if _, untolerated := corev1helpers.FindMatchingUntoleratedTaint(klog.Background(), node.Spec.Taints, pod.Spec.Tolerations, forbids, false); untolerated {
		return false
	}
	requested, more := s.requested[node.Name], requests(pod)
	for r, name := range resources {
		quantity := node.Status.Allocatable[name]
		if more[r] > 0 && requested[r]+more[r] > quantity.AsApproximateFloat64() {
			return false
		}
	}
	return true
}

func forbids(taint *corev1.Taint) bool { return taint.Effect != corev1.TaintEffectPreferNoSchedule }

func accepted(sets []*verdict.SetVerdict, node int, arrival *verdict.Arrival) bool {
	for _, set := range sets {
		for _, rule := range set.Rules {
			if rule.Judge(node, arrival) != verdict.Accepted {
				return false
			}
		}
	}
	return true
}
