// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	// patience bounds every wait for the cluster, and look is how often it looks.
	patience = 90 * time.Second
	look     = 100 * time.Millisecond

	// metricsPath is the annotation that tells where a node's metrics are.
	metricsPath = "metrics.k8s.io/resource-metrics-path"
)

// world is the cluster behind the page.
type world struct {
	testing.TB
	context.Context
	*cluster.Cluster
	client kubernetes.Interface
	// page is the address that the browser opens.
	page string
}

func newWorld(t *testing.T, c *cluster.Cluster) *world {
	t.Helper()
	w := &world{TB: t, Context: t.Context(), Cluster: c, client: c.Client()}
	w.must(deploy.Manifests(w, c))
	return w
}

// in is the same world for a part of the test.
func (w *world) in(t testing.TB) *world {
	part := *w
	part.TB = t
	return &part
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// await polls until done returns nothing, which is what is still missing.
func (w *world) await(what string, done func() (missing string)) {
	w.Helper()
	clustertest.Await(w, w.TB, what, look, patience, done)
}

// startScheduler starts the scheduler. It serves at the same port each time.
func (w *world) startScheduler(port string, options deploy.Options) *deploy.Scheduler {
	w.Helper()
	options.Flags = append(options.Flags, "--inspect-address=127.0.0.1:"+port,
		"--leader-elect-lease-duration=4s", "--leader-elect-renew-deadline=3s", "--leader-elect-retry-period=500ms")
	scheduler, err := deploy.StartScheduler(w, w.Cluster, "loadline-scheduler", options)
	w.must(err)
	return scheduler
}

// rules writes a RuleSet of this name and spec, as a person does.
func (w *world) rules(name, spec string) {
	w.Helper()
	w.rulesBy("kubectl-edit", name, spec)
}

// rulesBy writes it as a program of a name does.
func (w *world) rulesBy(manager, name, spec string) {
	w.Helper()
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{v1alpha1.RulesLabel: "true"}},
		Data:       map[string]string{"rules.yaml": fmt.Sprintf("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: %s}\nspec: %s\n", name, spec)},
	}
	configMaps := w.client.CoreV1().ConfigMaps(deploy.Namespace)
	_, err := configMaps.Create(w, object, metav1.CreateOptions{FieldManager: manager})
	if apierrors.IsAlreadyExists(err) {
		_, err = configMaps.Update(w, object, metav1.UpdateOptions{FieldManager: manager})
	}
	w.must(err)
}

// ask reads what the page is told at a path.
func (w *world) ask(path string, into any) error {
	request, err := http.NewRequestWithContext(w, http.MethodGet, strings.TrimSuffix(w.page, "/")+path, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %.300s", path, response.Status, body)
	}
	return json.Unmarshal(body, into)
}

// told is what the page is told at a path.
func told[T any](w *world, path string) T {
	w.Helper()
	var answer T
	w.must(w.ask(path, &answer))
	return answer
}

// program is "kubectl loadline", which is started itself, so that it is the one that is
// interrupted.
func (w *world) program(arguments ...string) *exec.Cmd {
	command := exec.Command(w.Binary("kubectl-loadline"), append(arguments, "--kubeconfig="+w.Kubeconfig())...)
	command.Env = append(os.Environ(), "NO_COLOR=1")
	return command
}

// loadline runs "kubectl loadline" to its end, and returns what it printed.
func (w *world) loadline(arguments ...string) string {
	w.Helper()
	output, err := w.program(arguments...).Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) { // 1: what it found is wrong
		w.Fatalf("kubectl loadline %q: %v\n%s", arguments, err, output)
	}
	return string(output)
}

// restrictedSpec is what the namespace takes.
func restrictedSpec(node string) corev1.PodSpec {
	return corev1.PodSpec{
		NodeName: node,
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot: ptr.To(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Containers: []corev1.Container{{Name: "main", Image: "none", SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: ptr.To(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		}}},
	}
}

// standIn makes a pod that stands for a program, which runs outside of the cluster.
func (w *world) standIn(program, name, node string) {
	w.Helper()
	pods := w.client.CoreV1().Pods(deploy.Namespace)
	_, err := pods.Create(w, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app.kubernetes.io/name": program}},
		Spec:       restrictedSpec(node),
	}, metav1.CreateOptions{})
	w.must(err)
	w.await("pod "+name+" to be ready", func() string {
		pod, err := pods.Get(w, name, metav1.GetOptions{})
		w.must(err)
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
				return ""
			}
		}
		return "it is not"
	})
}
