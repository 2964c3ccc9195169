// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package effect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/effect"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

// Whatever pods come and go, and however often it is looked at: what is known
// stays, a pod is the successor of one alone and never of itself, and nothing is
// known before it can be.
func TestWhatIsKnownStays(t *testing.T) {
	seen := map[history.Effect]int{}
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 6))
		var pods []*corev1.Pod
		var records []history.Record
		born := 0
		for turn := range 120 {
			now := at(time.Duration(turn) * 15 * time.Second)
			elapsed := now.Sub(planned)
			pods = slices.DeleteFunc(pods, func(p *corev1.Pod) bool {
				return p.DeletionTimestamp != nil && random.IntN(3) == 0 || random.IntN(60) == 0
			})
			for len(pods) < 6 {
				born++
				pods = append(pods, pod(fmt.Sprintf("pod-%d", born), elapsed))
			}
			for i, p := range pods {
				if random.IntN(4) == 0 && p.DeletionTimestamp == nil {
					pods[i] = p.DeepCopy()
					ready(elapsed)(pods[i])
				}
			}
			if victim := random.IntN(len(pods)); random.IntN(6) == 0 && pods[victim].DeletionTimestamp == nil {
				r := record(string(pods[victim].UID))
				r.Planned, r.DryRun = now, random.IntN(5) == 0
				if !r.DryRun && random.IntN(4) > 0 { // else the leader died before it, or after it
					r.Evicted = now
				}
				if !r.DryRun && (!r.Evicted.IsZero() || random.IntN(2) == 0) {
					pods[victim] = pods[victim].DeepCopy()
					terminating(pods[victim])
				}
				records = append(records, r)
			}
			current := snapshot(t, now, aboveRule, 0.95, 0.86+0.12*random.Float64(), now.Add(-time.Duration(random.IntN(60))*time.Second))
			observed := clusterOf(6, slices.Clone(pods)...)
			updated, judged := effect.Update(now, config(), current, observed, records)
			check(t, seed, now, records, updated, judged)
			again, none := effect.Update(now, config(), current, observed, updated)
			if diff := cmp.Diff(updated, again); diff != "" || len(none) > 0 {
				t.Fatalf("seed %d: looking again at once changed %v (-want +got):\n%s", seed, none, diff)
			}
			records = updated
		}
		for _, r := range records {
			seen[r.Effect]++
		}
	}
	for _, of := range []history.Effect{history.EffectLowered, history.EffectNone, history.EffectUnknown} {
		if seen[of] < 20 {
			t.Errorf("only %d were %s, which shows little", seen[of], of)
		}
	}
}

func check(t *testing.T, seed uint64, now time.Time, before, after []history.Record, judged []int) {
	t.Helper()
	successors := map[types.UID]bool{}
	for i := range after {
		was, is := before[i], after[i]
		fail := func(what string) { t.Fatalf("seed %d: %s: %+v became %+v", seed, what, was, is) }
		switch {
		case was.Finished() && (is.Effect != was.Effect || is.Failed != was.Failed):
			fail("a finished record has changed")
		case !was.Deleted.IsZero() && !is.Deleted.Equal(was.Deleted), !was.Evicted.IsZero() && !is.Evicted.Equal(was.Evicted):
			fail("a time has changed")
		case is.Failed == "" && is.Finished() && (is.Deleted.IsZero() || now.Before(is.Deleted.Add(window))):
			fail("it is known too early")
		case slices.Contains(judged, i) != (is.Finished() && !was.Finished()):
			fail("it is told wrongly whether it is judged now")
		case is.Successor.UID != "" && (successors[is.Successor.UID] || is.Successor.UID == is.Pod.UID || is.DryRun):
			fail("it is not its successor")
		case is.Failed != "" && !is.Evicted.IsZero():
			fail("it was evicted, and failed")
		}
		if is.Successor.UID != "" {
			successors[is.Successor.UID] = true
		}
	}
}
