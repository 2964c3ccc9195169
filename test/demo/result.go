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
	lateOnHot     int           // pods of act 3 that were placed on the hot node
	requeue       time.Duration // from the tick that knew of the cooled node to the placement
	waited        time.Duration // by the pod of act 3
	killedLater   int           // in acts 3 and 4
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
	r.killedLater = d.show.now().pods.killed - r.placed.podsKilled
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
	check(r.lateOnHot == 0, "%d new pods were placed on the hot node", r.lateOnHot)
	check(r.refusals > 0, "the scheduler counts no refusals")
	check(r.requeue >= 0 && r.requeue <= maxRequeue, "the waiting pod was placed %v after the tick that knew its node had cooled, not within %v", r.requeue, maxRequeue)
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
	sideOf := func(s score) side { return side{s.nodesOverLine, round(s.maxMemory), s.podsKilled} }
	data, err := json.Marshal(struct {
		Nodes    int          `json:"nodes"`
		Default  side         `json:"default"`
		Loadline loadlineSide `json:"loadline"`
	}{r.nodes, sideOf(r.stock), loadlineSide{sideOf(r.placed), r.refusals, round(r.requeue.Seconds())}})
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
	return append(append(frame, nil), r.table(width)...)
}

// table compares the runs.
func (r *result) table(width int) []screen.Row {
	share := func(nodes int) string { return fmt.Sprintf("%d of %d", nodes, r.nodes) }
	percent := func(value float64) string { return fmt.Sprintf("%.0f%%", 100*value) }
	seconds := func(duration time.Duration) string { return fmt.Sprintf("%.1f s", duration.Seconds()) }
	rows := []screen.Row{
		tableRow("acts 1 and 2, measured", "stock", "Loadline", screen.Dim, screen.Dim),
		{{Style: screen.Dim, Text: strings.Repeat("─", min(width, tableColumns))}},
		tableRow("pods killed", fmt.Sprint(r.stock.podsKilled), fmt.Sprint(r.placed.podsKilled), styleOfCount(r.stock.podsKilled), styleOfCount(r.placed.podsKilled)),
		tableRow("nodes over the line, at any moment", share(r.stock.nodesOverLine), share(r.placed.nodesOverLine), styleOfCount(r.stock.nodesOverLine), styleOfCount(r.placed.nodesOverLine)),
		tableRow("highest memory of a node", percent(r.stock.maxMemory), percent(r.placed.maxMemory), styleOf(r.stock.maxMemory), styleOf(r.placed.maxMemory)),
		tableRow("time pods were pending, added up", seconds(r.stock.pendingTime), seconds(r.placed.pendingTime), screen.Plain, screen.Plain),
		nil,
	}
	text := fmt.Sprintf("Acts 3 and 4, where the demo itself heated a node, are not in the table: Loadline refused nodes %d times; "+
		"a pod waited %.1f s for the hot node, and was placed %.2f s after the tick that knew it had cooled.",
		r.refusals, r.waited.Seconds(), r.requeue.Seconds())
	for _, line := range screen.Wrap(text, width) {
		rows = append(rows, screen.Row{{Style: screen.Dim, Text: line}})
	}
	return rows
}

// tableColumns is the width of the table.
const tableColumns = 36 + 12 + 12

func tableRow(label, stock, loadline string, stockStyle, loadlineStyle screen.Style) screen.Row {
	return screen.Row{
		screen.Text(screen.Plain, "%-36s", label),
		screen.Text(stockStyle, "%12s", stock),
		screen.Text(loadlineStyle, "%12s", loadline),
	}
}

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
		"demo.svg":        d.show.recorder.Animation("Loadline's demo: the same pods under the stock scheduler and under Loadline, node by node"),
		"demo-result.svg": svg.Still(final, recordedColumns, "The end of both runs of Loadline's demo, and a table that compares them"),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), picture, 0o644); err != nil {
			return fmt.Errorf("writing the pictures: %w", err)
		}
	}
	return nil
}
