// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/test/deploy"
)

// tenantNamespace is where the tenant may do what people may in a namespace of their
// own.
const tenantNamespace = "tenant"

// tenant is somebody with a namespace.
type tenant struct {
	*fixture
	kubernetes.Interface
	token string
}

// newTenant makes a namespace, and a ServiceAccount with the rights that the role
// "admin" gives in it. (The role itself is put together by a controller that a cluster
// in a box does not have.)
func (f *fixture) newTenant() *tenant {
	f.Helper()
	_, err := f.client.CoreV1().Namespaces().Create(f, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: tenantNamespace}}, metav1.CreateOptions{})
	f.must(err)
	const name = "mallory"
	_, err = f.client.CoreV1().ServiceAccounts(tenantNamespace).Create(f, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	f.must(err)
	_, err = f.client.RbacV1().Roles(tenantNamespace).Create(f, &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Rules: []rbacv1.PolicyRule{{
			APIGroups: []string{"", "apps", "batch", "events.k8s.io", "policy", "rbac.authorization.k8s.io", "coordination.k8s.io"},
			Resources: []string{
				"configmaps", "events", "leases", "persistentvolumeclaims", "pods", "pods/eviction", "pods/log", "pods/portforward", "secrets",
				"serviceaccounts", "serviceaccounts/token", "services", "daemonsets", "deployments", "replicasets", "statefulsets", "jobs",
				"poddisruptionbudgets", "roles", "rolebindings",
			},
			Verbs: []string{"*"},
		}},
	}, metav1.CreateOptions{})
	f.must(err)
	_, err = f.client.RbacV1().RoleBindings(tenantNamespace).Create(f, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: tenantNamespace, Name: name}},
	}, metav1.CreateOptions{})
	f.must(err)
	kubeconfig, err := f.ServiceAccountKubeconfig(f, tenantNamespace, name)
	f.must(err)
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	f.must(err)
	client, err := kubernetes.NewForConfig(config)
	f.must(err)
	return &tenant{fixture: f, Interface: client, token: config.BearerToken}
}

// refuseAll are rules that would keep every pod of a cluster from being placed, and
// move all of them.
const refuseAll = `apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics: [{name: memory, builtin: memory}]
  rules: [{name: tenant, when: [{metric: memory, above: -1}], reject: {}, evict: {all: true}, labels: {tenant/was: here}}]
`

// ownRules is such a rule ConfigMap.
func ownRules() *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "rules", Labels: map[string]string{v1alpha1.RulesLabel: "true"}},
		Data:       map[string]string{"rules.yaml": refuseAll},
	}
}

// Somebody with a namespace gets at nothing of Loadline's, nor at nodes, and what they
// put into their namespace harms nobody else.
func TestTenant(t *testing.T) {
	f := newFixture(t, "a", "b", "c")
	for _, node := range []string{"a", "b", "c"} {
		f.load(node, "4Gi")
	}
	f.applyRules("below-the-line", driftLine)
	scheduler := f.startScheduler("loadline-scheduler")
	f.deployment("web", 3, "2Gi")
	f.nodesOf("web", 3)
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: hasty})
	f.awaitSnapshots(descheduler, 3*time.Second)
	mallory := f.newTenant()

	mallory.isRefused()
	for name, program := range map[string]interface{ URL() string }{"scheduler": scheduler, "descheduler": descheduler} {
		mallory.seesNothingOf(name, program.URL())
	}
	f.onLoopback(scheduler)

	mallory.fakesObjects()
	mallory.makesOddPods()
	mallory.forges(f.podsOf("web"))
	f.awaitSnapshots(descheduler, 3*time.Second)
	for _, record := range f.ledger() {
		t.Errorf("pod %s/%s was evicted from node %s", record.Pod.Namespace, record.Pod.Name, record.Node)
	}
	for _, set := range f.rulesStatus().RuleSets {
		if set.ConfigMap == "rules" || set.State != v1alpha1.InForce {
			t.Errorf("the status tells of %+v", set)
		}
	}
	nodes, err := f.client.CoreV1().Nodes().List(f, metav1.ListOptions{LabelSelector: "tenant/was"})
	f.must(err)
	if len(nodes.Items) > 0 {
		t.Errorf("nodes carry a label of the tenant's")
	}

	// Others go on: what drifts is moved, though the tenant has said that it is paused
	// and that nothing may be evicted.
	f.changeLoad("a", "13.5Gi")
	f.event("Deployment", "web", "EvictedOverLoadLine", "from node a", "memory-above-90")
	f.nodesOf("web", 3)
	for _, program := range []program{scheduler, descheduler} {
		if f.logLines(program, "panic") > 0 {
			t.Errorf("%s tells of a panic", program.LogFile())
		}
	}
}

// isRefused tries what only the API server can prevent.
func (m *tenant) isRefused() {
	m.Helper()
	patch, merge := []byte(`{"metadata":{"labels":{"x":"y"}}}`), types.MergePatchType
	system := m.CoreV1().ConfigMaps(deploy.Namespace)
	var options metav1.PatchOptions
	for what, try := range map[string]func() error{
		"reading rules":        func() error { _, err := system.List(m, metav1.ListOptions{}); return err },
		"watching rules":       func() error { _, err := system.Watch(m, metav1.ListOptions{}); return err },
		"writing rules":        func() error { _, err := system.Create(m, ownRules(), metav1.CreateOptions{}); return err },
		"changing rules":       func() error { _, err := system.Patch(m, "below-the-line", merge, patch, options); return err },
		"changing the status":  func() error { _, err := system.Patch(m, v1alpha1.StatusConfigMap, merge, patch, options); return err },
		"pausing evictions":    func() error { _, err := system.Patch(m, history.ConfigMap, merge, patch, options); return err },
		"forgetting evictions": func() error { return system.Delete(m, history.ConfigMap, metav1.DeleteOptions{}) },
		"taking the lease": func() error {
			_, err := m.CoordinationV1().Leases(deploy.Namespace).Patch(m, "loadline-scheduler", merge, patch, options)
			return err
		},
		"reading secrets": func() error { _, err := m.CoreV1().Secrets(deploy.Namespace).List(m, metav1.ListOptions{}); return err },
		"a token for kubelets": func() error {
			_, err := m.CoreV1().ServiceAccounts(deploy.Namespace).CreateToken(m, "loadline-kubelet-reader", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
			return err
		},
		"a pod beside the scheduler": func() error {
			_, err := m.CoreV1().Pods(deploy.Namespace).Create(m, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "beside"}, Spec: podSpec()}, metav1.CreateOptions{})
			return err
		},
		"the port of decisions": func() error {
			return m.CoreV1().RESTClient().Post().Namespace(deploy.Namespace).Resource("pods").Name("loadline-scheduler").SubResource("portforward").Do(m).Error()
		},
		"labelling a node": func() error { _, err := m.CoreV1().Nodes().Patch(m, "a", merge, patch, options); return err },
		"tainting a node": func() error {
			_, err := m.CoreV1().Nodes().Patch(m, "a", merge, []byte(`{"spec":{"taints":[{"key":"x","effect":"NoExecute"}]}}`), options)
			return err
		},
		"the status of a node": func() error { _, err := m.CoreV1().Nodes().Patch(m, "a", merge, patch, options, "status"); return err },
		"the metrics of kubelets": func() error {
			return m.CoreV1().RESTClient().Get().Resource("nodes").Name("a").SubResource("proxy").Suffix("metrics/resource").Do(m).Error()
		},
		"evicting a pod of others": func() error {
			return m.CoreV1().Pods(namespace).EvictV1(m, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "load-on-a"}})
		},
		"binding a pod of its own": func() error {
			return m.CoreV1().Pods(tenantNamespace).Bind(m, &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: "x"}, Target: corev1.ObjectReference{Kind: "Node", Name: "a"}}, metav1.CreateOptions{})
		},
		"an event beside the scheduler": func() error {
			_, err := m.EventsV1().Events(deploy.Namespace).Create(m, fakeEvent(), metav1.CreateOptions{})
			return err
		},
	} {
		if err := try(); !apierrors.IsForbidden(err) {
			m.Errorf("%s: got %v, want it forbidden", what, err)
		}
	}
}

// seesNothingOf asks what a program serves.
func (m *tenant) seesNothingOf(name, url string) {
	m.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	for who, show := range map[string]func(http.Header){
		"the tenant":             func(header http.Header) { header.Set("Authorization", "Bearer "+m.token) },
		"nobody":                 func(http.Header) {},
		"somebody with no token": func(header http.Header) { header.Set("Authorization", "Bearer x") },
		"somebody who says admin": func(header http.Header) {
			header.Set("X-Remote-User", "admin")
			header.Set("X-Remote-Group", "system:masters")
		},
	} {
		for _, path := range []string{"/metrics", "/metrics/resources", "/debug/pprof/heap", "/debug/pprof/cmdline", "/configz", "/statusz", "/flagz", "/v1/decisions", "/v1/plan"} {
			request, err := http.NewRequestWithContext(m, http.MethodGet, url+path, nil)
			m.must(err)
			show(request.Header)
			response, err := transport.RoundTrip(request)
			m.must(err)
			m.must(response.Body.Close())
			if response.StatusCode != http.StatusForbidden && response.StatusCode != http.StatusUnauthorized {
				m.Errorf("%s asks the %s for %s: got %s, want it refused", who, name, path, response.Status)
			}
		}
	}
}

// onLoopback checks that decisions are served to this machine alone.
func (f *fixture) onLoopback(scheduler *deploy.Scheduler) {
	f.Helper()
	f.await("the scheduler to serve decisions on loopback", func() string {
		address, err := scheduler.InspectAddress()
		f.must(err)
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return err.Error()
		}
		if !net.ParseIP(host).IsLoopback() {
			f.Errorf("decisions are served on %s", host)
		}
		return ""
	})
}

func fakeEvent() *eventsv1.Event {
	return &eventsv1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: "fake"}, EventTime: metav1.NowMicro(), ReportingController: "loadline-descheduler", ReportingInstance: "fake",
		Reason: "EvictedOverLoadLine", Action: "Evict", Type: corev1.EventTypeNormal, Note: "not true",
		Regarding: corev1.ObjectReference{Kind: "Pod", Namespace: tenantNamespace, Name: "web", APIVersion: "v1"},
	}
}

// fakesObjects makes the objects that Loadline reads, in the wrong namespace.
func (m *tenant) fakesObjects() {
	m.Helper()
	own := m.CoreV1().ConfigMaps(tenantNamespace)
	ledger := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: history.ConfigMap, Annotations: map[string]string{history.PausedAnnotation: "by the tenant"}}}
	status := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.StatusConfigMap}, Data: map[string]string{v1alpha1.LastGoodPrefix + "below-the-line": refuseAll}}
	for _, object := range []*corev1.ConfigMap{ownRules(), ledger, status} {
		_, err := own.Create(m, object, metav1.CreateOptions{})
		m.must(err)
	}
	event := fakeEvent()
	event.Namespace = tenantNamespace
	_, err := m.EventsV1().Events(tenantNamespace).Create(m, event, metav1.CreateOptions{})
	m.must(err)
}

// makesOddPods makes pods that nobody would, which are placed as any other.
func (m *tenant) makesOddPods() {
	m.Helper()
	long := strings.Repeat("\U0001F6A2", 50<<10) // 200 kB
	for name, change := range map[string]func(*corev1.Pod){
		"of-many-labels": func(pod *corev1.Pod) {
			pod.Labels = map[string]string{}
			for i := range 10_000 {
				pod.Labels[fmt.Sprintf("label-%d", i)] = "x"
			}
		},
		"of-long-annotations": func(pod *corev1.Pod) {
			pod.Annotations = map[string]string{protect.EvictAnnotation: long}
		},
		"of-odd-annotations": func(pod *corev1.Pod) {
			pod.Annotations = map[string]string{
				protect.EvictAnnotation: "\x00\n{{.}}%s$(id)", "cluster-autoscaler.kubernetes.io/safe-to-evict": "maybe",
				"scheduler.alpha.kubernetes.io/critical-pod": "",
			}
		},
		"of-the-name-of-a-node": func(pod *corev1.Pod) { pod.Spec.Hostname = "a" },
		"that-asks-for-nothing": func(pod *corev1.Pod) {
			none := corev1.ResourceList{"example.com/x": resource.MustParse("0")}
			pod.Spec.Containers[0].Resources = corev1.ResourceRequirements{Requests: none, Limits: none}
		},
		"of-a-rollout-hash": func(pod *corev1.Pod) { pod.Labels = map[string]string{"pod-template-hash": strings.Repeat("9", 63)} },
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: podSpec()}
		change(pod)
		_, err := m.CoreV1().Pods(tenantNamespace).Create(m, pod, metav1.CreateOptions{})
		m.must(err)
		m.await("pod "+name+" to be placed", func() string {
			placed, err := m.CoreV1().Pods(tenantNamespace).Get(m, name, metav1.GetOptions{})
			m.must(err)
			if placed.Spec.NodeName == "" {
				return whyPending(placed)
			}
			return ""
		})
	}
}

// forges makes pods that say to be of others' workloads, or to be placed by others.
func (m *tenant) forges(web []corev1.Pod) {
	m.Helper()
	for name, change := range map[string]func(*corev1.Pod){
		"of-the-same-owner": func(pod *corev1.Pod) { pod.OwnerReferences = web[0].OwnerReferences },
		"placed-by-itself":  func(pod *corev1.Pod) { pod.Spec.NodeName = "b" },
		"on-no-node":        func(pod *corev1.Pod) { pod.Spec.NodeName = "no-such-node" },
		"of-no-scheduler":   func(pod *corev1.Pod) { pod.Spec.SchedulerName = "no-such-scheduler" },
		"of-the-stock-one":  func(pod *corev1.Pod) { pod.Spec.SchedulerName = corev1.DefaultSchedulerName },
		"nominated":         func(pod *corev1.Pod) { pod.Status.NominatedNodeName = "a" },
		"never-evicted":     func(pod *corev1.Pod) { pod.Annotations = map[string]string{protect.EvictAnnotation: "never"} },
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": "web"}}, Spec: podSpec()}
		change(pod)
		_, err := m.CoreV1().Pods(tenantNamespace).Create(m, pod, metav1.CreateOptions{})
		m.must(err)
	}
}
