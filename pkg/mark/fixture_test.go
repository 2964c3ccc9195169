// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/retry"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/verdict"
	"github.com/loadline-dev/loadline/test/cluster"
)

// limitedConfig is for a client that may do what a marker must, and nothing else.
func limitedConfig(t *testing.T, c *cluster.Cluster) *rest.Config {
	t.Helper()
	const name, namespace = "marker", metav1.NamespaceDefault
	client, ctx := c.Client(), t.Context()
	_, err := client.CoreV1().ServiceAccounts(namespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	must(t, err)
	_, err = client.RbacV1().ClusterRoles().Create(ctx, &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"nodes"}, Verbs: []string{"get", "patch"}}},
	}, metav1.CreateOptions{})
	must(t, err)
	_, err = client.RbacV1().ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: name, Namespace: namespace}},
	}, metav1.CreateOptions{})
	must(t, err)
	kubeconfig, err := c.ServiceAccountKubeconfig(ctx, namespace, name)
	must(t, err)
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	must(t, err)
	config.QPS = -1 // the marker has a limit of its own
	return config
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// traffic counts what a marker asks for, and may have it fail.
type traffic struct {
	next          http.RoundTripper
	patches, gets atomic.Int64
	fail          func(*http.Request) error
}

func (r *traffic) RoundTrip(request *http.Request) (*http.Response, error) {
	switch request.Method {
	case http.MethodPatch:
		r.patches.Add(1)
	case http.MethodGet:
		r.gets.Add(1)
	}
	if r.fail != nil {
		if err := r.fail(request); err != nil {
			return nil, err
		}
	}
	return r.next.RoundTrip(request)
}

type fixture struct {
	testing.TB
	context.Context
	*cluster.Cluster
	admin   kubernetes.Interface
	config  *rest.Config
	traffic *traffic
	clock   *clocktesting.FakePassiveClock
	names   []string
}

// process is a marker as in one process.
type process struct {
	*Marker
	f      *fixture
	events *events.FakeRecorder
}

func (f *fixture) start() *process {
	f.Helper()
	client, err := kubernetes.NewForConfig(f.config)
	must(f.TB, err)
	recorder := events.NewFakeRecorder(100)
	return &process{New(client, f.clock, recorder, nil), f, recorder}
}

// addNodes adds nodes that are ready, and takes them away after the test.
func (f *fixture) addNodes(names ...string) {
	f.Helper()
	failed := make(chan error, len(names))
	var adding sync.WaitGroup
	for _, name := range names {
		adding.Go(func() { failed <- f.AddNode(f, cluster.Node{Name: name, CPU: "4", Memory: "8Gi"}) })
	}
	adding.Wait()
	for range names {
		must(f.TB, <-failed)
	}
	f.names = append(f.names, names...)
	f.Cleanup(func() {
		for _, name := range names {
			if err := f.admin.CoreV1().Nodes().Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
				f.Error(err)
			}
		}
	})
}

// nodes are those of the test, as they are now.
func (f *fixture) nodes() []*corev1.Node {
	f.Helper()
	var all []*corev1.Node
	for _, name := range f.names {
		all = append(all, f.node(name))
	}
	return all
}

func (f *fixture) node(name string) *corev1.Node {
	f.Helper()
	node, err := f.admin.CoreV1().Nodes().Get(f, name, metav1.GetOptions{})
	must(f.TB, err)
	return node
}

// edit changes a node as any controller does.
func (f *fixture) edit(name string, change func(*corev1.Node)) {
	f.Helper()
	must(f.TB, retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		node, err := f.admin.CoreV1().Nodes().Get(f, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		change(node)
		_, err = f.admin.CoreV1().Nodes().Update(f, node, metav1.UpdateOptions{FieldManager: "somebody"})
		return err
	}))
}

// snapshot has all nodes of the test measure a value.
func (f *fixture) snapshot(set string, value float64) *verdict.Snapshot {
	f.Helper()
	values := map[string]float64{}
	for _, name := range f.names {
		values[name] = value
	}
	return judge(f.clock.Now(), nil, rules(f.TB, map[string]string{"a": set}), values, f.names...)
}

// nothing is what there is without any rule.
func (f *fixture) nothing() *verdict.Snapshot {
	return judge(f.clock.Now(), nil, nil, nil, f.names...)
}

func (f *fixture) pass(time time.Duration) { f.clock.SetTime(f.clock.Now().Add(time)) }

func (p *process) apply(snapshot *verdict.Snapshot) {
	p.f.Helper()
	must(p.f.TB, p.Apply(p.f, snapshot, p.f.nodes()))
}

// wantMarks checks the labels and taints under our prefix, and whether the node
// tells what of it is ours.
func (f *fixture) wantMarks(name string, want ...string) *corev1.Node {
	f.Helper()
	node := f.node(name)
	var got []string
	for _, text := range (&simulated{Node: node}).texts() {
		if strings.Contains(text, "loadline.dev/") {
			got = append(got, text)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Fatalf("marks of node %s (-want +got):\n%s", name, diff)
	}
	return node
}

// wantClean checks that nothing of ours has stayed.
func (f *fixture) wantClean(name string) {
	f.Helper()
	node := f.wantMarks(name)
	if text, there := node.Annotations[TaintsAnnotation]; there {
		f.Errorf("node %s still lists taints: %s", name, text)
	}
	if slices.ContainsFunc(node.ManagedFields, func(e metav1.ManagedFieldsEntry) bool { return isOurs(&e) }) {
		f.Errorf("node %s still has fields of ours", name)
	}
}

func (p *process) wantEvents(want ...string) {
	p.f.Helper()
	var got []string
	for len(p.events.Events) > 0 {
		got = append(got, <-p.events.Events)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.f.Errorf("events (-want +got):\n%s", diff)
	}
}
