// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/deploy"
)

// startSchedulerWith starts loadline-scheduler with other arguments of the plugin
// than the shipped ones.
func (f *fixture) startSchedulerWith(change func(args map[string]any)) *deploy.Scheduler {
	f.Helper()
	scheduler, err := deploy.StartScheduler(f, f.Cluster, "loadline-scheduler", deploy.Options{ChangeArgs: change})
	f.must(err)
	return scheduler
}

func embeddedOf(args map[string]any) map[string]any {
	return args["telemetry"].(map[string]any)["embedded"].(map[string]any)
}

// A rule about what an exporter tells, which a scrape configuration brings in
// and an edit of it takes away again.
func TestRuleAboutAnExporter(t *testing.T) {
	f := newFixture(t, "cool", "hot")
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "celsius{node=\"cool\"} 40\ncelsius{node=\"hot\"} 95\n")
	}))
	t.Cleanup(exporter.Close)
	file := filepath.Join(t.TempDir(), "scrape.yaml")
	write := func(config string) {
		t.Helper()
		f.must(os.WriteFile(file, []byte(config), 0o600))
	}
	write(fmt.Sprintf("scrape_configs: [{job_name: exporter, honor_labels: true, static_configs: [{targets: [%q]}]}]\n", exporter.Listener.Addr()))
	f.applyRules("thermal", `{metrics: [{name: heat, query: max by (node) (celsius), staleAfter: 5s}],
  rules: [{name: too-hot, when: [{metric: heat, above: 80}], reject: {}}]}`)
	scheduler := f.startSchedulerWith(func(args map[string]any) { embeddedOf(args)["scrapeConfigFile"] = file })
	f.awaitLog(scheduler, "Node is over a load line", `node="hot"`)
	for i := range 3 {
		name := fmt.Sprintf("pod-%d", i)
		f.pod(name)
		if node := f.placed(name); node != "cool" {
			t.Errorf("%s: placed on node %s, want cool", name, node)
		}
	}

	write("scrape_configs: [{job_name: exporter, static_confs: []}]\n")
	f.awaitLog(scheduler, "static_confs", file)
	write("scrape_configs: []\n")
	f.awaitLog(scheduler, "Node was over a load line and is not measured any more", `node="hot"`)
}

// Kubelets that nobody but metrics-server may ask.
func TestRuleByTheMetricsAPI(t *testing.T) {
	f := newFixture(t, "cool", "hot")
	f.pod("load-on-cool", onNode("cool"), using("memory", "1Gi"), using("cpu", "1"))
	f.pod("load-on-hot", onNode("hot"), using("memory", "15Gi"), using("cpu", "1"))
	f.awaitMemory("both nodes to be loaded", func(memory map[string]float64) bool { return memory["cool"] > 0.05 && memory["hot"] > 0.9 })
	f.must(f.StartMetricsServer(f))
	f.allow("loadline-scheduler", rbacv1.PolicyRule{APIGroups: []string{"metrics.k8s.io"}, Resources: []string{"nodes"}, Verbs: []string{"list"}})
	f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory}, {name: other, query: up}],
  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%}], reject: {}}, {name: other, when: [{metric: other, above: 0}], reject: {}}]}`)
	scheduler := f.startSchedulerWith(func(args map[string]any) { embeddedOf(args)["metricsAPI"] = map[string]any{} })
	f.awaitLog(scheduler, "Node is over a load line", `node="hot"`)
	f.awaitLog(scheduler, "Unable to measure", "the metrics API has only cpu and memory")
	f.pod("web")
	if node := f.placed("web"); node != "cool" {
		t.Errorf("placed on node %s, want cool", node)
	}
}

// allow gives a ServiceAccount of Loadline one more right.
func (f *fixture) allow(serviceAccount string, rule rbacv1.PolicyRule) {
	f.Helper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "more-for-" + serviceAccount}, Rules: []rbacv1.PolicyRule{rule}}
	_, err := f.client.RbacV1().ClusterRoles().Create(f, role, metav1.CreateOptions{})
	f.must(err)
	_, err = f.client.RbacV1().ClusterRoleBindings().Create(f, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: deploy.Namespace, Name: serviceAccount}},
	}, metav1.CreateOptions{})
	f.must(err)
}

// awaitMemory waits for what the kubelets say that nodes use of their memory.
func (f *fixture) awaitMemory(what string, done func(map[string]float64) bool) {
	f.Helper()
	f.await(what, func() string {
		memory, err := f.NodeMemory(f)
		f.must(err)
		if !done(memory) {
			return fmt.Sprintf("the nodes use %v", memory)
		}
		return ""
	})
}
