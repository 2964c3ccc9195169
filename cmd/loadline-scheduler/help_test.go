// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/pkg/audit"
)

// runMain, in the environment of this test's own program, has it be the scheduler.
const runMain = "LOADLINE_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main() // exits
	}
	os.Exit(m.Run())
}

// asked runs the scheduler with arguments, and returns all that it says.
func asked(t *testing.T, arguments ...string) (said string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], arguments...)
	command.Env = append(os.Environ(), runMain+"=yes")
	output, err := command.CombinedOutput()
	return string(output), err
}

// What can be set is shown, whether it is Loadline's or upstream's.
func TestHelp(t *testing.T) {
	said, err := asked(t, "--help")
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	_, own, found := strings.Cut(said, "\nLoadline flags:\n")
	if !found {
		t.Fatalf("no section of Loadline's flags in:\n%s", said)
	}
	for _, flag := range []string{audit.Flag, "inspect-address"} {
		if !strings.Contains(own, "      --"+flag+" ") {
			t.Errorf("--%s is not in the section:\n%s", flag, own)
		}
	}
	for _, flag := range []string{"config", "leader-elect", "emulated-version", "secure-port", "vmodule"} {
		if !strings.Contains(said, " --"+flag+" ") {
			t.Errorf("--%s of upstream is not shown", flag)
		}
	}
	if n := strings.Count(said, "--"+audit.Flag+" "); n != 1 {
		t.Errorf("--%s is shown %d times, want once", audit.Flag, n)
	}
}

// Who mistypes a flag is told of all that there are.
func TestUsage(t *testing.T) {
	said, err := asked(t, "--audit-lgo=x")
	if err == nil {
		t.Fatalf("no error for an unknown flag: %s", said)
	}
	for _, want := range []string{"unknown flag: --audit-lgo", "--" + audit.Flag + " "} {
		if !strings.Contains(said, want) {
			t.Errorf("want %q in:\n%s", want, said)
		}
	}
}
