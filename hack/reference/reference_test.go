// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/ruletest"
)

const top = "../.."

// The examples are good.
func TestExamples(t *testing.T) {
	decoders := map[string]func([]byte) error{
		"RuleSet":      func(data []byte) error { _, err := v1alpha1.DecodeRuleSet(data); return err },
		"LoadlineArgs": func(data []byte) error { _, err := v1alpha1.DecodeLoadlineArgs(data); return err },
		"DeschedulerConfiguration": func(data []byte) error {
			_, err := v1alpha1.DecodeDeschedulerConfiguration(data)
			return err
		},
		"file": func(data []byte) error { return runTests(t, data) },
	}
	for _, k := range kinds() {
		for _, e := range k.examples {
			if err := decoders[k.root](example(e[1])); err != nil {
				t.Errorf("%s: %v", e[1], err)
			}
		}
	}
}

// runTests runs unit tests of the rule set in the example.
func runTests(t *testing.T, data []byte) error {
	t.Helper()
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "rules.yaml"), example("ruleset.yaml"), 0o600); err != nil {
		return err
	}
	suite, problems := ruletest.Load(filepath.Join(directory, "rules.test.yaml"), data)
	for _, problem := range problems {
		t.Error(problem)
	}
	if suite == nil {
		return nil
	}
	results, err := suite.Run(t.Context())
	for _, result := range results {
		for _, failure := range result.Failures {
			t.Errorf("%s: %+v", result.Name, failure)
		}
	}
	return err
}

// Each field is in an example, and what is in the examples are fields.
func TestExamplesAreComplete(t *testing.T) {
	s, err := read(filepath.Join(top, apiDirectory), filepath.Join(top, testDirectory))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds() {
		var want, got []string
		for _, at := range s.walk(k.root, "") {
			for _, field := range s.structs[at.kind].fields {
				for _, path := range at.paths {
					want = append(want, strings.TrimPrefix(path+"."+field.name, "."))
				}
			}
		}
		for _, e := range k.examples {
			found, err := leavesOf(example(e[1]))
			if err != nil {
				t.Fatal(err)
			}
			for path := range found {
				got = append(got, path)
			}
		}
		for _, path := range want {
			// Of a map it is enough to have one key. Telemetry is shown with the scheduler's.
			known := regexp.MustCompile("^" + strings.NewReplacer(`\.\*`, `\.[^.]+`).Replace(regexp.QuoteMeta(path)) + `([.\[]|$)`)
			isShown := k.root == "DeschedulerConfiguration" && (strings.HasPrefix(path, "telemetry.") || strings.HasPrefix(path, "estimates."))
			isEmpty := path == "telemetry.embedded.metricsAPI" // {}
			if !isShown && !isEmpty && !slices.ContainsFunc(got, known.MatchString) {
				t.Errorf("no example of a %s has %s", k.title, path)
			}
		}
	}
}

// What a comment says of a default is held against what the code fills in.
func TestConfirmed(t *testing.T) {
	for name, tc := range map[string]struct {
		comment string
		values  []string
		want    string
		wantErr bool
	}{
		"the same":                {comment: "5 within 10m", values: []string{"10m", "5"}, want: "`5` within `10m`"},
		"quoted":                  {comment: `"pod"`, values: []string{"pod"}, want: "`pod`"},
		"in words":                {comment: "no limit", want: "no limit"},
		"another":                 {comment: "15m", values: []string{"5m"}, wantErr: true},
		"none":                    {comment: "", values: []string{"5m"}, wantErr: true},
		"a part of another":       {comment: "25%", values: []string{"5%"}, wantErr: true},
		"a part of a path":        {comment: `"/var/lib/loadline-descheduler"`, values: []string{"/var/lib/loadline"}, wantErr: true},
		"with the name of a rule": {comment: `"loadline.dev/" and the name of the rule`, values: []string{"loadline.dev/hot"}, want: `"loadline.dev/" and the name of the rule`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := confirmed(tc.comment, tc.values)
			if diff := cmp.Diff(tc.want, got); diff != "" || (err != nil) != tc.wantErr {
				t.Errorf("confirmed (-want +got), error %v:\n%s", err, diff)
			}
		})
	}
}

// The page says all that there is to say, and its links lead somewhere.
func TestPage(t *testing.T) {
	text, err := page(top)
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		if anchors[anchor(heading[1])] {
			t.Errorf("two headings %q", heading[1])
		}
		anchors[anchor(heading[1])] = true
	}
	for _, link := range regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(text, -1) {
		if !anchors[link[1]] {
			t.Errorf("there is no heading for the link to #%s", link[1])
		}
	}
	for _, want := range []string{
		"| `staleAfter` | [duration](#numbers-and-durations) | six intervals of the telemetry, `90s` unless configured |",
		"| `order` | `OverRequest` or `Fewest` | `OverRequest` for these rules |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if goName := regexp.MustCompile(`(?m)^\|.*\b(MaxNodes|GiveUpAfter|OrderBy|ScrapeConfigFile|ReadyWithin|BuiltinCPU|RejectMissing)\b.*$`).FindString(text); goName != "" {
		t.Errorf("the page has a name that is only Go's: %s", goName)
	}
}
