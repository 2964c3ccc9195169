// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/loadline-dev/loadline/test/cluster"
)

// startShell starts a shell as a further process of the cluster.
func startShell(t *testing.T, c *cluster.Cluster, name, script string) *cluster.Process {
	t.Helper()
	p, err := c.StartProcess(name, "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testProcessStopped(t *testing.T, c *cluster.Cluster) {
	p := startShell(t, c, "stopped", "trap 'echo goodbye; exit 3' TERM; echo hello; while :; do sleep 0.01; done")
	awaitLog(t, p, "hello\n")
	if err := p.Err(); err != nil {
		t.Errorf("Err of a running process: got %v, want nil", err)
	}
	for range 2 {
		if err := p.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
	awaitLog(t, p, "hello\ngoodbye\n")
	wantExitCode(t, p, 3)
	wantNoFailure(t, c)
}

func testProcessKilled(t *testing.T, c *cluster.Cluster) {
	p := startShell(t, c, "killed", "trap '' TERM; echo hello; while :; do sleep 0.01; done")
	awaitLog(t, p, "hello\n")
	for range 2 {
		if err := p.Kill(); err != nil {
			t.Errorf("Kill: %v", err)
		}
	}
	wantExitCode(t, p, -1)
	wantNoFailure(t, c)
}

func testProcessExit(t *testing.T, c *cluster.Cluster) {
	expected := startShell(t, c, "expected", "while [ ! -e "+c.Dir()+"/go ]; do sleep 0.01; done; exit 4")
	expected.ExpectExit()
	if err := os.WriteFile(c.Dir()+"/go", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	<-expected.Exited()
	wantExitCode(t, expected, 4)
	wantNoFailure(t, c)

	unexpected := startShell(t, c, "unexpected", "echo the reason; exit 5")
	wantFailure(t, c, "unexpected exited: exit status 5", unexpected.LogFile(), "the reason")
	wantExitCode(t, unexpected, 5)
}

func awaitLog(t *testing.T, p *cluster.Process, want string) {
	t.Helper()
	await(t, p.LogFile(), func(context.Context) error {
		log, err := os.ReadFile(p.LogFile())
		if err != nil {
			return err
		}
		if string(log) != want {
			return errors.New(string(log))
		}
		return nil
	})
}

// wantExitCode checks how the process ended; -1 means by a signal.
func wantExitCode(t *testing.T, p *cluster.Process, want int) {
	t.Helper()
	var exit *exec.ExitError
	if !errors.As(p.Err(), &exit) || exit.ExitCode() != want {
		t.Errorf("Err: got %v, want exit code %d", p.Err(), want)
	}
}

func wantNoFailure(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	select {
	case err := <-c.Failed():
		t.Errorf("Failed: got %v, want nothing", err)
	default:
	}
}

// wantFailure waits for a component's death and checks what is said about it.
func wantFailure(t *testing.T, c *cluster.Cluster, parts ...string) {
	t.Helper()
	select {
	case err := <-c.Failed():
		for _, part := range parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("Failed: got %v, want it to say %q", err, part)
			}
		}
	case <-time.After(time.Minute):
		t.Errorf("Failed: got nothing, want %q", parts)
	}
}
