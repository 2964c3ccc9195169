// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/descheduler/observe"
)

func named(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("uid-of-" + name), Labels: map[string]string{"app": "web"}}
}

// objects are a node, and all that has to do with one pod on it.
func objects() []runtime.Object {
	replicaSet := &appsv1.ReplicaSet{ObjectMeta: named("web-5d4f"), Spec: appsv1.ReplicaSetSpec{Replicas: ptr.To[int32](3)}}
	replicaSet.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "uid-of-web", Controller: ptr.To(true)}}
	pod := &corev1.Pod{ObjectMeta: named("web-1"), Spec: corev1.PodSpec{NodeName: "node-1"}}
	pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = "5d4f"
	pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-5d4f", UID: replicaSet.UID, Controller: ptr.To(true)}}
	pod.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubelet"}}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node-1", ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "loadline-descheduler"}}}}
	return []runtime.Object{
		node, pod, replicaSet,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "green"}}},
		&corev1.PersistentVolumeClaim{ObjectMeta: named("data")},
		&appsv1.Deployment{ObjectMeta: named("web"), Spec: appsv1.DeploymentSpec{Replicas: ptr.To[int32](3)}},
		&appsv1.StatefulSet{ObjectMeta: named("db")},
		&batchv1.Job{ObjectMeta: named("nightly")},
		&policyv1.PodDisruptionBudget{ObjectMeta: named("web"), Spec: policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}}},
		&autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: named("web")},
	}
}

func TestCluster(t *testing.T) {
	client := fake.NewClientset(objects()...)
	factory := observe.NewFactory(client)
	observer := observe.New(factory)
	if observer.HasSynced() {
		t.Error("has synced before the start")
	}
	if got, err := observer.Cluster(); err == nil {
		t.Errorf("before anything was listed: got %v, want an error", got)
	}
	factory.StartWithContext(t.Context())
	if !cache.WaitForCacheSync(t.Context().Done(), observer.HasSynced) {
		t.Fatal("the informers do not sync")
	}
	cluster, err := observer.Cluster()
	if err != nil {
		t.Fatal(err)
	}

	node := cluster.Node("node-1")
	if node == nil {
		t.Fatal("node node-1 is not known")
	}
	if diff := cmp.Diff([]metav1.ManagedFieldsEntry{{Manager: "loadline-descheduler"}}, node.ManagedFields); diff != "" {
		t.Errorf("managed fields of the node (-want +got):\n%s", diff)
	}
	pods := cluster.PodsOn("node-1")
	if len(pods) != 1 || pods[0].Name != "web-1" || len(pods[0].ManagedFields) > 0 {
		t.Fatalf("pods on node-1: got %v, want web-1 without managed fields", pods)
	}
	if got := cluster.NamespaceLabels("shop")["team"]; got != "green" {
		t.Errorf("label of the namespace: got %q", got)
	}
	if got := cluster.Claim("shop", "data"); got == nil {
		t.Error("claim data is not known")
	}
	if got := cluster.BudgetsOf(pods[0]); len(got) != 1 {
		t.Errorf("budgets: got %v, want one", got)
	}
	if workload := cluster.WorkloadOf(pods[0]); workload == nil || workload.Name != "web" || workload.Desired != 3 {
		t.Errorf("workload: got %+v, want web with three pods", workload)
	}
	want := &corev1.ObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web", UID: "uid-of-web"}
	if diff := cmp.Diff(want, observer.OwnerOf(pods[0])); diff != "" {
		t.Errorf("owner (-want +got):\n%s", diff)
	}
}

func TestOwnerOf(t *testing.T) {
	observer := observe.New(observe.NewFactory(fake.NewClientset()))
	controlled := &corev1.Pod{ObjectMeta: named("web-1")}
	controlled.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-5d4f", UID: "u", Controller: ptr.To(true)}}
	want := &corev1.ObjectReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Namespace: "shop", Name: "web-5d4f", UID: "u"}
	if diff := cmp.Diff(want, observer.OwnerOf(controlled)); diff != "" {
		t.Errorf("of a ReplicaSet that is not known (-want +got):\n%s", diff)
	}
	if got := observer.OwnerOf(&corev1.Pod{ObjectMeta: named("bare")}); got != nil {
		t.Errorf("of a bare pod: got %v, want none", got)
	}
}

func TestEndedPodsAreNotKept(t *testing.T) {
	client := fake.NewClientset()
	factory := observe.NewFactory(client)
	observer := observe.New(factory)
	factory.StartWithContext(t.Context())
	if !cache.WaitForCacheSync(t.Context().Done(), observer.HasSynced) {
		t.Fatal("the informers do not sync")
	}
	const want = "status.phase!=Failed,status.phase!=Succeeded"
	seen := 0
	for _, action := range client.Actions() {
		if action.GetResource().Resource != "pods" {
			continue
		}
		var selector string
		switch action := action.(type) {
		case clienttesting.ListActionImpl:
			selector = action.ListRestrictions.Fields.String()
		case clienttesting.WatchActionImpl:
			selector = action.WatchRestrictions.Fields.String()
		}
		seen++
		if selector != want {
			t.Errorf("pods are asked for by %q, want %q", selector, want)
		}
	}
	if seen == 0 {
		t.Error("pods were not asked for")
	}
}
