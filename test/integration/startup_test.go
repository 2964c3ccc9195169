// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// What is wrong with the configuration is said in one line, and ends the
// process.
func TestRefusesToStart(t *testing.T) {
	c := newFixture(t)
	kubeconfig, err := c.ServiceAccountKubeconfig(t.Context(), deploy.Namespace, "loadline-scheduler")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := c.ServiceAccountKubeconfig(t.Context(), "default", "default")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		config string // empty: no --config
		want   []string
	}{
		"no configuration": {want: []string{"--config is required"}},
		"no API server": {
			config: strings.ReplaceAll(configuration(kubeconfig, "{}"), kubeconfig, "/no/such/kubeconfig"),
			want:   []string{"/no/such/kubeconfig", "clientConnection.kubeconfig"},
		},
		"no kubeconfig, and not in a pod": {
			config: strings.ReplaceAll(configuration(kubeconfig, "{}"), "kubeconfig: "+kubeconfig, ""),
			want:   []string{"clientConnection.kubeconfig is not set"},
		},
		"misspelt argument": {
			config: configuration(kubeconfig, "{apiVersion: loadline.dev/v1alpha1, kind: LoadlineArgs, telemetry: {intervall: 1s}}"),
			want:   []string{"arguments of plugin Loadline", `unknown field "telemetry.intervall"`},
		},
		"no right to read rules": {
			config: configuration(stranger, "{apiVersion: loadline.dev/v1alpha1, kind: LoadlineArgs}"),
			want:   []string{`listing rule ConfigMaps in namespace "loadline-system"`, "forbidden"},
		},
		"a data directory that cannot be made": {
			config: configuration(kubeconfig, "{apiVersion: loadline.dev/v1alpha1, kind: LoadlineArgs, telemetry: {embedded: {dataDirectory: /dev/null/data}}}"),
			want:   []string{"/dev/null/data", "telemetry.embedded.dataDirectory"},
		},
		"profiles that differ": {
			config: configuration(kubeconfig,
				"{apiVersion: loadline.dev/v1alpha1, kind: LoadlineArgs, telemetry: {embedded: {dataDirectory: "+t.TempDir()+"}}}",
				"{apiVersion: loadline.dev/v1alpha1, kind: LoadlineArgs, telemetry: {interval: 30s}}"),
			want: []string{"their LoadlineArgs must be the same"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			output, err := runScheduler(t, c.Cluster, tc.config)
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("got %v, want it to exit with an error; its output:\n%s", err, output)
			}
			for _, want := range tc.want {
				if !strings.Contains(output, want) {
					t.Errorf("want %q in the output:\n%s", want, output)
				}
			}
		})
	}
}

// An API server of the version before does not serve all that a scheduler of
// this version would wait for. Here it is this version's, emulating the one
// before, as it does in the middle of an upgrade.
func TestOlderAPIServer(t *testing.T) {
	f := newFixtureWith(t, cluster.Options{APIServerFlags: []string{"--emulated-version=1.36"}}, "cool", "hot")
	f.load("hot", "15Gi")
	f.applyRules("below-the-line", memoryLine)
	scheduler := f.startScheduler("loadline-scheduler")
	f.awaitLog(scheduler, "The API server is older", `emulated="1.36"`)
	f.pod("web")
	if node := f.placed("web"); node != "cool" {
		t.Errorf("placed on node %s, want cool", node)
	}
}

// Both versions are needed to tell what a program is: Loadline's, and that of the
// Kubernetes in it.
func TestVersion(t *testing.T) {
	t.Parallel()
	root, err := cluster.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^Loadline \S+\nKubernetes v1\.\d+\.\d+\n$`)
	for _, name := range []string{"loadline-scheduler", "loadline-descheduler"} {
		output, err := exec.CommandContext(t.Context(), filepath.Join(root, "build", "bin", name), "--version").CombinedOutput()
		if err != nil || !want.Match(output) {
			t.Errorf("%s --version: %v: got %q, want it to match %q", name, err, output, want)
		}
	}
}

// configuration has a profile for each of the arguments.
func configuration(kubeconfig string, args ...string) string {
	config := `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection: {kubeconfig: ` + kubeconfig + `}
leaderElection: {leaderElect: false}
profiles:
`
	for i, arguments := range args {
		config += `- schedulerName: loadline-` + string(rune('a'+i)) + `
  plugins: {multiPoint: {enabled: [{name: Loadline}]}}
  pluginConfig: [{name: Loadline, args: ` + arguments + `}]
`
	}
	return config
}

func runScheduler(t *testing.T, c *cluster.Cluster, config string) (output string, err error) {
	t.Helper()
	arguments := []string{"--secure-port=0"}
	if config != "" {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, "--config="+file)
	}
	data, err := exec.CommandContext(t.Context(), c.Binary("loadline-scheduler"), arguments...).CombinedOutput()
	return strings.ReplaceAll(string(data), `\"`, `"`), err // as klog quotes errors
}
