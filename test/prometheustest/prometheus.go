// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package prometheustest starts Prometheus servers for tests, of the version that
// the operating system packages.
package prometheustest

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

const (
	// patience is how long a server may take until it is ready.
	patience = time.Minute
	pause    = 100 * time.Millisecond
	// stopGrace is how long a server may take to end.
	stopGrace = 15 * time.Second
)

// Start starts a server with a configuration on loopback, and stops it when the
// test ends. It returns the server's URL. Where there is no Prometheus, the test
// is skipped; in CI it fails.
func Start(t testing.TB, config []byte) string {
	t.Helper()
	binary := Find(t, "prometheus")
	directory := t.TempDir()
	configFile := filepath.Join(directory, "prometheus.yaml")
	if err := os.WriteFile(configFile, config, 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	start(t, exec.Command(binary, "--config.file="+configFile,
		"--storage.tsdb.path="+filepath.Join(directory, "data"), "--web.listen-address="+address))
	url := "http://" + address
	awaitReady(t, url)
	return url
}

func start(t testing.TB, command *exec.Cmd) {
	t.Helper()
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // where the cleanup below is not reached
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(stopGrace):
			_ = command.Process.Kill()
			<-exited
		}
		if t.Failed() {
			t.Logf("%s:\n%s", command.Path, &output)
		}
	})
}

func awaitReady(t testing.TB, url string) {
	t.Helper()
	ready := func(context.Context) (bool, error) {
		response, err := http.Get(url + "/-/ready")
		if err != nil {
			return false, nil
		}
		return response.StatusCode == http.StatusOK, response.Body.Close()
	}
	if err := wait.PollUntilContextTimeout(t.Context(), pause, patience, true, ready); err != nil {
		t.Fatalf("waiting for Prometheus to be ready: %v", err)
	}
}

// freeAddress is one on loopback at which nothing listens.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
