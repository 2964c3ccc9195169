// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import "time"

const (
	// Step is the time within which nothing changes.
	Step = 5 * time.Second
	// kept is for how many steps amounts are remembered: longer than any window
	// and age together.
	kept = int(time.Hour / Step)
)

// total adds up an amount, step by step.
type total struct {
	// first is the number of steps before the first sum, and base the sum until
	// then. before is what was used in each step earlier than that.
	first  int
	base   float64
	before float64
	sums   []float64
}

func (t *total) add(amount float64) {
	last := t.base
	if len(t.sums) > 0 {
		last = t.sums[len(t.sums)-1]
	}
	if len(t.sums) == 2*kept {
		t.first, t.base = t.first+kept, t.sums[kept-1]
		t.sums = append(t.sums[:0], t.sums[kept:]...)
	}
	t.sums = append(t.sums, last+amount)
}

// until is the sum over all steps before a number of them.
func (t *total) until(step int) float64 {
	switch {
	case step <= t.first:
		return t.base - t.before*float64(t.first-step)
	case len(t.sums) == 0:
		return t.base
	default:
		return t.sums[min(step-t.first, len(t.sums))-1]
	}
}

// mean is that over the steps from one number to another.
func (t *total) mean(from, to int) float64 { return (t.until(to) - t.until(from)) / float64(to-from) }
