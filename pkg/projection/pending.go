// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"iter"
	"math"
	"slices"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
)

// pageSize is the number of nodes in a page, a power of two.
const pageSize = 64

// Amounts are numbers by node. They do not change.
type Amounts struct {
	pages [][]float64
	// highest is no lower than that of any node.
	highest float64
}

// On is the amount on a node, zero where there is none.
func (a *Amounts) On(node int) float64 {
	if a == nil || node < 0 {
		return 0
	}
	page := uint(node) / pageSize
	if page >= uint(len(a.pages)) || a.pages[page] == nil {
		return 0
	}
	return a.pages[page][uint(node)%pageSize]
}

// Nodes are those with an amount other than zero.
func (a *Amounts) Nodes() iter.Seq[int] {
	return func(yield func(node int) bool) {
		if a == nil {
			return
		}
		for number, page := range a.pages {
			for i, amount := range page {
				if amount != 0 && !yield(number*pageSize+i) {
					return
				}
			}
		}
	}
}

// Highest is no lower than the amount on any node, and never negative.
func (a *Amounts) Highest() float64 {
	if a == nil {
		return 0
	}
	return a.highest
}

// Plus makes amounts with more on one node. It shares what does not change.
func (a *Amounts) Plus(node int, more float64) *Amounts {
	if node < 0 || more == 0 {
		return a
	}
	after := &Amounts{}
	if a != nil {
		*after = Amounts{pages: slices.Clone(a.pages), highest: a.highest}
	}
	page := node / pageSize
	for len(after.pages) <= page {
		after.pages = append(after.pages, nil)
	}
	changed := make([]float64, pageSize)
	copy(changed, after.pages[page])
	changed[node%pageSize] += more
	after.pages[page] = changed
	after.highest = math.Max(after.highest, changed[node%pageSize])
	return after
}

// Pending is what has come to the nodes of one snapshot since it was taken. One
// goroutine at a time may change it; any may read it.
type Pending struct {
	estimators []Estimator
	// amounts are by estimator.
	amounts []atomic.Pointer[Amounts]
}

func newPending(estimators []Estimator) *Pending {
	return &Pending{estimators: estimators, amounts: make([]atomic.Pointer[Amounts], len(estimators))}
}

// Amounts are those of this moment, by estimator.
func (p *Pending) Amounts() []*Amounts {
	if p == nil {
		return nil
	}
	amounts := make([]*Amounts, len(p.amounts))
	for i := range p.amounts {
		amounts[i] = p.amounts[i].Load()
	}
	return amounts
}

// Expect is what a pod will use, by estimator.
func (p *Pending) Expect(pod *corev1.Pod) []float64 {
	if p == nil {
		return nil
	}
	amounts := make([]float64, len(p.estimators))
	for i, estimator := range p.estimators {
		amounts[i] = estimator.Expect(pod)
	}
	return amounts
}

// Plus is what would be pending if more were to come to one node, by estimator.
// It shares nothing that changes with what is pending already.
func (p *Pending) Plus(node int, more []float64) *Pending {
	supposed := newPending(p.estimators)
	for i := range p.amounts {
		supposed.amounts[i].Store(p.amounts[i].Load())
	}
	supposed.add(node, more, 1)
	return supposed
}

func (p *Pending) add(node int, amounts []float64, sign float64) {
	for i, amount := range amounts {
		if i < len(p.amounts) {
			p.amounts[i].Store(p.amounts[i].Load().Plus(node, sign*amount))
		}
	}
}

// Resources are those of the estimators.
func (p *Pending) Resources() []corev1.ResourceName {
	if p == nil {
		return nil
	}
	resources := make([]corev1.ResourceName, len(p.estimators))
	for i, estimator := range p.estimators {
		resources[i] = estimator.Resource
	}
	return resources
}
