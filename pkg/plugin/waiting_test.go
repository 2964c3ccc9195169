// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"
)

// round is a publication, and whom it is to wake.
type round struct {
	// nodes are "a" and "b" if not given.
	nodes    []string
	texts    []string
	measured values
	want     []string
}

func TestRefusedPodsAreWoken(t *testing.T) {
	text := set("x", rejecting)
	banded := set("x", `  rules: [{name: hot, when: [{metric: m, above: 0.9, clear: 0.8}], reject: {}}]`)
	hot, cool := values{"x": {"a": 0.95, "b": 0.95}}, values{"x": {"a": 0.5, "b": 0.5}}
	woken := []string{"default/p"}
	// The first round of each has the pod refused.
	cases := map[string][]round{
		"all nodes cool":    {{texts: []string{text}, measured: hot}, {texts: []string{text}, measured: cool, want: woken}},
		"one node cools":    {{texts: []string{text}, measured: hot}, {texts: []string{text}, measured: values{"x": {"a": 0.95, "b": 0.5}}, want: woken}},
		"woken once":        {{texts: []string{text}, measured: hot}, {texts: []string{text}, measured: cool, want: woken}, {texts: []string{text}, measured: hot}, {texts: []string{text}, measured: cool}},
		"nothing changes":   {{texts: []string{text}, measured: hot}, {texts: []string{text}, measured: hot}, {texts: []string{text}, measured: cool, want: woken}},
		"a node gets hot":   {{texts: []string{text}, measured: values{"x": {"a": 0.95}}}, {texts: []string{text}, measured: hot}},
		"still in the band": {{texts: []string{banded}, measured: hot}, {texts: []string{banded}, measured: values{"x": {"a": 0.85, "b": 0.85}}}, {texts: []string{banded}, measured: cool, want: woken}},
		"not measured any more": {
			{texts: []string{text}, measured: hot}, {texts: []string{text}, measured: values{"x": {"b": 0.95}}, want: woken},
		},
		"the rule set is deleted": {{texts: []string{text}, measured: hot}, {want: woken}},
		"the rule is deleted": {
			{texts: []string{text}, measured: hot},
			{texts: []string{set("x", `  rules: [{name: other, when: [{metric: m, above: 0.99}], reject: {}}]`)}, measured: hot, want: woken},
		},
		"the line is raised": {
			{texts: []string{text}, measured: hot},
			{texts: []string{set("x", `  rules: [{name: hot, when: [{metric: m, above: 0.99}], reject: {}}]`)}, measured: hot, want: woken},
		},
		"the rule set is for other pods now": {
			{texts: []string{text}, measured: hot},
			{texts: []string{set("x", rejecting+"\n  podSelector: {matchLabels: {app: other}}")}, measured: hot, want: woken},
		},
		"another rule set is deleted": {
			{texts: []string{text, set("y", rejecting+"\n  podSelector: {matchLabels: {app: other}}")}, measured: values{"x": hot["x"], "y": hot["x"]}},
			{texts: []string{text}, measured: hot},
		},
		"another rule lets go": {
			{texts: []string{text, set("y", rejecting+"\n  podSelector: {matchLabels: {app: other}}")}, measured: values{"x": hot["x"], "y": hot["x"]}},
			{texts: []string{text, set("y", rejecting+"\n  podSelector: {matchLabels: {app: other}}")}, measured: values{"x": hot["x"], "y": cool["x"]}},
		},
		"one of two rules that refused it lets go": {
			{texts: []string{text, set("y", rejecting)}, measured: values{"x": {"a": 0.95}, "y": {"b": 0.95}}},
			{texts: []string{text, set("y", rejecting)}, measured: values{"x": {"a": 0.95}, "y": {"b": 0.5}}, want: woken},
		},
		"a hot node is gone": {
			{texts: []string{text}, measured: hot},
			{texts: []string{text}, nodes: []string{"a"}, measured: values{"x": {"a": 0.95}}},
		},
	}
	for name, rounds := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScheduler(t, "a", "b")
			for i, round := range rounds {
				if round.nodes == nil {
					round.nodes = []string{"a", "b"}
				}
				s.publish(t, round.nodes, round.measured, round.texts...)
				if i == 0 && len(s.refuse(t, pod("p").Obj())) == 0 {
					t.Fatal("the pod was not refused")
				}
				if diff := cmp.Diff(round.want, s.take()); diff != "" {
					t.Errorf("woken in round %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

func TestPodWaitsUntil(t *testing.T) {
	text := set("x", rejecting)
	nodes := []string{"a", "b"}
	cases := map[string]struct {
		// then is what happens to the pod after it was refused.
		then func(t *testing.T, s *scheduler, pod *corev1.Pod)
		want []string
	}{
		"nothing happens": {
			then: func(*testing.T, *scheduler, *corev1.Pod) {},
			want: []string{"default/p"},
		},
		"it has found a node": {
			then: func(t *testing.T, s *scheduler, pod *corev1.Pod) {
				if status := s.RunReservePluginsReserve(t.Context(), s.preFilter(t, pod), pod, "b"); !status.IsSuccess() {
					t.Fatal(status)
				}
			},
		},
		"it could not be bound, and was refused again": {
			then: func(t *testing.T, s *scheduler, pod *corev1.Pod) {
				state := s.preFilter(t, pod)
				if status := s.RunReservePluginsReserve(t.Context(), state, pod, "b"); !status.IsSuccess() {
					t.Fatal(status)
				}
				s.RunReservePluginsUnreserve(t.Context(), state, pod, "b")
				s.refuse(t, pod)
			},
			want: []string{"default/p"},
		},
		"it is deleted": {
			then: func(t *testing.T, s *scheduler, pod *corev1.Pod) {
				if err := s.client.CoreV1().Pods(pod.Namespace).Delete(t.Context(), pod.Name, metav1.DeleteOptions{}); err != nil {
					t.Fatal(err)
				}
				err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
					s.plugin.waiting.mu.Lock()
					defer s.plugin.waiting.mu.Unlock()
					return len(s.plugin.waiting.pods) == 0, nil
				})
				if err != nil {
					t.Fatalf("waiting for the pod to leave: %v", err)
				}
			},
		},
		"it was only asked where it would go": {
			then: func(_ *testing.T, s *scheduler, pod *corev1.Pod) { s.plugin.Forget(pod.UID) },
		},
		"another pod is refused": {
			then: func(t *testing.T, s *scheduler, _ *corev1.Pod) { s.refuse(t, pod("other").Obj()) },
			want: []string{"default/other", "default/p"},
		},
		"it is refused again": {
			then: func(t *testing.T, s *scheduler, pod *corev1.Pod) { s.refuse(t, pod) },
			want: []string{"default/p"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScheduler(t, nodes...)
			s.publish(t, nodes, values{"x": {"a": 0.95, "b": 0.5}}, text)
			pod, err := s.client.CoreV1().Pods("default").Create(t.Context(), pod("p").Obj(), metav1.CreateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			s.refuse(t, pod)
			tc.then(t, s, pod)
			s.publish(t, nodes, values{"x": {"a": 0.5, "b": 0.5}}, text)
			if diff := cmp.Diff(tc.want, s.take()); diff != "" {
				t.Errorf("woken (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPodThatPassesDoesNotWait(t *testing.T) {
	text := set("x", rejecting+"\n  podSelector: {matchLabels: {app: other}}")
	s := newScheduler(t, "a")
	s.publish(t, []string{"a"}, values{"x": {"a": 0.95}}, text)
	s.refuse(t, pod("p").Obj())
	s.publish(t, []string{"a"}, values{"x": {"a": 0.5}}, text)
	if got := s.take(); got != nil {
		t.Errorf("woke %v, want nobody", got)
	}
}

func TestRecoveryInTheMiddleOfACycleIsNotMissed(t *testing.T) {
	text, nodes := set("x", rejecting), []string{"a", "b"}
	hot, cool := values{"x": {"a": 0.95, "b": 0.95}}, values{"x": {"a": 0.5, "b": 0.95}}
	cases := map[string]struct {
		// meanwhile is published between PreFilter and Filter.
		meanwhile []values
		want      []string
	}{
		"a node cooled":                {meanwhile: []values{cool}, want: []string{"default/p"}},
		"a node cooled some time ago":  {meanwhile: []values{cool, cool}, want: []string{"default/p"}},
		"a node cooled and is hot now": {meanwhile: []values{cool, hot}},
		"nothing changed":              {meanwhile: []values{hot}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScheduler(t, nodes...)
			s.publish(t, nodes, hot, text)
			p := pod("p").Obj()
			state := s.preFilter(t, p)
			for _, measured := range tc.meanwhile {
				s.publish(t, nodes, measured, text)
			}
			if got := s.take(); got != nil {
				t.Errorf("woke %v before it was refused", got)
			}
			if got := s.filter(t, state, p); len(got) != len(nodes) {
				t.Errorf("refused %v, want all nodes", got)
			}
			if diff := cmp.Diff(tc.want, s.take()); diff != "" {
				t.Errorf("woken (-want +got):\n%s", diff)
			}
		})
	}
}

// Pods count as waiting from when they were first refused until they are placed or
// deleted, also while they are tried again.
func TestWaitingIsCounted(t *testing.T) {
	hot := values{"x": {"a": 0.95, "b": 0.95}}
	text := set("x", rejecting)
	s := newScheduler(t, "a", "b")
	check := func(what string, wantPods, wantSeconds float64) {
		t.Helper()
		for gauge, want := range map[metrics.GaugeMetric]float64{s.plugin.waiting.metrics.pods: wantPods, s.plugin.waiting.metrics.longestWait: wantSeconds} {
			if got, err := testutil.GetGaugeMetricValue(gauge); err != nil || got != want {
				t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
			}
		}
	}
	publish := func(at time.Duration, measured values) {
		s.elapsed = at
		s.publish(t, []string{"a", "b"}, measured, text)
	}
	publish(0, hot)
	check("at first", 0, 0)
	s.refuse(t, pod("p").Obj())
	publish(20*time.Second, hot)
	s.refuse(t, pod("q").Obj())
	publish(30*time.Second, hot)
	check("two", 2, 30)
	state := s.preFilter(t, pod("p").Obj())
	publish(35*time.Second, hot)
	check("one of them is being tried", 2, 35)
	s.filter(t, state, pod("p").Obj())
	publish(40*time.Second, hot)
	check("and was refused again", 2, 40)
	s.plugin.Forget("p")
	publish(50*time.Second, hot)
	check("one is gone", 1, 30)
	s.plugin.Reserve(t.Context(), nil, pod("q").Obj(), "a")
	publish(60*time.Second, hot)
	check("the other is placed", 0, 0)
}
