// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package imports checks which way the arrows between the packages run.
package imports

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/loadline-dev/loadline/"

// rules forbid packages to depend on others, directly or through any package in
// between. Patterns are as in path.Match, on the path below the module or the
// whole path; one that ends in "/..." stands for everything below as well.
var rules = []struct {
	packages  string
	forbidden []string
	because   string
}{
	{"pkg/api/...", []string{"pkg/...", "cmd/...", "test/..."}, "the types that people write are a leaf: everything may depend on them"},
	{"pkg/api/...", []string{"k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "decoding and validation do no I/O"},
	{"pkg/verdict", []string{"pkg/engine", "pkg/plugin", "pkg/rules", "pkg/telemetry/..."}, "verdicts are made from what they are given"},
	{"pkg/verdict", []string{"k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "verdicts are pure: no client"},
	{"pkg/projection", []string{"pkg/engine", "pkg/plugin", "pkg/rules", "pkg/telemetry/...", "pkg/verdict", "k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "projection is arithmetic on what it is given"},
	{"pkg/explain", []string{"pkg/engine", "pkg/plugin", "pkg/rules", "pkg/telemetry/...", "k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "an explanation is made of a snapshot"},
	{"pkg/audit", []string{"pkg/engine", "pkg/plugin", "pkg/rules", "pkg/telemetry/...", "pkg/mark", "pkg/descheduler/...", "k8s.io/kubernetes/..."}, "whoever decides says what is to be written down"},
	{"pkg/inspect", []string{"pkg/engine", "pkg/plugin", "pkg/rules", "pkg/telemetry/...", "k8s.io/kubernetes/..."}, "whoever inspects sees what was decided, and nothing else"},
	{"pkg/dashboard", []string{"pkg/engine", "pkg/plugin", "pkg/rules", "pkg/telemetry/...", "k8s.io/kubernetes/..."}, "the page shows what it is given, and decides nothing"},
	{"pkg/standing", []string{"pkg/engine", "pkg/plugin", "pkg/rules", "pkg/telemetry/...", "k8s.io/kubernetes/..."}, "how rule sets stand is read off what is written of them"},
	{"pkg/edits", []string{"pkg/...", "k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "what was edited is a leaf: who reads rules and who shows them depend on it"},
	{"pkg/load", []string{"pkg/...", "k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "a picture of the past is made of answers, whoever gives them"},
	{"pkg/rules", []string{"pkg/engine", "pkg/plugin", "pkg/telemetry/...", "pkg/verdict"}, "reading rules needs only their types"},
	{"pkg/telemetry/...", []string{"pkg/engine", "pkg/plugin", "pkg/rules"}, "measuring knows nothing of who asks"},
	{"pkg/plugin", []string{"pkg/engine", "pkg/rules", "pkg/telemetry/...", "github.com/prometheus/prometheus/tsdb"}, "placement sees nothing but the Snapshot"},
	{"pkg/engine", []string{"pkg/plugin", "k8s.io/kubernetes/..."}, "the engine serves other binaries than the scheduler, too"},
	{"pkg/configfile", []string{"pkg/...", "k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "a file changes alike whatever is in it"},
	{"pkg/timekeeper", []string{"pkg/...", "k8s.io/..."}, "what time it is depends on nobody"},
	{"pkg/mark", []string{"pkg/engine", "pkg/plugin", "pkg/rules", "pkg/telemetry/...", "pkg/descheduler/...", "k8s.io/kubernetes/..."}, "marks see nothing but the Snapshot"},
	{"pkg/descheduler", []string{"pkg/engine", "pkg/plugin", "pkg/rules", "pkg/telemetry/...", "k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "the loop sees nothing but the Snapshot, and acts through what it is given"},
	{"pkg/descheduler/plan", []string{"pkg/descheduler", "pkg/engine", "pkg/plugin", "pkg/rules", "pkg/telemetry/...", "k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "a plan is made of what it is given"},
	{"pkg/descheduler/cluster", []string{"k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "the model of the cluster does no I/O"},
	{"pkg/descheduler/history", []string{"k8s.io/client-go/...", "k8s.io/kubernetes/..."}, "records are read by the command line, too"},
	{"pkg/descheduler/observe", []string{"pkg/engine", "pkg/plugin", "pkg/telemetry/...", "k8s.io/kubernetes/..."}, "observing is reading from caches"},
	{"pkg/cli/...", []string{"pkg/engine", "k8s.io/kubernetes/..."}, "the command line judges rules without a scheduler, and stays small"},
	{"pkg/version", []string{"pkg/...", "k8s.io/..."}, "every program may ask for its version"},
	{"pkg/...", []string{"cmd/...", "test/..."}, "the product does not depend on its programs and tests"},
	{"cmd/...", []string{"pkg/telemetry/telemetrytest"}, "no test code is shipped"},
	{"cmd/...", []string{"test/..."}, "no test code is shipped"},
	{"test/docs/markdown", []string{"pkg/...", "cmd/...", "k8s.io/..."}, "a page is read without knowing what it is about"},
}

func TestImports(t *testing.T) {
	dependencies := list(t)
	for _, rule := range rules {
		checked := false
		for name, deps := range dependencies {
			if !matches(rule.packages, name) {
				continue
			}
			checked = true
			for _, dep := range deps {
				for _, forbidden := range rule.forbidden {
					if dep != name && matches(forbidden, dep) && !matches(rule.packages, dep) {
						t.Errorf("%s depends on %s, but %s", name, dep, rule.because)
					}
				}
			}
		}
		if !checked {
			t.Errorf("the rule for %s is for no package", rule.packages)
		}
	}
}

// TestPure looks for the reading of a clock in the packages that may not.
func TestPure(t *testing.T) {
	for _, pure := range []string{
		"pkg/api/v1alpha1", "pkg/projection", "pkg/verdict", "pkg/descheduler/budget", "pkg/descheduler/breaker",
		"pkg/descheduler/cluster", "pkg/descheduler/effect", "pkg/descheduler/history", "pkg/descheduler/plan", "pkg/descheduler/protect",
	} {
		// A call of time.Now or time.Since, in files other than tests.
		output, err := exec.Command("grep", "-nE", "--include=*.go", "--exclude=*_test.go", "-r", `time\.(Now|Since|Until|After|Tick|Sleep)\(`, "../../"+pure).CombinedOutput()
		var exit *exec.ExitError
		switch {
		case err == nil:
			t.Errorf("%s reads a clock, but time is a parameter there:\n%s", pure, output)
		case !errors.As(err, &exit) || exit.ExitCode() != 1: // 1: nothing found
			t.Fatalf("searching %s: %v\n%s", pure, err, output)
		}
	}
}

// list gives, by package, all that it depends on. Paths in this module are
// below the module.
func list(t *testing.T) map[string][]string {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Deps", module+"...")
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	dependencies := map[string][]string{}
	for decoder := json.NewDecoder(stdout); ; {
		var listed struct {
			ImportPath string
			Deps       []string
		}
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		deps := make([]string, 0, len(listed.Deps))
		for _, dep := range listed.Deps {
			deps = append(deps, strings.TrimPrefix(dep, module))
		}
		dependencies[strings.TrimPrefix(listed.ImportPath, module)] = deps
	}
	if err := command.Wait(); err != nil {
		t.Fatalf("listing packages: %v", err)
	}
	return dependencies
}

func matches(pattern, name string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == below || strings.HasPrefix(name, below+"/")
	}
	ok, _ := path.Match(pattern, name)
	return ok
}
