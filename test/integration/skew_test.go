// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// olderMinor is the version before the one that Loadline is built from. Module
// test/skew pins the release.
const olderMinor = "1.36"

// olderControlPlane is the folder of an API server of that version, and of the
// controllers that go with it.
func olderControlPlane(t *testing.T) string {
	t.Helper()
	root, err := cluster.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(root, "build", "skew")
	if _, err := os.Stat(filepath.Join(folder, "kube-apiserver")); err == nil {
		return folder
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("there is no control plane of Kubernetes %s in %s: run make skew", olderMinor, folder)
	}
	t.Skipf("there is no control plane of Kubernetes %s in %s: make skew builds it", olderMinor, folder)
	return ""
}

// A whole life with a control plane that was released as the version before: both
// programs start, pods are refused, placed and moved.
func TestOlderControlPlane(t *testing.T) {
	nodes := []string{"a", "b", "c"}
	f := newFixtureWith(t, cluster.Options{ControlPlane: olderControlPlane(t)}, nodes...)
	server, err := f.client.Discovery().ServerVersion()
	f.must(err)
	if !strings.HasPrefix(server.GitVersion, "v"+olderMinor+".") {
		t.Fatalf("the API server is %s, want %s", server.GitVersion, olderMinor)
	}
	for _, node := range nodes {
		f.load(node, "15Gi") // 94%
	}
	f.applyRules("below-the-line", driftLine)
	scheduler := f.startScheduler("loadline-scheduler")
	f.awaitLog(scheduler, "The API server is older", fmt.Sprintf("emulated=%q", olderMinor))
	f.pod("early")
	f.pending("early", "0/3 nodes are available: 3 "+overMemoryLine)
	for _, node := range nodes {
		f.changeLoad(node, "4Gi")
	}
	f.placed("early")
	f.awaitLogLines(scheduler, len(nodes), "Node is back below a load line")
	f.deployment("web", 3, "2Gi") // an eighth of a node each
	hot, pods := firstOf(f.nodesOf("web", 3))

	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: hasty})
	f.awaitLog(descheduler, "The API server is older", fmt.Sprintf("emulated=%q", olderMinor))
	f.awaitSnapshots(descheduler, 3*time.Second)
	f.changeLoad(hot, fmt.Sprintf("%dMi", 15872-2048*pods)) // 97% with its pods, 84% without one of them
	f.awaitEvictions(descheduler, 1)
	if placed := f.nodesOf("web", 3); placed[hot] != pods-1 {
		t.Errorf("pods on %v, want one of %d gone from node %s", placed, pods, hot)
	}
	for _, program := range []program{scheduler, descheduler} {
		// Such as of an informer for what the server does not have.
		for _, complaint := range []string{"forbidden", "could not find the requested resource", "Unable to"} {
			if f.logLines(program, complaint) > 0 {
				t.Errorf("%s says %q", program.LogFile(), complaint)
			}
		}
	}
}

// firstOf is the node that comes first by its name, and how many pods it has.
func firstOf(placed map[string]int) (node string, pods int) {
	node = slices.Min(slices.Collect(maps.Keys(placed)))
	return node, placed[node]
}

// What is too old to be served is refused in one line that says what to do.
func TestTooOldAPIServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"gitVersion": "v1.33.9"}`)
	}))
	t.Cleanup(server.Close)
	folder := t.TempDir()
	kubeconfig := filepath.Join(folder, "kubeconfig")
	configs := map[string]string{
		"kubeconfig": "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: s}}]\n" +
			"clusters: [{name: s, cluster: {server: " + server.URL + "}}]\n",
		"loadline-scheduler": "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n" +
			"clientConnection: {kubeconfig: " + kubeconfig + "}\n",
		"loadline-descheduler": "apiVersion: loadline.dev/v1alpha1\nkind: DeschedulerConfiguration\n" +
			"clientConnection: {kubeconfig: " + kubeconfig + "}\nschedulerConfigFile: " + filepath.Join(folder, "loadline-scheduler") + "\n",
	}
	for name, text := range configs {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := cluster.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"loadline-scheduler", "loadline-descheduler"} {
		t.Run(name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), filepath.Join(root, "build", "bin", name), "--config="+filepath.Join(folder, name), "--secure-port=0")
			output, err := command.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("got %v, want it to exit with an error; its output:\n%s", err, output)
			}
			for _, want := range []string{"the API server has version 1.33", "upgrade the API server, or run an older release of Loadline", "1.34"} {
				if !strings.Contains(string(output), want) {
					t.Errorf("want %q in the output:\n%s", want, output)
				}
			}
		})
	}
}
