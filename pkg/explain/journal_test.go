// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explain_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/explain"
)

func add(j *explain.Journal, pod, node string) {
	j.Add(types.UID(pod), func() *explain.Decision { return &explain.Decision{Pod: pod, Node: node} })
}

func TestJournalKeepsTheLatestOfTheLastPods(t *testing.T) {
	j := explain.NewJournal(2)
	add(j, "a", "1")
	add(j, "b", "1")
	add(j, "a", "2")
	add(j, "c", "1")
	var got []string
	for _, decision := range j.All() {
		got = append(got, decision.Pod+decision.Node)
	}
	if diff := cmp.Diff([]string{"b1", "c1"}, got); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
}

func TestDecisionIsMadeOnce(t *testing.T) {
	j, made := explain.NewJournal(2), 0
	j.Add("a", func() *explain.Decision { made++; return &explain.Decision{} })
	if made != 0 {
		t.Error("made before anybody asked")
	}
	var group sync.WaitGroup
	for range 10 {
		group.Go(j.Settle)
	}
	group.Wait()
	if made != 1 {
		t.Errorf("made %d times, want once", made)
	}
}

func TestJournalIsSafeForConcurrentUse(t *testing.T) {
	j := explain.NewJournal(5)
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() { add(j, fmt.Sprint(i%10), "n") })
		group.Go(func() { j.Find("", "1") })
	}
	group.Wait()
	if got := len(j.All()); got != 5 {
		t.Errorf("got %d decisions, want 5", got)
	}
}

// Who follows is told of what is announced alone, in order, and makes what is then
// made for all.
func TestFollow(t *testing.T) {
	j, made := explain.NewJournal(2), 0
	var told []func() *explain.Decision
	j.Follow(func(decision func() *explain.Decision) { told = append(told, decision) })
	for i, take := range []func(types.UID, func() *explain.Decision){j.Announce, j.Add, j.Announce} {
		take("a", func() *explain.Decision { made++; return &explain.Decision{Generation: uint64(i)} })
	}
	if made != 0 {
		t.Error("made before anybody asked")
	}
	var got []uint64
	for _, decision := range told {
		got = append(got, decision().Generation)
	}
	if diff := cmp.Diff([]uint64{0, 2}, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	j.Settle()
	if made != 2 {
		t.Errorf("made %d decisions, want 2", made)
	}
}
