// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/cluster/clustertest"
)

// loadline runs "kubectl loadline" as a user, and returns its exit code and what
// it printed.
func (f *fixture) loadline(kubeconfig string, arguments ...string) (code int, output string) {
	f.Helper()
	return f.startLoadline(kubeconfig, arguments...)()
}

// startLoadline starts it. What it returns waits for the end.
func (f *fixture) startLoadline(kubeconfig string, arguments ...string) (wait func() (code int, output string)) {
	f.Helper()
	command := exec.CommandContext(f, f.Binary("kubectl"), append([]string{"loadline"}, arguments...)...)
	command.Env = append(os.Environ(), "PATH="+filepath.Dir(f.Binary("kubectl"))+":"+os.Getenv("PATH"), "KUBECONFIG="+kubeconfig)
	var both bytes.Buffer
	command.Stdout, command.Stderr = &both, &both
	f.must(command.Start())
	return func() (code int, output string) {
		f.Helper()
		err := command.Wait()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			return exit.ExitCode(), both.String()
		}
		f.must(err)
		return 0, both.String()
	}
}

func (f *fixture) mustPrint(code int, output string, wantCode int, want ...string) {
	f.Helper()
	if code != wantCode {
		f.Errorf("got exit code %d, want %d, and\n%s", code, wantCode, output)
	}
	for _, text := range want {
		if !strings.Contains(output, text) {
			f.Errorf("got\n%s\nwant %q in it", output, text)
		}
	}
}

// write writes a file of the test and returns its path.
func (f *fixture) write(name, text string) string {
	f.Helper()
	path := filepath.Join(f.TempDir(), name)
	f.must(os.WriteFile(path, []byte(text), 0o600))
	return path
}

const memoryRules = `apiVersion: v1
kind: ConfigMap
metadata:
  name: rules
  namespace: loadline-system
  labels: {loadline.dev/rules: "true"}
data:
  memory.yaml: |
    # The line of this test.
    apiVersion: loadline.dev/v1alpha1
    kind: RuleSet
    metadata: {name: below-the-line}
    spec:
      metrics: [{name: memory, builtin: memory}]
      rules:
      - name: memory-above-90
        when: [{metric: memory, above: 90%}]
        reject: {}
        evict: {}
      preferences: [{metric: memory, prefer: Lower}]
`

func (f *fixture) apply(file string) {
	f.Helper()
	output, err := exec.CommandContext(f, f.Binary("kubectl"), "--kubeconfig="+f.Kubeconfig(), "apply", "-f", file).CombinedOutput()
	if err != nil {
		f.Fatalf("applying %s: %v\n%s", file, err, output)
	}
}

func TestWaitForRules(t *testing.T) {
	f := newFixture(t, "a")
	rules := f.write("rules.yaml", memoryRules)
	code, output := f.loadline(f.Kubeconfig(), "wait", "-f", rules, "--timeout=0")
	f.mustPrint(code, output, 1, `below-the-line: not in force: no scheduler has written ConfigMap loadline-status in namespace "loadline-system"`)

	// It waits for a scheduler that starts later, and for rules that are applied
	// later.
	wait := f.startLoadline(f.Kubeconfig(), "wait", "-f", rules, "--timeout="+patience.String())
	f.startScheduler("loadline-scheduler")
	f.await("the status", func() string {
		_, err := f.client.CoreV1().ConfigMaps("loadline-system").Get(f, "loadline-status", metav1.GetOptions{})
		if err != nil {
			return err.Error()
		}
		return ""
	})
	code, output = f.loadline(f.Kubeconfig(), "wait", "-f", rules, "--timeout=0")
	f.mustPrint(code, output, 1, `below-the-line: not in force: no ConfigMap in namespace "loadline-system" with the label loadline.dev/rules=true holds exactly this: was it applied?`)
	f.apply(rules)
	code, output = wait()
	f.mustPrint(code, output, 0, "below-the-line: in force\n")

	// The status of the last edit is no answer to the next one.
	bad := f.write("bad.yaml", strings.Replace(memoryRules, "above: 90%", "above: lots", 1))
	code, output = f.loadline(f.Kubeconfig(), "wait", "-f", bad, "--timeout=0")
	f.mustPrint(code, output, 1, "holds exactly this: was it applied?; under this name it has other content, from ConfigMap rules, key memory.yaml (InForce)")
	f.apply(bad)
	code, output = f.loadline(f.Kubeconfig(), "wait", "-f", bad, "--timeout="+patience.String())
	f.mustPrint(code, output, 1, "below-the-line: refused, the last good content stays in force: ", "spec.rules[0].when[0].above: Invalid value")
	f.apply(rules)
	code, output = f.loadline(f.Kubeconfig(), "wait", "-f", rules, "--timeout="+patience.String())
	f.mustPrint(code, output, 0, "below-the-line: in force\n")
}

// reader is a user who may read a few things and change nothing, with rights on
// resources of the given API group.
func (f *fixture) reader(name, group string, resources ...string) (kubeconfig string) {
	f.Helper()
	_, err := f.client.CoreV1().ServiceAccounts(namespace).Create(f, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	f.must(err)
	_, err = f.client.RbacV1().ClusterRoles().Create(f, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"nodes", "pods"}, Verbs: []string{"list"}},
		{APIGroups: []string{group}, Resources: resources, Verbs: []string{"get", "list"}},
	}}, metav1.CreateOptions{})
	f.must(err)
	_, err = f.client.RbacV1().ClusterRoleBindings().Create(f, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}},
	}, metav1.CreateOptions{})
	f.must(err)
	kubeconfig, err = f.ServiceAccountKubeconfig(f, namespace, name)
	f.must(err)
	return kubeconfig
}

// moveOutside gives a node an address of the outside, by which only the API
// server goes.
func (f *fixture) moveOutside(node, address string) {
	f.Helper()
	f.must(clustertest.MoveOutside(f, f.client, node, address))
}

// A user who may only read sees what can be measured, and what rules would do.
func TestLookBeforeInstalling(t *testing.T) {
	f := newFixtureWith(t, clustertest.Egress(t), "cool", "hot")
	f.moveOutside("cool", clustertest.Outside+"1")
	f.moveOutside("hot", clustertest.Outside+"2")
	f.load("cool", "1Gi")
	f.load("hot", "15Gi") // 94%
	f.pod("web", onNode("hot"))
	rules := f.write("rules.yaml", memoryRules)
	reader := f.reader("reader", "", "nodes/proxy")

	code, output := f.loadline(f.Kubeconfig(), "preflight")
	f.mustPrint(code, output, 0, "ok        API server     v1.", "ok        installation   ServiceAccounts loadline-scheduler",
		"ok        rights         the scheduler may request tokens", "ok        nodes          2 of 2 can be measured")
	code, output = f.loadline(reader, "preview", "-f", rules)
	f.mustPrint(code, output, 0, "2 nodes, measured at ", " by the kubelets, through the API server\n",
		"below-the-line: about 2 nodes, for 3 placed and 0 waiting pods of loadline-scheduler\n", "1 (of 2 pods)",
		"\nhot    93.8%    -       memory-above-90 (refused, eviction due)\ncool   6.2%     94      -\n")

	f.previewRates(reader)
	f.previewTrouble(reader, rules)
	f.previewByMetricsAPI(rules)
}

// previewRates has the CPU measured, which takes two readings.
func (f *fixture) previewRates(kubeconfig string) {
	f.Helper()
	settings := f.write("settings.yaml", "apiVersion: loadline.dev/v1alpha1\nkind: LoadlineArgs\ntelemetry: {interval: 1s}\n")
	rules := f.write("cpu.yaml", strings.NewReplacer("builtin: memory", "builtin: cpu", "memory-above-90", "cpu-above-90").Replace(memoryRules))
	f.pod("busy", onNode("cool"), using("cpu", "7600m")) // of 8
	f.await("a busy node", func() string {
		code, output := f.loadline(kubeconfig, "preview", "-f", rules, "--config", settings)
		if code == 0 && strings.Contains(output, "\ncool   9") && strings.Contains(output, "cpu-above-90 (refused, eviction due)") {
			return ""
		}
		return output
	})
}

// previewTrouble has one kubelet answer 404, and another one not at all.
func (f *fixture) previewTrouble(kubeconfig, rules string) {
	f.Helper()
	defer f.cutTelemetry("cool")()
	f.moveOutside("hot", clustertest.Hanging)
	code, output := f.loadline(kubeconfig, "preflight", "--timeout=2s")
	f.mustPrint(code, output, 1, "unknown   installation   reading ServiceAccount loadline-system/loadline-scheduler", "failed    nodes          0 of 2 can be measured",
		"failed: 1 node: the kubelet does not serve the metrics\n    cool: the kubelet answers 404 Not Found", "failed: 1 node: no answer in time\n    hot: no answer within 2s\n")
	code, output = f.loadline(kubeconfig, "preview", "-f", rules, "--source=kubelets", "--timeout=2s")
	f.mustPrint(code, output, 1, "1 node not read: cool: the kubelet answers 404 Not Found", "1 node not read: hot: no answer within 2s",
		"memory-above-90   memory above 90%   0      0         2         0")
}

// previewByMetricsAPI is for who may not ask kubelets.
func (f *fixture) previewByMetricsAPI(rules string) {
	f.Helper()
	kubeconfig := f.reader("metrics-reader", "metrics.k8s.io", "nodes")
	code, output := f.loadline(kubeconfig, "preflight")
	f.mustPrint(code, output, 1, "failed: 2 nodes: you may not ask kubelets through the API server\n    cool, hot\n    for example cool: nodes \"cool\" is forbidden: ")
	code, output = f.loadline(kubeconfig, "preview", "-f", rules)
	f.mustPrint(code, output, 2, "nothing measures the nodes: kubelets cannot be asked through the API server (nodes \"cool\" is forbidden: ", "is metrics-server installed?")

	f.must(f.StartMetricsServer(f))
	f.await("the nodes in the metrics API", func() string {
		if code, output = f.loadline(kubeconfig, "preview", "-f", rules); code != 0 || strings.Contains(output, "unknown") {
			return output
		}
		return ""
	})
	f.mustPrint(code, output, 0, " by the metrics API (metrics.k8s.io)\nkubelets cannot be asked through the API server: ", "\nhot    93.8%    -       memory-above-90 (refused, eviction due)\n")
}
