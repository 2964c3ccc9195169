// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

func TestBounded(t *testing.T) {
	const (
		evicted  = 'e'
		underWay = 'u'
		failed   = 'f'
		dryRun   = 'd'
	)
	// records are a number of each kind, one kind after the other.
	records := func(kinds ...any) []history.Record {
		var all []history.Record
		for i := 0; i < len(kinds); i += 2 {
			for range kinds[i].(int) {
				r := history.Record{Effect: history.EffectLowered, Planned: start.Add(time.Duration(len(all)))}
				switch kinds[i+1] {
				case underWay:
					r.Effect = history.EffectPending
				case failed:
					r.Failed, r.Effect = "no", history.EffectUnknown
				case dryRun:
					r.DryRun, r.Effect = true, history.EffectUnknown
				}
				all = append(all, r)
			}
		}
		return all
	}
	cases := map[string]struct {
		records []history.Record
		// dropped are the indexes of those that go, from the first to before the last.
		dropped [][2]int
	}{
		"none":                         {},
		"as many as there may be":      {records: records(500, evicted)},
		"one more":                     {records: records(501, evicted), dropped: [][2]int{{0, 1}}},
		"the oldest is under way":      {records: records(1, underWay, 500, evicted), dropped: [][2]int{{1, 2}}},
		"all are under way":            {records: records(600, underWay)},
		"most are under way":           {records: records(300, underWay, 100, evicted, 250, underWay), dropped: [][2]int{{300, 400}}},
		"failed ones go first":         {records: records(400, evicted, 90, failed, 30, evicted), dropped: [][2]int{{400, 420}}},
		"but not the last of them":     {records: records(470, evicted, 60, failed), dropped: [][2]int{{0, 20}, {470, 480}}},
		"dry runs go first":            {records: records(400, evicted, 101, dryRun), dropped: [][2]int{{400, 401}}},
		"dry runs alone":               {records: records(510, dryRun), dropped: [][2]int{{0, 10}}},
		"dry runs before the first go": {records: records(500, dryRun, 440, evicted), dropped: [][2]int{{0, 440}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var want []history.Record
			for i, r := range tc.records {
				stays := true
				for _, d := range tc.dropped {
					stays = stays && (i < d[0] || i >= d[1])
				}
				if stays {
					want = append(want, r)
				}
			}
			before := append([]history.Record{}, tc.records...)
			got := history.State{Records: tc.records}.Bounded()
			if diff := cmp.Diff(want, got.Records); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, append([]history.Record{}, tc.records...)); diff != "" {
				t.Errorf("what was given has changed (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever comes, nothing that is under way is forgotten, and nothing that counts
// for budgets as long as there are no more of those than there is room for.
func TestBoundedKeepsWhatCounts(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var state history.State
		counting := 0
		for n := range 300 + random.IntN(600) {
			r := history.Record{Effect: history.EffectLowered, Planned: start.Add(time.Duration(n))}
			switch random.IntN(5) {
			case 0:
				r.Effect = history.EffectPending
			case 1:
				r.Failed = "no"
			case 2:
				r.DryRun = true
			}
			if !r.DryRun && r.Failed == "" {
				counting++
			}
			state.Records = append(state.Records, r)
		}
		left := map[time.Time]bool{}
		bounded := state.Bounded()
		for _, r := range bounded.Records {
			left[r.Planned] = true
		}
		for i := range state.Records {
			r := &state.Records[i]
			counts := !r.DryRun && r.Failed == "" && counting <= history.MaxRecords-history.MaxIdle
			// Dry runs under way take room as well, but are few in practice.
			if !left[r.Planned] && !r.Finished() || !left[r.Planned] && counts && len(bounded.Records) < history.MaxRecords {
				t.Fatalf("of %d records, %d that count, this one was forgotten: %+v", len(state.Records), counting, r)
			}
		}
	}
}
