// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboard

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/loadline-dev/loadline/pkg/edits"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/load"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// The parameter "minutes" of TimelinePath. The embedded engine keeps two hours.
	defaultMinutes, minMinutes, maxMinutes = 60, 5, 120
	// loadTimeout bounds the time for what nodes measured. What is not known by then is
	// asked for when somebody looks again.
	loadTimeout = 20 * time.Second
)

// Timeline is the answer of TimelinePath: what happened, all on one axis. The parameter
// "minutes" says how far back it goes, and "node" has loads be of that node alone.
type Timeline struct {
	StepSeconds int `json:"stepSeconds"`
	// Times are the instants, in Unix time. All lists below are as long.
	Times []int64 `json:"times"`
	Node  string  `json:"node,omitempty"`
	Loads []Load  `json:"loads"`
	// LoadError is why some of the loads are not known.
	LoadError string `json:"loadError,omitempty"`
	Counts    Counts `json:"counts"`
	// Edits are those within the time, the oldest first.
	Edits []edits.Change `json:"edits"`
}

// Load is what nodes measured of one metric. Fields are null at instants at which
// nothing is known.
type Load struct {
	RuleSet  string `json:"ruleSet"`
	Metric   string `json:"metric"`
	Fraction bool   `json:"fraction"`
	// Lines are those that the metric is compared with.
	Lines []Line `json:"lines"`
	// Max, P90, Median and Min are over all nodes that have a value, and Nodes their
	// number. Absent where one node was asked for.
	Max    Numbers `json:"max,omitempty"`
	P90    Numbers `json:"p90,omitempty"`
	Median Numbers `json:"median,omitempty"`
	Min    Numbers `json:"min,omitempty"`
	Nodes  []int   `json:"nodes,omitempty"`
	// Values are those of that node.
	Values Numbers `json:"values,omitempty"`
}

// Line is one condition of a rule.
type Line struct {
	Rule   string   `json:"rule"`
	Above  *float64 `json:"above,omitempty"`
	Below  *float64 `json:"below,omitempty"`
	Equals *float64 `json:"equals,omitempty"`
	Clear  *float64 `json:"clear,omitempty"`
}

// Counts are what scheduling came to in the step that ends at each instant.
type Counts struct {
	// Since is when the scheduler began to count. Steps before are null.
	Since time.Time `json:"since"`
	// Placed are pods, and Refused attempts that load lines refused.
	Placed  Numbers `json:"placed"`
	Refused Numbers `json:"refused"`
}

func (p *Page) serveTimeline(w http.ResponseWriter, r *http.Request) {
	length, err := lengthOf(r.URL.Query().Get("minutes"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	snapshot, interval, node := p.Snapshot(), p.Interval(), r.URL.Query().Get("node")
	switch {
	case snapshot == nil || interval == 0:
		http.Error(w, "nothing has been measured yet", http.StatusServiceUnavailable)
		return
	case node != "" && snapshot.Index(node) == verdict.NoNode:
		http.Error(w, fmt.Sprintf("there is no node %q", node), http.StatusNotFound)
		return
	}
	axis := load.NewAxis(length, interval, p.Clock.Now())
	timeline := Timeline{
		StepSeconds: int(axis.Step / time.Second), Times: make([]int64, axis.Steps), Node: node,
		Counts: p.countsOn(axis), Edits: p.editsOn(axis),
	}
	for i := range timeline.Times {
		timeline.Times[i] = axis.At(i).Unix()
	}
	timeline.Loads, err = p.loadsOn(r.Context(), axis, snapshot, node)
	timeline.LoadError = text(err)
	inspect.Answer(w, r, timeline)
}

// lengthOf reads the parameter "minutes".
func lengthOf(text string) (time.Duration, error) {
	if text == "" {
		return defaultMinutes * time.Minute, nil
	}
	minutes, err := strconv.Atoi(text)
	if err != nil || minutes < minMinutes || minutes > maxMinutes {
		return 0, fmt.Errorf("minutes=%q: give a whole number from %d to %d, or none for %d", text, minMinutes, maxMinutes, defaultMinutes)
	}
	return time.Duration(minutes) * time.Minute, nil
}

// loadsOn are the metrics of all rule sets, known or not.
func (p *Page) loadsOn(ctx context.Context, axis load.Axis, snapshot *verdict.Snapshot, node string) ([]Load, error) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	measured, err := p.Loads(ctx, axis, node)
	loads := []Load{}
	for _, set := range snapshot.Sets {
		for _, coverage := range set.Coverage() {
			metric := coverage.Metric.Metric
			shown := Load{RuleSet: set.Name, Metric: metric, Fraction: set.Fraction(metric), Lines: linesOf(set, metric)}
			shown.fill(measured[verdict.MetricKey{Set: set.Name, Metric: metric}], axis.Steps, node != "")
			loads = append(loads, shown)
		}
	}
	return loads, err
}

// fill enters what was measured. Nil: nothing is known.
func (l *Load) fill(measured *load.Load, steps int, ofNode bool) {
	if measured == nil {
		unknown := slices.Repeat([]float64{math.NaN()}, steps)
		measured = &load.Load{Max: unknown, P90: unknown, Median: unknown, Min: unknown, Nodes: make([]int, steps), Values: unknown}
	}
	if ofNode {
		l.Values = measured.Values
		return
	}
	l.Max, l.P90, l.Median, l.Min, l.Nodes = measured.Max, measured.P90, measured.Median, measured.Min, measured.Nodes
}

// linesOf are what the rules of a set compare a metric with.
func linesOf(set *verdict.SetVerdict, metric string) []Line {
	lines := []Line{}
	for _, rule := range set.Rules {
		for _, line := range rule.Lines() {
			if line.Metric == metric {
				lines = append(lines, Line{Rule: rule.Key.Rule, Above: line.Above, Below: line.Below, Equals: line.Equals, Clear: line.Clear})
			}
		}
	}
	return lines
}

func (p *Page) countsOn(axis load.Axis) Counts {
	counts := Counts{Since: p.Tally.Since(), Placed: make(Numbers, axis.Steps), Refused: make(Numbers, axis.Steps)}
	for i := range axis.Steps {
		if !axis.At(i).After(counts.Since) {
			counts.Placed[i], counts.Refused[i] = math.NaN(), math.NaN()
			continue
		}
		placed, refused := p.Tally.Between(axis.At(i-1), axis.At(i))
		counts.Placed[i], counts.Refused[i] = float64(placed), float64(refused)
	}
	return counts
}

// editsOn are those after the beginning of the first step, and also after the last
// one, which is not over yet.
func (p *Page) editsOn(axis load.Axis) []edits.Change {
	found := []edits.Change{}
	for _, edit := range p.Edits() {
		if edit.Time.After(axis.Start()) {
			found = append(found, edit)
		}
	}
	return found
}
