// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"math/rand/v2"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	st "k8s.io/kubernetes/pkg/scheduler/testing"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

func infoOf(node *corev1.Node) fwk.NodeInfo {
	info := framework.NewNodeInfo()
	info.SetNode(node)
	return info
}

func infosOf(names ...string) []fwk.NodeInfo {
	var infos []fwk.NodeInfo
	for _, name := range names {
		infos = append(infos, infoOf(st.MakeNode().Name(name).Obj()))
	}
	return infos
}

func TestAtlasFindsWhatTheSnapshotSays(t *testing.T) {
	snapshot := verdict.Evaluate(verdict.Input{Now: now, Nodes: []verdict.Node{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}})
	infos := infosOf("d", "new", "b", "a")
	a := newAtlas(snapshot, infos)
	asked := append(infos, infosOf("a", "b", "c", "newer")...) // objects that have come since
	asked = append(asked, infos...)
	for range 100 { // in order, and in all others
		for _, info := range asked {
			if got, want := a.of(info), snapshot.Index(info.Node().Name); got != want {
				t.Fatalf("node %s: got position %d, want %d", info.Node().Name, got, want)
			}
		}
		rand.Shuffle(len(asked), func(i, j int) { asked[i], asked[j] = asked[j], asked[i] })
	}
}

// The scheduler puts another object into the same NodeInfo when a node changes.
func TestAtlasGoesByTheObjectOfANode(t *testing.T) {
	snapshot := verdict.Evaluate(verdict.Input{Now: now, Nodes: []verdict.Node{{Name: "a"}, {Name: "b"}}})
	info := framework.NewNodeInfo()
	info.SetNode(st.MakeNode().Name("a").Obj())
	a := newAtlas(snapshot, []fwk.NodeInfo{info})
	info.SetNode(st.MakeNode().Name("b").Obj())
	if got, want := a.of(info), snapshot.Index("b"); got != want {
		t.Errorf("got position %d, want %d", got, want)
	}
}

func TestAtlasIsSafeForConcurrentUse(t *testing.T) {
	snapshot := verdict.Evaluate(verdict.Input{Now: now, Nodes: []verdict.Node{{Name: "a"}, {Name: "b"}, {Name: "c"}}})
	infos := infosOf("a", "b", "c")
	a := newAtlas(snapshot, infos)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 1000 {
				info := infos[i%len(infos)]
				if got, want := a.of(info), snapshot.Index(info.Node().Name); got != want {
					t.Errorf("node %s: got position %d, want %d", info.Node().Name, got, want)
				}
			}
		})
	}
	group.Wait()
}

func TestAtlasIsMadeOncePerSnapshot(t *testing.T) {
	s := newScheduler(t, "a", "b")
	first := verdict.Evaluate(verdict.Input{Now: now, Nodes: []verdict.Node{{Name: "a"}, {Name: "b"}}})
	a := s.plugin.atlasFor(first, s.nodes)
	if s.plugin.atlasFor(first, s.nodes[:1]) != a {
		t.Error("made anew for fewer nodes")
	}
	if s.plugin.atlasFor(first, append(infosOf("c"), s.nodes...)) == a {
		t.Error("not made anew for more nodes")
	}
	if s.plugin.atlasFor(verdict.Evaluate(verdict.Input{Now: now, Previous: first}), s.nodes) == a {
		t.Error("not made anew for another snapshot")
	}
}
