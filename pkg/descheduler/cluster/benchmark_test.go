// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
)

// BenchmarkCluster is one turn of the loop over 5,000 nodes with 150,000 pods of
// 15,000 Deployments, each with three revisions and every tenth with a budget: quiet,
// and with all questions about the pods of 50 nodes.
func BenchmarkCluster(b *testing.B) {
	objects := large(5_000, 30, 10)
	b.Run("quiet", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			cluster.New(objects)
		}
	})
	b.Run("hot=50", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := cluster.New(objects)
			for _, node := range c.Nodes()[:50] {
				for _, pod := range c.PodsOn(node.Name) {
					c.Pod(pod.UID)
					c.BudgetsOf(pod)
					if c.WorkloadOf(pod).Ready != 10 {
						b.Fatal("a workload lacks pods")
					}
				}
			}
		}
	})
}

func large(nodes, podsPerNode, podsPerWorkload int) cluster.Objects {
	var objects cluster.Objects
	for i := range nodes {
		objects.Nodes = append(objects.Nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node-%d", i)}})
	}
	all := nodes * podsPerNode
	for i := range all / podsPerWorkload {
		namespace, name := fmt.Sprintf("team-%d", i%200), fmt.Sprintf("web-%d", i)
		deployed := deployment(name, int32(podsPerWorkload))
		deployed.Namespace = namespace
		objects.Deployments = append(objects.Deployments, deployed)
		for _, hash := range []string{"11", "22", "33"} {
			set := replicaSet(name+"-"+hash, 0, setOfDeployment(name))
			set.Namespace = namespace
			objects.ReplicaSets = append(objects.ReplicaSets, set)
		}
		if i%10 == 0 {
			objects.Budgets = append(objects.Budgets, &policyv1.PodDisruptionBudget{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID("budget-" + name)},
				Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}},
			})
		}
		for k := range podsPerWorkload {
			objects.Pods = append(objects.Pods, pod(fmt.Sprintf("%s-33-%d", name, k),
				in(namespace), ofReplicaSet(name, "33"), labelled("app", name), on(fmt.Sprintf("node-%d", (i*podsPerWorkload+k*7919)%nodes))))
		}
	}
	return objects
}
