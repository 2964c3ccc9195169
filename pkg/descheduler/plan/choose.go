// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"slices"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// choose chooses among pods so many that their shares add up to what is needed, in
// the order in which they are to go. It reports whether they do; if not, all are
// chosen.
func choose(options []option, need float64, order v1alpha1.EvictionOrder) (chosen []option, enough bool) {
	if need <= 0 {
		return nil, true
	}
	within := upToSufficient(options, need)
	switch {
	case within == nil:
		return everything(options, order), false
	case order == v1alpha1.Fewest:
		return fewest(within, need), true
	default:
		return overRequest(within, need), true
	}
}

// upToSufficient are the pods up to the lowest priority with which they suffice. Nil
// if all do not.
func upToSufficient(options []option, need float64) []option {
	sorted := slices.SortedFunc(slices.Values(options), func(a, b option) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), byShare(a, b))
	})
	sum := 0.0
	for i, o := range sorted {
		sum += o.share
		last := i+1 == len(sorted) || sorted[i+1].priority != o.priority
		if last && sum >= need {
			return sorted[:i+1]
		}
	}
	return nil
}

// overRequest are those furthest above what they asked for, less those again that
// are not needed: the smallest first.
func overRequest(options []option, need float64) []option {
	sorted := slices.SortedFunc(slices.Values(options), byOverRequest)
	sum := 0.0
	for i, o := range sorted {
		sum += o.share
		if sum >= need {
			sorted = sorted[:i+1]
			break
		}
	}
	return minimal(sorted, need)
}

// minimal leaves out pods without which the others suffice, the smallest first, so
// that then none could be left out. It keeps their order.
func minimal(options []option, need float64) []option {
	smallest := slices.Clone(options)
	slices.SortStableFunc(smallest, func(a, b option) int { return byShare(b, a) })
	kept := options
	for _, o := range smallest {
		others := without(kept, o)
		if total(others) >= need {
			kept = others
		}
	}
	return kept
}

func without(options []option, out option) []option {
	others := make([]option, 0, len(options))
	for _, o := range options {
		if o.pod != out.pod {
			others = append(others, o)
		}
	}
	return others
}

// everything is for where all pods together do not suffice: those of the lowest
// priority go first, since there may be no place, or no budget, for all.
func everything(options []option, order v1alpha1.EvictionOrder) []option {
	by := byOverRequest
	if order == v1alpha1.Fewest {
		by = byShare
	}
	return slices.SortedFunc(slices.Values(options), func(a, b option) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), by(a, b))
	})
}
