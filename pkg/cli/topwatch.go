// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/loadline-dev/loadline/pkg/inspect"
)

// topPoll is the time between two questions. A scheduler measures every 15 s, unless
// configured otherwise.
const topPoll = 5 * time.Second

// follow prints nodes, and then again what has changed, until the context ends. That
// nobody answers may be a failover: it is said once, and tried again.
func (t *top) follow(ctx context.Context) error {
	shown := watchedNodes{top: t, rows: map[string]string{}}
	asked := false
	for ctx.Err() == nil {
		nodes, from, err := t.ask(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil && !asked:
			return err // it is not there, or may not be asked
		case err != nil:
			t.warn(fmt.Sprintf("%v; trying again", err))
		default:
			if asked = true; shown.isNews(nodes, from) {
				t.warned.Clear() // what comes again is news by now
				if err := shown.print(nodes); err != nil {
					return err
				}
			}
		}
		select {
		case <-t.clock.After(topPoll):
		case <-ctx.Done():
		}
	}
	return nil
}

// watchedNodes are nodes as they were last printed.
type watchedNodes struct {
	*top
	from       string
	generation uint64
	time       time.Time
	// rows are by node, but for the ages.
	rows map[string]string
}

// isNews tells whether the nodes were judged anew.
func (w *watchedNodes) isNews(nodes *inspect.Nodes, from string) bool {
	now := nodes.Snapshot
	news := from != w.from || now.Generation != w.generation || !now.Time.Equal(w.time)
	w.from, w.generation, w.time = from, now.Generation, now.Time
	return news
}

func (w *watchedNodes) print(nodes *inspect.Nodes) error {
	file, isTerminal := terminal(w.streams.Out)
	switch {
	case w.output == "yaml":
		if len(w.rows) > 0 {
			fmt.Fprintln(w.streams.Out, "---")
		}
		w.rows[""] = ""
		return w.top.print(w.streams.Out, nodes)
	case w.output == "json":
		return w.top.print(w.streams.Out, nodes)
	case isTerminal:
		return w.redraw(file, nodes)
	default:
		return w.stream(nodes)
	}
}

// redraw shows as many nodes as the terminal has room for.
func (w *watchedNodes) redraw(file *os.File, nodes *inspect.Nodes) error {
	lines, err := w.lines(nodes)
	if err != nil {
		return err
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil || width < 1 || height < 1 {
		width, height = 80, 24
	}
	const home = "\x1b[H\x1b[2J"
	var text bytes.Buffer
	text.WriteString(home)
	colours := coloured(file)
	for _, line := range fitted(lines, width, height-1) {
		text.WriteString(line.in(colours) + "\n")
	}
	_, err = file.Write(text.Bytes())
	return err
}

// fitted are as many lines as there is room for, none of which is broken.
func fitted(lines []tinted, width, height int) []tinted {
	if more := len(lines) - height; more > 0 && height > 1 {
		lines = append(lines[:height-1:height-1], tinted{text: fmt.Sprintf("... and %d more", more+1)})
	}
	fitted := make([]tinted, 0, len(lines))
	for _, line := range lines {
		if utf8.RuneCountInString(line.text) > width {
			line.text = string([]rune(line.text)[:width])
		}
		fitted = append(fitted, line)
	}
	return fitted
}

// stream prints the nodes that have changed, under a header the first time. That a
// value is older is no change.
func (w *watchedNodes) stream(nodes *inspect.Nodes) error {
	table := newNodeTable(nodes, w.output == "wide")
	ages := len(table.columns) + 2
	var changed []inspect.Node
	now := make(map[string]string, len(nodes.Nodes))
	for i := range nodes.Nodes {
		node := nodes.Nodes[i]
		row := table.row(&node)
		row[ages] = ""
		now[node.Name] = strings.Join(row[:ages+1], "\t") + string(node.State)
		if before, known := w.rows[node.Name]; !known || before != now[node.Name] {
			changed = append(changed, node)
		}
	}
	w.rows = now
	if len(changed) == 0 {
		return nil
	}
	part := *nodes
	part.Nodes = changed
	err := w.top.print(w.streams.Out, &part)
	w.noHeaders = true
	return err
}
