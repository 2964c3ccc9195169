// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explain_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/explain"
)

var began = time.Date(2026, 11, 22, 8, 0, 0, 500_000_000, time.UTC)

// Whatever happens in two hours, each step has what happened in it.
func TestTally(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(began)
	journal, tally := explain.NewJournal(1), explain.NewTally(clock)
	journal.CountIn(tally)
	if !tally.Since().Equal(began) {
		t.Errorf("it was begun at %s, want %s", tally.Since(), began)
	}
	type event struct {
		at      time.Time
		outcome explain.Outcome
	}
	var events []event
	random := rand.New(rand.NewPCG(1, 1))
	for clock.Now().Before(began.Add(5 * time.Hour)) { // so that the first are forgotten
		outcome := []explain.Outcome{explain.Placed, explain.Refused}[random.IntN(2)]
		journal.Count(outcome)
		events = append(events, event{clock.Now(), outcome})
		clock.SetTime(clock.Now().Add(time.Duration(random.Int64N(int64(20 * time.Second)))))
	}
	for _, step := range []time.Duration{15 * time.Second, time.Minute, 2 * time.Minute} {
		for until := clock.Now().Truncate(step); clock.Now().Sub(until.Add(-step)) < 2*time.Hour; until = until.Add(-step) {
			wantPlaced, wantRefused := 0, 0
			for _, event := range events {
				if event.at.Before(until.Add(-step)) || !event.at.Before(until) {
					continue
				}
				if event.outcome == explain.Placed {
					wantPlaced++
				} else {
					wantRefused++
				}
			}
			if placed, refused := tally.Between(until.Add(-step), until); placed != wantPlaced || refused != wantRefused {
				t.Fatalf("the %s until %s: got %d placed and %d refused, want %d and %d", step, until, placed, refused, wantPlaced, wantRefused)
			}
		}
	}
	if placed, refused := tally.Between(began.Add(-100*time.Hour), began.Add(-time.Hour)); placed+refused != 0 {
		t.Errorf("got %d placed and %d refused of long ago, want nothing", placed, refused)
	}
}

func TestTallyIsSafeForConcurrentUse(t *testing.T) {
	journal, tally := explain.NewJournal(10), explain.NewTally(clock.RealClock{})
	journal.CountIn(tally)
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() { journal.Count(explain.Placed) })
		group.Go(func() { tally.Between(time.Now().Add(-time.Hour), time.Now()) })
		group.Go(func() { journal.Latest("a") })
		group.Go(func() { add(journal, "a", "1") })
	}
	group.Wait()
	if placed, _ := tally.Between(tally.Since(), time.Now().Add(time.Second)); placed != 100 {
		t.Errorf("got %d placed, want 100", placed)
	}
}

func TestLatest(t *testing.T) {
	j := explain.NewJournal(1)
	j.Count(explain.Placed) // which nobody asks for
	for _, pod := range []string{"a", "b"} {
		add(j, pod, "1")
	}
	for pod, want := range map[types.UID]bool{"a": false, "b": true} {
		if got := j.Latest(pod); (got != nil) != want || want && got.Pod != string(pod) {
			t.Errorf("pod %s: got %+v", pod, got)
		}
	}
}
