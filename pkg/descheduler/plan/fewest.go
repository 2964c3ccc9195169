// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import "slices"

// maxSearch bounds the search for the smallest total, in looks at one pod. With the
// pods of one node it ends by itself long before, but for hundreds of pods whose
// shares are all different and of which many have to go. The number of evictions
// is the smallest all the same.
const maxSearch = 50_000

// fewest is the smallest number of pods that suffice: no set is smaller than that of
// the largest shares. Among sets of that size it is the one with the smallest
// total, so that no more is moved than needed.
func fewest(options []option, need float64) []option {
	s := newSearch(slices.SortedFunc(slices.Values(options), byShare), need)
	s.extend(0, 0)
	chosen := make([]option, 0, len(s.best))
	for _, i := range s.best {
		chosen = append(chosen, s.options[i])
	}
	return chosen
}

// search looks for a set of pods by branch and bound.
type search struct {
	options []option // the largest first
	need    float64
	size    int
	// sums are of the first pods: sums[i] is of i of them.
	sums []float64

	picked []int
	looks  int
	best   []int
	least  float64 // total of the best
}

func newSearch(options []option, need float64) *search {
	s := &search{options: options, need: need, sums: make([]float64, len(options)+1)}
	for i, o := range options {
		s.sums[i+1] = s.sums[i] + o.share
		if s.size == 0 && s.sums[i+1] >= need {
			s.size = i + 1
		}
	}
	if s.size == 0 { // by rounding: together they suffice
		s.size = len(options)
	}
	for i := range s.size {
		s.best = append(s.best, i)
	}
	s.least = s.sums[s.size]
	return s
}

// between is the sum of the pods from one position to before another.
func (s *search) between(from, to int) float64 { return s.sums[to] - s.sums[from] }

// extend tries all ways to complete what is picked, of a total, with pods from a
// position on: the smallest next one first, since the total is to be small.
func (s *search) extend(from int, sum float64) {
	missing := s.size - len(s.picked)
	if missing == 0 {
		if sum >= s.need && sum < s.least {
			s.best, s.least = slices.Clone(s.picked), sum
		}
		return
	}
	for i := len(s.options) - missing; i >= from; i-- {
		s.looks++
		if s.looks > maxSearch {
			return
		}
		with := sum + s.options[i].share
		most := with + s.between(i+1, i+missing)
		least := with + s.between(len(s.options)-missing+1, len(s.options))
		switch {
		case i > from && s.options[i].share == s.options[i-1].share: // its equal leaves more to follow
			continue
		case least >= s.least: // and so for all larger ones
			return
		case most < s.need && !s.isSlight(s.need-most):
			continue
		}
		s.picked = append(s.picked, i)
		s.extend(i+1, with)
		s.picked = s.picked[:len(s.picked)-1]
	}
}

// isSlight tells that a difference may be one of rounding, since sums were made in
// another order.
func (s *search) isSlight(difference float64) bool { return difference <= 1e-9*s.need }
