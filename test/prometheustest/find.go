// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package prometheustest

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Find is the path of a program of Prometheus, "prometheus" or "promtool". Where there
// is none, the test is skipped; in CI it fails.
func Find(t testing.TB, program string) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/" + program, program} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	missing := fmt.Sprintf("there is no %s to test with: apt-get install prometheus", program)
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}
