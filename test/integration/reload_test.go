// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/deploy"
	"github.com/loadline-dev/loadline/test/prometheustest"
)

// How nodes are measured changes by edits of the configuration file, there and back,
// and by one of a file that it names. What cannot be used changes nothing.
func TestTelemetrySettingsAreReloaded(t *testing.T) {
	f := newFixture(t, "a", "b")
	f.load("a", "15Gi")
	f.load("b", "1Gi")
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "reversed{node=\"a\"} 0.1\nreversed{node=\"b\"} 0.95\n") // other than the kubelets say
	}))
	t.Cleanup(exporter.Close)
	server := prometheustest.Start(t, fmt.Appendf(nil,
		"scrape_configs: [{job_name: exporter, scrape_interval: 1s, honor_labels: true, static_configs: [{targets: [%q]}]}]\n", exporter.Listener.Addr()))
	f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory, staleAfter: 60s}],
  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], reject: {}}]}`)
	scheduler := f.startScheduler("loadline-scheduler")
	f.awaitLog(scheduler, "Node is over a load line", `node="a"`)
	f.goesTo("by-the-kubelets", "b")

	var embedded any
	f.editArgs("loadline-scheduler", func(_, telemetry map[string]any) {
		embedded = telemetry["embedded"]
		delete(telemetry, "embedded")
		telemetry["prometheus"] = map[string]any{"url": server}
		telemetry["builtins"] = map[string]any{"memory": "max by (node) (reversed)"}
	})
	f.awaitLog(scheduler, "Measuring by other settings", "a Prometheus server")
	f.awaitLog(scheduler, "Node is over a load line", `node="b"`)
	f.awaitLog(scheduler, "Node is back below a load line", `node="a"`)
	f.goesTo("by-the-server", "a")

	f.editArgs("loadline-scheduler", func(_, telemetry map[string]any) { telemetry["interval"] = "1" })
	f.awaitLog(scheduler, "Configuration refused; the last good one goes on", "telemetry.interval", "loadline-scheduler.yaml")
	f.awaitMetrics(scheduler, "loadline_config_reload_failed 1")
	f.goesTo("by-the-server-still", "a")

	authorities := filepath.Join(t.TempDir(), "ca.crt")
	other := httptest.NewTLSServer(nil) // which has signed its own certificate
	other.Close()
	f.must(os.WriteFile(authorities, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.Certificate().Raw}), 0o600))
	f.editArgs("loadline-scheduler", func(config, telemetry map[string]any) {
		config["parallelism"] = 8
		telemetry["interval"] = "1s"
		embedded.(map[string]any)["kubelets"] = map[string]any{"caFile": authorities}
		telemetry["embedded"] = embedded
		delete(telemetry, "prometheus")
		delete(telemetry, "builtins")
	})
	f.awaitLog(scheduler, "Measuring by other settings", "kubelets")
	f.awaitLog(scheduler, "needs a restart", `fields=["parallelism"]`)
	f.awaitMetrics(scheduler, "loadline_config_reload_failed 0")
	f.awaitLog(scheduler, "Unable to read some kubelets", "caFile")
	f.goesTo("by-what-was-stored", "b")

	data, err := os.ReadFile(f.CAFile())
	f.must(err)
	f.must(os.WriteFile(authorities, data, 0o600))
	f.awaitLog(scheduler, "All kubelets can be read again")
	f.changeLoad("a", "1Gi")
	f.awaitLogLines(scheduler, 2, "Node is back below a load line", `node="a"`)
}

// goesTo makes a pod, and checks which node it is placed on.
func (f *fixture) goesTo(pod, node string) {
	f.Helper()
	f.pod(pod)
	if got := f.placed(pod); got != node {
		f.Errorf("%s: placed on node %s, want %s", pod, got, node)
	}
}

// What bounds evictions changes while the descheduler runs: a dry run ends, and is
// taken up again.
func TestDryRunIsReloaded(t *testing.T) {
	f := newFixture(t, "a", "b", "c")
	for _, node := range []string{"a", "b", "c"} {
		f.load(node, "4Gi")
	}
	f.applyRules("below-the-line", driftLine)
	f.startScheduler("loadline-scheduler")
	f.deployment("web", 3, "2Gi")
	f.nodesOf("web", 3)
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: hasty, DryRun: true})
	f.changeLoad("a", "13.5Gi") // 97% with the pod, 84% without
	f.awaitLog(descheduler, "Pod would be evicted", `node="a"`)
	f.editConfig("loadline-descheduler", func(config map[string]any) {
		config["dryRun"] = false
		config["leaderElection"].(map[string]any)["leaseDuration"] = "20s"
	})
	f.awaitLog(descheduler, "needs a restart", "leaderElection.leaseDuration")
	f.awaitEvictions(descheduler, 1)

	f.editConfig("loadline-descheduler", func(config map[string]any) { config["dryRun"], config["budgets"] = true, "many" })
	f.awaitLog(descheduler, "Configuration refused; the last good one goes on", "budgets")
	f.awaitSnapshots(descheduler, time.Second)
	if got := f.metric(descheduler, "loadline_config_reload_failed"); got != 1 {
		t.Errorf("loadline_config_reload_failed is %v, want 1", got)
	}
	f.editConfig("loadline-descheduler", func(config map[string]any) { delete(config, "budgets") })
	f.awaitLogLines(descheduler, 2, "The dry run has been switched on or off")
}

// editArgs changes a scheduler's configuration, and the telemetry settings in it.
func (f *fixture) editArgs(name string, change func(config, telemetry map[string]any)) {
	f.Helper()
	f.editConfig(name, func(config map[string]any) {
		for _, configured := range config["profiles"].([]any)[0].(map[string]any)["pluginConfig"].([]any) {
			plugin := configured.(map[string]any)
			if plugin["name"] == "Loadline" {
				change(config, plugin["args"].(map[string]any)["telemetry"].(map[string]any))
			}
		}
	})
}

// editConfig changes the configuration file of a program that runs, as the volume of a
// ConfigMap changes: a symbolic link comes to point elsewhere.
func (f *fixture) editConfig(name string, change func(config map[string]any)) {
	f.Helper()
	file := filepath.Join(f.Dir(), name+".yaml")
	text, err := os.ReadFile(file)
	f.must(err)
	var config map[string]any
	f.must(yaml.Unmarshal(text, &config))
	change(config)
	text, err = yaml.Marshal(config)
	f.must(err)
	directory := f.TempDir()
	edited, link := filepath.Join(directory, "edited.yaml"), filepath.Join(directory, "link")
	f.must(os.WriteFile(edited, text, 0o600))
	f.must(os.Symlink(edited, link))
	f.must(os.Rename(link, file))
}
