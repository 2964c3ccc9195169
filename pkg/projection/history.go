// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"math"
	"slices"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

const (
	// historySpan is how long a reading counts for its workload.
	historySpan = time.Hour
	// historyQuantile leaves out the odd replica that runs away, and hardly
	// more: too high an estimate keeps pods apart, too low a one overloads nodes.
	historyQuantile = 0.95
	// maxReadings bounds what is kept of a workload with many replicas.
	maxReadings = 128
	// readingSpacing is the time within which only the highest reading of a
	// replica is kept.
	readingSpacing = time.Minute
)

// History knows what the replicas of workloads use of a resource. Record and
// Refresh are for one goroutine, Estimate is for any.
type History struct {
	readings  map[Workload][]reading // as they came
	estimates atomic.Pointer[map[Workload]float64]
}

type reading struct {
	pod    types.UID
	at     time.Time
	amount float64
}

// NewHistory makes a history that knows nothing.
func NewHistory() *History { return &History{readings: map[Workload][]reading{}} }

// Record adds what a replica used at a time.
func (h *History) Record(workload Workload, pod types.UID, at time.Time, amount float64) {
	if math.IsNaN(amount) || math.IsInf(amount, 0) || amount < 0 {
		return
	}
	readings := h.readings[workload]
	for i := len(readings) - 1; i >= 0 && at.Sub(readings[i].at) < readingSpacing; i-- {
		if readings[i].pod == pod {
			readings[i].amount = math.Max(readings[i].amount, amount)
			return
		}
	}
	if len(readings) == maxReadings {
		readings = readings[1:]
	}
	h.readings[workload] = append(readings, reading{pod: pod, at: at, amount: amount})
}

// Refresh makes the estimates anew, and forgets readings that are too old.
func (h *History) Refresh(now time.Time) {
	estimates := make(map[Workload]float64, len(h.readings))
	for workload, readings := range h.readings {
		recent := slices.DeleteFunc(slices.Clone(readings), func(r reading) bool { return now.Sub(r.at) > historySpan })
		if len(recent) == 0 {
			delete(h.readings, workload)
			continue
		}
		h.readings[workload] = recent
		estimates[workload] = quantile(recent)
	}
	h.estimates.Store(&estimates)
}

// quantile is the smallest amount that is no less than historyQuantile of them.
func quantile(readings []reading) float64 {
	amounts := make([]float64, 0, len(readings))
	for _, r := range readings {
		amounts = append(amounts, r.amount)
	}
	slices.Sort(amounts)
	return amounts[int(math.Ceil(historyQuantile*float64(len(amounts))))-1]
}

// Estimate is what one replica of a workload uses, by the latest Refresh.
func (h *History) Estimate(workload Workload) (amount float64, known bool) {
	estimates := h.estimates.Load()
	if estimates == nil {
		return 0, false
	}
	amount, known = (*estimates)[workload]
	return amount, known
}
