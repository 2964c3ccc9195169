// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/promql"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// A source that never answers delays the start for no longer than a replay may
// take.
func TestReplayEnds(t *testing.T) {
	rules, err := v1alpha1.DecodeRuleSet([]byte(`{apiVersion: loadline.dev/v1alpha1, kind: RuleSet, metadata: {name: set},
	  spec: {metrics: [{name: m, query: m}], rules: [{name: line, when: [{metric: m, above: 1}], reject: {}}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
		e := New(clock.RealClock{}) // of the bubble
		e.interval, e.staleAfter, e.queryTimeout = 15*time.Second, time.Minute, time.Hour
		e.source = &source{
			query: func(ctx context.Context, _ string, _ time.Time) (promql.Vector, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			},
			ranges: func(ctx context.Context, _ string, _, _ time.Time, _ time.Duration) (promql.Matrix, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			},
		}
		e.nodes = func() []*corev1.Node { return []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "a"}}} }
		began := time.Now()
		e.replay(klog.NewContext(t.Context(), logger), []*v1alpha1.RuleSet{rules})
		if took := time.Since(began); took != replayTimeout {
			t.Errorf("took %v, want %v", took, replayTimeout)
		}
		if e.replayed != nil {
			t.Error("goes on from a past that it does not know")
		}
		if logged := logger.GetSink().(ktesting.Underlier).GetBuffer().String(); !strings.Contains(logged, "Unable to replay the time before the start") {
			t.Errorf("the log does not say so:\n%s", logged)
		}
	})
}
