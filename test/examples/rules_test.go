// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package examples tests the rule sets and the scrape configurations that are
// shipped as examples: that they are good and pass their own tests, and that they
// work on either engine with what real exporters say.
package examples

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli"
	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

const (
	rulesDirectory  = "../../manifests/examples/rules"
	scrapeDirectory = "../../manifests/examples/scrape"
	cookbook        = "../../docs/cookbook.md"
)

// names are those of all files in a folder of examples, without their ending.
func names(t *testing.T, directory string) []string {
	t.Helper()
	files, err := filepath.Glob(directory + "/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("looking for examples: %d files, %v", len(files), err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".yaml")
	}
	return files
}

func read(t *testing.T, parts ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// example is a rule set that is shipped, and the scrape configuration that it
// names, if any.
func example(t *testing.T, name string) (rules *v1alpha1.RuleSet, scrape string) {
	t.Helper()
	text := read(t, rulesDirectory, name+".yaml")
	found, problems := rulefile.Read(name, text)
	if len(found) != 1 || len(problems) > 0 {
		t.Fatalf("got %d rule sets and %v, want one that is good", len(found), problems)
	}
	if named := regexp.MustCompile(`\.\./scrape/([a-z-]+)\.yaml`).FindSubmatch(text); named != nil {
		scrape = string(named[1])
	}
	return found[0].RuleSet, scrape
}

// Each example is good, gives no warnings, is called as its file is, and has tests,
// which pass.
func TestRules(t *testing.T) {
	for _, name := range names(t, rulesDirectory) {
		t.Run(name, func(t *testing.T) {
			const checked = "1 valid rule set, 0 problems, 0 warnings\n"
			if code, output := run(t, "check", filepath.Join(rulesDirectory, name+".yaml")); code != 0 || output != checked {
				t.Errorf("check: got exit code %d and\n%s\nwant\n%s", code, output, checked)
			}
			if code, output := run(t, "test", filepath.Join(rulesDirectory, "tests", name+".test.yaml")); code != 0 || !strings.Contains(output, "PASS") {
				t.Errorf("test: got exit code %d and\n%s", code, output)
			}
		})
	}
}

// run runs the command line, and returns all that it prints.
func run(t *testing.T, arguments ...string) (code int, output string) {
	t.Helper()
	streams, _, stdout, stderr := genericiooptions.NewTestIOStreams()
	code = cli.Run(t.Context(), arguments, streams)
	return code, stdout.String() + stderr.String()
}

// Two examples in one cluster do not get in each other's way.
func TestNamesAreUnique(t *testing.T) {
	seen := map[string]string{}
	for _, name := range names(t, rulesDirectory) {
		rules, _ := example(t, name)
		if other, twice := seen[rules.Name]; twice {
			t.Errorf("%s and %s both hold the rule set %q", other, name, rules.Name)
		}
		seen[rules.Name] = name
	}
}

// Every example is in the cookbook, with the scrape configuration that it names,
// and nothing else is.
func TestCookbook(t *testing.T) {
	want := map[string]string{}
	for _, name := range names(t, rulesDirectory) {
		_, want[name] = example(t, name)
	}
	row := regexp.MustCompile(`(?m)^\|.*/rules/([a-z-]+)\.yaml\)(?:.*/scrape/([a-z-]+)\.yaml\))?`)
	got := map[string]string{}
	for _, found := range row.FindAllStringSubmatch(string(read(t, cookbook)), -1) {
		got[found[1]] = found[2]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules and their scrape configurations (-want +got):\n%s", diff)
	}
}

// Every scrape configuration says at its top which rules it is for.
func TestScrapeConfigurationsNameTheirRules(t *testing.T) {
	users := map[string][]string{}
	for _, name := range names(t, rulesDirectory) {
		_, scrape := example(t, name)
		users[scrape] = append(users[scrape], name)
	}
	for _, name := range slices.Sorted(maps.Keys(users)) {
		if name == "" {
			continue
		}
		head, _, _ := strings.Cut(string(read(t, scrapeDirectory, name+".yaml")), "\nglobal:")
		for _, user := range users[name] {
			if !regexp.MustCompile(`\b` + user + `\b`).MatchString(head) {
				t.Errorf("%s does not name %s", name, user)
			}
		}
	}
}
