// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// userHertz is the unit in which Linux tells CPU times, per second. It is the
// same on all machines.
const userHertz = 100

// usage is what a process has used so far.
type usage struct {
	// cpu is user and system time.
	cpu time.Duration
	// resident is memory in bytes, maxResident the most that it has been.
	resident, maxResident int64
}

// watch counts what a process uses from one time on.
type watch struct {
	pid    int
	start  time.Time
	before usage
}

func startWatch(pid int) (watch, error) {
	before, err := usageOf(pid)
	return watch{pid: pid, start: time.Now(), before: before}, err
}

// stop tells the share of one core that the process took since the start, and
// what it has used altogether.
func (w watch) stop() (share float64, used usage, err error) {
	used, err = usageOf(w.pid)
	return (used.cpu - w.before.cpu).Seconds() / time.Since(w.start).Seconds(), used, err
}

// usageOf reads the usage of a process from /proc.
func usageOf(pid int) (usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}, fmt.Errorf("reading what a process uses: %w", err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return usage{}, fmt.Errorf("reading what a process uses: %w", err)
	}
	used, err := parseUsage(string(stat), string(status))
	if err != nil {
		return usage{}, fmt.Errorf("reading what process %d uses: %w", pid, err)
	}
	return used, nil
}

// parseUsage reads the files stat and status of a process, see proc(5).
func parseUsage(stat, status string) (usage, error) {
	// The second field is the name, which may hold spaces and parentheses.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	const utime, stime = 14 - 3, 15 - 3 // as numbered there, and the rest begins with the third
	if len(fields) <= stime {
		return usage{}, fmt.Errorf("too few fields in %q", stat)
	}
	var ticks int64
	for _, field := range []string{fields[utime], fields[stime]} {
		value, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return usage{}, err
		}
		ticks += value
	}
	used := usage{cpu: time.Duration(ticks) * time.Second / userHertz}
	var err error
	if used.resident, err = kilobytes(status, "VmRSS:"); err != nil {
		return usage{}, err
	}
	used.maxResident, err = kilobytes(status, "VmHWM:")
	return used, err
}

// kilobytes reads one line of a status file, in bytes.
func kilobytes(status, name string) (int64, error) {
	for line := range strings.Lines(status) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != name {
			continue
		}
		value, err := strconv.ParseInt(fields[1], 10, 64)
		return value << 10, err
	}
	return 0, fmt.Errorf("no %s in its status", name)
}
