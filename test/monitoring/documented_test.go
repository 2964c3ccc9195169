// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/cli"
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

// anchors are those of the headings of a page, as GitHub makes them.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		text := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		found[strings.ReplaceAll(text, " ", "-")] = true
	}
	return found
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

// Links lead to sections that are there.
func TestLinks(t *testing.T) {
	page := docs(t, "operations.md")
	for _, link := range regexp.MustCompile(`\]\(([\w-]*\.md)?(?:#([\w-]+))?\)`).FindAllStringSubmatch(page, -1) {
		target := page
		if link[1] != "" {
			target = docs(t, link[1])
		}
		if link[2] != "" && !anchors(target)[link[2]] {
			t.Errorf("%s leads nowhere", link[0])
		}
	}
}

// The commands that whoever is called is told to run are there.
func TestCommands(t *testing.T) {
	commands := map[string]bool{}
	for _, match := range regexp.MustCompile("kubectl loadline ([^`\n]+)").FindAllStringSubmatch(docs(t, "operations.md"), -1) {
		commands[match[1]] = true
	}
	if len(commands) == 0 {
		t.Fatal("docs/operations.md names no command")
	}
	for command := range commands {
		arguments := append(strings.Fields(command), "--help") // there is no cluster
		var output bytes.Buffer
		code := cli.Run(t.Context(), arguments, genericiooptions.IOStreams{In: strings.NewReader(""), Out: &output, ErrOut: &output})
		usage := "kubectl loadline " + strings.Fields(command)[0]
		if parent, kind, ok := strings.Cut(command, " "); ok && parent == "explain" {
			usage += " " + strings.TrimSuffix(strings.Fields(kind)[0], "s")
		}
		if code != 0 || !strings.Contains(output.String(), usage) {
			t.Errorf("kubectl loadline %s: got exit code %d and\n%s", command, code, output.String())
		}
	}
}
