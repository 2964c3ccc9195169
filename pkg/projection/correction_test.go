// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/projection"
)

const scrape = 15 * time.Second

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// life is a pod of the model: from placed to gone its use grows to its estimate
// within ramp. The model's time is in whole scrapes.
type life struct {
	uid          types.UID
	placed, gone int // gone 0: never
	ramp         int
	estimate     float64
}

// use is the mean over the scrape that ends at a time.
func (l life) use(at int) float64 {
	if at <= l.placed || l.gone != 0 && at > l.gone {
		return 0
	}
	if age := at - l.placed; age < l.ramp {
		return l.estimate * float64(age) / float64(l.ramp)
	}
	return l.estimate
}

// mean is over the window that ends at a time.
func (l life) mean(at, window int) float64 {
	sum := 0.0
	for i := at - window + 1; i <= at; i++ {
		sum += l.use(i)
	}
	return sum / float64(window)
}

func after(scrapes int) time.Time { return start.Add(time.Duration(scrapes) * scrape) }

func (l life) pod() projection.Pod {
	pod := projection.Pod{UID: l.uid, Placed: after(l.placed), Estimate: l.estimate}
	if l.gone != 0 {
		pod.Gone = after(l.gone)
	}
	return pod
}

// A pod that is known to burn ten cores counts as ten cores at every age, where
// a five-minute mean contains a fifth of it after one minute.
func TestKnownPodCountsInFull(t *testing.T) {
	const window = 20 // scrapes: five minutes
	pod := life{uid: "p", ramp: 1, estimate: 10}
	meter := projection.NewMeter(projection.Window{Shape: projection.Mean, Length: window * scrape, Lag: scrape})
	seen := map[int]float64{}
	for at := 0; at <= 30; at++ {
		meter.Record(pod.uid, after(0), after(at), pod.use(at))
		seen[at] = pod.mean(at, window) + meter.Correction([]projection.Pod{pod.pod()}, after(at))
	}
	// The reading lags by one scrape interval at most, which counts twice for as
	// long as the window: one part in 21 of the pod.
	for seconds, at := range map[int]int{0: 0, 15: 1, 30: 2, 60: 4, 120: 8, 300: 20, 315: 21, 450: 30} {
		if got := seen[at]; got < 10-1e-9 || got > 10*(1+1.0/21) {
			t.Errorf("at %d s: got %.3f cores, want 10", seconds, got)
		}
	}
}

func TestPodWithoutReadingsCountsAsItsEstimate(t *testing.T) {
	for name, shape := range map[string]projection.Shape{"opaque": projection.Opaque, "instant": projection.Instant, "mean": projection.Mean} {
		t.Run(name, func(t *testing.T) {
			window := projection.Window{Shape: shape, Length: 4 * scrape, Lag: scrape}
			meter := projection.NewMeter(window)
			pods := []projection.Pod{{UID: "p", Placed: start, Estimate: 3}, {UID: "gone", Placed: start.Add(-time.Hour), Gone: start, Estimate: 5}}
			for at, want := range map[time.Duration]float64{0: 3, window.Whole() - 1: 3, window.Whole(): 0} {
				if got := meter.Correction(pods, start.Add(at)); got != want {
					t.Errorf("after %v: got %v, want %v", at, got, want)
				}
			}
		})
	}
}

func TestInstantMetricContainsWhatItReads(t *testing.T) {
	meter := projection.NewMeter(projection.Window{Shape: projection.Instant, Lag: scrape})
	meter.Record("p", start, start.Add(5*time.Second), 2)
	present := []projection.Pod{{UID: "p", Placed: start, Estimate: 3}}
	gone := []projection.Pod{{UID: "p", Placed: start, Gone: start.Add(8 * time.Second), Estimate: 3}}
	cases := map[string]struct {
		pods []projection.Pod
		at   time.Duration
		want float64
	}{
		"before the reading":         {pods: present, at: 4 * time.Second, want: 3},
		"at the reading":             {pods: present, at: 5 * time.Second, want: 1},
		"gone after the sample":      {pods: gone, at: 6 * time.Second, want: -2},
		"gone before the sample":     {pods: gone, at: 9 * time.Second, want: 0},
		"gone long after the sample": {pods: gone, at: -time.Minute, want: 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := meter.Correction(tc.pods, start.Add(tc.at)); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// Whatever comes, goes, grows and is forgotten in a restart: the projected value
// is no lower than what the pods within the window will bring, and no higher
// than the sample and their estimates.
func TestCorrectionStaysWithinItsBounds(t *testing.T) {
	for seed := range uint64(500) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			window := 1 + random.IntN(20)
			settings := projection.Window{Shape: projection.Mean, Length: time.Duration(window) * scrape, Lag: scrape}
			var lives []life
			for i := range 12 {
				l := life{uid: types.UID(fmt.Sprint(i)), placed: random.IntN(60), ramp: 1 + random.IntN(2*window), estimate: 10 * random.Float64()}
				if random.IntN(2) == 0 {
					l.gone = l.placed + 1 + random.IntN(40)
				}
				lives = append(lives, l)
			}
			meter := projection.NewMeter(settings)
			for at := range 100 {
				if random.IntN(25) == 0 {
					meter = projection.NewMeter(settings) // a restart
				}
				meter.Forget(after(at).Add(-settings.Whole()))
				checkBounds(t, meter, lives, random, at, window)
			}
		})
	}
}

func checkBounds(t *testing.T, meter *projection.Meter, lives []life, random *rand.Rand, at, window int) {
	t.Helper()
	var pods []projection.Pod
	measured, floor, ceiling := 0.0, 0.0, 0.0
	for _, l := range lives {
		if l.placed > at {
			continue
		}
		present := l.gone == 0 || l.gone > at
		if read := random.IntN(4) != 0; present && at > l.placed && read {
			meter.Record(l.uid, after(l.placed), after(at), l.use(at))
		}
		pod := l.pod()
		if present {
			pod.Gone = time.Time{}
		}
		pods = append(pods, pod)
		mean := l.mean(at, window)
		measured += mean
		switch young := at-l.placed <= window; {
		case present && young:
			floor, ceiling = floor+l.estimate, ceiling+l.estimate
		case present:
			floor += mean
		}
	}
	got := measured + meter.Correction(pods, after(at))
	if got < floor-1e-6 || got > measured+ceiling+1e-6 || math.IsNaN(got) {
		t.Errorf("at scrape %d with a window of %d: got %v, want %v to %v", at, window, got, floor, measured+ceiling)
	}
}
