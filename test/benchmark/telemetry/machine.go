// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// unknown stands for what the machine does not tell.
const unknown = "unknown"

// machine says what this program runs on.
func machine() string {
	cpus, _ := os.ReadFile("/proc/cpuinfo")
	memory, _ := os.ReadFile("/proc/meminfo")
	size := unknown
	if total, err := kilobytes(string(memory), "MemTotal:"); err == nil {
		size = megabytes(total)
	}
	return fmt.Sprintf("%s, %d cores, %s of memory, %s %s/%s",
		cpuModel(string(cpus)), runtime.NumCPU(), size, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// cpuModel reads /proc/cpuinfo.
func cpuModel(cpus string) string {
	for line := range strings.Lines(cpus) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return unknown
}

// loadAverage is the machine's, over the last minute.
func loadAverage() string {
	content, _ := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(content)); len(fields) > 0 {
		return fields[0]
	}
	return unknown
}

// commit names the source that was measured.
func commit(ctx context.Context) string {
	revision, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return unknown
	}
	name := strings.TrimSpace(string(revision))
	changes, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--", ":/cmd", ":/pkg", ":/go.mod").Output()
	if err != nil || len(changes) > 0 {
		name += " with changes"
	}
	return name
}
