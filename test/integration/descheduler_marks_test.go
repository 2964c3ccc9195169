// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/test/deploy"
)

// A node over its line is labelled and tainted, for as long as it is; what others
// have put there stays. The leader that put the marks dies meanwhile, and whoever
// stood by takes them off.
func TestMarks(t *testing.T) {
	f := newDriftFixture(t, "hot", "cool")
	f.load("hot", percent(95))
	patch := `{"metadata":{"labels":{"example.com/hot":"theirs"}},"spec":{"taints":[{"key":"example.com/theirs","effect":"PreferNoSchedule"}]}}`
	_, err := f.client.CoreV1().Nodes().Patch(f, "hot", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	f.must(err)
	f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory, staleAfter: 30s}],
	  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}],
	    labels: {loadline.dev/hot: memory}, taint: {effect: PreferNoSchedule}}]}`)
	f.startScheduler("loadline-scheduler")
	leader := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: brisk})
	f.awaitMarks("hot", true)
	standby := f.startDescheduler("loadline-descheduler-standby", deploy.DeschedulerOptions{ChangeConfig: brisk})
	f.must(leader.Kill())
	f.awaitSnapshots(standby, 3*memoryWindow)
	f.awaitMarks("hot", true)

	f.changeLoad("hot", percent(20))
	f.awaitMarks("hot", false)
	f.awaitMarks("cool", false)
	node, err := f.client.CoreV1().Nodes().Get(f, "hot", metav1.GetOptions{})
	f.must(err)
	if node.Labels["example.com/hot"] != "theirs" || len(node.Spec.Taints) != 1 || node.Spec.Taints[0].Key != "example.com/theirs" {
		t.Errorf("the node has the labels %v and the taints %v, want those of others still there, and no more", node.Labels, node.Spec.Taints)
	}
}

// awaitMarks waits until a node has the label and the taint of the rule above, or
// neither.
func (f *fixture) awaitMarks(name string, want bool) {
	f.Helper()
	f.await(fmt.Sprintf("node %s to be marked: %v", name, want), func() string {
		node, err := f.client.CoreV1().Nodes().Get(f, name, metav1.GetOptions{})
		f.must(err)
		tainted := false
		for _, taint := range node.Spec.Taints {
			tainted = tainted || taint.Key == "loadline.dev/memory-above-90" && taint.Effect == corev1.TaintEffectPreferNoSchedule
		}
		if labelled := node.Labels["loadline.dev/hot"] == "memory"; labelled != want || tainted != want {
			return fmt.Sprintf("it is labelled: %v, tainted: %v", labelled, tainted)
		}
		return ""
	})
}
