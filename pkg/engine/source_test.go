// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
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

const (
	// patience is how long a condition is awaited before the test fails.
	patience = 10 * time.Second
	pause    = 5 * time.Millisecond
	interval = 15 * time.Second
)

const rules = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics:
  - {name: memory, builtin: memory}
  - {name: cpu, builtin: cpu}
  rules:
  - {name: hot, when: [{metric: memory, above: 90%}], reject: {}}
`

// A server that is down keeps no scheduler from starting, and is believed when
// it is back.
func TestPrometheusServer(t *testing.T) {
	var up atomic.Bool
	server := httptest.NewServer(answerWith(&up, "max by (node) (mine)", 0.95))
	t.Cleanup(server.Close)
	args, err := v1alpha1.DecodeLoadlineArgs(fmt.Appendf(nil, `
apiVersion: loadline.dev/v1alpha1
kind: LoadlineArgs
telemetry:
  prometheus: {url: %q}
  builtins: {memory: max by (node) (mine)}
`, server.URL))
	if err != nil {
		t.Fatal(err)
	}

	clock := clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0))
	started := engine.New(clock)
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	logged := func() string { return logger.GetSink().(ktesting.Underlier).GetBuffer().String() }
	client := clusterOf("a")
	nodes := informers.NewSharedInformerFactory(client, 0).Core().V1().Nodes()
	if err := started.Start(klog.NewContext(t.Context(), logger), args, &rest.Config{}, client, nodes); err != nil {
		t.Fatal(err)
	}
	if got := stateOf(started.Snapshot()); got != verdict.Unknown {
		t.Errorf("while the server is down: got %v, want %v", got, verdict.Unknown)
	}

	tick(t, clock, started)
	if got := strings.Count(logged(), "Unable to measure"); got != 1 {
		t.Errorf("got %d lines about the server that is down, want one for both queries and both rounds:\n%s", got, logged())
	}

	up.Store(true)
	tick(t, clock, started)
	if got := stateOf(started.Snapshot()); got != verdict.InForce {
		t.Errorf("with the server: got %v, want %v\n%s", got, verdict.InForce, logged())
	}
	if !strings.Contains(logged(), "Queries work again") {
		t.Errorf("the log does not say that the server is back:\n%s", logged())
	}
}

// answerWith serves one value of node a for one query, and the time of the
// query for its age.
func answerWith(up *atomic.Bool, query string, value float64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		result, at := "", r.FormValue("time")
		switch {
		case !up.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case r.FormValue("query") == query:
			result = fmt.Sprintf(`{"metric":{"node":"a"},"value":[%s,"%v"]}`, at, value)
		case strings.HasPrefix(r.FormValue("query"), "timestamp("):
			result = fmt.Sprintf(`{"metric":{"node":"a"},"value":[%s,%q]}`, at, at)
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[%s]}}`, result)
	}
}

// clusterOf has a node and the rules.
func clusterOf(node string) *fake.Clientset {
	return fake.NewClientset(
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node}},
		&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: v1alpha1.DefaultRulesNamespace, Name: "rules", Labels: map[string]string{v1alpha1.RulesLabel: "true"},
			},
			Data: map[string]string{"rules.yaml": rules},
		})
}

func stateOf(snapshot *verdict.Snapshot) verdict.State {
	return snapshot.Sets[0].Rules[0].State(snapshot.Index("a"))
}

// tick lets the time of the next round come, and waits for the end of that.
func tick(t *testing.T, clock *clocktesting.FakeClock, running *engine.Engine) {
	t.Helper()
	before := running.Snapshot().Generation
	await(t, "the engine to wait", clock.HasWaiters)
	clock.Step(interval)
	await(t, "the next round", func() bool { return running.Snapshot().Generation > before })
	await(t, "the end of the round", clock.HasWaiters)
}

func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), pause, patience, true, func(context.Context) (bool, error) { return met(), nil })
	if err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}
