// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/test/deploy"
)

// memoryWindow is the window of the metric memory at an interval of one second.
const memoryWindow = time.Second

// A node at 95.5%, with a line at 90% that is clear at 85%, and twelve nodes with
// room: it loses two pods, of all the pairs that suffice the one with the least to
// move, no other node ever comes over the line, and then nothing moves any more.
func TestDriftSmallestSet(t *testing.T) {
	cool := numbered("cool", 12)
	f := newDriftFixture(t, append([]string{"hot"}, cool...)...)
	f.load("hot", percent(30))
	for i, node := range cool {
		f.load(node, percent(40+float64(i)))
	}
	uses := map[string]float64{"a": 4, "b": 5, "c": 2, "d": 8, "e": 6, "f": 4, "g": 2, "h": 2, "i": 2, "j": 1} // 36%
	workloads := slices.Sorted(maps.Keys(uses))
	for i, name := range workloads {
		f.placedWorkload(name, uses[name], []string{"hot", cool[i]})
	}
	f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory, staleAfter: 30s}],
	  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], reject: {}, evict: {for: 2s, order: Fewest}}],
	  preferences: [{metric: memory, prefer: Lower}]}`)
	scheduler := f.startScheduler("loadline-scheduler")
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: brisk})
	f.awaitSnapshots(descheduler, 2*memoryWindow)

	f.changeLoad("hot", percent(59.5))
	f.awaitMemory("the node to be below the line", func(memory map[string]float64) bool { return memory["hot"] > 0.84 && memory["hot"] < 0.85 })
	f.awaitSnapshots(descheduler, 10*memoryWindow)

	if got := f.evictions(descheduler); got != 2 {
		t.Errorf("%v pods were evicted, want 2", got)
	}
	if left := f.remainingOn("hot", workloads...); len(left) != 8 || slices.Contains(left, "b") || slices.Contains(left, "e") {
		t.Errorf("the node still has pods of %v, want all but b and e", left)
	}
	for _, program := range []program{scheduler, descheduler} {
		if diff := cmp.Diff(map[string]int{"hot": 1}, f.nodesOverLine(program, append(cool, "hot"))); diff != "" {
			t.Errorf("nodes that %s has found over the line (-want +got):\n%s", program.LogFile(), diff)
		}
	}
}

// Two nodes with a base of 20% and one pod that uses 60%: wherever it goes, that
// node is over the line at 70%. It stays, and it is said why.
func TestDriftNoPingPong(t *testing.T) {
	f := newDriftFixture(t, "a", "b")
	f.load("a", percent(20))
	f.load("b", percent(20))
	f.placedWorkload("web", 1, []string{"a", "b"})
	f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory, staleAfter: 30s}],
	  rules: [{name: memory-above-70, when: [{metric: memory, above: 70%}], reject: {}, evict: {for: 2s}}],
	  preferences: [{metric: memory, near: 30%}]}`)
	f.startScheduler("loadline-scheduler")
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: brisk})
	f.awaitSnapshots(descheduler, 2*memoryWindow)

	f.changeUsageOf(f.onlyPod("web", "a"), percent(60))
	f.awaitLog(descheduler, "Node is over a load line that pods are moved for", `node="a"`, `held="`+string(plan.NoneMovable)+`"`)
	f.awaitSnapshots(descheduler, 10*memoryWindow)

	if got := f.evictionRequests(); got != 0 {
		t.Errorf("the API server was asked for %v evictions, want none", got)
	}
	if records := f.ledger(); len(records) > 0 {
		t.Errorf("remembered %+v, want nothing", records)
	}
	f.awaitRefusals(descheduler, plan.DestinationNotClear, 1)
}

// Nine pods of 10% each, with a target of 70%, that take their time to go: while
// they do, the node measures 90% still, and no other is evicted for that.
func TestDriftTerminatingPodsCountAsGone(t *testing.T) {
	const ticks = 20
	cool := numbered("cool", 3)
	f := newDriftFixture(t, append([]string{"hot"}, cool...)...)
	workloads := numbered("web", 9)
	for i, name := range workloads {
		f.placedWorkload(name, 10, []string{"hot", cool[i%len(cool)]}, lingering(true))
	}
	f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory, staleAfter: 30s}],
	  rules: [{name: memory-above-80, when: [{metric: memory, above: 80%, clear: 70%}], reject: {}, evict: {for: 2s}}],
	  preferences: [{metric: memory, prefer: Lower}]}`)
	f.startScheduler("loadline-scheduler")
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: brisk})

	f.awaitEvictions(descheduler, 2)
	f.awaitSnapshots(descheduler, ticks*time.Second)
	memory, err := f.NodeMemory(f)
	f.must(err)
	if memory["hot"] < 0.9 {
		t.Errorf("the node measures %v, want 90%% while the pods are going: the test tests nothing", memory["hot"])
	}
	for _, name := range workloads {
		f.letGo("app=" + name)
	}
	f.awaitMemory("the pods to be gone", func(memory map[string]float64) bool { return memory["hot"] < 0.71 })
	f.awaitSnapshots(descheduler, 5*memoryWindow)

	if got := f.evictions(descheduler); got != 2 {
		t.Errorf("%v pods were evicted, want 2", got)
	}
	if got := f.evictionRequests(); got != 2 {
		t.Errorf("the API server was asked for %v evictions, want 2", got)
	}
	if left := f.remainingOn("hot", workloads...); len(left) != 7 {
		t.Errorf("the node still has pods of %v, want seven", left)
	}
}

// Pods that another scheduler would place anew stay, whatever they use.
func TestDriftOtherScheduler(t *testing.T) {
	f := newDriftFixture(t, "hot", "cool-a", "cool-b")
	f.load("hot", percent(20))
	f.placedWorkload("others", 40, []string{"hot", "cool-a"}, func(pod *corev1.Pod) { pod.Spec.SchedulerName = corev1.DefaultSchedulerName })
	f.placedWorkload("ours", 12, []string{"hot", "cool-b"})
	f.applyRules("below-the-line", driftLine)
	f.startScheduler("loadline-scheduler")
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: brisk})
	f.awaitSnapshots(descheduler, 2*memoryWindow)

	f.changeLoad("hot", percent(43)) // 95%, and 83% without ours
	f.awaitEvictions(descheduler, 1)
	f.awaitMemory("the node to be below the line", func(memory map[string]float64) bool { return memory["hot"] < 0.85 })
	f.changeLoad("hot", percent(55)) // 95% again
	f.awaitRefusals(descheduler, protect.OtherScheduler, 1)
	f.awaitSnapshots(descheduler, 10*memoryWindow)

	if got := f.evictionRequests(); got != 1 {
		t.Errorf("the API server was asked for %v evictions, want 1", got)
	}
	if left := f.remainingOn("hot", "others", "ours"); !slices.Equal(left, []string{"others"}) {
		t.Errorf("the node still has pods of %v, want others", left)
	}
}

// What a dry run plans is what the real run then does on the same cluster.
func TestDriftDryRunTellsThePlan(t *testing.T) {
	cool := numbered("cool", 4)
	f := newDriftFixture(t, append([]string{"hot"}, cool...)...)
	f.load("hot", percent(30))
	for i, node := range cool {
		f.load(node, percent(30+5*float64(i)))
	}
	workloads := map[string]float64{"a": 7, "b": 9, "c": 4, "d": 8, "e": 6, "f": 2} // 36%
	for _, name := range slices.Sorted(maps.Keys(workloads)) {
		// Of pods as young as these the scheduler knows nothing but what they ask for.
		f.placedWorkload(name, workloads[name], []string{"hot", cool[3]}, asking(corev1.ResourceMemory, percent(workloads[name])))
	}
	f.applyRules("below-the-line", driftLine)
	f.startScheduler("loadline-scheduler")
	f.changeLoad("hot", percent(61)) // 97%: two have to go
	config := func(config map[string]any) {
		brisk(config)
		config["cooldowns"] = map[string]any{"node": "10m"} // one plan, in either run
	}
	dry := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: config, DryRun: true})
	f.awaitLogLines(dry, 2, "Pod would be evicted")
	f.awaitSnapshots(dry, 5*memoryWindow)
	if got := f.logLines(dry, "Pod would be evicted"); got != 2 {
		t.Errorf("%d pods would be evicted, want 2", got)
	}
	if got := f.evictionRequests(); got != 0 {
		t.Errorf("the API server was asked for %v evictions, want none", got)
	}
	dry.ExpectExit()
	f.must(dry.Stop())
	planned := f.ledger()

	wet := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: config})
	f.awaitEvictions(wet, 2)
	f.awaitMemory("the node to be below the line", func(memory map[string]float64) bool { return memory["hot"] < 0.85 })
	f.await("both successors to be ready", func() string {
		for _, record := range f.ledger() {
			if !record.DryRun && record.Successor.Ready.IsZero() {
				return record.Pod.Name + " has none"
			}
		}
		return ""
	})
	records := f.ledger()
	if len(planned) != 2 || len(records) != 4 {
		t.Fatalf("%d evictions were planned in dry run, and %d are remembered afterwards, want 2 and 4", len(planned), len(records))
	}
	// The times differ, and what came of it.
	asPlanned := cmp.Options{
		cmpopts.IgnoreFields(history.Before{}, "Measured"),
		cmpopts.IgnoreFields(history.Record{}, "DryRun", "Planned", "Evicted", "Deleted", "Successor", "After", "Effect"),
	}
	carriedOut := records[2:]
	if diff := cmp.Diff(planned, carriedOut, asPlanned); diff != "" {
		t.Errorf("evictions (-planned in dry run +carried out):\n%s", diff)
	}
	for _, record := range carriedOut {
		if record.DryRun || record.Successor.Node != record.Predicted.Destination {
			t.Errorf("the successor of %s (dry run: %v) is on node %s, want %s", record.Pod.Name, record.DryRun, record.Successor.Node, record.Predicted.Destination)
		}
	}
}
