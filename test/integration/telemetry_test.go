// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A node whose kubelet fails is refused by its last sample, until that is
// stale; then it is not known to be hot, and is treated as the stock scheduler
// would. Data that comes back counts at once.
func TestKubeletFailsAndReturns(t *testing.T) {
	f := newFixture(t, "hot")
	f.load("hot", "15Gi")
	f.applyRules("below-the-line", memoryLine) // stale after 5s
	scheduler := f.startScheduler("loadline-scheduler")
	f.pod("web")
	f.pending("web", overMemoryLine)

	restore := f.cutTelemetry("hot")
	f.awaitLog(scheduler, "Unable to read some kubelets", "404 Not Found", "nothing-here")
	f.placed("web")
	if f.logLines(scheduler, "Node was over a load line and is not measured any more", `node="hot"`) == 0 {
		t.Error("nothing in the log says that the node is not measured any more")
	}

	restore()
	f.awaitLogLines(scheduler, 2, "Node is over a load line", `node="hot"`)
	f.pod("api")
	f.pending("api", overMemoryLine)
}

// One node that cannot be measured does not keep the others from it.
func TestOneKubeletFails(t *testing.T) {
	f := newFixture(t, "hot", "silent")
	f.load("hot", "15Gi")
	f.applyRules("below-the-line", memoryLine)
	f.cutTelemetry("silent")
	scheduler := f.startScheduler("loadline-scheduler")
	f.awaitLog(scheduler, "Unable to read some kubelets", "failed=1 nodes=2", `names="silent"`)
	f.pod("web")
	if node := f.placed("web"); node != "silent" {
		t.Errorf("placed on node %s, want silent: what is not known refuses nothing", node)
	}
	f.must(f.client.CoreV1().Nodes().Delete(f, "silent", metav1.DeleteOptions{}))
	f.pod("api")
	f.pending("api", overMemoryLine)
}

// A scheduler that starts anew looks at the nodes before it places the pods that
// are waiting.
func TestRestartPlacesNothingUnseen(t *testing.T) {
	cases := map[string]struct{ second string }{
		"with the data of the first": {second: "loadline-scheduler"},
		"with no data":               {second: "loadline-scheduler-2"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, "hot")
			f.load("hot", "15Gi")
			f.applyRules("below-the-line", memoryLine)
			first := f.startScheduler("loadline-scheduler")
			f.pod("before")
			f.pending("before", overMemoryLine)
			f.must(first.Kill())
			f.pod("between")
			f.startScheduler(tc.second)
			f.pending("between", overMemoryLine)
			f.pending("before", overMemoryLine)
			f.changeLoad("hot", "1Gi")
			f.placed("before")
			f.placed("between")
		})
	}
}

// A node that joins is measured within an interval or two, and pods that were
// refused everywhere else go there.
func TestNewNode(t *testing.T) {
	f := newFixture(t, "hot")
	f.load("hot", "15Gi")
	f.applyRules("below-the-line", memoryLine)
	scheduler := f.startScheduler("loadline-scheduler")
	f.pod("web")
	f.pending("web", overMemoryLine)
	f.addNode("new")
	if node := f.placed("web"); node != "new" {
		t.Errorf("placed on node %s, want new", node)
	}
	f.load("new", "15Gi")
	f.awaitLog(scheduler, "Node is over a load line", `node="new"`)
	f.pod("api")
	f.pending("api", "2 "+overMemoryLine)
}
