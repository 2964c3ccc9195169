// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// Where there is no space, nothing is stored, what was stored can be asked for, and the
// log says so once. With space again all is well.
func TestFullDisk(t *testing.T) {
	directory := t.TempDir()
	if err := syscall.Mount("tmpfs", directory, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("a small disk cannot be had here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(directory, syscall.MNT_DETACH) })
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	ctx := klog.NewContext(t.Context(), logger)
	database, err := embedded.Open(ctx, directory, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	store := func(seconds int) error {
		return database.Append(ctx, scrapeOf(t, "s", seconds, "abcdefghijklmnopqrstuvwxyz"))
	}
	seconds := 0
	for ; seconds < hour/3; seconds += 15 { // so that there are full chunks
		if err := store(seconds); err != nil {
			t.Fatal(err)
		}
	}

	ballast := filepath.Join(directory, "ballast")
	fill(t, ballast)
	var failed error
	for failed == nil && seconds < 100*hour { // what is left of a page is used up first
		seconds += 15
		failed = store(seconds)
	}
	if failed == nil || !strings.Contains(failed.Error(), "no space left in the telemetry data directory") {
		t.Fatalf("got error %v, want that there is no space", failed)
	}
	// A whole hour, in which blocks would be made and chunks would be written.
	for end := seconds + hour; seconds < end; seconds += 15 {
		if err := store(seconds); err == nil || err.Error() != failed.Error() {
			t.Fatalf("got error %v, want always the same, %v", err, failed)
		}
	}
	if len(query(t, database, "last_over_time(m[3h])", at(seconds))) == 0 {
		t.Error("nothing is known of what was stored before")
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for end := seconds + hour; seconds < end; seconds += 15 {
		if err := store(seconds); err != nil {
			t.Fatalf("with space again: %v", err)
		}
	}
	fill(t, ballast)
	if err := database.Close(); err != nil {
		t.Logf("closing without space: %v", err)
	}
	database, err = embedded.Open(ctx, directory, 10*time.Second) // as a process does that starts anew
	if err != nil {
		t.Fatalf("starting without space: %v", err)
	}
	if err := database.Close(); err != nil {
		t.Error(err)
	}
}

// fill uses up all the space there is.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for err == nil {
		_, err = file.Write(make([]byte, 4096))
	}
}
