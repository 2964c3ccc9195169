// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
)

// replace writes a file and puts it in the place of another, as what mounts
// ConfigMaps does.
func replace(t *testing.T, file string, content []byte) {
	t.Helper()
	written := filepath.Join(t.TempDir(), "new")
	if err := os.WriteFile(written, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(written, file); err != nil {
		t.Fatal(err)
	}
}

func TestAuthoritiesAreReadAgain(t *testing.T) {
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	logged := func(text string) int {
		return strings.Count(logger.GetSink().(ktesting.Underlier).GetBuffer().String(), text)
	}
	server := startKubelet(t, serve(example))
	node := nodeAt(t, "a", server.Listener.Addr())
	file := filepath.Join(t.TempDir(), "ca.crt")
	replace(t, file, []byte(otherAuthority))
	client := newTestClient(t, TLS{CAFile: file}, "secret")
	// read makes a new connection.
	read := func() error {
		client.http.CloseIdleConnections()
		_, err := client.resources(klog.NewContext(t.Context(), logger), node, Wanted{})
		return err
	}
	steps := []struct {
		name   string
		change func()
		// trusted tells whether the server is, afterwards.
		trusted bool
		// formerly is the number of times that the log says by then that the
		// former authorities are used.
		formerly int
	}{
		{name: "another authority", change: func() {}},
		{name: "the right one", change: func() { replace(t, file, authorityOf(server)) }, trusted: true},
		{name: "garbage", change: func() { replace(t, file, []byte("no certificate")) }, trusted: true, formerly: 1},
		{name: "the same garbage", change: func() {}, trusted: true, formerly: 1},
		{name: "no file", change: func() { _ = os.Remove(file) }, trusted: true, formerly: 2},
		{name: "still no file", change: func() {}, trusted: true, formerly: 2},
		{name: "another authority again", change: func() { replace(t, file, []byte(otherAuthority)) }, formerly: 2},
		{name: "written in place", change: func() {
			if err := os.WriteFile(file, authorityOf(server), 0o600); err != nil {
				t.Fatal(err)
			}
		}, trusted: true, formerly: 2},
	}
	for _, step := range steps {
		step.change()
		for range 2 {
			if err := read(); (err == nil) != step.trusted {
				t.Errorf("%s: got error %v, want trusted to be %v", step.name, err, step.trusted)
			}
		}
		if got := logged("Going on with the former authorities"); got != step.formerly {
			t.Errorf("%s: the log says %d times that the former ones are used, want %d", step.name, got, step.formerly)
		}
	}
}

// Connections that are kept go on, whatever the file says by now.
func TestKeptConnectionsOutliveTheirAuthority(t *testing.T) {
	server := startKubelet(t, serve(example))
	file := filepath.Join(t.TempDir(), "ca.crt")
	replace(t, file, authorityOf(server))
	client := newTestClient(t, TLS{CAFile: file}, "secret")
	for range 2 {
		if _, err := client.resources(t.Context(), nodeAt(t, "a", server.Listener.Addr()), Wanted{}); err != nil {
			t.Error(err)
		}
		replace(t, file, []byte(otherAuthority))
	}
}
