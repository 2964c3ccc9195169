// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package examples

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What the exporters tell begins history before the end, which is now: long enough
// for the widest window of an example and what its rule waits for, and no longer
// than the embedded engine accepts samples of the past.
const (
	history  = 6 * time.Minute
	interval = 15 * time.Second
)

// period is the time that a test is about.
type period struct{ start, end time.Time }

func lately() period {
	end := time.Now().Truncate(interval)
	return period{start: end.Add(-history), end: end}
}

// ticks are the times at which exporters are asked and rules are judged.
func (p period) ticks() []time.Time {
	var ticks []time.Time
	for at := p.start; !at.After(p.end); at = at.Add(interval) {
		ticks = append(ticks, at)
	}
	return ticks
}

// exposition is what an exporter says, as it is written in a file of testdata.
// There, a value "3 +0.5/s" is 3 at the start, and grows by 0.5 each second.
type exposition []line

// line is a sample, or something else without a series.
type line struct {
	text             string
	series           string
	start, perSecond float64
}

var sampleLine = regexp.MustCompile(`^([^#].*?) (\S+)(?: \+(\S+)/s)?$`)

func readExposition(t *testing.T, file string) exposition {
	t.Helper()
	var content exposition
	for text := range strings.Lines(string(read(t, "testdata", file))) {
		read := line{text: text}
		if found := sampleLine.FindStringSubmatch(strings.TrimSuffix(text, "\n")); found != nil {
			read.series, read.start, read.perSecond = found[1], number(t, found[2]), number(t, found[3])
		}
		content = append(content, read)
	}
	return content
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	if text == "" {
		return 0
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// at is what the exporter says at a time after the start.
func (e exposition) at(since time.Duration) string {
	return e.write(func(l line) string { return fmt.Sprintln(l.series, l.value(since)) })
}

// during is all that the exporter says in a period, as if it told the time of each
// value and had been asked all along.
func (e exposition) during(p period) string {
	return e.write(func(l line) string {
		var samples strings.Builder
		for _, at := range p.ticks() {
			fmt.Fprintln(&samples, l.series, l.value(at.Sub(p.start)), at.UnixMilli())
		}
		return samples.String()
	})
}

func (e exposition) write(sample func(line) string) string {
	var text strings.Builder
	for _, l := range e {
		if l.series == "" {
			text.WriteString(l.text)
		} else {
			text.WriteString(sample(l))
		}
	}
	return text.String()
}

func (l line) value(since time.Duration) float64 { return l.start + l.perSecond*since.Seconds() }
