// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"slices"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// window is a budget over a time that slides, for each of those that it is for.
type window[K comparable] struct {
	evictions int
	within    time.Duration
	// taken are when those evictions were planned that are within the window.
	taken map[K][]time.Time
}

func newWindow[K comparable](budget *v1alpha1.Budget) window[K] {
	w := window[K]{taken: make(map[K][]time.Time)}
	if budget != nil && budget.Within.Value() > 0 {
		w.evictions, w.within = int(budget.Evictions), budget.Within.Value()
	}
	return w
}

// take enters an eviction of an age.
func (w *window[K]) take(key K, planned time.Time, age time.Duration) {
	if age < w.within {
		w.taken[key] = append(w.taken[key], planned)
	}
}

// exceeded tells that one more would be too many. of says which pods are counted.
func (w *window[K]) exceeded(code reason.Code, key K, of string) reason.Reason {
	taken := w.taken[key]
	if len(taken) < w.evictions {
		return reason.Reason{}
	}
	if w.evictions <= 0 {
		return reason.New(code, "no pods may be moved %s", of)
	}
	ordered := slices.SortedFunc(slices.Values(taken), time.Time.Compare)
	next := ordered[len(ordered)-w.evictions].Add(w.within)
	return reason.New(code, "%d pods were moved %s within %s, and %d are allowed; the next may be moved at %s",
		len(taken), of, w.within, w.evictions, clockTime(next))
}

// least is what is left to the one that has the fewest left.
func (w *window[K]) least() int {
	least := max(w.evictions, 0)
	for _, taken := range w.taken {
		least = min(least, max(w.evictions-len(taken), 0))
	}
	return least
}

// clockTime is an instant as messages tell it.
func clockTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
