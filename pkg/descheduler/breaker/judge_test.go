// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package breaker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/breaker"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

func judged() *v1alpha1.Breaker {
	three := int32(3)
	return &v1alpha1.Breaker{
		MaxIneffective: &three, MaxUnready: &three,
		ReadyWithin: v1alpha1.NewDuration(5 * time.Minute), OpenFor: v1alpha1.NewDuration(time.Hour),
	}
}

// records are of one eviction a minute, the last of them half an hour ago. Each
// letter is what came of one.
func records(t *testing.T, outcomes string) []history.Record {
	t.Helper()
	var all []history.Record
	for i, outcome := range outcomes {
		after := 0.95
		planned := now.Add(-30*time.Minute - time.Duration(len(outcomes)-1-i)*time.Minute)
		r := history.Record{
			Pod: history.Pod{Namespace: "shop", Name: "web-1"}, Node: "a", Planned: planned, Evicted: planned, Deleted: planned,
			Before: history.Before{Metric: "memory", Value: 0.94}, After: &after, Effect: history.EffectLowered,
			Successor: history.Successor{Name: "web-2", UID: "2", Ready: planned.Add(5 * time.Minute)},
		}
		switch outcome {
		case '+':
		case '-':
			r.Effect = history.EffectNone
		case '?':
			r.Effect = history.EffectUnknown
		case 'p':
			r.Effect = history.EffectPending
		case 's':
			r.Effect, r.Saturated = history.EffectNone, true
		case 'S':
			r.Saturated = true
		case 'd':
			r.Effect, r.DryRun, r.Successor = history.EffectNone, true, history.Successor{}
		case 'f':
			r.Effect, r.Failed, r.Successor = history.EffectNone, "no", history.Successor{}
		case 'u':
			r.Successor.Ready = time.Time{}
		case 'l':
			r.Successor.Ready = r.Successor.Ready.Add(1)
		case 'g':
			r.Successor = history.Successor{}
		case 'n':
			r.Successor = history.Successor{NotNeeded: true}
		case 't':
			r.Deleted, r.Successor.Ready = time.Time{}, time.Time{}
		case 'x':
			r.Effect, r.Successor.Ready = history.EffectNone, time.Time{}
		case 'w': // it may still become ready
			r.Deleted, r.Successor.Ready = now.Add(-5*time.Minute), time.Time{}
		case 'W':
			r.Deleted, r.Successor.Ready = now.Add(-5*time.Minute-1), time.Time{}
		default:
			t.Fatalf("what is %c?", outcome)
		}
		all = append(all, r)
	}
	return all
}

func TestJudge(t *testing.T) {
	cases := map[string]struct {
		outcomes    string
		want        reason.Code
		wantMessage string
	}{
		"nothing":                           {},
		"all is well":                       {outcomes: "+++++"},
		"two in vain":                       {outcomes: "--"},
		"three in vain":                     {outcomes: "---", want: breaker.Ineffective, wantMessage: "3 evictions in a row did not bring down what their nodes measure, the last of pod shop/web-1 from node a by rule  of rule set  (memory was 0.94 and is 0.95)"},
		"more in vain":                      {outcomes: "+-----", want: breaker.Ineffective, wantMessage: "5 evictions in a row"},
		"not in a row":                      {outcomes: "--+--"},
		"the last one was not":              {outcomes: "---+"},
		"others neither count nor break":    {outcomes: "-?-sSdfp-", want: breaker.Ineffective},
		"others do not count":               {outcomes: "?????sssssSSSddddffffpppp"},
		"two successors not ready":          {outcomes: "uu"},
		"three successors not ready":        {outcomes: "uuu", want: breaker.Unready, wantMessage: "in place of 3 evicted ones in a row were not ready within 5m0s"},
		"ready too late":                    {outcomes: "lll", want: breaker.Unready},
		"never came":                        {outcomes: "ggg", want: breaker.Unready, wantMessage: "no pod has come in its place"},
		"one became ready":                  {outcomes: "uu+u"},
		"not needed, dry and failed":        {outcomes: "undnfu"},
		"not needed ones break no row":      {outcomes: "unudfu", want: breaker.Unready},
		"pods that have not gone":           {outcomes: "utttu"},
		"there is still time":               {outcomes: "uuw"},
		"there is no more time":             {outcomes: "uuW", want: breaker.Unready},
		"in vain and not ready: in vain":    {outcomes: "xxx", want: breaker.Ineffective},
		"in vain, and others not ready":     {outcomes: "-x-u", want: ""},
		"unknown effect, and never ready":   {outcomes: "uu?"},
		"saturated nodes and ready again":   {outcomes: "ssssss"},
		"dry runs, as many as there may be": {outcomes: strings.Repeat("d", 500)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := breaker.Judge(now, judged(), history.State{Records: records(t, tc.outcomes)})
			if got.Why.Code != tc.want || !strings.Contains(got.Why.Message, tc.wantMessage) {
				t.Errorf("got %v, want %q with %q", got.Why, tc.want, tc.wantMessage)
			}
			want := history.Breaker{}
			if tc.want != "" {
				want = history.Breaker{Opened: now, Until: now.Add(time.Hour), Why: got.Why}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if open := breaker.Open(now, got); open.Code != tc.want {
				t.Errorf("open: got %v, want %q", open, tc.want)
			}
		})
	}
}

// An open breaker stays as it is for its time, and then all that was before is
// forgiven.
func TestBreakerCloses(t *testing.T) {
	state := history.State{Records: records(t, "---")}
	opened := breaker.Judge(now, judged(), state)
	state.Breaker = opened
	for _, later := range []time.Duration{time.Minute, time.Hour - 1} {
		state.Breaker = breaker.Judge(now.Add(later), judged(), state)
		if diff := cmp.Diff(opened, state.Breaker); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", later, diff)
		}
		if why := breaker.Open(now.Add(later), state.Breaker); why.Code != breaker.Ineffective || !strings.Contains(why.Message, "until 2027-01-15T09:00:00Z") {
			t.Errorf("after %s: got %v, want %s", later, why, breaker.Ineffective)
		}
	}
	state.Breaker = breaker.Judge(now.Add(time.Hour), judged(), state)
	if why := breaker.Open(now.Add(time.Hour), state.Breaker); !why.IsZero() {
		t.Errorf("after an hour: got %v, want none", why)
	}
	// Two more in vain do not open it again, since the row starts anew; the third does.
	for i := range 3 {
		r := records(t, "-")[0]
		r.Planned = now.Add(time.Hour + time.Duration(i)*time.Minute)
		state.Records = append(state.Records, r)
		at := now.Add(2 * time.Hour)
		state.Breaker = breaker.Judge(at, judged(), state)
		if open := !breaker.Open(at, state.Breaker).IsZero(); open != (i == 2) {
			t.Errorf("after %d more in vain: open is %t", i+1, open)
		}
	}
}

// A breaker that a person has opened by hand says so.
func TestOpenedByHand(t *testing.T) {
	if why := breaker.Open(now, history.Breaker{Until: now.Add(1)}); why.Code != breaker.Stopped {
		t.Errorf("got %v, want %s", why, breaker.Stopped)
	}
}
