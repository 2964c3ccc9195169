// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What Loadline's scheduler logs when a node crosses a line.
const (
	overTheLine    = "Node is over a load line and refuses new pods"
	backBelow      = "Node is back below a load line"
	notMeasuredNow = "Node was over a load line and is not measured any more: it refuses no pods"
)

// schedulerLog is the log of Loadline's scheduler.
type schedulerLog struct {
	path string
}

// crossing is a line that tells of a node which crossed a load line.
type crossing struct {
	node string
	// value is what was measured, a fraction, at measuredAt. Zero where nothing was.
	value      float64
	measuredAt time.Time
	// tick is when the scheduler judged it.
	tick time.Time
}

// mark is a place in the log: its end, now.
type mark int

func (l *schedulerLog) mark() mark {
	text, err := os.ReadFile(l.path)
	if err != nil {
		return 0
	}
	return mark(len(text))
}

// find is the first line after the mark with this message about that node.
func (l *schedulerLog) find(after mark, message, node string) (found crossing, ok bool, err error) {
	text, err := os.ReadFile(l.path)
	if err != nil {
		return crossing{}, false, err
	}
	return findCrossing(text[min(int(after), len(text)):], message, node)
}

func findCrossing(text []byte, message, node string) (found crossing, ok bool, err error) {
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) || !bytes.Contains(line, []byte(strconv.Quote(message))) {
			continue // of another kind, or still being written
		}
		if found, err := parseCrossing(string(line)); err != nil || found.node == node {
			return found, err == nil, err
		}
	}
	return crossing{}, false, nil
}

// pair is key=value in a line of structured text, with quotes or without.
var pair = regexp.MustCompile(`(\w+)=("(?:[^"\\]|\\.)*"|\S+)`)

func parseCrossing(line string) (crossing, error) {
	var found crossing
	var err error
	for _, match := range pair.FindAllStringSubmatch(line, -1) {
		text := strings.Trim(match[2], `"`)
		switch match[1] {
		case "node":
			found.node = text
		case "value":
			found.value, err = strconv.ParseFloat(text, 64)
		case "measuredAt":
			found.measuredAt, err = parseTime(text)
		case "tick":
			found.tick, err = parseTime(text)
		}
		if err != nil {
			return found, fmt.Errorf("reading %s in the scheduler's log: %w", match[1], err)
		}
	}
	return found, nil
}

// parseTime reads a time as Kubernetes writes it, or as Go does where nobody has
// said otherwise.
func parseTime(text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, nil
	}
	text, _, _ = strings.Cut(text, " m=")
	return time.Parse("2006-01-02 15:04:05.999999999 -0700 MST", text)
}

// awaitCrossing waits for a line in the log.
func (d *demo) awaitCrossing(after mark, message, node string) (crossing, error) {
	var found crossing
	var unreadable error
	err := d.await(crossingTimeout, fmt.Sprintf("Loadline to log %q for %s", message, node), func() bool {
		var ok bool
		found, ok, unreadable = d.log.find(after, message, node)
		return ok || unreadable != nil
	})
	return found, errors.Join(err, unreadable)
}
