// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
)

// A process that is paused does nothing, and ends when it is told to.
func testProcessPaused(t *testing.T, c *cluster.Cluster) {
	p := startShell(t, c, "paused", "trap 'echo goodbye; exit 3' TERM; echo hello; while :; do sleep 0.01; done")
	awaitLog(t, p, "hello\n")
	for _, step := range []struct {
		do    func() error
		state string
	}{{p.Pause, "T"}, {p.Resume, "RS"}, {p.Pause, "T"}} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		awaitState(t, p, step.state)
	}
	if _, err := c.Restart(p); err == nil {
		t.Error("a process that has not ended was started once more, want an error")
	}
	if err := p.Stop(); err != nil {
		t.Errorf("Stop: %v", err)
	}
	awaitLog(t, p, "hello\ngoodbye\n")
	wantExitCode(t, p, 3)
	if err := p.Pause(); err == nil {
		t.Error("a process that has ended was paused, want an error")
	}
	wantNoFailure(t, c)
}

// awaitState waits for one of the states that proc(5) tells of.
func awaitState(t *testing.T, p *cluster.Process, states string) {
	t.Helper()
	await(t, "state "+states, func(context.Context) error {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid()))
		if err != nil {
			return err
		}
		_, after, _ := strings.Cut(string(stat), ") ")
		if !strings.Contains(states, after[:1]) {
			return errors.New(after)
		}
		return nil
	})
}

// Components that were killed come back at the same ports, with what was stored,
// and the others go on with them.
func TestRestart(t *testing.T) {
	c := clustertest.Start(t)
	if err := c.AddNode(t.Context(), cluster.Node{Name: "node-1", CPU: "4", Memory: "1Gi"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kube-apiserver", "etcd"} {
		if err := c.Process(name).Kill(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"etcd", "kube-apiserver"} {
		if _, err := c.Restart(c.Process(name)); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "the API server", func(ctx context.Context) error {
		_, err := c.Client().CoreV1().Nodes().Get(ctx, "node-1", metav1.GetOptions{})
		return err
	})
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: metav1.NamespaceDefault},
		Spec:       corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{Name: "main", Image: "none"}}},
	}
	await(t, "the pod to run", func(ctx context.Context) error {
		pods := c.Client().CoreV1().Pods(metav1.NamespaceDefault)
		_, _ = pods.Create(ctx, pod, metav1.CreateOptions{}) // it is there already, or the API server is not ready
		got, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
		if err == nil && got.Status.Phase != corev1.PodRunning {
			err = fmt.Errorf("it is %s", got.Status.Phase)
		}
		return err
	})
	wantNoFailure(t, c)
}
