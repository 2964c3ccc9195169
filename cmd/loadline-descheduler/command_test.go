// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	logsapi "k8s.io/component-base/logs/api/v1"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/emulation"
)

// files are those of one test.
type files struct {
	t         *testing.T
	directory string
}

func (f files) write(name, content string) (path string) {
	f.t.Helper()
	path = filepath.Join(f.directory, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return path
}

// kubeconfig leads to an API server.
func (f files) kubeconfig(server string) string {
	f.t.Helper()
	return f.write("kubeconfig", `
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: s}}]
clusters: [{name: s, cluster: {server: "`+server+`"}}]
`)
}

// scheduler is the configuration of one with two profiles, of which one heeds load
// lines.
func (f files) scheduler(plugin string) string {
	f.t.Helper()
	return f.write("scheduler.yaml", `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: plain
- schedulerName: loadline-scheduler
  plugins: {multiPoint: {enabled: [{name: `+plugin+`}]}}
`)
}

// config is a configuration with more lines in it.
func (f files) config(lines ...string) string {
	f.t.Helper()
	return f.write("config.yaml", "apiVersion: loadline.dev/v1alpha1\nkind: DeschedulerConfiguration\n"+strings.Join(lines, "\n"))
}

func kubeconfigLine(path string) string {
	return fmt.Sprintf("clientConnection: {kubeconfig: %q}", path)
}

func schedulerLine(path string) string { return fmt.Sprintf("schedulerConfigFile: %q", path) }

// apiServer is one of which only the version is known.
func apiServer(t *testing.T, gitVersion string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"gitVersion": "`+gitVersion+`"}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// execute runs the command up to where it would start. emulated is the version that
// it was set to.
func execute(t *testing.T, arguments ...string) (got *setup, emulated string, err error) {
	t.Helper()
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	if err := logsapi.ResetForTest(utilfeature.DefaultFeatureGate); err != nil {
		t.Fatal(err)
	}
	command := newCommand(func(s *setup) error {
		got = s
		return nil
	})
	command.SetArgs(append([]string{"--secure-port=0"}, arguments...))
	command.SilenceErrors = true
	err = command.Execute()
	if flag := command.Flags().Lookup(emulation.Flag); flag.Changed {
		emulated = strings.Trim(flag.Value.String(), "[]")
	}
	return got, emulated, err
}

func TestRefuses(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	listener.Close()
	cases := map[string]struct {
		arguments func(f files) []string
		want      []string // parts of the error
	}{
		"no configuration": {
			arguments: func(files) []string { return nil },
			want:      []string{"--config is required", "manifests/descheduler/config.yaml"},
		},
		"a configuration that is missing": {
			arguments: func(files) []string { return []string{"--config=/does/not/exist.yaml"} },
			want:      []string{"reading --config", "/does/not/exist.yaml", "no such file"},
		},
		"an empty configuration": {
			arguments: func(f files) []string { return []string{"--config", f.write("config.yaml", "# nothing\n")} },
			want:      []string{"reading --config", "config.yaml"},
		},
		"a configuration of the scheduler": {
			arguments: func(f files) []string { return []string{"--config", f.scheduler("Loadline")} },
			want:      []string{"scheduler.yaml", "apiVersion", "loadline.dev/v1alpha1"},
		},
		"a mistake": {
			arguments: func(f files) []string {
				return []string{"--config", f.config("budgets: {perNode: {evictions: -1}}")}
			},
			want: []string{"reading --config", "config.yaml", "budgets.perNode.evictions", "-1"},
		},
		"an unknown field": {
			arguments: func(f files) []string { return []string{"--config", f.config("dryrun: true")} },
			want:      []string{"config.yaml", "dryrun"},
		},
		"no way to the API server": {
			arguments: func(f files) []string { return []string{"--config", f.config()} },
			want:      []string{"does not run in a pod", "clientConnection.kubeconfig is not set in", "config.yaml"},
		},
		"a kubeconfig that is missing": {
			arguments: func(f files) []string { return []string{"--config", f.config(kubeconfigLine("/does/not/exist"))} },
			want:      []string{"clientConnection.kubeconfig", "/does/not/exist"},
		},
		"an API server that cannot be reached": {
			arguments: func(f files) []string { return []string{"--config", f.config(kubeconfigLine(f.kubeconfig(closed)))} },
			want:      []string{"API server at " + closed, "connection refused"},
		},
		"an API server that is too old": {
			arguments: func(f files) []string {
				return []string{"--config", f.config(kubeconfigLine(f.kubeconfig(apiServer(t, "v1.20.0"))))}
			},
			want: []string{"the API server has version 1.20", "older release of Loadline"},
		},
		"no configuration of the scheduler": {
			arguments: func(f files) []string {
				return []string{"--config", f.config(kubeconfigLine(f.kubeconfig(apiServer(t, "v1.37.1"))), schedulerLine("/does/not/exist.yaml"))}
			},
			want: []string{"schedulerConfigFile in", "config.yaml", "/does/not/exist.yaml"},
		},
		"a scheduler that heeds no lines": {
			arguments: func(f files) []string {
				return []string{"--config", f.config(kubeconfigLine(f.kubeconfig(apiServer(t, "v1.37.1"))), schedulerLine(f.scheduler("ImageLocality")))}
			},
			want: []string{"no profile in", "scheduler.yaml", "plugin Loadline", "schedulerConfigFile"},
		},
		"nothing to do": {
			arguments: func(f files) []string {
				return []string{"--config", f.config("evictions: {disabled: true}", "marks: {disabled: true}")}
			},
			want: []string{"config.yaml", "evictions.disabled", "marks.disabled"},
		},
		"an argument": {
			arguments: func(files) []string { return []string{"start"} },
			want:      []string{`unknown command "start"`},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, _, err := execute(t, tc.arguments(files{t, t.TempDir()})...)
			if err == nil || got != nil {
				t.Fatalf("got error %v, want one before the start", err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want %q in it", err, want)
				}
			}
		})
	}
}

func TestPrepares(t *testing.T) {
	cases := map[string]struct {
		server, lines string
		wantNames     []string
		wantEmulated  string
	}{
		"as by default":    {server: "v1.37.1", wantNames: []string{"loadline-scheduler"}},
		"a later server":   {server: "v1.38.0", wantNames: []string{"loadline-scheduler"}},
		"named schedulers": {server: "v1.37.1", lines: "protections: {schedulerNames: [plain]}", wantNames: []string{"plain"}},
		"an older server":  {server: "v1.36.4+k3s1", wantNames: []string{"loadline-scheduler"}, wantEmulated: "kube=1.36"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := files{t, t.TempDir()}
			server := apiServer(t, tc.server)
			config := f.config(kubeconfigLine(f.kubeconfig(server)), schedulerLine(f.scheduler("Loadline")), tc.lines)
			got, emulated, err := execute(t, "--config", config)
			if err != nil {
				t.Fatal(err)
			}
			if !*got.config.DryRun {
				t.Error("it evicts, want dry run unless told otherwise")
			}
			if diff := cmp.Diff(tc.wantNames, got.config.Protections.SchedulerNames); diff != "" {
				t.Errorf("scheduler names (-want +got):\n%s", diff)
			}
			if got.client.Host != server {
				t.Errorf("API server %s, want %s", got.client.Host, server)
			}
			if emulated != tc.wantEmulated {
				t.Errorf("emulated version %q, want %q", emulated, tc.wantEmulated)
			}
		})
	}
}

// Where no pods are moved, nobody needs to know how they are placed.
func TestPreparesMarksOnly(t *testing.T) {
	f := files{t, t.TempDir()}
	got, _, err := execute(t, "--audit-log=-", "--config", f.config(
		kubeconfigLine(f.kubeconfig(apiServer(t, "v1.37.1"))), schedulerLine("/does/not/exist.yaml"), "evictions: {disabled: true}"))
	if err != nil {
		t.Fatal(err)
	}
	if got.scheduler != nil || got.auditLog != "-" {
		t.Errorf("got the scheduler's configuration %v and the audit log %q, want none, and standard output", got.scheduler, got.auditLog)
	}
}

// The shipped configuration is valid, but for where it is.
func TestShippedConfiguration(t *testing.T) {
	config, err := loadConfig("../../manifests/descheduler/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !*config.DryRun {
		t.Error("it evicts, want dry run as shipped")
	}
	shipped, err := os.ReadFile("../../manifests/descheduler/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// What is commented out is the default, and nothing else.
	f := files{t, t.TempDir()}
	var lines []string
	for _, line := range strings.Split(string(shipped), "\n") {
		if text, commented := strings.CutPrefix(line, "# "); commented && isYAML(text) && !strings.Contains(text, "maxPriority") {
			line = text
		}
		lines = append(lines, line)
	}
	all, err := loadConfig(f.write("config.yaml", strings.Join(lines, "\n")))
	if err != nil {
		t.Fatalf("with what is commented out: %v", err)
	}
	all.Protections.StorageClasses = config.Protections.StorageClasses // none, or nothing said
	all.ClientConnection = config.ClientConnection                     // an example
	want, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	got, err := yaml.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(zeros.ReplaceAllString(string(want), "$1"), zeros.ReplaceAllString(string(got), "$1")); diff != "" {
		t.Errorf("what is commented out is not the default (-shipped +all):\n%s", diff)
	}
}

// isYAML tells a field that is commented out from a sentence.
func isYAML(text string) bool { return field.MatchString(text) }

var field = regexp.MustCompile(`^ *[a-zA-Z]+:( |$)`)

// zeros are the ends of durations that a person does not write.
var zeros = regexp.MustCompile(`(h|m)(0m)?0s`)
