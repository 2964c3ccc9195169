// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"time"
)

// report is what was measured, as Markdown.
func report(source string, options options, cycles, nodes []*line) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s. %d nodes, %d pods, ten rules. Medians of %d rounds, with the middle half of the ratios.\n", source, options.nodes, options.pods, options.rounds)

	text.WriteString("\n| one scheduling cycle | CPU time | × stock | × a plugin that does nothing | elapsed × stock | allocated |\n|---|---:|---:|---:|---:|---:|\n")
	for _, l := range cycles {
		writeRow(&text, l.name,
			fmt.Sprintf("%.2f ms", newSpread(l.cpu).median/float64(time.Millisecond)),
			ratio(l.cpu, cycles[stockCycle].cpu).String(),
			ratio(l.cpu, cycles[idleCycle].cpu).String(),
			ratio(l.wall, cycles[stockCycle].wall).String(),
			fmt.Sprintf("%.2f MB", newSpread(l.bytes).median/1e6))
	}

	text.WriteString("\n| one plugin, Filter and Score of one node | time | × NodeResourcesFit | allocations |\n|---|---:|---:|---:|\n")
	for _, l := range nodes {
		writeRow(&text, l.name,
			fmt.Sprintf("%.0f ns", newSpread(l.wall).median),
			ratio(l.wall, nodes[fitNode].wall).String(),
			fmt.Sprintf("%.2f", newSpread(l.objects).median))
	}
	return text.String()
}

func writeRow(text *strings.Builder, cells ...string) {
	text.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}
