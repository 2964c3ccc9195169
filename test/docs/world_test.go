// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
	"github.com/loadline-dev/loadline/test/deploy"
)

// patience bounds the waits for the cluster to be as the documentation assumes.
const patience = 2 * time.Minute

// world is the cluster that the documentation speaks of: Loadline runs on it, a node
// is over its line, and the descheduler has said whom it would move.
type world struct {
	*cluster.Cluster
	t       *testing.T
	context context.Context
	names   map[string]string
	// programs are those of Loadline.
	programs []*cluster.Process
}

func newWorld(t *testing.T) *world {
	t.Helper()
	schedulerPort, err := cluster.FreePort()
	must(t, err)
	deschedulerPort, err := cluster.FreePort()
	must(t, err)
	logFile := filepath.Join(t.TempDir(), "log")
	must(t, os.WriteFile(logFile, []byte("2026-11-22T08:14:15.000000000Z stdout F started\n"), 0o600))
	options := clustertest.Egress(t)
	options.KwokConfig = fmt.Sprintf(kubelets, schedulerPort, deschedulerPort, logFile)
	c := clustertest.Start(t, options)
	w := &world{Cluster: c, t: t, context: t.Context(), names: map[string]string{"{{node}}": "hot"}}
	_, err = c.StartProcess("kube-scheduler", c.Binary("kube-scheduler"), "--kubeconfig="+c.Kubeconfig(), "--secure-port=0")
	must(t, err)
	w.addNode("hot") // alone at first, so that all pods come to it
	w.kubectl("apply", "--server-side", "-k", filepath.Join(root(t), "manifests/overlays/scheduler-and-descheduler"))
	w.kubectl("apply", "--server-side", "-f", "testdata/cluster/definitions.yaml")
	w.kubectl("wait", "--for=condition=Established", "crd", "--all")
	w.kubectl("apply", "--server-side", "-f", "testdata/cluster/objects.yaml")
	w.kubectl("apply", "--server-side", "-f", filepath.Join(root(t), "pkg/cli/convert/testdata/adapter.yaml"))
	w.kubectl("apply", "--server-side", "-f", filepath.Join(workspace(t, readPage(t, "docs/migrating-from-tas.md")), "policies.yaml"))
	must(t, deploy.ApplyRules(w.context, c, "drift", drift))
	scheduler, err := deploy.StartScheduler(w.context, c, deploy.SchedulerName, deploy.Options{Flags: []string{"--inspect-address=127.0.0.1:" + schedulerPort}})
	must(t, err)
	w.crowd()
	w.addNode("cool")
	w.addNode("warm")
	descheduler, err := deploy.StartDescheduler(w.context, c, "loadline-descheduler", deploy.DeschedulerOptions{
		Scheduler: deploy.SchedulerName, DryRun: true, Flags: []string{"--inspect-address=127.0.0.1:" + deschedulerPort},
		ChangeConfig: func(config map[string]any) {
			config["protections"] = map[string]any{"minAge": "1s", "settleAfter": "1s"}
		},
	})
	must(t, err)
	w.kubectl("wait", "-n", deploy.Namespace, "--for=condition=Available", "deployment", "--all", "--timeout=2m")
	w.await("the descheduler to say whom it would move", func() error {
		var printed struct {
			Records []struct {
				Pod struct{ Name string } `json:"pod"`
			} `json:"records"`
		}
		output, err := w.output("loadline", "explain", "evictions", "-A", "-o", "json")
		if err != nil {
			return err
		}
		if err := json.Unmarshal(output, &printed); err != nil {
			return err
		}
		if len(printed.Records) == 0 {
			return fmt.Errorf("nobody yet")
		}
		w.names["{{pod}}"] = printed.Records[0].Pod.Name
		return nil
	})
	w.programs = []*cluster.Process{scheduler.Process, descheduler.Process}
	return w
}

// kubelets forward the ports of all pods to those of the programs, which run outside
// of the cluster, and show a log for each.
const kubelets = `apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterPortForward
metadata: {name: programs}
spec:
  forwards:
  - {ports: [10269], target: {address: 127.0.0.1, port: %[1]s}}
  - {ports: [10289], target: {address: 127.0.0.1, port: %[2]s}}
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterLogs
metadata: {name: programs}
spec:
  logs:
  - {logsFile: %[3]s, previousLogsFile: %[3]s}
`

// drift is the rule set by which the node is over its line.
const drift = `{metrics: [{name: memory, builtin: memory, staleAfter: 5s}],
  rules: [{name: memory-above-80, when: [{metric: memory, above: 80%, clear: 70%}], evict: {for: 1s},
    labels: {loadline.dev/hot: memory}, taint: {effect: PreferNoSchedule}}]}`

// crowd has three pods of a Deployment use nearly all of the only node.
func (w *world) crowd() {
	w.t.Helper()
	labels := map[string]string{"app": "web"}
	replicas := int32(3)
	_, err := w.Client().AppsV1().Deployments("shop").Create(w.context, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{cluster.UsageMemoryAnnotation: "4.5Gi"}},
				Spec:       corev1.PodSpec{SchedulerName: deploy.SchedulerName, Containers: []corev1.Container{{Name: "web", Image: "none"}}},
			},
		},
	}, metav1.CreateOptions{})
	must(w.t, err)
	w.await("the pods of web to be placed", func() error {
		pods, err := w.Client().CoreV1().Pods("shop").List(w.context, metav1.ListOptions{LabelSelector: "app=web", FieldSelector: "status.phase=Running"})
		if err != nil {
			return err
		}
		if len(pods.Items) != int(replicas) {
			return fmt.Errorf("%d run", len(pods.Items))
		}
		return nil
	})
}

// mayEnd has the programs of Loadline end when they are taken off the cluster.
func (w *world) mayEnd() {
	for _, program := range w.programs {
		program.ExpectExit()
	}
}

// fill puts in names of the cluster.
func (w *world) fill(text string) string {
	w.t.Helper()
	if strings.Contains(text, "{{replica}}") {
		output, err := w.output("get", "pods", "-n", deploy.Namespace, "-l", "app.kubernetes.io/name=loadline-scheduler", "-o", "jsonpath={.items[0].metadata.name}")
		must(w.t, err)
		text = strings.ReplaceAll(text, "{{replica}}", string(output))
	}
	for name, value := range w.names {
		text = strings.ReplaceAll(text, name, value)
	}
	return text
}

func (w *world) addNode(name string) {
	w.t.Helper()
	must(w.t, w.AddNode(w.context, cluster.Node{Name: name, CPU: "8", Memory: "16Gi"}))
	must(w.t, clustertest.MoveOutside(w.context, w.Client(), name, clustertest.Outside+"1"))
	w.kubectl("label", "node", name, "example.com/mark=yes")
	w.kubectl("patch", "node", name, "--subresource=status", "--type=merge", "--patch", `{"status":{"capacity":{"telemetry/scheduling":"1"}}}`)
	w.kubectl("taint", "node", name, "example.com/mark=yes:PreferNoSchedule")
}

func (w *world) kubectl(arguments ...string) {
	w.t.Helper()
	_, err := w.output(arguments...)
	must(w.t, err)
}

func (w *world) output(arguments ...string) ([]byte, error) { return w.outputOf("", arguments...) }

func (w *world) apply(objects string, flags ...string) error {
	_, err := w.outputOf(objects, append([]string{"apply", "--server-side", "--force-conflicts", "-f", "-"}, flags...)...)
	return err
}

func (w *world) makeNamespace(name string) {
	w.t.Helper()
	if name != "" {
		must(w.t, w.apply(fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n", name)))
	}
}

func (w *world) outputOf(input string, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(w.context, w.Binary("kubectl"), arguments...)
	command.Stdin = strings.NewReader(input)
	command.Env = append(os.Environ(), "KUBECONFIG="+w.Kubeconfig(), "PATH="+filepath.Dir(w.Binary("kubectl"))+":"+os.Getenv("PATH"))
	output, err := command.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		err = fmt.Errorf("kubectl %v: %w\n%s", arguments, err, exit.Stderr)
	}
	return output, err
}

func (w *world) await(what string, done func() error) {
	w.t.Helper()
	clustertest.Await(w.context, w.t, what, pause, patience, func() (missing string) {
		if err := done(); err != nil {
			return err.Error()
		}
		return ""
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
