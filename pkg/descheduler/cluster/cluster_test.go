// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/projection"
)

func names(pods []*corev1.Pod) []string {
	var found []string
	for _, pod := range pods {
		found = append(found, pod.Name)
	}
	return found
}

func TestPodsOn(t *testing.T) {
	c := cluster.New(cluster.Objects{
		Nodes: []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "n1"}}, {ObjectMeta: metav1.ObjectMeta{Name: "n2"}}},
		Pods: []*corev1.Pod{
			pod("a"), pod("b", on("n2")), pod("c", on("")), pod("d", terminating), pod("e", phase(corev1.PodSucceeded)),
			pod("f", phase(corev1.PodFailed)), pod("g", phase(corev1.PodPending)), pod("h", on("gone")), pod("i", on("n2")),
		},
	})
	want := map[string][]string{"n1": {"a", "d", "g"}, "n2": {"b", "i"}, "gone": {"h"}, "never": nil}
	for node, want := range want {
		if diff := cmp.Diff(want, names(c.PodsOn(node))); diff != "" {
			t.Errorf("PodsOn(%q) (-want +got):\n%s", node, diff)
		}
	}
	// Whoever appends to what was given does not write over the pods of another node.
	_ = append(c.PodsOn("n1"), pod("z"))
	if diff := cmp.Diff([]string{"b", "i"}, names(c.PodsOn("n2"))); diff != "" {
		t.Errorf("PodsOn(n2) after an append to those of n1 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"c"}, names(c.Unbound())); diff != "" {
		t.Errorf("Unbound() (-want +got):\n%s", diff)
	}
	if c.Node("n2") == nil || c.Node("gone") != nil || len(c.Nodes()) != 2 {
		t.Errorf("Node(n2) = %v, Node(gone) = %v, Nodes() = %d; want one, none and 2", c.Node("n2"), c.Node("gone"), len(c.Nodes()))
	}
}

func TestPod(t *testing.T) {
	c := cluster.New(cluster.Objects{Pods: []*corev1.Pod{
		pod("a"), pod("ended", phase(corev1.PodFailed)), pod("going", terminating), pod("waiting", on(""), phase(corev1.PodPending)),
	}})
	for name, want := range map[string]bool{"a": true, "ended": false, "going": true, "waiting": true, "never": false} {
		got := c.Pod(meta(name).UID)
		if (got != nil) != want || got != nil && got.Name != name {
			t.Errorf("Pod(%s) = %v, want one: %t", name, got, want)
		}
	}
}

func TestPodsOf(t *testing.T) {
	c := cluster.New(cluster.Objects{Pods: []*corev1.Pod{
		pod("a", ofReplicaSet("web", "11")), pod("b", ofReplicaSet("web", "22")), pod("c", ofReplicaSet("api", "11")),
		pod("d", ofReplicaSet("web", "11"), in("other")), pod("e"), pod("f", ofReplicaSet("web", "11"), phase(corev1.PodSucceeded)),
	}})
	got := names(c.PodsOf(projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: "web"}))
	if diff := cmp.Diff([]string{"a", "b"}, got); diff != "" {
		t.Errorf("PodsOf(shop/web) (-want +got):\n%s", diff)
	}
}

func TestNamespaceLabels(t *testing.T) {
	c := cluster.New(cluster.Objects{Namespaces: []*corev1.Namespace{
		{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "a"}}},
		{ObjectMeta: metav1.ObjectMeta{Name: "plain"}},
	}})
	if diff := cmp.Diff(labels.Set{"team": "a"}, c.NamespaceLabels("shop")); diff != "" {
		t.Errorf("NamespaceLabels(shop) (-want +got):\n%s", diff)
	}
	if got := c.NamespaceLabels("missing"); got != nil {
		t.Errorf("NamespaceLabels(missing) = %v, want nil", got)
	}
}

func TestClaim(t *testing.T) {
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: meta("data")}
	c := cluster.New(cluster.Objects{Claims: []*corev1.PersistentVolumeClaim{claim}})
	if got := c.Claim("shop", "data"); got != claim {
		t.Errorf("Claim(shop, data) = %v, want it", got)
	}
	if got := c.Claim("other", "data"); got != nil {
		t.Errorf("Claim(other, data) = %v, want none", got)
	}
}

func TestReady(t *testing.T) {
	tests := map[string]struct {
		pod  *corev1.Pod
		want bool
	}{
		"ready":                  {pod("a"), true},
		"not ready":              {pod("a", unready), false},
		"ready but going":        {pod("a", terminating), false},
		"without conditions":     {pod("a", func(p *corev1.Pod) { p.Status.Conditions = nil }), false},
		"scheduled and no more":  {pod("a", func(p *corev1.Pod) { p.Status.Conditions = p.Status.Conditions[:1] }), false},
		"its node does not tell": {pod("a", func(p *corev1.Pod) { p.Status.Conditions[1].Status = corev1.ConditionUnknown }), false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := cluster.Ready(tc.pod); got != tc.want {
				t.Errorf("Ready() = %t, want %t", got, tc.want)
			}
		})
	}
}

// Of one cluster any number of goroutines ask what nobody has asked before.
func TestConcurrentQuestions(t *testing.T) {
	c := cluster.New(cluster.Objects{Pods: pods(50, "web", ofReplicaSet("web", "11"))})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for _, pod := range c.PodsOn("n1") {
				if got := len(c.WorkloadOf(pod).Pods); got != 50 {
					t.Errorf("WorkloadOf(%s) has %d pods, want 50", pod.Name, got)
				}
				c.BudgetsOf(pod)
				c.Pod(pod.UID)
				c.Claim("shop", pod.Name)
				c.NamespaceLabels("shop")
			}
		})
	}
	group.Wait()
}
