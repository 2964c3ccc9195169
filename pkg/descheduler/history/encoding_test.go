// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

var start = time.Unix(1_800_000_000, 0).UTC()

// full is a record with everything in it.
func full(n int) history.Record {
	planned, after := start.Add(time.Duration(n)*time.Minute), 0.83
	return history.Record{
		Pod:      history.Pod{Namespace: "shop", Name: "web-6d4b75cb6d-hwzxk", UID: types.UID(fmt.Sprintf("5c9e2a31-0000-4000-8000-%012d", n))},
		Workload: projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: "web"},
		Node:     "worker-17", Rule: verdict.RuleKey{Set: "below-the-line", Rule: "memory-above-90"},
		Before: history.Before{
			Metric: "memory", Value: 0.93, Threshold: 0.9, Clear: 0.85, Measured: planned.Add(-7 * time.Second), Share: 0.1,
			Why: "it is furthest above what it requests: 1.6 GiB instead of 512 MiB",
		},
		Others:    []history.Other{{Namespace: "shop", Name: "db-0", Share: 0.2, Why: "LocalStorage"}, {Namespace: "shop", Name: "api-2", Share: 0.1, Why: "NotNeeded"}},
		Predicted: history.Predicted{SourceAfter: 0.83, Destination: "worker-4", DestinationBefore: 0.41, DestinationAfter: 0.51},
		Planned:   planned, Evicted: planned.Add(time.Second), Deleted: planned.Add(31500 * time.Millisecond),
		Window:    metav1.Duration{Duration: 135 * time.Second},
		Successor: history.Successor{Name: "web-6d4b75cb6d-2xk8p", UID: "u2", Node: "worker-4", Ready: planned.Add(20 * time.Second)},
		After:     &after, Effect: history.EffectLowered,
	}
}

func TestRoundTrip(t *testing.T) {
	bare := history.Record{Pod: history.Pod{UID: "u"}, Node: "n", Planned: start, Effect: history.EffectPending}
	want := history.State{
		Records: []history.Record{full(0), bare},
		Breaker: history.Breaker{Opened: start, Until: start.Add(time.Hour), Why: reason.New("Ineffective", "3 evictions: %s", "nothing")},
	}
	text, err := history.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := history.Decode(text)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, line := range []string{"# What loadline-descheduler has evicted", "- after: 0.83\n", "  window: 2m15s\n", "  planned: \"2027-01-15T08:00:00Z\"\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is missing in:\n%s", line, text)
		}
	}
}

func TestNothingToDecode(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "a comment": "# nothing\n", "no records": "records: []\n", "null": "records:\n"} {
		t.Run(name, func(t *testing.T) {
			got, err := history.Decode(text)
			if diff := cmp.Diff(history.State{}, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// What is not understood wholly is not taken: it would be a budget that is
// exceeded.
func TestNotUnderstood(t *testing.T) {
	good, err := history.Encode(history.State{Records: []history.Record{full(0)}})
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct{ from, to, want string }{
		"no YAML":           {"records:", "records: [", "yaml"},
		"another type":      {"value: 0.93", "value: high", "value"},
		"a misspelled name": {"planned:", "planed:", "planed"},
		"a key twice":       {"  node: worker-17", "  node: worker-17\n  node: worker-18", "node"},
		"no date":           {"2027-01-15T08:00:00Z", "yesterday", "yesterday"},
		"no duration":       {"2m15s", "soon", "soon"},
		"negative duration": {"2m15s", "-2m15s", "records[0]: window"},
		"no node":           {"node: worker-17", `node: ""`, "records[0]: node is missing"},
		"no UID":            {"5c9e2a31-0000-4000-8000-000000000000", `""`, "records[0]: pod.uid is missing"},
		"another effect":    {"effect: Lowered", "effect: Great", `records[0]: effect: "Great"`},
		"no effect":         {"effect: Lowered", "effect:", "records[0]: effect"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, tc.from, tc.to, 1)
			if bad == good {
				t.Fatalf("%q is not in:\n%s", tc.from, good)
			}
			if _, err := history.Decode(bad); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
		})
	}
}

// A record that could not be read again is not written.
func TestNotWritten(t *testing.T) {
	for name, change := range map[string]func(*history.Record){
		"no UID":  func(r *history.Record) { r.Pod.UID = "" },
		"no node": func(r *history.Record) { r.Node = "" },
		"no time": func(r *history.Record) { r.Planned = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			r := full(0)
			change(&r)
			if text, err := history.Encode(history.State{Records: []history.Record{r}}); err == nil {
				t.Errorf("it was written:\n%s", text)
			}
		})
	}
}

func TestNumbersThatAreNotInJSON(t *testing.T) {
	r, infinite := full(0), math.Inf(1)
	r.Before.Value, r.Before.Share, r.After, r.Effect = math.Inf(-1), math.NaN(), &infinite, ""
	r.Others[0].Share = math.NaN()
	r.Failed = strings.Repeat("ä", 1000)
	text, err := history.Encode(history.State{Records: []history.Record{r}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := history.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	most := math.MaxFloat64
	r.Before.Value, r.Before.Share, r.After, r.Effect = -most, 0, &most, history.EffectPending
	r.Others = []history.Other{r.Others[0], r.Others[1]}
	r.Others[0].Share = 0
	r.Failed = strings.Repeat("ä", 254) + "..."
	if diff := cmp.Diff([]history.Record{r}, got.Records); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("web", "it is: 'hot' \"very\"\n # no comment", "node", int64(1_800_000_000_123_456_789), int64(135e9), 0.93, true)
	f.Add("on", "- y: no\n\ttab\r\n", "0x1F", int64(0), int64(1), 1e-300, false)
	f.Add("\u2028\ufeff\u0085", "  \x00\x7f|>\n\n", "~", int64(-1), int64(0), math.Copysign(0, -1), true)
	f.Fuzz(func(t *testing.T, name, why, node string, planned, window int64, value float64, dryRun bool) {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			t.Skip() // such are made finite
		}
		// What the API server gives is UTF-8, and names have no control characters.
		name, why, node = printable(name), strings.ToValidUTF8(why, "?"), printable(node)
		r := history.Record{
			Pod: history.Pod{Namespace: name, Name: node, UID: types.UID(name + "u")}, Node: node + "n", DryRun: dryRun,
			Workload: projection.Workload{Namespace: node, Kind: name, Name: node}, Rule: verdict.RuleKey{Set: name, Rule: node},
			Before: history.Before{Metric: name, Why: why, Value: value, Share: value / 3}, Planned: time.Unix(0, planned).UTC(),
			Window: metav1.Duration{Duration: time.Duration(window & math.MaxInt64)}, Failed: why, Effect: history.EffectUnknown,
			Successor: history.Successor{Name: name, UID: types.UID(node)},
		}
		want := history.State{Records: []history.Record{r}, Breaker: history.Breaker{Opened: r.Planned, Why: reason.Reason{Code: reason.Code(name + "C"), Message: why}}}
		text, err := history.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := history.Decode(text)
		if err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		if again, err := history.Encode(got); again != text || err != nil {
			t.Errorf("written again it is another (%v):\n%s\n%s", err, text, again)
		}
		written := got.Records[0].Failed
		if len(written) > 512 {
			t.Errorf("a message of %d bytes was written", len(written))
		}
		if why == printable(why) && len(why) <= 512 && written != why {
			t.Errorf("got the message %q, want %q", written, why)
		}
		want.Records[0].Failed, want.Records[0].Before.Why, want.Breaker.Why.Message = written, written, written
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s\n%s", diff, text)
		}
	})
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, "?"))
}
