// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// unknown stands for what nobody tells.
const unknown = "unknown"

// Source says when, from what commit and on what machine figures come, as the
// beginning of a sentence.
func Source(ctx context.Context) string {
	return fmt.Sprintf("Measured on %s at commit %s: %s, %d cores, %s of memory, %s %s/%s, load average %s",
		time.Now().UTC().Format(time.DateOnly), commit(ctx),
		field("/proc/cpuinfo", "model name"), runtime.NumCPU(), memory(),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, LoadAverage())
}

// field is a line of a file of the kernel, without its name.
func field(file, name string) string {
	content, _ := os.ReadFile(file)
	for line := range strings.Lines(string(content)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return unknown
}

// memory is that of the machine.
func memory() string {
	var kibibytes float64
	if _, err := fmt.Sscanf(field("/proc/meminfo", "MemTotal"), "%f kB", &kibibytes); err != nil {
		return unknown
	}
	return fmt.Sprintf("%.0f GB", kibibytes*1024/1e9)
}

// LoadAverage is that of the machine over the last minute, as the kernel writes it.
func LoadAverage() string {
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
