// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// Each decision on evictions is written down.
func TestAudit(t *testing.T) {
	const (
		head  = `{"apiVersion":"loadline.dev/v1alpha1","kind":"Decision","time":"2026-05-04T10:00:00Z","component":"program","instance":"here",`
		about = `"pod":{"namespace":"shop","name":"web-1","uid":"uid-of-web-1"},"workload":{"namespace":"shop","kind":"ReplicaSet","name":"web"},` +
			`"rule":{"set":"below-the-line","rule":"memory-above-90"},"node":"node-1","metric":"memory",`
		line = `"threshold":0.9,"clear":0.85,`
		past = `"measuredAt":"2026-05-04T09:59:57Z","ageSeconds":3,`
		to   = `"share":0.12,"before":0.951,"predicted":0.831,"destination":{"node":"node-2","before":0.3,"predicted":0.42}}`
	)
	after := 0.83
	cases := map[string]struct {
		tell func(f *fixture)
		want []string
	}{
		"evicted": {
			tell: func(f *fixture) {
				f.Evicted(f.ctx, pod("web-1"), record(func(r *history.Record) { r.Evicted = start }))
			},
			want: []string{`"decision":"Evicted",` + about + `"value":0.951,` + line + past + `"reason":"it uses the most above its request",` + to},
		},
		"dry run, by a metric without shares": {
			tell: func(f *fixture) {
				f.Evicted(f.ctx, pod("web-1"), record(func(r *history.Record) {
					r.DryRun, r.Observed, r.Before.Share = true, true, 0
					r.Predicted = history.Predicted{Destination: "node-2", DestinationBefore: 0.3}
				}))
			},
			want: []string{`"decision":"WouldEvict",` + about + `"value":0.951,` + line + past +
				`"reason":"it uses the most above its request","dryRun":true,"observed":true,"before":0.951,"destination":{"node":"node-2","before":0.3}}`},
		},
		"not evicted": {
			tell: func(f *fixture) {
				f.Evicted(f.ctx, pod("web-1"), record(func(r *history.Record) { r.Failed = "the pod is no longer on the node" }))
			},
			want: []string{`"decision":"NotEvicted",` + about + `"value":0.951,` + line + past + `"reason":"the pod is no longer on the node",` + to},
		},
		"judged": {
			tell: func(f *fixture) {
				f.Judged(f.ctx, record(func(r *history.Record) {
					r.Effect, r.After = history.EffectLowered, &after
					r.Successor = history.Successor{Name: "web-2", Node: "node-2", Ready: start}
				}))
			},
			want: []string{`"decision":"Judged",` + about + line +
				`"before":0.951,"predicted":0.831,"after":0.83,"effect":"Lowered","successor":{"name":"web-2","node":"node-2","ready":true}}`},
		},
		"stopped, for another reason, and resumed": {
			tell: func(f *fixture) {
				for _, why := range []reason.Reason{
					reason.New("Capacity", "7 of 10"), reason.New("Capacity", "8 of 10"), reason.New(history.Paused, "paused"), {}, {},
				} {
					f.Stopped(f.ctx, why)
				}
			},
			want: []string{
				`"decision":"EvictionsStopped","code":"Capacity","reason":"7 of 10"}`,
				`"decision":"EvictionsStopped","code":"Paused","reason":"paused"}`,
				`"decision":"EvictionsResumed","code":"Paused"}`,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			var written bytes.Buffer
			f.Audit = audit.New(klog.Background(), f.clock, &written, "program", "here")
			stop := f.Audit.Start()
			tc.tell(f)
			stop()
			var want strings.Builder
			for _, text := range tc.want {
				want.WriteString(head + text + "\n")
			}
			if diff := cmp.Diff(want.String(), written.String()); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}
