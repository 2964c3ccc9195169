// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	st "k8s.io/kubernetes/pkg/scheduler/testing"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// The size that the descheduler is made for.
const (
	benchmarkNodes       = 5000
	benchmarkPodsPerNode = 30
	benchmarkHot         = 50
)

// fleet is a cluster of Deployments' pods, the first of whose nodes are over their
// line.
func fleet(b *testing.B) (cluster.Objects, *verdict.Snapshot) {
	b.Helper()
	var objects cluster.Objects
	values := loads{}
	for i := range benchmarkNodes {
		name := fmt.Sprintf("node-%04d", i)
		objects.Nodes = append(objects.Nodes, st.MakeNode().Name(name).UID(name).
			Label(corev1.LabelHostname, name).Label(corev1.LabelTopologyZone, fmt.Sprintf("zone-%d", i%3)).
			Capacity(map[corev1.ResourceName]string{"cpu": "32", "memory": "128Gi", "pods": "110"}).Obj())
		values[name] = 0.2 + 0.5*rand.Float64()
		if i < benchmarkHot {
			values[name] = 0.95
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	for i := range benchmarkNodes * benchmarkPodsPerNode {
		owner := fmt.Sprintf("web-%04d", random.IntN(benchmarkNodes))
		objects.Pods = append(objects.Pods, st.MakePod().Namespace("default").Name(fmt.Sprintf("pod-%06d", i)).UID(fmt.Sprintf("d9b1b7a2-8c62-4c53-9f0e-%012d", i)).
			Node(objects.Nodes[i%benchmarkNodes].Name).SchedulerName(loadlineProfile).
			Labels(map[string]string{"app": owner, appsv1.DefaultDeploymentUniqueLabelKey: "6d5f8c"}).
			OwnerReference(owner, appsv1.SchemeGroupVersion.WithKind("ReplicaSet")).
			Req(map[corev1.ResourceName]string{"cpu": "200m", "memory": "1Gi"}).Obj())
	}
	sets := map[string]bool{}
	for _, pod := range objects.Pods {
		if owner := pod.OwnerReferences[0]; !sets[owner.Name] {
			sets[owner.Name] = true
			set := web(pod)
			set.UID = owner.UID
			objects.ReplicaSets = append(objects.ReplicaSets, set)
		}
	}
	return objects, measured(b, values, hot)
}

// BenchmarkBegin is a plan on a cluster of which 1% of the pods have changed since
// the last, in another order.
func BenchmarkBegin(b *testing.B) {
	objects, snapshot := fleet(b)
	changed := objects
	changed.Pods = slices.Clone(objects.Pods)
	for i := 0; i < len(changed.Pods); i += 100 {
		changed.Pods[i] = changed.Pods[i].DeepCopy()
	}
	rand.Shuffle(len(changed.Pods), func(i, j int) { changed.Pods[i], changed.Pods[j] = changed.Pods[j], changed.Pods[i] })
	clusters := []*cluster.Cluster{cluster.New(objects), cluster.New(changed)}
	scheduler := newScheduler(b, shipped)
	begin := func(i int) {
		if _, err := scheduler.Begin(b.Context(), snapshot, clusters[i%2]); err != nil {
			b.Fatal(err)
		}
	}
	begin(1)
	for i := 0; b.Loop(); i++ {
		begin(i)
	}
}

// BenchmarkFirstBegin is the first plan.
func BenchmarkFirstBegin(b *testing.B) {
	objects, snapshot := fleet(b)
	observed := cluster.New(objects)
	for b.Loop() {
		newScheduler(b, shipped).beginWith(b, snapshot, observed)
	}
}

// BenchmarkPlace asks for a node for a pod of a hot one, in the ways of the
// scheduler that take the most and the least nodes into account, and moves it there.
func BenchmarkPlace(b *testing.B) {
	for _, bc := range []struct {
		name, configuration string
		move                bool
	}{
		{"adaptive", shipped, false},
		{"adaptive/move", shipped, true},
		{"all-nodes", shipped + "percentageOfNodesToScore: 100\n", false},
		{"all-nodes/move", shipped + "percentageOfNodesToScore: 100\n", true},
	} {
		b.Run(bc.name, func(b *testing.B) {
			objects, snapshot := fleet(b)
			observed := cluster.New(objects)
			scheduler := newScheduler(b, bc.configuration)
			var victims []*corev1.Pod
			for i := range benchmarkHot {
				victims = append(victims, observed.PodsOn(objects.Nodes[i].Name)...)
			}
			observed.WorkloadOf(victims[0]) // has it find all of them
			fitter := scheduler.beginWith(b, snapshot, observed)
			place(b, fitter, victims[0])
			for i := 0; b.Loop(); i++ {
				if i > 0 && i%len(victims) == 0 {
					fitter = scheduler.beginWith(b, snapshot, observed)
				}
				victim := victims[i%len(victims)]
				node, why := place(b, fitter, victim)
				if node == "" {
					b.Fatal(why)
				}
				if !bc.move {
					continue
				}
				if err := fitter.Move(victim, node, []float64{0.2}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
