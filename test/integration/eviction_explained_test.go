// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/test/deploy"
)

// While a person has paused, nothing is evicted; then a pod is, and who asks is told
// why, and what came of it.
func TestPauseAndExplainEviction(t *testing.T) {
	f := newFixture(t, "a", "b", "c")
	for node, load := range map[string]string{"a": "4Gi", "b": "4Gi", "c": "5Gi"} { // so that b is the best
		f.load(node, load)
	}
	reader := f.reader("evictions-reader", "", "namespaces")
	code, output := f.loadline(reader, "explain", "evictions", "-A")
	f.mustPrint(code, output, 2, "error: reading ConfigMap loadline-system/loadline-evictions, where evictions are written down, needs the right to get it: configmaps \"loadline-evictions\" is forbidden: ")
	code, output = f.loadline(f.Kubeconfig(), "explain", "evictions", "-A")
	f.mustPrint(code, output, 1, "Evictions:   none: there is no ConfigMap loadline-evictions in namespace \"loadline-system\": ")

	code, output = f.loadline(f.Kubeconfig(), "pause", "release", "day")
	f.mustPrint(code, output, 0, "Evictions are paused: admin at ", "Z: release day\n", "To let evictions go on: kubectl loadline resume\n")
	f.applyRules("below-the-line", driftLine)
	f.startScheduler("loadline-scheduler")
	f.deployment("web", 3, "2Gi") // an eighth of a node each
	if before := f.nodesOf("web", 3); len(before) != 3 {
		t.Fatalf("pods on %v, want one on each node", before)
	}
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: hasty})
	f.changeLoad("a", "13.5Gi") // 97% with the pod, 84% without
	f.awaitLog(descheduler, "Evictions are stopped", `reason="Paused"`, "release day")
	f.awaitMemory("node a to be over the line", func(memory map[string]float64) bool { return memory["a"] > 0.9 })
	f.awaitSnapshots(descheduler, 5*time.Second) // longer than the rule waits
	code, output = f.loadline(f.Kubeconfig(), "explain", "evictions", "-A")
	f.mustPrint(code, output, 1, "Paused:      evictions are paused by the annotation loadline.dev/paused of ConfigMap loadline-system/loadline-evictions: admin at ",
		"Evictions:   none: no descheduler has written down that it evicted anything\n")
	if nodes := f.nodesOf("web", 3); nodes["a"] != 1 {
		t.Errorf("pods on %v while evictions are paused, want one still on a", nodes)
	}

	code, output = f.loadline(f.Kubeconfig(), "resume")
	f.mustPrint(code, output, 0, "Evictions may go on. They were paused: admin at ")
	record := f.judgedEviction()
	code, output = f.loadline(f.Kubeconfig(), "explain", "eviction", record.Pod.Name)
	want := []string{
		"Pod:          default/" + record.Pod.Name + "\nWorkload:     web (ReplicaSet)\nDecision:     evicted from node a, ",
		" ago\nRule:         below-the-line/memory-above-90\nLine:         memory above 90%, clear 85%\nMeasured:     96.9% on node a, ",
		"\nShare:        12.5% of the node, of its 96.9%\nWhy:          uses ", "it suffices\nOthers:       stayed: default/load-on-a with 84.4%: Bare\nPredicted:    84.4% on node a without it; ", "% on node " + record.Successor.Node + " with it, from ",
		"\nGone:         ", "\nSuccessor:    " + record.Successor.Name + " on node " + record.Successor.Node + ", as predicted; ready ",
		"\nAfterwards:   84.4% on node a, from 96.9%\nEffect:       the node is better off\n",
	}
	f.mustPrint(code, output, 0, want...)
	code, output = f.loadline(f.Kubeconfig(), "explain", "eviction", "--uid", string(record.Successor.UID))
	f.mustPrint(code, output, 0, want...)
	code, output = f.loadline(f.Kubeconfig(), "explain", "eviction", "-n", "kube-system")
	f.mustPrint(code, output, 1, "Evictions:   none in namespace kube-system; there are in default: -A shows all\n")
	code, output = f.loadline(f.Kubeconfig(), "explain", "evictions")
	f.mustPrint(code, output, 0, "Paused:    no\n", "\nAGE ", record.Pod.Name+"   a      "+record.Successor.Node+"    below-the-line/memory-above-90   96.9%   84.4%   Lowered\n")
	code, output = f.loadline(f.Kubeconfig(), "explain", "eviction/"+record.Pod.Name, "-o", "json")
	var printed history.Record
	if err := json.Unmarshal([]byte(output), &printed); code != 0 || err != nil || printed.Successor != record.Successor {
		t.Errorf("got exit code %d, %v and\n%s", code, err, output)
	}
}

// judgedEviction waits until it is known what came of the only eviction.
func (f *fixture) judgedEviction() history.Record {
	f.Helper()
	var record history.Record
	f.await("an eviction of which it is known what came of it", func() string {
		code, output := f.loadline(f.Kubeconfig(), "explain", "evictions", "-A", "-o", "json")
		if code == 1 {
			return output
		}
		var list struct{ Records []history.Record }
		f.must(json.Unmarshal([]byte(output), &list))
		if len(list.Records) != 1 {
			f.Fatalf("got %d evictions, want 1:\n%s", len(list.Records), output)
		}
		if record = list.Records[0]; !record.Finished() || record.Successor.Ready.IsZero() {
			return output
		}
		return ""
	})
	return record
}
