// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/component-base/metrics/testutil"
)

const givingUp = `  rules: [{name: hot, when: [{metric: m, above: 0.9}], reject: {giveUpAfter: 1m}}]
  preferences: [{metric: m, prefer: Higher}]`

// attempt has a pod tried at a time, on a snapshot of that time.
type attempt struct {
	at       time.Duration
	measured values
	// wantWoken tells that the snapshot wakes the pod before it is tried.
	wantWoken bool
	// wantRefused are the nodes that it is refused.
	wantRefused []string
}

func TestPodsStopWaiting(t *testing.T) {
	hot := values{"x": {"a": 0.95, "b": 0.99}}
	cool := values{"x": {"a": 0.5, "b": 0.99}}
	cases := map[string][]attempt{
		"after the time": {
			{at: 0, measured: hot, wantRefused: []string{"a", "b"}},
			{at: 59 * time.Second, measured: hot, wantRefused: []string{"a", "b"}},
			{at: 60 * time.Second, measured: hot, wantWoken: true},
		},
		"the time goes on over a recovery that was not enough": {
			{at: 0, measured: hot, wantRefused: []string{"a", "b"}},
			{at: 30 * time.Second, measured: cool, wantWoken: true, wantRefused: []string{"b"}},
			{at: 45 * time.Second, measured: hot, wantRefused: []string{"a", "b"}},
			{at: 60 * time.Second, measured: hot, wantWoken: true},
		},
		"not while something else keeps it waiting": {
			{at: 0, measured: hot, wantRefused: []string{"a", "b"}},
			{at: 30 * time.Second, measured: values{"x": {"a": 0.5, "b": 0.5}}, wantWoken: true},
			{at: 45 * time.Second, measured: hot, wantRefused: []string{"a", "b"}},
			{at: 60 * time.Second, measured: hot, wantRefused: []string{"a", "b"}},
			{at: 105 * time.Second, measured: hot, wantWoken: true},
		},
	}
	for name, attempts := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScheduler(t, "a", "b")
			for _, attempt := range attempts {
				s.elapsed = attempt.at
				s.publish(t, []string{"a", "b"}, attempt.measured, set("x", givingUp))
				if got := s.take(); (got != nil) != attempt.wantWoken {
					t.Errorf("at %s: woke %v, want woken: %v", attempt.at, got, attempt.wantWoken)
				}
				var refused []string
				reasons := s.refuse(t, pod("p").Obj())
				for _, node := range []string{"a", "b"} {
					if reasons[node] != "" {
						refused = append(refused, node)
					}
				}
				if diff := cmp.Diff(attempt.wantRefused, refused); diff != "" {
					t.Errorf("at %s: refused (-want +got):\n%s", attempt.at, diff)
				}
			}
		})
	}
}

func TestPodGoesToTheNodeLeastOverItsLine(t *testing.T) {
	hot := values{"x": {"a": 0.95, "b": 0.99}}
	s := newScheduler(t, "a", "b")
	recorder := events.NewFakeRecorder(1)
	s.plugin.recorder = recorder
	s.publish(t, []string{"a", "b"}, hot, set("x", givingUp))
	p := pod("p").Obj()
	s.refuse(t, p)
	s.elapsed = 90 * time.Second
	s.publish(t, []string{"a", "b"}, hot, set("x", givingUp))
	state := s.preFilter(t, p)
	if reasons := s.filter(t, state, p); len(reasons) > 0 {
		t.Fatalf("still refused: %v", reasons)
	}
	// 0.05 and 0.09 over 0.9: 100 * (1 - 5/9) = 44. The preference for higher
	// values has no say.
	if diff := cmp.Diff(map[string]int64{"a": 44, "b": 0}, s.score(t, state, p)); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
	s.plugin.PostBind(t.Context(), state, p, "a")
	placed := s.plugin.metrics.placedOver.WithLabelValues("x", "hot")
	if got, err := testutil.GetCounterMetricValue(placed); err != nil || got != 1 {
		t.Errorf("%v pods were counted as placed over the line, %v, want 1", got, err)
	}
	select {
	case event := <-recorder.Events:
		for _, want := range []string{"Warning", "PlacedOverLoadLine", "node a", `"hot"`, `"x"`, "waited 1m30s", "giveUpAfter is 1m0s"} {
			if !strings.Contains(event, want) {
				t.Errorf("event %q: want %q in it", event, want)
			}
		}
	default:
		t.Error("no event tells that the pod was placed over the line")
	}
}

func TestNodesOverASuspendedLineAreWorst(t *testing.T) {
	s := newScheduler(t, "a", "b", "c")
	s.publish(t, []string{"a", "b", "c"}, values{"x": {"a": 0.95, "b": 0.99, "c": 0.5}},
		set("x", `  rules: [{name: hot, when: [{metric: m, above: 0.9}], reject: {maxNodes: 50%}}]`))
	p := pod("p").Obj()
	state := s.preFilter(t, p)
	if reasons := s.filter(t, state, p); len(reasons) > 0 {
		t.Fatalf("refused although too many nodes are over the line: %v", reasons)
	}
	if diff := cmp.Diff(map[string]int64{"a": 0, "b": 0, "c": 100}, s.score(t, state, p)); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
}

// A pod is woken when the labels of its namespace change, by which other rule
// sets select it.
func TestNamespaceLabelsWake(t *testing.T) {
	s := newScheduler(t, "a")
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default", Labels: map[string]string{"team": "web"}}}
	namespace, err := s.client.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, "the namespace to be known", func() bool { return s.plugin.namespaceLabels("default") != nil })
	text := set("x", rejecting+"\n  namespaceSelector: {matchLabels: {team: web}}")
	s.publish(t, []string{"a"}, values{"x": {"a": 0.95}}, text)
	p := pod("p").Obj()
	if len(s.refuse(t, p)) == 0 {
		t.Fatal("not refused, although the rule set selects its namespace")
	}
	namespace.Labels = map[string]string{"team": "db"}
	if _, err := s.client.CoreV1().Namespaces().Update(t.Context(), namespace, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	var woken []string
	s.await(t, "the pod to be woken", func() bool { woken = append(woken, s.take()...); return len(woken) > 0 })
	if reasons := s.refuse(t, p); len(reasons) > 0 {
		t.Errorf("refused after the change: %v", reasons)
	}
}
