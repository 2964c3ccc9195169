// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// A node at 95% with a line at 90% and clear at 85%, and twelve nodes with room.
func TestScenario1OneHotNodeAmongTwelve(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		base  float64
		pods  []float64
		evict string
		count int
	}{
		"one pod suffices":    {base: 10, pods: []float64{12, 11, 11, 10, 9, 8, 8, 8, 8}, evict: fewest, count: 1},
		"the culprit is one":  {base: 10, pods: []float64{8, 9, 8, 12, 11, 11, 10, 8, 8}, evict: culprits, count: 1},
		"two pods are needed": {base: 5, pods: []float64{6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6}, evict: fewest, count: 2},
		"two culprits":        {base: 5, pods: []float64{6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6}, evict: culprits, count: 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "85%", tc.evict)}})
			s.node("hot", tc.base)
			for i := range 12 {
				s.node(fmt.Sprintf("cool-%02d", i), 40+float64(i))
			}
			for _, uses := range tc.pods {
				s.pod("hot", uses)
			}
			s.run(20 * time.Minute)
			s.evicted(tc.count)
			s.below("hot", 0.85)
			s.run(10 * window)
			s.evicted(tc.count)
			s.neverAbove(0.90, "hot")
		})
	}
}

// Two nodes with a base of 20% and one pod that uses 60%: wherever it goes, that
// node is over the line at 70%.
func TestScenario2NoPingPong(t *testing.T) {
	t.Parallel()
	s := newScenario(t, Settings{Rules: []string{cpuRule("70%", "70%", culprits)}})
	s.node("a", 20)
	s.node("b", 20)
	s.pod("a", 60)
	s.run(2 * time.Hour)
	s.evicted(0)
	if s.Calls != 0 {
		t.Errorf("the API server was asked %d times to evict", s.Calls)
	}
	s.because("a", noDestination)
}

// A node at 92% with a target of 80%, twenty pods of 0.5% at priority 0 and one of
// 20% at priority 1: moving all of the twenty would not do, so that it is the one.
func TestScenario3TheOneThatSuffices(t *testing.T) {
	t.Parallel()
	for _, evict := range []string{fewest, culprits} {
		t.Run(evict, func(t *testing.T) {
			s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "80%", evict)}})
			s.node("hot", 62)
			s.nodes(4, "cool", 30)
			withPriority := func(priority int32) func(*Workload) {
				return func(w *Workload) {
					w.Template = func(template *corev1.PodTemplateSpec) { template.Spec.Priority = ptr.To(priority) }
				}
			}
			s.pods(20, "hot", 0.5, withPriority(0))
			big := s.pod("hot", 20, withPriority(1))
			s.run(2 * time.Hour)
			s.evicted(1)
			if len(s.Evictions) > 0 && s.Evictions[0].Pod != big {
				t.Errorf("got %s evicted, want the pod of 20%%", s.Evictions[0].Pod.Name)
			}
			s.below("hot", 0.80)
		})
	}
}

// Nine pods of 10% with a target of 70%: those that take 60 s to stop count as gone.
func TestScenario4TerminatingPodsCountAsGone(t *testing.T) {
	t.Parallel()
	for _, interval := range []time.Duration{5 * time.Second, 15 * time.Second, time.Minute} {
		t.Run(interval.String(), func(t *testing.T) {
			s := newScenario(t, Settings{Interval: interval, Rules: []string{cpuRule("80%", "70%", culprits)}})
			s.node("hot", 0)
			s.nodes(3, "cool", 30)
			s.pods(9, "hot", 10, func(w *Workload) { w.Grace = time.Minute })
			s.run(3 * time.Hour)
			s.evicted(2)
			s.below("hot", 0.70)
			s.neverAbove(0.80, "hot")
		})
	}
}

// A node at 95% (15 pods of 5% and one of 20%) with a target of 82%: the same
// smallest set, however often it is looked at, and however slowly the mean follows.
func TestScenario5TheSameSetAtEveryInterval(t *testing.T) {
	t.Parallel()
	for _, interval := range []time.Duration{5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute} {
		for _, evict := range []string{fewest, culprits} {
			t.Run(fmt.Sprintf("%s/%s", interval, evict), func(t *testing.T) {
				s := newScenario(t, Settings{Interval: interval, Rules: []string{cpuRule("90%", "82%", evict)}})
				s.node("hot", 0)
				s.nodes(4, "cool", 30)
				s.pods(15, "hot", 5)
				big := s.pod("hot", 20)
				s.run(2 * time.Hour)
				s.evicted(1)
				if len(s.Evictions) > 0 && s.Evictions[0].Pod != big {
					t.Errorf("got %s evicted, want the pod of 20%%", s.Evictions[0].Pod.Name)
				}
				s.neverAbove(0.90, "hot")
			})
		}
		t.Run(fmt.Sprintf("%s/the big one stays", interval), func(t *testing.T) {
			s := newScenario(t, Settings{Interval: interval, Rules: []string{cpuRule("90%", "82%", culprits)}})
			s.node("hot", 0)
			s.nodes(4, "cool", 30)
			s.pods(15, "hot", 5)
			s.pod("hot", 20, annotated("loadline.dev/evict", "never"))
			s.run(2 * time.Hour)
			s.evicted(3)
			s.below("hot", 0.80)
			s.neverAbove(0.90, "hot")
		})
	}
}

func annotated(key, value string) func(*Workload) {
	return func(w *Workload) {
		w.Template = func(template *corev1.PodTemplateSpec) { template.Annotations = map[string]string{key: value} }
	}
}

// There is room for exactly one pod elsewhere, by load or by requests.
func TestScenario6RoomForOne(t *testing.T) {
	for fitter, fit := range fitters(t) {
		t.Run(fitter, func(t *testing.T) {
			t.Run("by load", func(t *testing.T) {
				s := newScenario(t, Settings{Fit: fit, Rules: []string{cpuRule("90%", "75%", culprits)}})
				s.node("hot", 15)
				s.node("other", 60)
				s.pods(8, "hot", 10)
				s.run(3 * time.Hour)
				s.evicted(1)
				s.neverAbove(0.75, "hot")
			})
			t.Run("by requests", func(t *testing.T) {
				s := newScenario(t, Settings{Fit: fit, Rules: []string{cpuRule("90%", "75%", culprits)}})
				s.node("hot", 15)
				s.node("other", 0)
				s.pod("other", 1, func(w *Workload) { w.Request = Amounts{cpu: 85} })
				s.pods(8, "hot", 10, func(w *Workload) { w.Request = Amounts{cpu: 9} })
				s.run(3 * time.Hour)
				s.evicted(1)
			})
		})
	}
}
