// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli"
)

// run runs the command line, with a text on the standard input.
func run(t *testing.T, in string, arguments ...string) (code int, out, errOut string) {
	t.Helper()
	streams, stdin, stdout, stderr := genericiooptions.NewTestIOStreams()
	stdin.WriteString(in)
	code = cli.Run(t.Context(), arguments, streams)
	return code, stdout.String(), stderr.String()
}

func golden(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const good = `apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: good}
spec:
  metrics: [{name: memory, builtin: memory}]
  preferences: [{metric: memory, prefer: Lower}]
`

func TestRun(t *testing.T) {
	cases := map[string]struct {
		in        string
		arguments []string
		wantCode  int
		wantOut   string
		wantErr   string
	}{
		"check a bad file":  {arguments: []string{"check", "testdata/bad.yaml"}, wantCode: 1, wantOut: golden(t, "bad.check")},
		"check a good text": {in: good, arguments: []string{"check", "-"}, wantOut: "1 valid rule set, 0 problems, 0 warnings\n"},
		"check only warns":  {in: strings.Replace(good, "name: memory,", "name: heat, query: sum(x)}, {name: memory,", 1), arguments: []string{"check", "-"}, wantOut: "-:5: warning: spec.metrics[0]: \"heat\" is measured, and no rule or preference uses it\n-:5: warning: spec.metrics[0].query: its result has no label \"node\" or \"instance\" to tell the node: aggregate by (node), or give nodeLabel\n1 valid rule set, 0 problems, 2 warnings\n"},
		"check one set twice": {in: good + "---\n" + good, arguments: []string{"check", "-"},
			wantOut: "-:10: warning: metadata.name: \"good\" is also at -:3: of two rule sets with one name only that of the newer ConfigMap counts\n2 valid rule sets, 0 problems, 1 warning\n"},
		"check nothing of ours": {in: "kind: Namespace\n", arguments: []string{"check", "-"},
			wantOut: "0 valid rule sets, 0 problems, 0 warnings\n", wantErr: "note: - holds no RuleSet, nor a ConfigMap with one: nothing to check\n"},
		"check no file there": {arguments: []string{"check", "none.yaml"}, wantCode: 2, wantErr: "error: reading rules: open none.yaml: no such file or directory\n"},
		"check nothing":       {arguments: []string{"check"}, wantCode: 2, wantErr: "error: give at least one file, or \"-\" for the standard input\n"},
		"test that fails":     {arguments: []string{"test", "testdata/failing.test.yaml"}, wantCode: 1, wantOut: golden(t, "failing.test")},
		"test that is not one": {in: "testz: []\n", arguments: []string{"test", "-"}, wantCode: 1,
			wantOut: "FAIL  -\n  -:1: unknown field \"testz\"\n0 passed, 1 failed\n"},
		"test of bad rules": {
			in: `ruleSets: [testdata/bad.yaml]
tests: []
`,
			arguments: []string{"test", "-"}, wantCode: 1,
			wantOut: "FAIL  -\n  " + strings.Join(strings.SplitAfter(golden(t, "bad.check"), "\n")[:4], "  ") + "0 passed, 1 failed\n",
		},
		"test no file there":          {arguments: []string{"test", "none.yaml"}, wantCode: 2, wantErr: "error: reading rules: open none.yaml: no such file or directory\n"},
		"metrics":                     {arguments: []string{"metrics"}, wantOut: golden(t, "metrics.table")},
		"metrics at another interval": {arguments: []string{"metrics", "--interval", "30s", "-o", "yaml"}, wantOut: golden(t, "metrics.yaml")},
		"metrics in words":            {arguments: []string{"metrics", "-o", "words"}, wantCode: 2, wantErr: "error: unknown output format \"words\": give json or yaml\n"},
		"metrics too often":           {arguments: []string{"metrics", "--interval", "1ms"}, wantCode: 2, wantErr: "error: --interval: Invalid value: \"1ms\": must be whole seconds between 1s and 5m0s\n"},
		"unknown command":             {arguments: []string{"chekc"}, wantCode: 2, wantErr: "error: unknown command \"chekc\" for \"kubectl loadline\"\n\nDid you mean this?\n\tcheck\n\n"},
		"unknown flag":                {arguments: []string{"check", "--fast", "-"}, wantCode: 2, wantErr: "error: unknown flag: --fast\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := run(t, tc.in, tc.arguments...)
			if code != tc.wantCode {
				t.Errorf("got exit code %d, want %d", code, tc.wantCode)
			}
			if diff := cmp.Diff(tc.wantOut, out); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantErr, errOut); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

// All formats say the same of every built-in metric.
func TestMetricsFormats(t *testing.T) {
	type metric struct{ Name, Meaning, Window, Query string }
	var fromJSON, fromYAML []metric
	_, text, _ := run(t, "", "metrics", "-o", "json")
	if err := json.Unmarshal([]byte(text), &fromJSON); err != nil {
		t.Fatal(err)
	}
	_, text, _ = run(t, "", "metrics", "-o", "yaml")
	if err := yaml.Unmarshal([]byte(text), &fromYAML); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fromJSON, fromYAML); diff != "" {
		t.Errorf("JSON and YAML differ:\n%s", diff)
	}
	_, table, _ := run(t, "", "metrics")
	if got, want := len(fromJSON), len(v1alpha1.Builtins()); got != want {
		t.Fatalf("got %d metrics, want %d", got, want)
	}
	for _, metric := range fromJSON {
		if metric.Meaning == "" || metric.Query == "" {
			t.Errorf("%q lacks its meaning or its query", metric.Name)
		}
		if !strings.Contains(table, metric.Query) {
			t.Errorf("%q: its query is not in the table", metric.Name)
		}
	}
}

func TestHelp(t *testing.T) {
	cases := map[string][]string{
		"--help":           {"kubectl loadline [command]", "check ", "test ", "metrics ", "top ", "rules ", "completion ", "version "},
		"check --help":     {"kubectl loadline check FILE...", "Examples:", "kubectl loadline check rules.yaml"},
		"test --help":      {"kubectl loadline test FILE...", "Examples:", "ruleSets: [rules.yaml]"},
		"convert --help":   {"kubectl loadline convert FILE...", "Examples:", "--adapter-config"},
		"metrics --help":   {"kubectl loadline metrics [flags]", "Examples:", "--interval"},
		"version --client": {"Loadline: ", "Go: go"},
	}
	for arguments, want := range cases {
		t.Run(arguments, func(t *testing.T) {
			code, out, errOut := run(t, "", strings.Fields(arguments)...)
			if code != 0 || errOut != "" {
				t.Errorf("got exit code %d and %q", code, errOut)
			}
			for _, text := range want {
				if !strings.Contains(out, text) {
					t.Errorf("got %q, want %q in it", out, text)
				}
			}
		})
	}
}
