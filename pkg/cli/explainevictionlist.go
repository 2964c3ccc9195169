// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"
	"io"

	"github.com/loadline-dev/loadline/pkg/descheduler/breaker"
)

// listedEvictions is the number of evictions that are listed of many.
const listedEvictions = 20

// listEvictions prints the latest evictions, and whether there can be more.
func (f *explainFlags) listEvictions(out io.Writer, l *shownLedger) error {
	if f.forPrograms() {
		if err := printObject(out, l.list(), f.output); err != nil {
			return err
		}
		return l.errIfNone()
	}
	var head heading
	head.add("Paused", cmp.Or(l.Paused.Message, "no"))
	head.add("Breaker", l.breakerText())
	if len(l.evictions) == 0 {
		head.add("Evictions", l.noneListed())
	}
	if err := printTable(out, head); err != nil {
		return err
	}
	if len(l.evictions) == 0 {
		return errFound
	}
	fmt.Fprintln(out)
	shown := l.evictions
	if !f.all && len(shown) > listedEvictions {
		shown = shown[:listedEvictions]
	}
	wide := f.output == "wide"
	rows := [][]string{evictionHeader(wide)}
	for _, eviction := range shown {
		rows = append(rows, shownEviction{Eviction: eviction, shownLedger: l}.row(wide))
	}
	if err := printTable(out, rows); err != nil {
		return err
	}
	if len(shown) < len(l.evictions) {
		fmt.Fprintf(out, "These are the latest %d of %d; --all shows all.\n", len(shown), len(l.evictions))
	}
	return nil
}

func evictionHeader(wide bool) []string {
	header := []string{"AGE", "POD", "FROM", "TO", "RULE", "VALUE", "AFTER", "EFFECT"}
	if wide {
		header = append(header, "SHARE", "PREDICTED", "SUCCESSOR", "READY", "UID", "WHY")
	}
	return header
}

func (l *shownLedger) errIfNone() error {
	if len(l.evictions) == 0 {
		return errFound
	}
	return nil
}

// breakerText is about the part of the breaker that is written down. Whether the
// cluster as a whole is too hot is judged anew each time.
func (l *shownLedger) breakerText() string {
	if open := breaker.Open(l.now, l.Breaker); !open.IsZero() {
		return "open: " + open.String()
	}
	return "closed, as far as is written down"
}

// noneListed says why there is nothing to list.
func (l *shownLedger) noneListed() string {
	if elsewhere := l.Elsewhere(l.query); len(elsewhere) > 0 {
		return fmt.Sprintf("none in namespace %s; there are in %s: -A shows all", l.query.Namespace, abridge(elsewhere))
	}
	return l.Absence(l.now)
}

func (e shownEviction) row(wide bool) []string {
	pod, to, after := e.Pod.Name, e.Successor.Node, "-"
	if e.query.Namespace == "" {
		pod = e.Pod.Namespace + "/" + pod
	}
	if to == "" && e.Predicted.Destination != "" {
		to = "(" + e.Predicted.Destination + ")" // predicted
	}
	if e.After != nil {
		after = e.value(*e.After)
	}
	row := []string{
		e.since(e.Planned), pod, e.Node, cmp.Or(to, "-"), e.Rule.Set + "/" + e.Rule.Rule, e.value(e.Before.Value), after, e.Outcome(),
	}
	if !wide {
		return row
	}
	share, predicted, ready := "-", "-", "-"
	if e.fraction() {
		share, predicted = e.value(e.Before.Share), e.value(e.Predicted.SourceAfter)
	}
	if !e.Successor.Ready.IsZero() && !e.Evicted.IsZero() {
		ready = between(e.Evicted, e.Successor.Ready)
	}
	return append(row, share, predicted, cmp.Or(e.Successor.Name, "-"), ready, string(e.Pod.UID), oneLine(cmp.Or(e.Failed, e.Before.Why)))
}
