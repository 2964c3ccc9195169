// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The reference shows what is printed, but for who was asked.
func TestDayTwoAsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/command-line.md")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`(?m)(ago by |^Descheduler: +).*$`)
	without := func(text string) string { return strings.TrimSpace(asked.ReplaceAllString(text, "${1}SOMEBODY")) }
	one, _, _ := strings.Cut(golden(t, "rules-one"), "\n\nRule set:") // the first of two of the name
	for command, printed := range map[string]string{
		"top": golden(t, "top"), "rules": golden(t, "rules"), "rules below-the-line": one, "explain node ip-10-0-3-17": golden(t, "explain-node"),
	} {
		_, rest, found := strings.Cut(string(text), "$ kubectl loadline "+command+"\n")
		shown, _, _ := strings.Cut(rest, "```")
		shown, _, _ = strings.Cut(shown, "\n$ kubectl loadline ")
		if !found {
			t.Errorf("%s is not shown", command)
			continue
		}
		if diff := cmp.Diff(without(shown), without(printed)); diff != "" {
			t.Errorf("%s (-shown +printed):\n%s", command, diff)
		}
	}
}

// What is printed of the page is shown, but for its port.
func TestDashboardAsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/command-line.md")
	if err != nil {
		t.Fatal(err)
	}
	port := regexp.MustCompile(`127\.0\.0\.1:\d+/`)
	want := "$ kubectl loadline dashboard\n" + port.ReplaceAllString(startDashboard(t, "--no-browser", page(t)).line, "PORT/")
	if !strings.Contains(port.ReplaceAllString(string(text), "PORT/"), want) {
		t.Errorf("it is not shown that this is printed:\n%s", want)
	}
}
