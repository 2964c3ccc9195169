// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/engine"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// cordonedRule is broken on nodes that are cordoned, which the embedded engine knows
// without asking anyone.
const cordonedRule = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: cordoned}
spec:
  metrics: [{name: cordoned, query: max by (node) (kube_node_spec_unschedulable)}]
  rules: [{name: cordoned, when: [{metric: cordoned, equals: 1}], for: 5m, reject: {}, evict: {for: 5m, step: 1}}]
`

// jumping is an engine on an embedded database in a directory, whose clock is to jump.
type jumping struct {
	*engine.Engine
	clock  *clocktesting.FakeClock
	logged func() string
	end    func()
}

func startJumping(t *testing.T, directory string, at time.Time) *jumping {
	t.Helper()
	args, err := v1alpha1.DecodeLoadlineArgs(fmt.Appendf(nil,
		"apiVersion: loadline.dev/v1alpha1\nkind: LoadlineArgs\ntelemetry: {embedded: {dataDirectory: %q}}", directory))
	if err != nil {
		t.Fatal(err)
	}
	client := fake.NewClientset(configMapWith(cordonedRule),
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node"}, Spec: corev1.NodeSpec{Unschedulable: true}})
	core := informers.NewSharedInformerFactory(client, 0).Core().V1()
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	ctx, cancel := context.WithCancel(klog.NewContext(t.Context(), logger))
	j := &jumping{clock: clocktesting.NewFakeClock(at), logged: logger.GetSink().(ktesting.Underlier).GetBuffer().String}
	j.Engine = engine.NewFollower(j.clock)
	j.end = func() {
		cancel()
		j.Wait()
	}
	t.Cleanup(j.end)
	if err := j.Start(ctx, args, &rest.Config{}, client, core.Nodes(), core.Pods()); err != nil {
		t.Fatal(err)
	}
	return j
}

// ticks lets so many rounds go by.
func (j *jumping) ticks(t *testing.T, count int) {
	t.Helper()
	for range count {
		tick(t, j.clock, j.Engine)
	}
}

func (j *jumping) want(t *testing.T, when string, want verdict.State) {
	t.Helper()
	rule := j.Snapshot().Sets[0].Rules[0]
	if got := rule.State(0); got != want {
		t.Errorf("%s: got %v, want %v", when, got, want)
	}
	if due := rule.EvictionDue(0); due != (want == verdict.InForce) {
		t.Errorf("%s: eviction due: %v", when, due)
	}
}

// inFiveMinutes are the ticks until the rule is in force.
const inFiveMinutes = int(5 * time.Minute / interval)

// What had lasted when the clock was put ahead begins anew, and what is measured goes
// on being stored.
func TestClockJumpsAhead(t *testing.T) {
	j := startJumping(t, t.TempDir(), time.Unix(1_800_000_000, 0))
	j.ticks(t, inFiveMinutes/2)
	j.want(t, "before", verdict.Pending)
	j.clock.Step(time.Hour)
	j.ticks(t, inFiveMinutes-2)
	j.want(t, "less than five minutes after", verdict.Pending)
	j.ticks(t, 4)
	j.want(t, "more than five minutes after", verdict.InForce)
}

// A clock that is set back ends the process. The next one does not go by what was
// measured of its future, nor by what was an hour ago, and what it measures is stored.
func TestClockJumpsBack(t *testing.T) {
	directory, began := t.TempDir(), time.Unix(1_800_000_000, 0)
	before := startJumping(t, directory, began)
	before.ticks(t, inFiveMinutes+1)
	before.want(t, "before", verdict.InForce)
	before.end()

	after := startJumping(t, directory, began.Add(-time.Hour))
	after.want(t, "at once", verdict.Pending)
	after.ticks(t, inFiveMinutes-2)
	after.want(t, "less than five minutes after", verdict.Pending)
	after.ticks(t, 4)
	after.want(t, "more than five minutes after", verdict.InForce)
	if said := strings.Count(after.logged(), "samples from the future"); said != 1 {
		t.Errorf("the log says %d times that there were samples from the future, want once:\n%s", said, after.logged())
	}
}
