// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/demo/internal/screen"
	"github.com/loadline-dev/loadline/test/demo/internal/svg"
)

// maxRequeue is how soon a waiting pod must be placed once its node has cooled.
const maxRequeue = 2 * time.Second

// refusalsMetric is the scheduler's own count of nodes that it has refused to pods.
const refusalsMetric = "loadline_refused_nodes_total"

// result is what the acts add up to.
type result struct {
	nodes         int
	stock, placed score
	refusals      int
	newOnHot      int           // pods of act 3 that were placed on the hot node
	requeue       time.Duration // from the tick that knew of the cooled node to the placement
	waited        time.Duration // by the pod of act 3
	killedLater   int           // in acts 3 and 4
	recovery      recovery      // act 5
}

// count asks the scheduler itself, and the cluster as it is now.
func (d *demo) count(r *result) error {
	text, err := d.loadline.Metrics(d.ctx)
	if err != nil {
		return err
	}
	if r.refusals, err = sumOf(refusalsMetric, text); err != nil {
		return err
	}
	r.killedLater = d.show.now().pods.killed - r.placed.podsKilled - r.recovery.killed
	return nil
}

// sumOf adds up the series of a metric, in the Prometheus text format.
func sumOf(metric string, text []byte) (int, error) {
	total := 0.0
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if !bytes.HasPrefix(line, []byte(metric+"{")) || len(fields) < 2 {
			continue
		}
		value, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			return 0, fmt.Errorf("reading metric %s: %w", metric, err)
		}
		total += value
	}
	return int(total), nil
}

// failures are what the demo claims and has not seen happen.
func (r *result) failures() []error {
	pods := 0
	for _, w := range workloads {
		pods += int(w.replicas)
	}
	var failures []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			failures = append(failures, fmt.Errorf(format, args...))
		}
	}
	check(r.stock.running == pods, "%d of %d pods ran at the end of the stock scheduler's run", r.stock.running, pods)
	check(r.placed.running == pods, "%d of %d pods ran at the end of Loadline's run", r.placed.running, pods)
	check(r.stock.podsKilled > 0, "no pod was killed under the stock scheduler: there was nothing to improve")
	check(r.stock.nodesOverLine > 0, "no node came over the line under the stock scheduler: there was nothing to improve")
	check(r.placed.podsKilled == 0, "%d pods were killed under Loadline", r.placed.podsKilled)
	check(r.placed.nodesOverLine == 0, "%d nodes came over the line under Loadline", r.placed.nodesOverLine)
	check(r.killedLater == 0, "%d pods were killed in acts 3 and 4", r.killedLater)
	check(r.newOnHot == 0, "%d new pods were placed on the hot node", r.newOnHot)
	check(r.refusals > 0, "the scheduler counts no refusals")
	check(r.requeue >= 0 && r.requeue <= maxRequeue, "the waiting pod was placed %v after the tick that knew its node had cooled, not within %v", r.requeue, maxRequeue)
	r.recovery.check(check)
	return failures
}

// write stores the result as build/demo.json.
func (r *result) write() error {
	type side struct {
		NodesOverLine int     `json:"nodesOverLine"`
		MaxMemory     float64 `json:"maxMemory"`
		PodsKilled    int     `json:"podsKilled"`
	}
	type loadlineSide struct {
		side
		Refusals       int     `json:"refusals"`
		RequeueSeconds float64 `json:"requeueSeconds"`
	}
	type deschedulerSide struct {
		SecondsOverLine float64 `json:"secondsOverLine"`
		PodsMoved       int     `json:"podsMoved"`
		Predicted       float64 `json:"predictedMemory"`
		Measured        float64 `json:"measuredMemory"`
		PodsKilled      int     `json:"podsKilled"`
	}
	sideOf := func(s score) side { return side{s.nodesOverLine, round(s.maxMemory), s.podsKilled} }
	data, err := json.Marshal(struct {
		Nodes       int             `json:"nodes"`
		Default     side            `json:"default"`
		Loadline    loadlineSide    `json:"loadline"`
		Descheduler deschedulerSide `json:"descheduler"`
	}{
		r.nodes, sideOf(r.stock), loadlineSide{sideOf(r.placed), r.refusals, round(r.requeue.Seconds())},
		deschedulerSide{
			round(r.recovery.over.Seconds()), len(r.recovery.evictions),
			round(r.recovery.predicted()), round(r.recovery.after()), r.recovery.killed,
		},
	})
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	path, err := resultFile()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// discardResult removes the result of an earlier show, which a reader could take
// for this one's if this one ends early.
func discardResult() error {
	path, err := resultFile()
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the earlier result: %w", err)
	}
	return nil
}

func resultFile() (string, error) {
	root, err := cluster.ModuleRoot()
	return filepath.Join(root, "build", "demo.json"), err
}

// round keeps three decimals.
func round(value float64) float64 { return math.Round(1000*value) / 1000 }

// finalFrame is the end of both runs, and the table below.
func (d *demo) finalFrame(r *result, width int) screen.Frame {
	column := screen.ColumnWidth(width)
	frame := screen.Frame{
		screen.Between(screen.Row{{Style: screen.Accent, Text: "LOADLINE"}},
			screen.Row{{Style: screen.Dim, Text: "the same pods, in the same order, at the same times"}}, width),
		nil,
	}
	const when = "highest of the run"
	frame = append(frame, screen.Beside(
		panel(d.stock.title, when, d.nodes, d.stock.highest(), column),
		panel(d.placed.title, when, d.nodes, d.placed.highest(), column), width)...)
	return append(append(frame, nil), r.tables(width)...)
}

// tables are what the acts add up to: beside each other, where there is room.
func (r *result) tables(width int) []screen.Row {
	var rows []screen.Row
	if column := screen.ColumnWidth(width); width >= recordedColumns {
		rows = screen.Beside(r.table(column), r.recovery.table(column), width)
	} else {
		rows = append(append(r.table(width), nil), r.recovery.table(width)...)
	}
	text := fmt.Sprintf("Acts 3 and 4, where the demo itself heated a node, are not in the tables: Loadline refused nodes %d times; "+
		"a pod waited %s for the hot node, and was placed %.2f s after the tick that knew it had cooled.",
		r.refusals, seconds(r.waited), r.requeue.Seconds())
	rows = append(rows, nil)
	for _, line := range screen.Wrap(text, width) {
		rows = append(rows, screen.Row{{Style: screen.Dim, Text: line}})
	}
	return rows
}

// table compares the runs.
func (r *result) table(width int) []screen.Row {
	plain := func(text string) screen.Span { return screen.Span{Text: text} }
	count := func(count int) screen.Span { return screen.Text(styleOfCount(count), "%d", count) }
	share := func(nodes int) screen.Span { return screen.Text(styleOfCount(nodes), "%d of %d", nodes, r.nodes) }
	memory := func(memory float64) screen.Span { return screen.Span{Style: styleOf(memory), Text: percent(memory)} }
	return append(tableHead(width, "acts 1 and 2, measured", "stock", "Loadline"),
		tableRow(width, plain("pods killed"), count(r.stock.podsKilled), count(r.placed.podsKilled)),
		tableRow(width, plain("nodes that came over the line"), share(r.stock.nodesOverLine), share(r.placed.nodesOverLine)),
		tableRow(width, plain("highest memory of a node"), memory(r.stock.maxMemory), memory(r.placed.maxMemory)),
		tableRow(width, plain("time that pods were pending"), plain(seconds(r.stock.pendingTime)), plain(seconds(r.placed.pendingTime))),
	)
}

// tableColumns is the greatest width of a table, and tableValueColumns that of a
// column of values.
const (
	tableColumns      = 60
	tableValueColumns = 9
)

func tableHead(width int, label string, columns ...string) []screen.Row {
	values := make([]screen.Span, len(columns))
	for i, column := range columns {
		values[i] = screen.Span{Style: screen.Dim, Text: column}
	}
	return []screen.Row{
		tableRow(width, screen.Span{Style: screen.Dim, Text: label}, values...),
		{{Style: screen.Dim, Text: strings.Repeat("─", min(width, tableColumns))}},
	}
}

// tableRow has the label at the left, and the values in columns at the right.
func tableRow(width int, label screen.Span, values ...screen.Span) screen.Row {
	row := screen.Row{label}.Fit(min(width, tableColumns) - len(values)*tableValueColumns)
	for _, value := range values {
		value.Text = fmt.Sprintf("%*s", tableValueColumns, value.Text)
		row = append(row, value)
	}
	return row
}

func percent(value float64) string { return fmt.Sprintf("%.0f%%", 100*value) }

// tenths is a percentage of which a tenth matters.
func tenths(value float64) string { return fmt.Sprintf("%.1f%%", 100*value) }

func seconds(duration time.Duration) string { return fmt.Sprintf("%.1f s", duration.Seconds()) }

// styleOfCount is the style of a number that had better be zero.
func styleOfCount(count int) screen.Style {
	if count > 0 {
		return screen.Past
	}
	return screen.Low
}

// record writes the pictures to a folder.
func (d *demo) record(folder string, final screen.Frame) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("writing the pictures: %w", err)
	}
	for name, picture := range map[string][]byte{
		"demo.svg":        d.show.recorder.Animation("Loadline's demo: the same pods under the stock scheduler and under Loadline, node by node, and a node that is brought back below its line"),
		"demo-result.svg": svg.Still(final, recordedColumns, "The end of both runs of Loadline's demo, a table that compares them, and one of a node that is brought back below its line"),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), picture, 0o644); err != nil {
			return fmt.Errorf("writing the pictures: %w", err)
		}
	}
	return nil
}
