// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"

	"github.com/loadline-dev/loadline/pkg/descheduler/observe"
)

// Only pods count that nobody has looked at.
func TestUnhandled(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	pod := func(name string, change func(*corev1.Pod)) *corev1.Pod {
		pod := &corev1.Pod{ObjectMeta: named(name), Spec: corev1.PodSpec{SchedulerName: "gone"}}
		pod.CreationTimestamp = metav1.NewTime(now.Add(-61 * time.Second))
		change(pod)
		return pod
	}
	scheduled := func(status corev1.ConditionStatus, reason string) []corev1.PodCondition {
		return []corev1.PodCondition{{Type: corev1.PodScheduled, Status: status, Reason: reason}}
	}
	objects := []runtime.Object{
		pod("waits", func(*corev1.Pod) {}),
		pod("waits-too", func(*corev1.Pod) {}),
		pod("waits-with-another-condition", func(pod *corev1.Pod) {
			pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}}
		}),
		pod("waits-for-another", func(pod *corev1.Pod) { pod.Spec.SchedulerName = "lodaline-scheduler" }),
		pod("is-placed", func(pod *corev1.Pod) { pod.Spec.NodeName = "node-1" }),
		pod("is-young", func(pod *corev1.Pod) { pod.CreationTimestamp = metav1.NewTime(now.Add(-time.Minute)) }),
		pod("finds-no-node", func(pod *corev1.Pod) {
			pod.Status.Conditions = scheduled(corev1.ConditionFalse, corev1.PodReasonUnschedulable)
		}),
		pod("is-gated", func(pod *corev1.Pod) {
			pod.Status.Conditions = scheduled(corev1.ConditionFalse, corev1.PodReasonSchedulingGated)
		}),
		pod("is-going", func(pod *corev1.Pod) {
			pod.DeletionTimestamp, pod.Finalizers = &pod.CreationTimestamp, []string{"example.com/keep"}
		}),
		pod("names-nobody", func(pod *corev1.Pod) { pod.Spec.SchedulerName = "" }),
	}
	factory := observe.NewFactory(fake.NewClientset(objects...))
	observer := observe.New(factory)
	factory.StartWithContext(t.Context())
	if !cache.WaitForCacheSync(t.Context().Done(), observer.HasSynced) {
		t.Fatal("the informers do not sync")
	}
	if diff := cmp.Diff(map[string]int{"gone": 3, "lodaline-scheduler": 1}, observer.Unhandled(now)); diff != "" {
		t.Errorf("unhandled pods (-want +got):\n%s", diff)
	}
}
