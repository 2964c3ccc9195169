// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/loadline-dev/loadline/pkg/cli/ledger"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/explain"
)

// printEvictions prints the latest eviction of a pod, or all of them.
func (f *explainFlags) printEvictions(out io.Writer, l *shownLedger) error {
	switch {
	case f.forPrograms() && f.all:
		return printObject(out, l.list(), f.output)
	case f.forPrograms():
		return printObject(out, l.evictions[0].Stored, f.output)
	}
	shown := l.evictions
	if !f.all {
		shown = shown[:1]
	}
	for i, eviction := range shown {
		if i > 0 {
			fmt.Fprintln(out)
		}
		head := shownEviction{Eviction: eviction, shownLedger: l}.lines(f.output == "wide")
		if earlier := len(l.evictions) - len(shown); earlier > 0 {
			head.add("Earlier", fmt.Sprintf("%d more of this name; --all prints them", earlier))
		}
		if err := printTable(out, head); err != nil {
			return err
		}
	}
	return nil
}

// shownEviction is an eviction in words.
type shownEviction struct {
	*ledger.Eviction
	*shownLedger
}

func (e shownEviction) lines(wide bool) heading {
	var head heading
	head.add("Pod", e.Pod.Namespace+"/"+e.Pod.Name)
	if wide {
		head.add("UID", string(e.Pod.UID))
	}
	head.add("Workload", fmt.Sprintf("%s (%s)", e.Workload.Name, e.Workload.Kind))
	head.add("Decision", e.decision())
	head.add("Rule", e.Rule.Set+"/"+e.Rule.Rule)
	head.add("Line", e.Before.Metric+" "+e.reading().line())
	head.add("Measured", e.measured())
	if e.Saturated {
		head.add("Saturated", "the node measured less than its pods wanted, so that no effect had to show")
	}
	head.add("Share", e.share())
	head.add("Why", oneLine(e.Before.Why))
	head.add("Others", e.others())
	head.add("Together", e.together())
	head.add("Predicted", e.predicted())
	if e.Failed == "" && !e.DryRun {
		e.addOutcome(&head)
	}
	return head
}

// decision says what was done, or why it was not.
func (e shownEviction) decision() string {
	from := fmt.Sprintf("from node %s, %s ago", e.Node, e.since(e.Planned))
	switch {
	case e.Failed != "":
		return fmt.Sprintf("not evicted after all %s: %s", from, oneLine(e.Failed))
	case e.Observed:
		return fmt.Sprintf("would have been evicted %s; nothing was, since the rule set only observes", from)
	case e.DryRun:
		return fmt.Sprintf("would have been evicted %s; nothing was, in a dry run", from)
	case e.Evicted.IsZero():
		return fmt.Sprintf("to be evicted %s; it is not written down yet that it was", from)
	default:
		return "evicted " + from
	}
}

// fraction tells whether the metric runs from 0 to 1, as those of a resource do.
func (e shownEviction) fraction() bool {
	return e.Before.Share != 0 || e.Predicted.SourceAfter != 0 || e.Predicted.DestinationAfter != 0
}

// reading is what was measured against the line. On which side of it the node was
// follows from clear, and without a band from the value.
func (e shownEviction) reading() shownReading {
	b := &e.Before
	reading := &explain.Reading{Metric: b.Metric, Fraction: e.fraction(), Value: &b.Value}
	if b.Clear != b.Threshold {
		reading.Clear = &b.Clear
	}
	switch {
	case b.Clear < b.Threshold, b.Clear == b.Threshold && b.Value > b.Threshold:
		reading.Above = &b.Threshold
	case b.Clear > b.Threshold, b.Value < b.Threshold:
		reading.Below = &b.Threshold
	default:
		reading.Equals = &b.Threshold
	}
	return shownReading{reading}
}

func (e shownEviction) value(number float64) string { return e.reading().value(&number) }

func (e shownEviction) measured() string {
	text := fmt.Sprintf("%s on node %s", e.value(e.Before.Value), e.Node)
	if !e.Before.Measured.IsZero() {
		text += fmt.Sprintf(", %s before the decision", between(e.Before.Measured, e.Planned))
	}
	return text + " at " + e.Planned.Local().Format(time.RFC3339)
}

// share is the part of the value that the pod was.
func (e shownEviction) share() string {
	switch {
	case !e.fraction():
		return ""
	case e.Before.Share == 0:
		return "not known"
	default:
		return fmt.Sprintf("%s of the node, of its %s", e.value(e.Before.Share), e.value(e.Before.Value))
	}
}

// others are the pods with the largest shares that stayed, and why.
func (e shownEviction) others() string {
	var texts []string
	for _, other := range e.Others {
		share := ""
		if other.Share > 0 {
			share = " with " + e.value(other.Share)
		}
		texts = append(texts, fmt.Sprintf("%s/%s%s: %s", other.Namespace, other.Name, share, other.Why))
	}
	if len(texts) == 0 {
		return ""
	}
	return "stayed: " + strings.Join(texts, "; ")
}

// together names the pods that were to go by the same decision.
func (e shownEviction) together() string {
	var names []string
	for _, other := range e.Together(e.Eviction) {
		names = append(names, other.Pod.Namespace+"/"+other.Pod.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("with %s off the node by the same decision: %s", count(len(names), "other pod"), abridge(names))
}

// predicted says what was expected of the node, and of the one that the successor
// was to go to.
func (e shownEviction) predicted() string {
	p := &e.Predicted
	if !e.fraction() {
		if p.Destination == "" {
			return ""
		}
		return "room on node " + p.Destination
	}
	texts := []string{fmt.Sprintf("%s on node %s without it", e.value(p.SourceAfter), e.Node)}
	if p.Destination != "" {
		texts = append(texts, fmt.Sprintf("%s on node %s with it, from %s", e.value(p.DestinationAfter), p.Destination, e.value(p.DestinationBefore)))
	}
	return strings.Join(texts, "; ")
}

// addOutcome says what came of an eviction.
func (e shownEviction) addOutcome(head *heading) {
	switch {
	case e.Evicted.IsZero():
		return
	case e.Deleted.IsZero():
		head.add("Gone", "not yet, as far as is known; evicted at "+e.Evicted.Local().Format(time.RFC3339))
	default:
		head.add("Gone", fmt.Sprintf("%s after it was evicted at %s", between(e.Evicted, e.Deleted), e.Evicted.Local().Format(time.RFC3339)))
	}
	head.add("Successor", e.successor())
	if e.After != nil {
		head.add("Afterwards", fmt.Sprintf("%s on node %s, from %s", e.value(*e.After), e.Node, e.value(e.Before.Value)))
	}
	head.add("Effect", e.effect())
}

func (e shownEviction) successor() string {
	s := &e.Successor
	switch {
	case s.NotNeeded && s.Name != "":
		return s.Name + " was, and is gone; none is needed any more"
	case s.NotNeeded:
		return "none, and none is needed: the workload was scaled down or deleted"
	case s.Name == "":
		return "none seen yet"
	case s.Node == "":
		return s.Name + ", which waits for a node"
	}
	text := fmt.Sprintf("%s on node %s", s.Name, s.Node)
	switch e.Predicted.Destination {
	case "":
	case s.Node:
		text += ", as predicted"
	default:
		text += ", not on " + e.Predicted.Destination + " as predicted"
	}
	if s.Ready.IsZero() {
		return text + "; not ready yet"
	}
	return fmt.Sprintf("%s; ready %s after the eviction", text, between(e.Evicted, s.Ready))
}

func (e shownEviction) effect() string {
	switch e.Eviction.Effect {
	case history.EffectLowered:
		return "the node is better off"
	case history.EffectNone:
		return "none: the node measured no better"
	case history.EffectUnknown:
		if e.After == nil {
			return "cannot be told: the node was not measured any more, or is gone"
		}
		return "cannot be told: the node need not measure less for it"
	}
	if e.Deleted.IsZero() {
		return "not known yet"
	}
	return fmt.Sprintf("not known yet: the metric shows it %s after the pod was gone", e.Window.Duration)
}

// between is the time from one instant to another, in whole seconds.
func between(from, to time.Time) string {
	return secondsText(math.Max(0, to.Sub(from).Seconds()))
}
