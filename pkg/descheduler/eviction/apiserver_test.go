// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package eviction

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
)

// The answers of a real API server, whose texts and codes the others are copies of.
func TestRealAPIServer(t *testing.T) {
	c := clustertest.Start(t, cluster.Options{})
	client := c.Client()
	if err := c.AddNode(t.Context(), cluster.Node{Name: "node-1", CPU: "8", Memory: "16Gi"}); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		// budgets are by how many pods they keep.
		budgets []intstr.IntOrString
		// meanwhile happens after the pod was last seen.
		meanwhile   func(t *testing.T, pod *corev1.Pod)
		wantBlocked reason.Code
		wantGone    bool
		// wantStays tells that there is a pod of that name afterwards.
		wantStays bool
	}{
		"no budget":               {},
		"a budget that allows it": {budgets: []intstr.IntOrString{intstr.FromInt32(0)}},
		"a budget that does not":  {budgets: []intstr.IntOrString{intstr.FromInt32(1)}, wantBlocked: Budget, wantStays: true},
		"two budgets that would":  {budgets: []intstr.IntOrString{intstr.FromInt32(0), intstr.FromInt32(0)}, wantBlocked: SeveralBudgets, wantStays: true},
		"the pod has gone":        {meanwhile: func(t *testing.T, pod *corev1.Pod) { remove(t, client, pod) }, wantGone: true},
		"another pod has taken its name": {meanwhile: func(t *testing.T, pod *corev1.Pod) {
			remove(t, client, pod)
			create(t, client, pod.Name)
		}, wantGone: true, wantStays: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			// A name of its own for each case: the controller that counts pods for
			// budgets may be late, and takes the last case's pod for this one's.
			pod := create(t, client, strings.ReplaceAll(name, " ", "-"))
			defer remove(t, client, pod)
			for i, keep := range tc.budgets {
				protect(t, client, pod.Name, i, keep)
			}
			if tc.meanwhile != nil {
				tc.meanwhile(t, pod)
			}
			evictor := New(client, clocktesting.NewFakeClock(start))
			err := evictor.Evict(t.Context(), pod)
			var code reason.Code
			if blocked := (*BlockedError)(nil); errors.As(err, &blocked) {
				code = blocked.Code
			}
			if code != tc.wantBlocked || errors.Is(err, ErrGone) != tc.wantGone || err != nil && !tc.wantGone && code == "" {
				t.Errorf("got %v, want it blocked by %q, gone: %v", err, tc.wantBlocked, tc.wantGone)
			}
			now, err := client.CoreV1().Pods("default").Get(t.Context(), pod.Name, metav1.GetOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				t.Fatal(err)
			}
			if stays := err == nil && now.DeletionTimestamp == nil; stays != tc.wantStays {
				t.Errorf("a pod of that name stays: %v, want %v", stays, tc.wantStays)
			}
		})
	}
}

// create makes a pod and waits until it is ready, since others are not counted by
// budgets.
func create(t *testing.T, client kubernetes.Interface, name string) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: map[string]string{"app": name}},
		Spec:       corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{Name: "main", Image: "none"}}},
	}
	if _, err := client.CoreV1().Pods("default").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the pod to be ready", func(ctx context.Context) (bool, error) {
		var err error
		pod, err = client.CoreV1().Pods("default").Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
				return true, nil
			}
		}
		return false, nil
	})
	return pod
}

// remove has no pod of this name left.
func remove(t *testing.T, client kubernetes.Interface, pod *corev1.Pod) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	err := client.CoreV1().Pods("default").Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	await(t, "the pod to go", func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().Pods("default").Get(ctx, pod.Name, metav1.GetOptions{})
		return apierrors.IsNotFound(err), nil
	})
}

// protect makes the pod's budget of this number and waits until the pod is counted by
// it.
func protect(t *testing.T, client kubernetes.Interface, pod string, number int, keep intstr.IntOrString) {
	t.Helper()
	name := fmt.Sprintf("%s-%d", pod, number)
	budgets := client.PolicyV1().PodDisruptionBudgets("default")
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &keep, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": pod}}},
	}
	if _, err := budgets.Create(t.Context(), budget, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the budget to count the pod", func(ctx context.Context) (bool, error) {
		now, err := budgets.Get(ctx, name, metav1.GetOptions{})
		return err == nil && now.Status.ObservedGeneration == now.Generation && now.Status.CurrentHealthy == 1, err
	})
}

func await(t *testing.T, what string, done func(context.Context) (bool, error)) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	if err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, time.Minute, true, done); err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}
