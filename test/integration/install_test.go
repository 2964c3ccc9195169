// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// What overlays are made of, by kind and name. Generated names are without their
// suffix.
var (
	namespaceObjects = []string{"Namespace loadline-system", "PriorityClass loadline"}
	readerObjects    = []string{"ServiceAccount loadline-kubelet-reader", "ClusterRole loadline-kubelet-reader", "ClusterRoleBinding loadline-kubelet-reader"}
	evictionObjects  = []string{
		"ClusterRole loadline-descheduler-evictions", "ClusterRoleBinding loadline-descheduler-evictions",
		"Role loadline-descheduler-evictions", "RoleBinding loadline-descheduler-evictions",
	}
	nameObjects = []string{"MutatingAdmissionPolicy loadline-scheduler-name", "MutatingAdmissionPolicyBinding loadline-scheduler-name"}
)

// programObjects are those of a program that asks no kubelet.
func programObjects(name string) []string {
	var objects []string
	for _, kind := range []string{"ServiceAccount", "Deployment", "PodDisruptionBudget", "Service", "NetworkPolicy",
		"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"} {
		objects = append(objects, kind+" "+name)
	}
	return append(objects, "ConfigMap "+name+"-config", "RoleBinding "+name+"-authentication-reader")
}

// askingKubelets are the objects by which a program may do so.
func askingKubelets(name string) []string {
	return []string{"Role " + name + "-kubelets", "RoleBinding " + name + "-kubelets"}
}

func together(lists ...[]string) []string { return slices.Concat(lists...) }

var (
	schedulerObjects   = together(programObjects("loadline-scheduler"), askingKubelets("loadline-scheduler"))
	deschedulerObjects = together(programObjects("loadline-descheduler"), askingKubelets("loadline-descheduler"))
	bothObjects        = together(namespaceObjects, readerObjects, schedulerObjects, deschedulerObjects, evictionObjects)
)

// overlays are all that are shipped, with what is in them. The last one has all that
// there is.
var overlays = []struct {
	name string
	want []string
}{
	{"marks-only", together(namespaceObjects, readerObjects, deschedulerObjects)},
	{"scheduler", together(namespaceObjects, readerObjects, schedulerObjects)},
	{"prometheus", together(namespaceObjects, programObjects("loadline-scheduler"), programObjects("loadline-descheduler"), evictionObjects)},
	{"scheduler-and-descheduler", bothObjects},
	{"self-signed-kubelets", bothObjects},
	{"demo", together(bothObjects, nameObjects, []string{"ConfigMap memory-drift"})},
}

// Each overlay can be applied, its pods comply with the strictest Pod Security
// Standard and run, and it leaves nothing behind.
func TestOverlays(t *testing.T) {
	f := newBareFixture(t, cluster.Options{}, "a", "b", "c")
	_, err := f.StartProcess("kube-scheduler", f.Binary("kube-scheduler"), "--kubeconfig="+f.Kubeconfig(), "--secure-port=0")
	f.must(err)
	var tested []string
	for _, overlay := range overlays {
		tested = append(tested, overlay.name)
	}
	if diff := cmp.Diff(sortedSet(tested), f.documented("overlays")); diff != "" {
		t.Errorf("overlays (-tested +shipped):\n%s", diff)
	}
	f.documented("components")
	for _, overlay := range overlays {
		t.Run(overlay.name, func(t *testing.T) {
			f := f.within(t)
			rendered := f.render("overlays/" + overlay.name)
			if diff := cmp.Diff(sortedSet(overlay.want), rendered.names()); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			rendered.checkConfigurations()
			f.applyOverlay(overlay.name)
			for _, deployment := range rendered.deployments() {
				rendered.checkDeployment(deployment)
				f.awaitDeployment(deployment)
			}
			if overlay.name == "demo" {
				t.Run("the scheduler's name", func(t *testing.T) { f.within(t).checkSchedulerName() })
				t.Run("rights", func(t *testing.T) { f.within(t).checkBoundaries() })
			}
			f.must(deploy.Delete(f, f.Cluster, rendered.objects))
		})
	}
	f.checkNothingIsLeft()
}

// within is the fixture for a part of its test.
func (f *fixture) within(t *testing.T) *fixture {
	part := *f
	part.TB, part.Context = t, t.Context()
	return &part
}

// folder is the path of a folder of manifests.
func (f *fixture) folder(name string) string {
	f.Helper()
	path, err := deploy.Folder(name)
	f.must(err)
	return path
}

// documented are the folders below one of manifests, of which each has to have a line
// of a table in docs/install.md.
func (f *fixture) documented(folder string) []string {
	f.Helper()
	page, err := os.ReadFile(f.folder("../docs/install.md"))
	f.must(err)
	entries, err := os.ReadDir(f.folder(folder))
	f.must(err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
		if !strings.Contains(string(page), "\n| `"+entry.Name()+"` |") {
			f.Errorf("docs/install.md has no line for manifests/%s/%s", folder, entry.Name())
		}
	}
	return names
}

// applyOverlay does what a person does, or a GitOps tool, and sees no warning.
func (f *fixture) applyOverlay(name string) {
	f.Helper()
	output, err := exec.CommandContext(f, f.Binary("kubectl"), "--kubeconfig", f.Kubeconfig(),
		"apply", "--server-side", "-k", f.folder("overlays/"+name)).CombinedOutput()
	if err != nil || strings.Contains(string(output), "Warning") {
		f.Errorf("kubectl apply: %v\n%s", err, output)
	}
}

// rendered is what a folder of manifests is rendered to.
type rendered struct {
	*fixture
	objects []*unstructured.Unstructured
}

func (f *fixture) render(folder string) rendered {
	f.Helper()
	objects, err := deploy.Render(f, f.Cluster, folder)
	f.must(err)
	return rendered{f, objects}
}

// names are the kinds and names of all objects.
func (r rendered) names() []string {
	var names []string
	for _, object := range r.objects {
		names = append(names, object.GetKind()+" "+withoutSuffix(object))
	}
	return sortedSet(names)
}

func sortedSet(names []string) []string { return sets.List(sets.New(names...)) }

// withoutSuffix is the name of an object, and of a generated ConfigMap without what
// tells its content.
func withoutSuffix(object *unstructured.Unstructured) string {
	if base, _, generated := strings.Cut(object.GetName(), "-config-"); generated && object.GetKind() == "ConfigMap" {
		return base + "-config"
	}
	return object.GetName()
}

// find is the one object of a kind and a name.
func (r rendered) find(kind, name string) *unstructured.Unstructured {
	r.Helper()
	for _, object := range r.objects {
		if object.GetKind() == kind && (object.GetName() == name || withoutSuffix(object) == name) {
			return object
		}
	}
	r.Fatalf("there is no %s %s", kind, name)
	return nil
}

// decode reads an object of a kind and a name.
func decode[T any](r rendered, kind, name string) *T {
	r.Helper()
	typed := new(T)
	r.must(runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(r.find(kind, name).Object, typed, true))
	return typed
}

func (r rendered) deployments() []*appsv1.Deployment {
	r.Helper()
	var deployments []*appsv1.Deployment
	for _, object := range r.objects {
		if object.GetKind() == "Deployment" {
			deployments = append(deployments, decode[appsv1.Deployment](r, "Deployment", object.GetName()))
		}
	}
	return deployments
}

// checkDeployment checks what nobody notices before it is needed: that what a
// Deployment refers to is there, and that what refers to its pods finds them.
func (r rendered) checkDeployment(deployment *appsv1.Deployment) {
	r.Helper()
	name, pod := deployment.Name, deployment.Spec.Template.Spec
	if pod.SchedulerName != corev1.DefaultSchedulerName {
		r.Errorf("%s is placed by %s, want the default scheduler, without which nothing runs", name, pod.SchedulerName)
	}
	config, found := strings.CutPrefix(pod.Containers[0].Args[0], "--config=")
	if files := r.files(pod); !found || !slices.Contains(files, config) {
		r.Errorf("%s reads its configuration from %s, and has the files %v", name, config, files)
	}
	podLabels := labels.Set(deployment.Spec.Template.Labels)
	service := decode[corev1.Service](r, "Service", name)
	budget := r.find("PodDisruptionBudget", name)
	policy := decode[networkingv1.NetworkPolicy](r, "NetworkPolicy", name)
	budgetLabels, _, err := unstructured.NestedStringMap(budget.Object, "spec", "selector", "matchLabels")
	r.must(err)
	for kind, selector := range map[string]map[string]string{
		"Service": service.Spec.Selector, "PodDisruptionBudget": budgetLabels, "NetworkPolicy": policy.Spec.PodSelector.MatchLabels,
	} {
		if len(selector) == 0 || !labels.SelectorFromSet(selector).Matches(podLabels) {
			r.Errorf("%s %s selects %v, and the pods have the labels %v", kind, name, selector, podLabels)
		}
	}
	port := pod.Containers[0].Ports[0]
	if got := service.Spec.Ports[0]; got.Port != port.ContainerPort || got.TargetPort.String() != port.Name {
		r.Errorf("Service %s leads to %+v, want port %+v", name, got, port)
	}
	if got := policy.Spec.Ingress[0].Ports; len(got) != 1 || got[0].Port.IntVal != port.ContainerPort {
		r.Errorf("NetworkPolicy %s lets in %+v, want port %d alone", name, got, port.ContainerPort)
	}
}

// files are the paths of what a pod finds in ConfigMaps.
func (r rendered) files(pod corev1.PodSpec) []string {
	r.Helper()
	var files []string
	for _, volume := range pod.Volumes {
		if volume.Projected == nil {
			continue
		}
		mounted := slices.IndexFunc(pod.Containers[0].VolumeMounts, func(mount corev1.VolumeMount) bool { return mount.Name == volume.Name })
		for _, source := range volume.Projected.Sources {
			for key := range decode[corev1.ConfigMap](r, "ConfigMap", source.ConfigMap.Name).Data {
				files = append(files, path.Join(pod.Containers[0].VolumeMounts[mounted].MountPath, key))
			}
		}
	}
	return files
}

// awaitDeployment waits until the replicas of a Deployment run, each on a node of its
// own, and their budget counts them.
func (f *fixture) awaitDeployment(deployment *appsv1.Deployment) {
	f.Helper()
	name := deployment.Name
	f.await("Deployment "+name+" to run", func() string {
		current, err := f.client.AppsV1().Deployments(deploy.Namespace).Get(f, name, metav1.GetOptions{})
		f.must(err)
		if status := current.Status; status.ObservedGeneration != current.Generation || status.UpdatedReplicas != 2 || status.AvailableReplicas != 2 || status.Replicas != 2 {
			return fmt.Sprintf("%d of %d replicas are available: %v", status.AvailableReplicas, status.Replicas, messages(status.Conditions))
		}
		budget, err := f.client.PolicyV1().PodDisruptionBudgets(deploy.Namespace).Get(f, name, metav1.GetOptions{})
		f.must(err)
		if status := budget.Status; status.ExpectedPods != 2 || status.DisruptionsAllowed != 1 {
			return fmt.Sprintf("its budget: %+v", status)
		}
		return ""
	})
	pods, err := f.client.CoreV1().Pods(deploy.Namespace).List(f, metav1.ListOptions{LabelSelector: labels.Set(deployment.Spec.Template.Labels).String()})
	f.must(err)
	nodes := sets.New[string]()
	for _, pod := range pods.Items {
		if pod.DeletionTimestamp == nil {
			nodes.Insert(pod.Spec.NodeName)
		}
	}
	if len(nodes) != 2 {
		f.Errorf("the pods of %s are on the nodes %v, want two", name, sets.List(nodes))
	}
}

func messages(conditions []appsv1.DeploymentCondition) []string {
	var messages []string
	for _, condition := range conditions {
		messages = append(messages, condition.Message)
	}
	return messages
}

// checkNothingIsLeft looks for what bears Loadline's name, after all is deleted.
func (f *fixture) checkNothingIsLeft() {
	f.Helper()
	kinds := "clusterroles,clusterrolebindings,rolebindings,roles,priorityclasses,namespaces,mutatingadmissionpolicies,mutatingadmissionpolicybindings"
	output, err := exec.CommandContext(f, f.Binary("kubectl"), "--kubeconfig", f.Kubeconfig(), "get", kinds, "-A", "-o", "name").CombinedOutput()
	f.must(err)
	if strings.Contains(string(output), "loadline") {
		f.Errorf("after all is deleted there are still:\n%s", output)
	}
}
