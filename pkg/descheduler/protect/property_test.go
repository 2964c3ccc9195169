// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package protect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

// Whatever is drawn, a pod that may be moved has none of the traits that protect,
// and one that may not has at least one.
func TestNothingProtectedPasses(t *testing.T) {
	const draws = 30_000
	moved, kept := 0, map[string]int{}
	for seed := range uint64(draws) {
		s := draw(rand.New(rand.NewPCG(seed, 8)))
		got, has := s.ask(), s.traits()
		if got.IsZero() != (len(has) == 0) {
			t.Fatalf("seed %d: Of() = %s, want a reason if and only if there are traits: %q", seed, got, has)
		}
		if got.IsZero() {
			moved++
		} else {
			kept[string(got.Code)]++
		}
	}
	if moved < draws/100 || len(kept) < 20 {
		t.Errorf("%d of %d may be moved, and %d codes are given: the draw tells little: %v", moved, draws, len(kept), kept)
	}
}

// draw is a movable pod with some changes, most of which protect it.
func draw(random *rand.Rand) *scene {
	s := movable()
	oneOf := func(durations ...time.Duration) time.Duration { return durations[random.IntN(len(durations))] }
	around := func(d time.Duration) time.Duration { return oneOf(0, d-time.Second, d, d+time.Second, 24*time.Hour) }
	text := func(values ...string) string { return values[random.IntN(len(values))] }
	number := func(values ...int32) *int32 { return &values[random.IntN(len(values))] }
	sibling := func() *corev1.Pod { return s.siblings[random.IntN(len(s.siblings))] }
	changes := []func(){
		func() { terminate(s.pod, around(2*time.Minute)) },
		func() { terminate(sibling(), around(2*time.Minute)) },
		func() { s.leaver(around(2 * time.Minute)) },
		func() { s.siblings = append(s.siblings, webPod("web-9")) },
		func() { notReady(s.pod) },
		func() { notReady(sibling()) },
		func() { sibling().CreationTimestamp = ago(around(2 * time.Minute)) },
		func() {
			s.annotate(text("kubernetes.io/config.mirror", "kubernetes.io/config.source"), text("api", "file"))
		},
		func() {
			s.annotate(text("loadline.dev/evict", "karpenter.sh/do-not-disrupt", "karpenter.sh/do-not-evict",
				"cluster-autoscaler.kubernetes.io/safe-to-evict", "descheduler.alpha.kubernetes.io/prefer-no-eviction"),
				text("never", "true", "false", "", "flase"))
		},
		func() { s.pod.OwnerReferences = controlledBy("Node", "n1") },
		func() { s.pod.OwnerReferences = nil },
		func() { s.controller(text("DaemonSet", "ExtendedDaemonSetReplicaSet", "ReplicationController"), "web") },
		s.ofStatefulSet,
		s.ofJob,
		func() {
			s.config.OwnerKinds = []string{"StatefulSet", "Job", "ReplicaSet", "DaemonSet", "ReplicationController"}
		},
		func() { s.pod.Spec.SchedulerName = text("", "default-scheduler", "volcano", "loadline-scheduler") },
		func() { s.config.SchedulerNames = []string{"default-scheduler", "loadline-scheduler"} },
		func() { s.pod.Spec.Priority = number(-5, 0, 100, 1_999_999_999, 2_000_000_000, 2_000_001_000) },
		func() { s.config.MaxPriority = number(-1, 0, 99, 100, 2_147_483_647) },
		func() { s.volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}) },
		func() { s.volume(corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}}) },
		func() { s.config.LocalStorage = true },
		func() { s.withClaim("data") },
		func() { s.claim("data", ptr.To(text("fast", "slow", ""))) },
		func() { s.config.StorageClasses = []string{"fast"} },
		func() { startedAgo(s.pod, around(5*time.Minute)) },
		func() { s.config.MinAge = v1alpha1.NewDuration(around(time.Hour)) },
		func() { s.pod.Status.Phase = corev1.PodPhase(text("Pending", "Unknown", "Running")) },
		func() { s.scaled(around(2 * time.Minute)) },
		func() { s.config.SettleAfter = v1alpha1.NewDuration(around(time.Hour)) },
		func() { s.evicted(around(time.Hour), text("a", "b", "web-0"), text("a", "b", "c")) },
		func() {
			for range 3 {
				s.evicted(around(time.Hour), text("a", "b"), text("a", "b", "c")).Workload.Name = text("web", "api")
			}
		},
		func() { s.evicted(around(time.Hour), "a", "b").Successor.Ready = time.Time{} },
		func() { s.evicted(around(time.Hour), "a", "b").Failed = "refused" },
		func() { s.evicted(around(time.Hour), "web-0", "b").DryRun = true },
		func() { s.budget("all", nil, *number(0, 1, 2)) },
		func() { s.budgets = nil },
		func() {
			for _, budget := range s.budgets {
				budget.Status.DisruptionsAllowed, budget.Status.DesiredHealthy = *number(0, -1), *number(0, 2, 3, 4)
			}
		},
		func() {
			for _, budget := range s.budgets {
				budget.Spec.UnhealthyPodEvictionPolicy = ptr.To(policyv1.UnhealthyPodEvictionPolicyType(text("AlwaysAllow", "IfHealthyBudget")))
				budget.Generation = int64(*number(0, 1, 2))
			}
		},
		func() {
			if s.deployment != nil {
				s.deployment.Spec.Replicas = [](*int32){nil, number(0, 1, 2, 3, 4)}[random.IntN(2)]
			}
		},
		func() {
			if s.deployment != nil {
				s.deployment.Generation, s.deployment.Spec.Paused = int64(*number(2, 3)), random.IntN(2) == 0
				s.deployment.Status.UpdatedReplicas, s.deployment.Status.AvailableReplicas = *number(2, 3, 4), *number(2, 3)
			}
		},
		func() {
			if s.statefulSet != nil {
				s.statefulSet.Spec.Replicas, s.statefulSet.Status.UpdateRevision = number(1, 2, 3), text("", "web-2")
			}
		},
		func() {
			if s.job != nil {
				s.job.Status.Succeeded, s.job.Spec.Suspend = *number(0, 7, 8, 9), ptr.To(random.IntN(2) == 0)
			}
		},
		func() { s.deployment = nil },
	}
	for range random.IntN(5) {
		changes[random.IntN(len(changes))]()
	}
	return s
}

// traits are all that protect the pod of a scene, told from what the scene was made
// of, and not from what package cluster makes of it.
func (s *scene) traits() []string {
	var has []string
	trait := func(name string, held bool) {
		if held {
			has = append(has, name)
		}
	}
	pod := s.pod
	trait("terminating", pod.DeletionTimestamp != nil)
	_, mirror := pod.Annotations["kubernetes.io/config.mirror"]
	trait("mirror", mirror || pod.Annotations["kubernetes.io/config.source"] == "file")
	kind := ""
	if len(pod.OwnerReferences) > 0 {
		kind = pod.OwnerReferences[0].Kind
	}
	trait("bare", kind == "")
	trait("on each node", kind == "Node" || strings.Contains(kind, "DaemonSet"))
	trait("owner kind", !slices.Contains(s.config.OwnerKinds, kind))
	scheduler := pod.Spec.SchedulerName
	trait("scheduler", !slices.Contains(s.config.SchedulerNames, scheduler) && !(scheduler == "" && slices.Contains(s.config.SchedulerNames, "default-scheduler")))
	trait("critical", *pod.Spec.Priority >= 2e9)
	trait("priority", s.config.MaxPriority != nil && *pod.Spec.Priority > *s.config.MaxPriority)
	for key, value := range pod.Annotations {
		trait(fmt.Sprintf("%s=%s", key, value), key == "loadline.dev/evict" ||
			strings.HasPrefix(key, "cluster-autoscaler") && value != "true" ||
			(strings.HasPrefix(key, "karpenter") || strings.HasPrefix(key, "descheduler")) && value != "false")
	}
	for _, volume := range pod.Spec.Volumes {
		trait("local storage", (volume.EmptyDir != nil || volume.HostPath != nil) && !s.config.LocalStorage)
		if volume.PersistentVolumeClaim == nil {
			continue
		}
		// The latest claim of a name is the one that there is.
		allowed := len(s.claims) > 0 && *s.claims[len(s.claims)-1].Spec.StorageClassName == "fast" && len(s.config.StorageClasses) > 0
		trait("volume", !allowed)
	}
	trait("phase", pod.Status.Phase != corev1.PodRunning)
	started := pod.Status.ContainerStatuses[0].State.Running.StartedAt.Time
	trait("young", started.Add(s.config.MinAge.Value()).After(now))
	s.workloadTraits(kind, trait)
	s.pastTraits(trait)
	s.budgetTraits(trait)
	return has
}

func (s *scene) workloadTraits(kind string, trait func(string, bool)) {
	desired := int32(-1)
	switch {
	case kind == "ReplicaSet" && s.deployment != nil && s.replicaSet != nil:
		desired = 1
		if s.deployment.Spec.Replicas != nil {
			desired = *s.deployment.Spec.Replicas
		}
		status := s.deployment.Status
		trait("rollout", s.deployment.Generation > status.ObservedGeneration || status.UpdatedReplicas < desired ||
			status.UpdatedReplicas < status.Replicas || status.AvailableReplicas < status.ReadyReplicas)
	case kind == "StatefulSet" && s.statefulSet != nil:
		desired = *s.statefulSet.Spec.Replicas
		trait("rollout", s.statefulSet.Status.CurrentRevision != s.statefulSet.Status.UpdateRevision)
	case kind == "Job" && s.job != nil:
		desired = min(3, 9-s.job.Status.Succeeded)
		if s.job.Spec.Suspend != nil && *s.job.Spec.Suspend {
			desired = 0
		}
	}
	trait("workload unknown", desired < 0)
	trait("only replica", desired >= 0 && desired <= 1)
	ready := int32(0)
	since := now.Add(-s.config.SettleAfter.Value())
	for _, pod := range s.pods() {
		if pod.DeletionTimestamp == nil && pod.Status.Phase != corev1.PodFailed && pod.Status.Conditions[0].Status == corev1.ConditionTrue && sameOwner(pod, s.pod) {
			ready++
		}
		if !sameOwner(pod, s.pod) {
			continue
		}
		trait("new pod", pod.CreationTimestamp.After(since))
		ours := slices.ContainsFunc(s.history, func(r history.Record) bool { return r.Pod.UID == pod.UID && r.Failed == "" && !r.DryRun })
		trait("lost pod", pod.DeletionTimestamp != nil && !ours && pod.DeletionTimestamp.Add(-30*time.Second).After(since))
	}
	trait("below desired", ready < desired)
	for _, scaler := range s.autoscalers {
		trait("rescaled", kind == "ReplicaSet" && scaler.Status.LastScaleTime.After(since))
	}
}

func sameOwner(a, b *corev1.Pod) bool {
	return len(a.OwnerReferences) > 0 && len(b.OwnerReferences) > 0 && a.OwnerReferences[0].UID == b.OwnerReferences[0].UID
}

func (s *scene) pastTraits(trait func(string, bool)) {
	if len(s.pod.OwnerReferences) == 0 {
		return
	}
	kind := s.pod.OwnerReferences[0].Kind
	hash := s.pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey]
	var counted []history.Record
	for _, record := range s.history {
		if record.Failed == "" && !record.DryRun && record.Workload.Name == "web" && kind == "ReplicaSet" && hash != "" {
			counted = append(counted, record)
		}
	}
	for i, later := range counted {
		trait("successor not ready", later.Successor.Ready.IsZero() && now.Sub(later.Planned) < time.Hour)
		for _, earlier := range counted[:i] {
			trait("leak", earlier.Successor.UID == later.Pod.UID && later.Planned.Sub(earlier.Planned) <= time.Hour && now.Sub(later.Planned) < time.Hour)
		}
	}
}

func (s *scene) budgetTraits(trait func(string, bool)) {
	trait("several budgets", len(s.budgets) > 1)
	if len(s.budgets) != 1 {
		return
	}
	budget := s.budgets[0]
	unready := s.pod.Status.Conditions[0].Status != corev1.ConditionTrue
	always := budget.Spec.UnhealthyPodEvictionPolicy != nil && *budget.Spec.UnhealthyPodEvictionPolicy == policyv1.AlwaysAllow
	healthy := budget.Status.DesiredHealthy > 0 && budget.Status.DesiredHealthy <= budget.Status.CurrentHealthy
	if unready && (always || healthy) {
		return
	}
	trait("no disruptions allowed", budget.Status.DisruptionsAllowed < 1 || budget.Generation > budget.Status.ObservedGeneration)
}
