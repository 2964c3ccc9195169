// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"bytes"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/cli"
)

// flagsOfOthers are flags that the documentation names, of programs that are not
// Loadline's.
var flagsOfOthers = map[string]string{
	"--previous":                         "kubectl logs",
	"--factor":                           "test/soak",
	"--allowed-scheduler-names":          "cluster-autoscaler",
	"--status-taint":                     "cluster-autoscaler",
	"--scale-down-utilization-threshold": "cluster-autoscaler",
}

// loadline runs "kubectl loadline" without a cluster.
func loadline(t *testing.T, arguments ...string) (code int, output string) {
	t.Helper()
	var both bytes.Buffer
	code = cli.Run(t.Context(), arguments, genericiooptions.IOStreams{In: strings.NewReader(""), Out: &both, ErrOut: &both})
	return code, both.String()
}

// Every command of "kubectl loadline" that is named is there, and has the flags that
// it is given; also of lines that cannot be run.
func TestLoadlineCommands(t *testing.T) {
	for _, command := range allCommands(t) {
		for _, words := range calls(command.text, "kubectl", "loadline") {
			words = slices.DeleteFunc(words, func(word string) bool { return word == "--help" })
			usage := "kubectl loadline " + strings.Join(words[:min(len(words), 1)], "")
			if code, output := loadline(t, append(words, "--help")...); code != 0 || !strings.Contains(output, usage) {
				t.Errorf("%s:%d: %s: exit code %d and\n%s", command.page, command.line, command.text, code, output)
			}
		}
	}
}

var (
	flagName   = regexp.MustCompile(`--[a-z][a-z0-9-]+`)
	subcommand = regexp.MustCompile(`(?m)^  ([a-z]+) `)
)

// Every flag that is named within text is one of Loadline's programs, or of somebody
// who is named here.
func TestFlags(t *testing.T) {
	known, used := knownFlags(t), map[string]bool{}
	for _, page := range pages(t) {
		for _, span := range page.Spans {
			name := flagName.FindString(span.Text)
			if !strings.HasPrefix(span.Text, "--") || known[name] {
				continue
			}
			if used[name] = true; flagsOfOthers[name] == "" {
				t.Errorf("%s:%d: none of Loadline's programs has the flag %s", page.Name, span.Line, name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(flagsOfOthers)) {
		if !used[name] {
			t.Errorf("no page names the flag %s of others any more: take it out of the table", name)
		}
	}
}

// knownFlags are those of all of Loadline's programs.
func knownFlags(t *testing.T) map[string]bool {
	t.Helper()
	var help strings.Builder
	for _, program := range []string{"loadline-scheduler", "loadline-descheduler"} {
		output, err := exec.CommandContext(t.Context(), filepath.Join(root(t), "build", "bin", program), "--help").CombinedOutput()
		if err != nil {
			t.Fatalf("%s --help (build it with: make bin): %v\n%s", program, err, output)
		}
		help.Write(output)
	}
	queue := [][]string{{}}
	for len(queue) > 0 {
		words := queue[0]
		queue = queue[1:]
		_, output := loadline(t, append(slices.Clone(words), "--help")...)
		help.WriteString(output)
		_, list, _ := strings.Cut(output, "Available Commands:\n")
		list, _, _ = strings.Cut(list, "\n\n")
		for _, found := range subcommand.FindAllStringSubmatch(list, -1) {
			queue = append(queue, append(slices.Clone(words), found[1]))
		}
	}
	known := map[string]bool{}
	for _, name := range flagName.FindAllString(help.String(), -1) {
		known[name] = true
	}
	return known
}
