// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxRecords is how many evictions are remembered.
	MaxRecords = 500
	// MaxIdle is how many of those are kept, where there is not room for all, that
	// moved nothing (they failed, or were dry runs). So there is always room for
	// MaxRecords less MaxIdle of those that count for budgets.
	MaxIdle = 50
	// maxText is how long a message in a record may be, in bytes. Those of the API
	// server may quote whatever a webhook answers.
	maxText = 512
)

// Bounded is the state with no more than it may have: the oldest records that are
// finished go first, and of those the ones that moved nothing while there are more
// than MaxIdle of them. One that is not finished stays, however many there are.
func (s State) Bounded() State { return s.boundedTo(MaxRecords) }

func (s State) boundedTo(size int) State {
	excess := len(s.Records) - size
	if excess <= 0 {
		return s
	}
	idle := 0
	for i := range s.Records {
		if s.Records[i].idle() {
			idle++
		}
	}
	records := slices.Clone(s.Records)
	records, dropped := dropOldest(records, min(excess, idle-MaxIdle), (*Record).idle)
	records, _ = dropOldest(records, excess-dropped, (*Record).Finished)
	s.Records = records
	return s
}

// idle tells that the record is finished and that nothing was moved.
func (r *Record) idle() bool { return r.Finished() && (r.Failed != "" || r.DryRun) }

// dropOldest takes out the first records that may be, up to a number of them, and
// tells how many there were.
func dropOldest(records []Record, number int, may func(*Record) bool) (left []Record, dropped int) {
	left = slices.DeleteFunc(records, func(r Record) bool {
		if dropped >= number || !may(&r) {
			return false
		}
		dropped++
		return true
	})
	return left, dropped
}

// presentable is the record as it can be written: with times of one zone, texts
// that people can read, and numbers that there are in JSON.
func (r Record) presentable() Record {
	r.Planned, r.Evicted, r.Deleted = r.Planned.UTC(), r.Evicted.UTC(), r.Deleted.UTC()
	r.Before.Measured, r.Successor.Ready = r.Before.Measured.UTC(), r.Successor.Ready.UTC()
	r.Failed, r.Before.Why = readable(r.Failed), readable(r.Before.Why)
	r.Effect = cmp.Or(r.Effect, EffectPending)
	for _, value := range []*float64{
		&r.Before.Value, &r.Before.Threshold, &r.Before.Clear, &r.Before.Share,
		&r.Predicted.SourceAfter, &r.Predicted.DestinationBefore, &r.Predicted.DestinationAfter,
	} {
		*value = finite(*value)
	}
	r.Others = slices.Clone(r.Others)
	for i := range r.Others {
		r.Others[i].Share = finite(r.Others[i].Share)
	}
	if r.After != nil {
		after := finite(*r.After)
		r.After = &after
	}
	return r
}

func finite(value float64) float64 {
	if math.IsNaN(value) {
		return 0
	}
	return min(max(value, -math.MaxFloat64), math.MaxFloat64)
}

// readable is a text that comes from elsewhere, without what YAML does not have,
// and not too long.
func readable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '\n' {
			return r
		}
		return ' '
	}, text)
	if len(text) <= maxText {
		return text
	}
	end := maxText - len("...")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "..."
}
