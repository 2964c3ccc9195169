// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// quiet is a reporter, and a store of one eviction that cannot be written.
type quiet struct {
	stopped int
	record  history.Record
}

func (q *quiet) Planned(context.Context, *plan.Plan, time.Duration)   {}
func (q *quiet) Evicted(context.Context, *corev1.Pod, history.Record) {}
func (q *quiet) Judged(context.Context, history.Record)               {}
func (q *quiet) Stopped(context.Context, reason.Reason)               { q.stopped++ }
func (q *quiet) Save(context.Context, history.State) error            { return errors.New("no") }
func (q *quiet) Load(context.Context) (history.State, error) {
	return history.State{Records: []history.Record{q.record}}, nil
}

// defaults are the configuration, in dry run or not.
func defaults(dryRun bool) *v1alpha1.DeschedulerConfiguration {
	config := &v1alpha1.DeschedulerConfiguration{DryRun: &dryRun}
	config.SetDefaults()
	return config
}

// What is served is what the loop did last, and what it is stopped by.
func TestInspection(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	rule := verdict.RuleKey{Set: "set", Rule: "rule"}
	q := &quiet{record: history.Record{Node: "n", Rule: rule, Planned: now.Add(-time.Minute), Pod: history.Pod{Namespace: "shop", Name: "before", UID: "0"}}}
	config := defaults(false)
	i := &inspection{}
	if err := i.serve(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if got := i.latest.Load(); got.Leading || got.Plan != nil {
		t.Errorf("got %+v of one that stands by", got)
	}
	parts := i.follow(descheduler.Parts{Config: config, Clock: clocktesting.NewFakePassiveClock(now), Started: now.Add(-time.Hour), Report: q, Store: q})
	if _, err := parts.Store.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := parts.Store.Save(t.Context(), history.State{}); err == nil {
		t.Error("what cannot be written was written")
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "1"}}
	held := reason.New("NodeCooldown", "wait")
	parts.Report.Planned(t.Context(), &plan.Plan{
		Time:      now,
		Evictions: []plan.Eviction{{Pod: pod, Record: history.Record{Node: "n", Rule: rule, Planned: now}}},
		Nodes: []plan.Node{
			{Name: "n", Rule: rule, Metric: "memory", Value: 0.95, Goal: 0.85, After: 0.84, Passed: []plan.Passed{{Pod: pod, Share: 0.1, Why: reason.New("NotNeeded", "others suffice")}}},
			{Name: "m", Rule: rule, Held: held},
		},
	}, time.Second)
	parts.Report.Stopped(t.Context(), reason.Reason{})
	want := &inspect.Planning{
		Leading: true, Since: now.Add(-time.Hour), Turn: now,
		Plan: &inspect.Plan{
			Time: now, Evictions: []history.Record{{Node: "n", Rule: rule, Planned: now}},
			Nodes: []inspect.PlannedNode{
				{Node: "n", Rule: rule, Metric: "memory", Value: 0.95, Goal: 0.85, After: 0.84, Passed: []inspect.PassedPod{
					{Namespace: "shop", Name: "web", UID: "1", Share: 0.1, Why: reason.New("NotNeeded", "others suffice")},
				}},
				{Node: "m", Rule: rule, Held: &held, Passed: []inspect.PassedPod{}},
			},
		},
	}
	got := *i.latest.Load()
	if left := got.Allowance; left == nil || left.Cluster != int(config.Budgets.PerCluster.Evictions)-1 {
		t.Errorf("got %+v left, want one less than the budget", left)
	}
	got.Allowance = nil
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("planning (-want +got):\n%s", diff)
	}

	paused := reason.New("Paused", "by alice")
	config.DryRun = ptr.To(true)
	parts.Report.Stopped(t.Context(), paused)
	if got := i.latest.Load(); got.Plan != nil || got.Stopped == nil || *got.Stopped != paused || !got.DryRun {
		t.Errorf("got %+v while paused, in dry run, want why, and no plan", got)
	}
	parts.Report.Stopped(t.Context(), reason.Reason{})
	if got := i.latest.Load(); got.Stopped != nil {
		t.Errorf("got %+v, want evictions to go on", got)
	}
	if q.stopped != 3 {
		t.Errorf("the reporter was told %d times, want 3", q.stopped)
	}
	recorder := httptest.NewRecorder()
	inspect.DeschedulerHandler(i.latest.Load).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, inspect.PlanPath, nil))
	if text := recorder.Body.String(); recorder.Code != http.StatusOK || !strings.Contains(text, `"leading":true`) {
		t.Errorf("got %d and %s", recorder.Code, text)
	}
}

func TestInspectAddress(t *testing.T) {
	for address, want := range map[string]string{"": "", "127.0.0.1:0": "", "0.0.0.0:0": "others can reach"} {
		err := (&inspection{address: address}).serve(t.Context(), defaults(true))
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", address, err, want)
		}
	}
}
