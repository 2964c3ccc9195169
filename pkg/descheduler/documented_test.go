// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package descheduler_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documentation is the page for those who run the descheduler.
const documentation = "../../docs/descheduler.md"

// What the descheduler tells of itself is documented: codes of reasons, events,
// metrics and the messages of its log.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile(documentation)
	if err != nil {
		t.Fatal(err)
	}
	for what, pattern := range map[string]string{
		"the code":   `reason\.Code = "(\w+)"`,
		"the event":  `(?m)^\t(?:Evicted|WouldEvict|NotEvicted|SuspectedLeak|Stopped|Resumed|Reason\w+) += "(\w+)"`,
		"the metric": `(?:gauge|counter)\("(\w+)"|Name: "(\w+)", StabilityLevel`,
		"the log":    `logger\.(?:Info|Error)\((?:err, |nil, )?"([^"]+)"|FromContext\(ctx\)\.Info\("([^"]+)"`,
	} {
		said := 0
		for _, name := range found(t, pattern) {
			said++
			if !regexp.MustCompile("`[^`\n]*" + regexp.QuoteMeta(name) + "[^`\n]*`").Match(text) {
				t.Errorf("%s does not tell of %s %q", documentation, what, name)
			}
		}
		if said == 0 {
			t.Errorf("found no instance of %s in the source: the test tests nothing", what)
		}
	}
}

// found are what a pattern finds in the source, without tests.
func found(t *testing.T, pattern string) []string {
	t.Helper()
	var names []string
	for _, directory := range []string{".", "../mark"} {
		err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(source), -1) {
				names = append(names, strings.Join(match[1:], ""))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}
