// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
)

// hotRule marks with a label and a taint.
const hotRule = "rules: [{name: hot, when: [{metric: m, above: 0.9}], labels: {loadline.dev/hot: memory}, taint: {effect: PreferNoSchedule, value: memory}}]"

var marked = []string{"label loadline.dev/hot=memory", "taint loadline.dev/hot=memory:PreferNoSchedule"}

// TestOnAPIServer has one cluster for all.
func TestOnAPIServer(t *testing.T) {
	c := clustertest.Start(t)
	config := limitedConfig(t, c)
	tests := map[string]func(*fixture){
		"fifty nodes, a crash and a rule that goes":  testAdoption,
		"others write taints at the same time":       testConcurrentTaints,
		"what somebody else has put is left alone":   testForeign,
		"what somebody puts while we look elsewhere": testStaleNodes,
		"owned by two":                                     testSharedLabel,
		"a node that swings is patched once":               testSwinging,
		"a node that is gone is not made again":            testGoneNode,
		"another node of the same name":                    testRenewedNode,
		"only so many writes at a time, and in turn":       testRateLimit,
		"one node that fails stops no other":               testFailingNode,
		"a context that ends":                              testContext,
		"a node with nothing on it, and with nothing left": testBareNode,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := &fixture{TB: t, Context: t.Context(), Cluster: c, admin: c.Client(), clock: clocktesting.NewFakePassiveClock(start)}
			f.traffic = &traffic{}
			f.config = rest.CopyConfig(config)
			f.config.Wrap(func(next http.RoundTripper) http.RoundTripper { f.traffic.next = next; return f.traffic })
			test(f)
		})
	}
}

func testAdoption(f *fixture) {
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprintf("adopted-%02d", i))
	}
	f.addNodes(names...)
	f.edit("adopted-07", func(node *corev1.Node) {
		node.Labels["example.com/mine"] = "yes"
		node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: "example.com/mine", Effect: hard})
	})
	first := f.start()
	registry := metrics.NewKubeRegistry()
	must(f.TB, first.RegisterMetrics(registry.Register))
	first.apply(f.snapshot(hotRule, 0.95))
	for _, name := range names {
		f.wantMarks(name, marked...)
	}
	before := f.traffic.patches.Load()
	if before != 100 {
		f.Errorf("%d requests for a label and a taint on 50 nodes", before)
	}
	f.pass(15 * time.Second)
	first.apply(f.snapshot(hotRule, 0.99))
	if after := f.traffic.patches.Load(); after != before {
		f.Errorf("%d requests although nothing has changed", after-before)
	}
	const counted = `
# HELP loadline_node_mark_writes_total [ALPHA] Number of requests to put labels or taints of rules on a node, or to take them off. A conflict is one before which somebody else wrote to the node.
# TYPE loadline_node_mark_writes_total counter
loadline_node_mark_writes_total{result="conflict"} 0
loadline_node_mark_writes_total{result="failure"} 0
loadline_node_mark_writes_total{result="success"} 100
# HELP loadline_node_marks [ALPHA] Number of labels and of taints of rules that were on nodes at the beginning of the latest turn.
# TYPE loadline_node_marks gauge
loadline_node_marks{kind="label"} 50
loadline_node_marks{kind="taint"} 50
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(counted)); err != nil {
		f.Error(err)
	}

	// The next leader has never heard of the rule.
	second := f.start()
	second.apply(f.nothing())
	f.pass(settle - time.Second)
	second.apply(f.nothing())
	f.wantMarks("adopted-31", marked...)
	f.pass(time.Second)
	second.apply(f.nothing())
	for _, name := range names {
		f.wantClean(name)
	}
	node := f.node("adopted-07")
	if node.Labels["example.com/mine"] != "yes" || len(node.Spec.Taints) != 1 {
		f.Errorf("somebody's label and taint have become %v and %v", node.Labels, node.Spec.Taints)
	}
}

// Four others add and remove a taint of their own each, while a rule comes and goes.
// No writer finds its taint gone, or back.
func testConcurrentTaints(f *fixture) {
	f.addNodes("contended")
	ctx, stop := context.WithCancel(f)
	var writers sync.WaitGroup
	defer writers.Wait()
	defer stop()
	wrong := make(chan string, 10)
	for i := range 4 {
		key := fmt.Sprintf("example.com/writer-%d", i)
		mine := func(t corev1.Taint) bool { return t.Key == key }
		writers.Go(func() {
			for there := false; ctx.Err() == nil; {
				node, err := f.admin.CoreV1().Nodes().Get(ctx, "contended", metav1.GetOptions{})
				if err != nil {
					continue
				}
				if slices.ContainsFunc(node.Spec.Taints, mine) != there {
					wrong <- fmt.Sprintf("%s is not as it was left: %v", key, node.Spec.Taints)
					return
				}
				if there {
					node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, mine)
				} else {
					node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: key, Effect: soft})
				}
				if _, err := f.admin.CoreV1().Nodes().Update(context.WithoutCancel(ctx), node, metav1.UpdateOptions{}); err == nil {
					there = !there
				}
			}
		})
	}
	p := f.start()
	for round := 0; round < 400 && (round < 40 || f.traffic.gets.Load() == 0); round++ { // a node is read after a conflict
		snapshot := f.nothing()
		if round%4 < 2 { // so that what is not wanted in the third turn is gone in the fourth
			snapshot = f.snapshot(hotRule, 0.95)
		}
		if err := p.Apply(f, snapshot, f.nodes()); err != nil && !isConflict(err) { // the next turn tries again
			f.Fatal(err)
		}
		f.pass(settle)
	}
	if f.traffic.gets.Load() == 0 {
		f.Error("there was no conflict")
	}
	stop()
	writers.Wait()
	select {
	case what := <-wrong:
		f.Fatal(what)
	default:
	}
	p.apply(f.snapshot(hotRule, 0.95))
	f.wantMarks("contended", marked...)
	for range 2 {
		f.pass(settle)
		p.apply(f.nothing())
	}
	f.wantClean("contended")
	p.wantEvents()
}

func testForeign(f *fixture) {
	f.addNodes("foreign")
	f.edit("foreign", func(node *corev1.Node) {
		node.Labels["loadline.dev/hot"] = "mine"
		node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: "loadline.dev/hot", Value: "memory", Effect: hard})
	})
	theirs := []string{"label loadline.dev/hot=mine", "taint loadline.dev/hot=memory:NoSchedule"}
	p := f.start()
	for range 3 {
		p.apply(f.snapshot(hotRule, 0.95))
		f.wantMarks("foreign", theirs...)
		f.pass(settle)
	}
	p.wantEvents(
		"Warning LoadlineMarkTaken rule a/hot does not put label loadline.dev/hot=memory: somebody else has put label loadline.dev/hot=mine",
		"Warning LoadlineMarkTaken rule a/hot does not put taint loadline.dev/hot=memory:PreferNoSchedule: somebody else has put taint loadline.dev/hot=memory:NoSchedule",
	)
	for range 3 {
		p.apply(f.nothing())
		f.wantMarks("foreign", theirs...)
		f.pass(settle)
	}
	if got := f.traffic.patches.Load(); got != 0 {
		f.Errorf("%d requests", got)
	}
	// As soon as the place is free, it is ours.
	f.edit("foreign", func(node *corev1.Node) {
		delete(node.Labels, "loadline.dev/hot")
		node.Spec.Taints = nil
	})
	p.apply(f.snapshot(hotRule, 0.95))
	f.wantMarks("foreign", marked...)
	// And theirs again if they write over it.
	f.edit("foreign", func(node *corev1.Node) {
		node.Labels["loadline.dev/hot"] = "mine"
		node.Spec.Taints = []corev1.Taint{{Key: "loadline.dev/hot", Value: "memory", Effect: hard}}
	})
	for range 3 {
		f.pass(settle)
		p.apply(f.nothing())
	}
	node := f.wantMarks("foreign", theirs...)
	if text, there := node.Annotations[TaintsAnnotation]; there {
		f.Errorf("the node still lists taints: %s", text)
	}
}

// The nodes that a turn begins with are older than what somebody else has put.
func testStaleNodes(f *fixture) {
	f.addNodes("stale")
	stale := f.nodes()
	f.edit("stale", func(node *corev1.Node) {
		node.Labels["loadline.dev/hot"] = "mine"
		node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: "loadline.dev/hot", Effect: soft})
	})
	p := f.start()
	must(f.TB, p.Apply(f, f.snapshot(hotRule, 0.95), stale))
	f.wantMarks("stale", "label loadline.dev/hot=mine", "taint loadline.dev/hot:PreferNoSchedule")
	if len(p.events.Events) != 2 {
		f.Errorf("%d events", len(p.events.Events))
	}
	// And older than what we have put: that is not put once more.
	f.edit("stale", func(node *corev1.Node) {
		delete(node.Labels, "loadline.dev/hot")
		node.Spec.Taints = nil
	})
	stale = f.nodes()
	must(f.TB, p.Apply(f, f.snapshot(hotRule, 0.95), stale))
	before := f.traffic.patches.Load()
	must(f.TB, p.Apply(f, f.snapshot(hotRule, 0.95), stale))
	if after := f.traffic.patches.Load(); after != before {
		f.Errorf("%d requests for what is there", after-before)
	}
	f.wantMarks("stale", marked...)
	// And older than what we have taken off.
	stale = f.nodes()
	for range 2 {
		must(f.TB, p.Apply(f, f.nothing(), stale))
		f.pass(settle)
	}
	f.wantClean("stale")
	before = f.traffic.patches.Load()
	for range 3 {
		must(f.TB, p.Apply(f, f.nothing(), stale))
		f.pass(settle / 4)
	}
	if after := f.traffic.patches.Load(); after != before {
		f.Errorf("%d requests for what is gone", after-before)
	}
}

// A label that somebody else applies as well stays when the rule goes, and is not
// given another value.
func testSharedLabel(f *fixture) {
	f.addNodes("shared")
	p := f.start()
	p.apply(f.snapshot(hotRule, 0.95))
	_, err := f.admin.CoreV1().Nodes().Apply(f, applycorev1.Node("shared").WithLabels(map[string]string{"loadline.dev/hot": "memory"}),
		metav1.ApplyOptions{FieldManager: "flux"})
	must(f.TB, err)
	f.pass(settle)
	p.apply(f.snapshot(strings.ReplaceAll(hotRule, "memory", "cpu"), 0.95))
	f.wantMarks("shared", "label loadline.dev/hot=memory", "taint loadline.dev/hot=cpu:PreferNoSchedule")
	p.wantEvents("Warning LoadlineMarkTaken rule a/hot does not put label loadline.dev/hot=cpu: somebody else has put label loadline.dev/hot=memory")
	for range 2 {
		f.pass(settle)
		p.apply(f.nothing())
	}
	f.wantMarks("shared", "label loadline.dev/hot=memory")
}

func testSwinging(f *fixture) {
	f.addNodes("swinging")
	p := f.start()
	for i := range 40 {
		value := 0.89
		if i%2 == 0 {
			value = 0.91
		}
		p.apply(f.snapshot(hotRule, value))
		f.pass(15 * time.Second)
	}
	f.wantMarks("swinging", marked...)
	if got := f.traffic.patches.Load(); got != 2 {
		f.Errorf("%d requests for a label and a taint", got)
	}
}

func testGoneNode(f *fixture) {
	f.addNodes("gone")
	p := f.start()
	nodes := f.nodes()
	must(f.TB, f.admin.CoreV1().Nodes().Delete(f, "gone", metav1.DeleteOptions{}))
	must(f.TB, p.Apply(f, f.snapshot(hotRule, 0.95), nodes))
	must(f.TB, p.Apply(f, f.snapshot(strings.Replace(hotRule, "labels: {loadline.dev/hot: memory}, ", "", 1), 0.95), nodes))
	if _, err := f.admin.CoreV1().Nodes().Get(f, "gone", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		f.Errorf("looking for the node: %v", err)
	}
	must(f.TB, p.Apply(f, f.nothing(), nil))
	if len(p.paces) > 0 {
		f.Errorf("still remembered: %v", p.paces)
	}
}

func testRenewedNode(f *fixture) {
	f.addNodes("renewed")
	p := f.start()
	nodes := f.nodes()
	must(f.TB, f.admin.CoreV1().Nodes().Delete(f, "renewed", metav1.DeleteOptions{}))
	must(f.TB, f.AddNode(f, cluster.Node{Name: "renewed", CPU: "4", Memory: "8Gi"}))
	must(f.TB, p.Apply(f, f.snapshot(hotRule, 0.95), nodes))
	f.wantClean("renewed")
	p.apply(f.snapshot(hotRule, 0.95))
	f.wantMarks("renewed", marked...)
}

// Twelve nodes need 24 writes, of which a turn has ten, and gets ten more a second.
func testRateLimit(f *fixture) {
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprintf("limited-%02d", i))
	}
	f.addNodes(names...)
	p := f.start()
	p.limiter = flowcontrol.NewTokenBucketPassiveRateLimiterWithClock(10, 10, f.clock)
	for _, want := range []int64{10, 20, 24} {
		p.apply(f.snapshot(hotRule, 0.95))
		if got := f.traffic.patches.Load(); got != want {
			f.Fatalf("%d requests so far, want %d", got, want)
		}
		f.pass(time.Second)
	}
	for _, name := range names {
		f.wantMarks(name, marked...)
	}
}

// While every write of the first node fails, and a turn has but one write, all
// others come to theirs.
func testFailingNode(f *fixture) {
	f.addNodes("failing-0", "failing-1", "failing-2")
	refused := errors.New("not today")
	f.traffic.fail = func(request *http.Request) error {
		if request.Method == http.MethodPatch && strings.HasSuffix(request.URL.Path, "/failing-0") {
			return refused
		}
		return nil
	}
	p := f.start()
	p.limiter = flowcontrol.NewTokenBucketPassiveRateLimiterWithClock(1, 1, f.clock)
	for range 5 {
		err := p.Apply(f, f.snapshot(hotRule, 0.95), f.nodes())
		if err != nil && !(errors.Is(err, refused) && strings.Contains(err.Error(), `node "failing-0"`)) {
			f.Fatal(err)
		}
		f.pass(time.Second)
	}
	f.wantMarks("failing-0")
	f.wantMarks("failing-1", marked...)
	f.wantMarks("failing-2", marked...)
	f.traffic.fail = nil
	for range 2 {
		p.apply(f.snapshot(hotRule, 0.95))
		f.pass(time.Second)
	}
	f.wantMarks("failing-0", marked...)
}

// While the first node lets a turn wait until its context ends, the next turn goes
// on with the others.
func testContext(f *fixture) {
	f.addNodes("context-0", "context-1")
	cancel := func() {}
	f.traffic.fail = func(request *http.Request) error {
		if request.Method == http.MethodPatch && strings.HasSuffix(request.URL.Path, "/context-0") {
			cancel()
			<-request.Context().Done()
			return request.Context().Err()
		}
		return nil
	}
	p := f.start()
	for range 2 {
		ctx, stop := context.WithCancel(f)
		cancel = stop
		if err := p.Apply(ctx, f.snapshot(hotRule, 0.95), f.nodes()); !errors.Is(err, context.Canceled) {
			f.Errorf("error %v", err)
		}
		stop()
	}
	f.wantMarks("context-0")
	f.wantMarks("context-1", marked...)
	f.traffic.fail = nil
	ended, stop := context.WithCancel(f)
	stop()
	if err := p.Apply(ended, f.snapshot(hotRule, 0.95), f.nodes()); !errors.Is(err, context.Canceled) {
		f.Errorf("error %v", err)
	}
	f.wantMarks("context-0")
	p.apply(f.snapshot(hotRule, 0.95))
	f.wantMarks("context-0", marked...)
	must(f.TB, p.Apply(f, nil, f.nodes()))
}

// A node without annotations or taints, which nobody is kubelet of.
func testBareNode(f *fixture) {
	_, err := f.admin.CoreV1().Nodes().Create(f, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "bare"}}, metav1.CreateOptions{})
	must(f.TB, err)
	f.names = append(f.names, "bare")
	f.Cleanup(func() {
		if err := f.admin.CoreV1().Nodes().Delete(context.Background(), "bare", metav1.DeleteOptions{}); err != nil {
			f.Error(err)
		}
	})
	f.edit("bare", func(node *corev1.Node) { node.Annotations, node.Spec.Taints = nil, nil })
	p := f.start()
	p.apply(f.snapshot(hotRule, 0.95))
	f.wantMarks("bare", marked...)
	for range 2 {
		f.pass(settle)
		p.apply(f.nothing())
	}
	f.wantClean("bare")
}
