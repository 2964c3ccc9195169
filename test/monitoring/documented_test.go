// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/test/cluster"
)

const runbook = "https://github.com/loadline-dev/loadline/blob/main/docs/operations.md#"

func docs(t *testing.T, name string) string {
	t.Helper()
	root, err := cluster.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each alert says what it is about, and has a section that says what to do; and there
// is no section for an alert that is not there.
func TestRunbook(t *testing.T) {
	alerts, err := Alerts()
	if err != nil {
		t.Fatal(err)
	}
	page := docs(t, "operations.md")
	sections := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^### (Loadline\w+)$`).FindAllStringSubmatch(page, -1) {
		sections[heading[1]] = true
	}
	for _, alert := range alerts {
		if !sections[alert.Name] {
			t.Errorf("alert %s has no section in docs/operations.md", alert.Name)
		}
		delete(sections, alert.Name)
		if got, want := alert.Annotations["runbook_url"], runbook+strings.ToLower(alert.Name); got != want {
			t.Errorf("alert %s: the runbook is %q, want %q", alert.Name, got, want)
		}
		if alert.Annotations["summary"] == "" || alert.Annotations["description"] == "" || len(alert.Annotations) != 3 {
			t.Errorf("alert %s: annotations %v, want a summary, a description and a runbook", alert.Name, alert.Annotations)
		}
		if severity := alert.Labels["severity"]; severity != "info" && severity != "warning" && severity != "critical" {
			t.Errorf("alert %s: severity %q, want info, warning or critical", alert.Name, severity)
		}
		if hold, err := alert.Hold(); err != nil || hold == 0 {
			t.Errorf("alert %s fires at once: %v", alert.Name, err)
		}
	}
	for section := range sections {
		t.Errorf("docs/operations.md has a section for alert %s, which is not there", section)
	}
}
