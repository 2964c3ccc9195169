// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package clustertest_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
)

// recorder is a test that writes down what is done to it.
type recorder struct {
	testing.TB
	cleanups []func()
	errors   strings.Builder
	logs     strings.Builder
}

func (r *recorder) Helper()                {}
func (r *recorder) Cleanup(cleanup func()) { r.cleanups = append(r.cleanups, cleanup) }
func (r *recorder) Failed() bool           { return r.errors.Len() > 0 }
func (r *recorder) Error(args ...any)      { fmt.Fprintln(&r.errors, args...) }

func (r *recorder) Logf(format string, args ...any) { fmt.Fprintf(&r.logs, format, args...) }

func (r *recorder) Fatalf(format string, args ...any) {
	fmt.Fprintf(&r.errors, format, args...)
	runtime.Goexit()
}

// run runs a test and its cleanups to the end.
func (r *recorder) run(test func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		test()
	}()
	<-done
	for _, cleanup := range r.cleanups {
		cleanup()
	}
}

func TestMissingBinaries(t *testing.T) {
	r := &recorder{TB: t}
	r.run(func() { clustertest.Start(r, cluster.Options{Binaries: t.TempDir()}) })
	if !strings.Contains(r.errors.String(), "make bin") {
		t.Errorf("got %q, want it to say: make bin", r.errors.String())
	}
}

func TestComponentDies(t *testing.T) {
	r := &recorder{TB: t}
	dir := t.TempDir()
	r.run(func() {
		c := clustertest.Start(r, cluster.Options{Dir: dir})
		p, err := c.StartProcess("short-lived", "/bin/sh", "-c", "exit 1")
		if err != nil {
			t.Error(err)
			return
		}
		<-p.Exited()
	})
	if want := "short-lived exited"; !strings.Contains(r.errors.String(), want) {
		t.Errorf("errors: got %q, want %q in them", r.errors.String(), want)
	}
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kwok", "short-lived"} {
		if want := "==> " + name + " ("; !strings.Contains(r.logs.String(), want) {
			t.Errorf("logs: got %q, want %q in them", r.logs.String(), want)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}
