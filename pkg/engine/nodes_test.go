// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"runtime"
	"testing"
	"weak"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
)

// A cluster of 5,000 nodes is kept twice until the informer has it, and no longer.
func TestFirstListOfNodesIsLetGo(t *testing.T) {
	node := &corev1.Node{}
	node.Name = "a"
	client := fake.NewClientset(node)
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes, err := listNodes(t.Context(), client, factory.Core().V1().Nodes())
	if err != nil {
		t.Fatal(err)
	}
	names := func() (names []string) {
		for _, node := range nodes() {
			names = append(names, node.Name)
		}
		return names
	}
	if got := names(); len(got) != 1 || got[0] != "a" {
		t.Fatalf("got nodes %q before the informer has started, want a", got)
	}
	first := weak.Make(nodes()[0])

	factory.Start(t.Context().Done())
	t.Cleanup(factory.Shutdown)
	factory.WaitForCacheSync(t.Context().Done())
	if got := names(); len(got) != 1 || got[0] != "a" {
		t.Errorf("got nodes %q from the informer, want a", got)
	}
	runtime.GC()
	if first.Value() != nil {
		t.Error("the list of before is still kept")
	}
	runtime.KeepAlive(nodes)
}
