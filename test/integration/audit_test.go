// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/pkg/verdict"
	"github.com/loadline-dev/loadline/test/deploy"
)

// What both programs decide is written down: a pod that is refused and placed, and one
// that is evicted, with what came of it.
func TestAudit(t *testing.T) {
	f := newFixture(t, "a", "b", "c")
	for _, node := range []string{"a", "b", "c"} {
		f.load(node, "4Gi")
	}
	f.applyRules("below-the-line", driftLine)
	placements, evictions := filepath.Join(t.TempDir(), "scheduler.jsonl"), filepath.Join(t.TempDir(), "descheduler.jsonl")
	scheduler, err := deploy.StartScheduler(f, f.Cluster, "loadline-scheduler", deploy.Options{Flags: []string{"--audit-log=" + placements}})
	f.must(err)
	f.deployment("web", 3, "2Gi") // an eighth of a node each
	f.nodesOf("web", 3)
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: hasty, Flags: []string{"--audit-log=" + evictions}})
	rule := &verdict.RuleKey{Set: "below-the-line", Rule: "memory-above-90"}

	f.changeLoad("a", "13.5Gi") // 97% with the pod, 84% without
	judged := f.auditLine(evictions, func(line *audit.Line) bool { return line.Decision == audit.Judged })
	evicted := f.auditLine(evictions, func(line *audit.Line) bool { return line.Decision == audit.Evicted })
	if evicted.Node != "a" || *evicted.Rule != *rule || *evicted.Value <= 0.9 || *evicted.Predicted >= 0.85 || evicted.Destination == nil ||
		evicted.Workload.Name != "web" || *evicted.AgeSeconds < 0 || evicted.Component != "loadline-descheduler" || evicted.Instance == "" {
		t.Errorf("evicted: %s", spelled(evicted))
	}
	if judged.Pod.UID != evicted.Pod.UID || judged.Effect != "Lowered" || *judged.After >= 0.85 || judged.Successor == nil || judged.Successor.Node == "a" {
		t.Errorf("judged: %s", spelled(judged))
	}
	returned := f.auditLine(placements, func(line *audit.Line) bool { return line.Pod.Name == judged.Successor.Name })
	if returned.Decision != audit.Placed || returned.Node != judged.Successor.Node || *returned.Threshold != 0.9 || returned.Projected == nil {
		t.Errorf("the successor, of which the descheduler says %s: %s", spelled(judged), spelled(returned))
	}

	f.changeLoad("a", "15.5Gi")
	f.awaitLogLines(scheduler, 2, "Node is over a load line and refuses new pods", `node="a"`)
	f.pod("picky", func(pod *corev1.Pod) { pod.Spec.NodeSelector = map[string]string{corev1.LabelHostname: "a"} })
	ofPicky := func(decision audit.Decision) func(line *audit.Line) bool {
		return func(line *audit.Line) bool { return line.Pod.Name == "picky" && line.Decision == decision }
	}
	refused := f.auditLine(placements, ofPicky(audit.Refused))
	if refused.Node != "a" || *refused.Rule != *rule || refused.Refused != 1 || *refused.Value <= 0.9 || *refused.Clear != 0.85 {
		t.Errorf("refused: %s", spelled(refused))
	}
	f.awaitSnapshots(descheduler, 3*memoryWindow) // in which it is tried again and again
	f.changeLoad("a", "2Gi")
	if placed := f.auditLine(placements, ofPicky(audit.Placed)); placed.Node != "a" || *placed.Value >= 0.85 || placed.WaitedSeconds == 0 {
		t.Errorf("placed: %s", spelled(placed))
	}
	var decisions []audit.Decision
	for _, line := range f.auditLines(placements) {
		if line.Pod.Name == "picky" {
			decisions = append(decisions, line.Decision)
		}
	}
	if diff := cmp.Diff([]audit.Decision{audit.Refused, audit.Placed}, decisions); diff != "" {
		t.Errorf("decisions on the pod that waited (-want +got):\n%s", diff)
	}
	if got := f.metric(descheduler, "loadline_audit_lines_dropped_total"); got != 0 {
		t.Errorf("%v lines were dropped, want none", got)
	}
}

// auditLine waits for a line, and returns the first.
func (f *fixture) auditLine(file string, is func(*audit.Line) bool) *audit.Line {
	f.Helper()
	var found *audit.Line
	f.await("a line in "+file, func() string {
		lines := f.auditLines(file)
		for i := range lines {
			if is(&lines[i]) {
				found = &lines[i]
				return ""
			}
		}
		data, _ := os.ReadFile(file)
		return fmt.Sprintf("it is none of these:\n%s", data)
	})
	return found
}

// auditLines are those of a file so far.
func (f *fixture) auditLines(file string) []audit.Line {
	f.Helper()
	data, err := os.ReadFile(file)
	if !os.IsNotExist(err) { // it is not there before the program has begun
		f.must(err)
	}
	var lines []audit.Line
	for written := range bytes.Lines(data) {
		if !bytes.HasSuffix(written, []byte("\n")) {
			break // it is being written
		}
		var line audit.Line
		f.must(json.Unmarshal(written, &line))
		lines = append(lines, line)
	}
	return lines
}

func spelled(line *audit.Line) string {
	written, err := json.Marshal(line)
	if err != nil {
		return err.Error()
	}
	return string(written)
}
