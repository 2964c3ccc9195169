// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/engine"
)

const (
	// patience is how long a condition is awaited before the test fails.
	patience = 10 * time.Second
	pause    = 5 * time.Millisecond
	interval = 15 * time.Second
)

// argsFor are those of an engine that measures with a server.
func argsFor(t *testing.T, handler http.Handler) *v1alpha1.LoadlineArgs {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	args, err := v1alpha1.DecodeLoadlineArgs(fmt.Appendf(nil,
		"apiVersion: loadline.dev/v1alpha1\nkind: LoadlineArgs\ntelemetry: {prometheus: {url: %q, timeout: 1s}}", server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return args
}

// start starts an engine at a time of its own clock.
func start(t *testing.T, args *v1alpha1.LoadlineArgs, at time.Time, client kubernetes.Interface) (started *engine.Engine, clock *clocktesting.FakeClock, logged func() string) {
	t.Helper()
	return startWith(t, args, at, client, func(metrics.Registerable) error { return nil })
}

func startWith(t *testing.T, args *v1alpha1.LoadlineArgs, at time.Time, client kubernetes.Interface, register func(metrics.Registerable) error) (started *engine.Engine, clock *clocktesting.FakeClock, logged func() string) {
	t.Helper()
	clock = clocktesting.NewFakeClock(at)
	started = engine.New(clock)
	if err := started.RegisterMetrics(register); err != nil {
		t.Fatal(err)
	}
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	core := informers.NewSharedInformerFactory(client, 0).Core().V1()
	if err := started.Start(klog.NewContext(t.Context(), logger), args, &rest.Config{}, client, core.Nodes(), core.Pods()); err != nil {
		t.Fatal(err)
	}
	return started, clock, logger.GetSink().(ktesting.Underlier).GetBuffer().String
}

// clusterOf has nodes, and a rule set in a ConfigMap.
func clusterOf(rules string, nodes ...string) *fake.Clientset {
	objects := []runtime.Object{configMapWith(rules)}
	for _, node := range nodes {
		objects = append(objects, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node}})
	}
	return fake.NewClientset(objects...)
}

func configMapWith(rules string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: v1alpha1.DefaultRulesNamespace, Name: "rules", Labels: map[string]string{v1alpha1.RulesLabel: "true"},
		},
		Data: map[string]string{"rules.yaml": rules},
	}
}

// tick lets the time of the next round come, and waits for the end of that.
func tick(t *testing.T, clock *clocktesting.FakeClock, running *engine.Engine) {
	t.Helper()
	before := running.Snapshot().Generation
	settle(t, clock)
	clock.Step(interval - pausing)
	await(t, "the next round", func() bool { return running.Snapshot().Generation > before })
	await(t, "the end of the round", clock.HasWaiters)
}

// pausing is how long the store of rules rests after it has written its status.
const pausing = time.Second

// settle lets that time go by: what still waits then is the engine.
func settle(t *testing.T, clock *clocktesting.FakeClock) {
	t.Helper()
	await(t, "the engine or the store of rules to wait", clock.HasWaiters)
	clock.Step(pausing)
	await(t, "the engine to wait", clock.HasWaiters)
}

func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), pause, patience, true, func(context.Context) (bool, error) { return met(), nil })
	if err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}
