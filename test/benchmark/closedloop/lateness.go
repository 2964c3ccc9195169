// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

// lateness is the most by which anything came late in a run, in real time. A
// machine that is too busy would otherwise decide the figures.
type lateness struct {
	// pods is by how much later than the scenario says a pod was created or
	// deleted.
	pods time.Duration
	// placement is for how long a pod waited for the scheduler itself: one that was
	// never refused.
	placement time.Duration
	// data is how old the oldest sample was that Loadline placed by, and answers the
	// time within which nearly all kubelets answered. Zero for the stock scheduler.
	data, answers time.Duration
}

func (l lateness) String() string {
	text := fmt.Sprintf("pods came and went at most %.1f s late and were placed within %.1f s", l.pods.Seconds(), l.placement.Seconds())
	if l.data > 0 {
		text += fmt.Sprintf(", samples were at most %.1f s old, and 99 of 100 kubelets answered within %.3g s", l.data.Seconds(), l.answers.Seconds())
	}
	return text
}

// worse is the worse of two, in everything.
func (l lateness) worse(other lateness) lateness {
	return lateness{
		pods: max(l.pods, other.pods), placement: max(l.placement, other.placement),
		data: max(l.data, other.data), answers: max(l.answers, other.answers),
	}
}

// check is an error if pods were later than one interval, or samples not what they
// should be. Samples are one interval old by themselves before the next ones come,
// and those are judged by for another one. kwok's counters have no times of their
// own, unlike a kubelet's: an answer that takes a fifth of the interval makes the
// rates wrong by a fifth.
func (l lateness) check(pace pace) error {
	interval := pace.real(scenario.Interval)
	if max(l.pods, l.placement) > interval || l.data > 3*interval || l.answers > interval/5 {
		return fmt.Errorf("the machine was too busy for an interval of %v: %v (do less at a time with --parallel, or more slowly with --factor)", interval, l)
	}
	return nil
}
