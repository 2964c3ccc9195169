// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/loadline-dev/loadline/test/cluster"
)

// The environment of a test binary that plays the parent of a cluster, and is made to end badly.
const (
	parentVariable = "LOADLINE_TEST_CLUSTER_PARENT" // what it does once the cluster runs
	parentDir      = "LOADLINE_TEST_CLUSTER_DIR"
	parentWaits    = "wait"
	parentPanics   = "panic"
)

func TestMain(m *testing.M) {
	if end := os.Getenv(parentVariable); end != "" {
		beParent(end)
		return
	}
	os.Exit(m.Run())
}

// beParent starts a cluster, says so on its output, and never stops the cluster.
func beParent(end string) {
	if _, err := cluster.Start(context.Background(), cluster.Options{Dir: os.Getenv(parentDir)}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("started")
	if end == parentPanics {
		panic("as told")
	}
	select {}
}

// TestParentEnds checks that a cluster does not outlive the process that started it.
func TestParentEnds(t *testing.T) {
	tests := map[string]struct {
		end  string // what the parent does once the cluster runs
		when func(t *testing.T, output *bufio.Scanner, dir string)
		kill bool
	}{
		"killed": {end: parentWaits, when: awaitStarted, kill: true},
		"killed before the first component": {
			end:  parentWaits,
			when: func(t *testing.T, _ *bufio.Scanner, dir string) { awaitFile(t, dir, "*/ca.crt") },
			kill: true,
		},
		"killed during the start": {
			end:  parentWaits,
			when: func(t *testing.T, _ *bufio.Scanner, dir string) { awaitFile(t, dir, "*/kube-apiserver.log") },
			kill: true,
		},
		"panics": {end: parentPanics, when: awaitStarted},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			parent := exec.Command(os.Args[0])
			parent.Env = append(os.Environ(), parentVariable+"="+tc.end, parentDir+"="+dir)
			output, err := parent.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			parent.Stderr = parent.Stdout
			if err := parent.Start(); err != nil {
				t.Fatal(err)
			}
			scanner := bufio.NewScanner(output)
			tc.when(t, scanner, dir)
			if tc.kill {
				if err := parent.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			// The output ends when nobody holds it open.
			for scanner.Scan() {
			}
			if err := parent.Wait(); err == nil {
				t.Error("the parent ended well, want it to end badly")
			}
			await(t, "nothing to be left", func(context.Context) error { return leftOvers(dir) })
		})
	}
}

func awaitStarted(t *testing.T, output *bufio.Scanner, dir string) {
	if !output.Scan() {
		t.Fatal("the parent ended before its cluster ran")
	}
	if leftOvers(dir) == nil {
		t.Error("leftOvers does not see a running cluster")
	}
}

func awaitFile(t *testing.T, dir, pattern string) {
	await(t, pattern, func(context.Context) error {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("no %s in %s", pattern, dir)
		}
		return err
	})
}

func TestStop(t *testing.T) {
	dir := t.TempDir()
	c, err := cluster.Start(t.Context(), cluster.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	// A grandchild that nobody knows of, and that outlives its parent.
	stray := startShell(t, c, "parent-of-stray", "sh -c 'echo ready; sleep 600; :' "+dir+" & wait")
	awaitLog(t, stray, "ready\n")
	if leftOvers(dir) == nil {
		t.Error("leftOvers does not see a running cluster")
	}
	for range 2 {
		if err := c.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
	if err := leftOvers(dir); err != nil {
		t.Error(err)
	}
	wantNoFailure(t, c)
	if _, err := c.StartProcess("late", "/bin/true"); err == nil {
		t.Error("StartProcess on a stopped cluster: got no error")
	}
}

// TestContextDone also starts two clusters at the same time.
func TestContextDone(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	clusters := make([]*cluster.Cluster, 2)
	for i := range clusters {
		group.Go(func() {
			c, err := cluster.Start(ctx, cluster.Options{Dir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			clusters[i] = c
		})
	}
	group.Wait()
	cancel()
	await(t, "nothing to be left", func(context.Context) error { return leftOvers(dir) })
	for _, c := range clusters {
		if c == nil {
			continue
		}
		if err := c.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
		wantNoFailure(t, c)
	}
}

func TestContextDoneDuringStart(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan error)
	go func() {
		_, err := cluster.Start(ctx, cluster.Options{Dir: dir})
		result <- err
	}()
	awaitFile(t, dir, "*/kube-apiserver.log")
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Start: got %v, want %v", err, context.Canceled)
	}
	if err := leftOvers(dir); err != nil {
		t.Error(err)
	}
}

func TestComponentKilled(t *testing.T) {
	dir := t.TempDir()
	c, err := cluster.Start(t.Context(), cluster.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	victim := c.Process("kube-controller-manager")
	if err := syscall.Kill(victim.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wantFailure(t, c, "kube-controller-manager exited: signal: killed", victim.LogFile(), "Starting service account controller")
	if err := c.Stop(); err != nil {
		t.Errorf("Stop: %v", err)
	}
	if err := leftOvers(dir); err != nil {
		t.Error(err)
	}
}

func TestComponentDoesNotStart(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	binaries, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"etcd", "kube-controller-manager", "kwok"} {
		if err := os.Symlink(filepath.Join(root, "build", "bin", name), filepath.Join(binaries, name)); err != nil {
			t.Fatal(err)
		}
	}
	script := []byte("#!/bin/sh\necho the reason\nexit 7\n")
	if err := os.WriteFile(filepath.Join(binaries, "kube-apiserver"), script, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = cluster.Start(t.Context(), cluster.Options{Binaries: binaries, Dir: dir})
	for _, want := range []string{"kube-apiserver exited: exit status 7", "the reason"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Start: got %v, want it to say %q", err, want)
		}
	}
	if err := leftOvers(dir); err != nil {
		t.Error(err)
	}
}

func TestMissingBinaries(t *testing.T) {
	_, err := cluster.Start(t.Context(), cluster.Options{Binaries: t.TempDir()})
	for _, want := range []string{"make bin", "etcd"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Start: got %v, want it to say %q", err, want)
		}
	}
}

// leftOvers says which files are in dir, and which processes have it among their arguments; nil if there are
// none. It does not rely on what the cluster knows of its processes.
func leftOvers(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return err
	}
	commands = slices.DeleteFunc(commands, func(path string) bool {
		// A process may end between the two looks; one that has ended, and waits for its parent to
		// notice, has no arguments any more.
		arguments, err := os.ReadFile(path)
		return err != nil || !bytes.Contains(arguments, []byte(dir))
	})
	if len(files)+len(commands) > 0 {
		return fmt.Errorf("left over: files %v, processes %v", files, commands)
	}
	return nil
}
