// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"math"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Meter keeps what pods were measured to use of a resource, for as long as a
// node's sample may contain it. It is not safe for concurrent use.
type Meter struct {
	window Window
	pods   map[types.UID][]usage // the earliest first
}

// usage is the mean of what a pod used from one time to another.
type usage struct {
	from, to time.Time
	amount   float64
}

// NewMeter makes a meter for a metric with the window.
func NewMeter(window Window) *Meter {
	return &Meter{window: window, pods: map[types.UID][]usage{}}
}

// Record adds a reading of a pod that was placed at a time: the mean since the
// reading before, or since one scrape interval, whichever is shorter. A reading
// whose data is no newer than that of the one before says nothing new.
func (m *Meter) Record(pod types.UID, placed, at time.Time, amount float64) {
	if math.IsNaN(amount) || math.IsInf(amount, 0) || amount < 0 {
		return
	}
	from := at.Add(-m.window.Lag)
	if placed.After(from) {
		from = placed
	}
	earlier := m.pods[pod]
	if len(earlier) > 0 && earlier[len(earlier)-1].to.After(from) {
		from = earlier[len(earlier)-1].to
	}
	if at.After(from) {
		m.pods[pod] = append(earlier, usage{from: from, to: at, amount: amount})
	}
}

// Latest is what a pod used when it was last read.
func (m *Meter) Latest(pod types.UID) (amount float64, known bool) {
	usages := m.pods[pod]
	if len(usages) == 0 {
		return 0, false
	}
	return usages[len(usages)-1].amount, true
}

// contained is the part of a pod that a node's sample of a time contains for
// certain. gone is when the pod ceased to be there; zero while it is.
func (m *Meter) contained(pod types.UID, gone, at time.Time) float64 {
	switch m.window.Shape {
	case Instant:
		if !gone.IsZero() && !at.Before(gone) {
			return 0
		}
		return m.readAt(pod, at)
	case Mean:
		return m.integral(pod, at.Add(-m.window.Length), at) / m.window.Whole().Seconds()
	default:
		return 0
	}
}

// likelyContained is the part of a pod that a node's sample of a time contains if
// the pod used what it was first read to use whenever it was not read.
func (m *Meter) likelyContained(pod Pod, at time.Time) float64 {
	usages := m.pods[pod.UID]
	if m.window.Shape == Instant || len(usages) == 0 {
		return m.contained(pod.UID, pod.Gone, at)
	}
	from, to := later(pod.Placed, at.Add(-m.window.Length)), at
	if !pod.Gone.IsZero() && pod.Gone.Before(at) {
		to = pod.Gone
	}
	unread, sum := to.Sub(from), 0.0
	if unread <= 0 {
		return 0
	}
	for _, u := range usages {
		begin, end := later(u.from, from), u.to
		if end.After(to) {
			end = to
		}
		if end.After(begin) {
			sum += u.amount * end.Sub(begin).Seconds()
			unread -= end.Sub(begin)
		}
	}
	return (sum + usages[0].amount*unread.Seconds()) / m.window.Whole().Seconds()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// readAt is the latest reading that is no later than a time.
func (m *Meter) readAt(pod types.UID, at time.Time) float64 {
	amount := 0.0
	for _, u := range m.pods[pod] {
		if !u.to.After(at) {
			amount = u.amount
		}
	}
	return amount
}

// integral is the sum of amount times seconds over the readings that lie within
// a span as a whole: of the others it is not known how much of them does.
func (m *Meter) integral(pod types.UID, from, to time.Time) float64 {
	sum := 0.0
	for _, u := range m.pods[pod] {
		if !u.from.Before(from) && !u.to.After(to) {
			sum += u.amount * u.to.Sub(u.from).Seconds()
		}
	}
	return sum
}

// Forget drops the readings that ended before a time.
func (m *Meter) Forget(before time.Time) {
	for pod, usages := range m.pods {
		kept := 0
		for kept < len(usages) && usages[kept].to.Before(before) {
			kept++
		}
		if kept == len(usages) {
			delete(m.pods, pod)
		} else if kept > 0 {
			m.pods[pod] = append([]usage(nil), usages[kept:]...)
		}
	}
}
