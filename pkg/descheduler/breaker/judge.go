// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package breaker

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// Why evictions stop for some time.
const (
	// Ineffective: the latest evictions did not lower what the nodes measure.
	Ineffective reason.Code = "Ineffective"
	// Unready: what came in place of the latest evicted pods did not become ready.
	Unready reason.Code = "Unready"
	// Stopped: a person has written down until when, and not why.
	Stopped reason.Code = "Stopped"
)

// Judge opens the breaker after as many evictions in a row as may be that were in
// vain. An open one stays as it is until its time is over, and then only what was
// planned since counts: a person who closes it early does so by moving Until.
//
// Each eviction counts, not each plan, since each is a pod that was moved in vain.
func Judge(now time.Time, config *v1alpha1.Breaker, state history.State) history.Breaker {
	before := state.Breaker
	if now.Before(before.Until) {
		return before
	}
	records := since(before.Until, state.Records)
	why := ineffective(config, records)
	if why.IsZero() {
		why = unready(now, config, records)
	}
	if why.IsZero() {
		return before
	}
	return history.Breaker{Opened: now, Until: now.Add(config.OpenFor.Value()), Why: why}
}

// Open tells why evictions stop at an instant. Zero if they do not.
func Open(now time.Time, breaker history.Breaker) reason.Reason {
	if !now.Before(breaker.Until) {
		return reason.Reason{}
	}
	code := cmp.Or(breaker.Why.Code, Stopped)
	message := cmp.Or(breaker.Why.Message, "the breaker was opened")
	return reason.New(code, "%s; evictions stop until %s", message, breaker.Until.UTC().Format(time.RFC3339))
}

// since are the records of what was evicted and planned at an instant or later, the
// latest first.
func since(from time.Time, records []history.Record) []history.Record {
	var evicted []history.Record
	for _, r := range records {
		if r.Failed == "" && !r.DryRun && !r.Planned.Before(from) {
			evicted = append(evicted, r)
		}
	}
	slices.SortStableFunc(evicted, func(a, b history.Record) int { return a.Planned.Compare(b.Planned) })
	slices.Reverse(evicted)
	return evicted
}

// outcome is what an eviction says about whether evictions are any good.
type outcome int

const (
	silent outcome = iota
	good
	bad
)

// row is how many of the latest records are bad, without a good one among them.
func row(records []history.Record, says func(*history.Record) outcome) (length int, last *history.Record) {
	for i := range records {
		switch says(&records[i]) {
		case good:
			return length, last
		case bad:
			if length++; last == nil {
				last = &records[i]
			}
		}
	}
	return length, last
}

func ineffective(config *v1alpha1.Breaker, records []history.Record) reason.Reason {
	length, last := row(records, func(r *history.Record) outcome {
		switch {
		case r.Saturated:
			return silent
		case r.Effect == history.EffectLowered:
			return good
		case r.Effect == history.EffectNone:
			return bad
		}
		return silent
	})
	if length < limit(config.MaxIneffective) {
		return reason.Reason{}
	}
	after := ""
	if last.After != nil {
		after = fmt.Sprintf(" (%s was %.4g and is %.4g)", last.Before.Metric, last.Before.Value, *last.After)
	}
	return reason.New(Ineffective, "%d evictions in a row did not bring down what their nodes measure, the last of pod %s/%s from node %s by rule %s of rule set %s%s: "+
		"something other than these pods makes the load", length, last.Pod.Namespace, last.Pod.Name, last.Node, last.Rule.Rule, last.Rule.Set, after)
}

func unready(now time.Time, config *v1alpha1.Breaker, records []history.Record) reason.Reason {
	within := config.ReadyWithin.Value()
	length, last := row(records, func(r *history.Record) outcome {
		if r.Deleted.IsZero() || r.Successor.NotNeeded {
			return silent
		}
		latest := r.Deleted.Add(within)
		switch {
		case !r.Successor.Ready.IsZero() && !r.Successor.Ready.After(latest):
			return good
		case now.After(latest):
			return bad
		}
		return silent
	})
	if length < limit(config.MaxUnready) {
		return reason.Reason{}
	}
	successor := "no pod has come in its place"
	if last.Successor.Name != "" {
		successor = fmt.Sprintf("its successor is %s", last.Successor.Name)
	}
	return reason.New(Unready, "the pods that came in place of %d evicted ones in a row were not ready within %s, the last of them in place of %s/%s (%s): "+
		"find out why they do not start", length, within, last.Pod.Namespace, last.Pod.Name, successor)
}

// limit is how many in a row open the breaker: at least one does.
func limit(configured *int32) int {
	if configured == nil {
		return 1
	}
	return max(1, int(*configured))
}
