// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	metricsclient "k8s.io/metrics/pkg/client/clientset/versioned"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/metricsapi"
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// The metrics API of a real metrics-server is measured with, from before it is
// there until after it is gone, by a ServiceAccount that may do nothing else.
func TestMetricsAPI(t *testing.T) {
	f := newFixture(t, "busy", "quiet")
	f.pod("load-on-busy", onNode("busy"), using("memory", "12Gi"), using("cpu", "6"))
	f.pod("load-on-quiet", onNode("quiet"), using("memory", "1Gi"), using("cpu", "1"))
	f.await("the kubelets to say what is used", func() string {
		memory, err := f.NodeMemory(f)
		f.must(err)
		if memory["busy"] != 0.75 || memory["quiet"] != 0.0625 {
			return fmt.Sprint(memory)
		}
		return ""
	})

	api := newMetricsAPI(f)
	api.awaitFailure("forbidden", `"list"`, `"metrics.k8s.io"`)
	api.allow()
	api.awaitFailure("is metrics-server installed?")
	f.must(f.StartMetricsServer(f))

	want := map[v1alpha1.Builtin]map[string]float64{
		v1alpha1.BuiltinMemory: {"busy": 0.75, "quiet": 0.0625},
		v1alpha1.BuiltinCPU:    {"busy": 0.75, "quiet": 0.125},
	}
	f.await("both nodes to be measured", func() string {
		api.poll()
		for builtin, nodes := range want {
			samples := api.measure(builtin)
			for node, value := range nodes {
				// Kubelets do not count CPU time at the very moment at which they are asked.
				sample, found := samples[node]
				if !found || math.Abs(sample.Value-value) > 0.01 {
					return fmt.Sprintf("%s of node %s is %v, want %v", builtin, node, sample, value)
				}
				if at := api.listed[node].Timestamp.Time; !sample.Time.Equal(at) {
					f.Fatalf("%s of node %s was measured at %v, want %v", builtin, node, sample.Time, at)
				}
			}
		}
		return ""
	})
	if got := api.measure(v1alpha1.BuiltinMemory); got["busy"].Value != 0.75 || got["quiet"].Value != 0.0625 {
		t.Errorf("got memory %v, want exactly %v", got, want[v1alpha1.BuiltinMemory])
	}

	// metrics-server no longer lists a node that it cannot read.
	f.cutTelemetry("busy")
	var last verdict.Sample
	f.await("busy to be left out", func() string {
		if _, still := api.listed["busy"]; !still {
			return ""
		}
		last = api.measure(v1alpha1.BuiltinMemory)["busy"]
		api.poll()
		return "it is listed"
	})
	got := api.measure(v1alpha1.BuiltinMemory)
	if got["busy"] != last {
		t.Errorf("got %v of a node that is not listed any more, want the last sample, %v", got["busy"], last)
	}
	if at := api.listed["quiet"].Timestamp.Time; !got["quiet"].Time.Equal(at) {
		t.Errorf("the other node was measured at %v, want %v", got["quiet"].Time, at)
	}

	f.must(f.Process("metrics-server").Stop())
	api.awaitFailure("is metrics-server running?")
	if again := api.measure(v1alpha1.BuiltinMemory); again["busy"] != got["busy"] || again["quiet"] != got["quiet"] {
		t.Errorf("got %v without metrics-server, want the last samples, %v", again, got)
	}
}

// metricsAPI measures with the metrics API as a ServiceAccount.
type metricsAPI struct {
	*fixture
	metricsapi.Lister
	database *embedded.Database
	poller   *metricsapi.Poller
	measurer *telemetry.Measurer
	// listed is what the API last said, by node.
	listed map[string]v1beta1.NodeMetrics
}

const metricsReader = "metrics-reader"

// newMetricsAPI makes a ServiceAccount, which may do nothing yet.
func newMetricsAPI(f *fixture) *metricsAPI {
	f.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: metricsReader}}
	_, err := f.client.CoreV1().ServiceAccounts(namespace).Create(f, account, metav1.CreateOptions{})
	f.must(err)
	kubeconfig, err := f.ServiceAccountKubeconfig(f, namespace, metricsReader)
	f.must(err)
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	f.must(err)
	client, err := metricsclient.NewForConfig(config)
	f.must(err)
	database, err := embedded.Open(f, f.TempDir(), patience)
	f.must(err)
	f.Cleanup(func() { f.must(database.Close()) })
	api := &metricsAPI{fixture: f, Lister: client.MetricsV1beta1().NodeMetricses(), database: database}
	api.poller = metricsapi.NewPoller(api, database, 15*time.Second, clock.RealClock{})
	api.measurer = telemetry.NewMeasurer(metricsapi.Restrict(database.Query), patience)
	return api
}

// allow gives the ServiceAccount the one right that it needs.
func (a *metricsAPI) allow() {
	a.Helper()
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: metricsReader},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"metrics.k8s.io"}, Resources: []string{"nodes"}, Verbs: []string{"list"}}},
	}
	_, err := a.client.RbacV1().ClusterRoles().Create(a, role, metav1.CreateOptions{})
	a.must(err)
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: metricsReader},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: metricsReader},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: metricsReader}},
	}
	_, err = a.client.RbacV1().ClusterRoleBindings().Create(a, binding, metav1.CreateOptions{})
	a.must(err)
}

// List remembers what is listed.
func (a *metricsAPI) List(ctx context.Context, options metav1.ListOptions) (*v1beta1.NodeMetricsList, error) {
	list, err := a.Lister.List(ctx, options)
	if err != nil {
		return nil, err
	}
	a.listed = map[string]v1beta1.NodeMetrics{}
	for _, node := range list.Items {
		a.listed[node.Name] = node
	}
	return list, nil
}

// poll asks the API, which may not know any node yet.
func (a *metricsAPI) poll() {
	a.Helper()
	if err := a.poller.Poll(a); err != nil && !strings.Contains(err.Error(), "knows no node") {
		a.Fatal(err)
	}
}

// measure asks for a built-in metric of all nodes.
func (a *metricsAPI) measure(builtin v1alpha1.Builtin) verdict.Samples {
	a.Helper()
	list, err := a.client.CoreV1().Nodes().List(a, metav1.ListOptions{})
	a.must(err)
	var nodes []*corev1.Node
	for i := range list.Items {
		nodes = append(nodes, &list.Items[i])
	}
	now := time.Now()
	a.must(a.database.Append(a, nodefacts.Scrape(nodes, now)))
	query := telemetry.QueryFor(v1alpha1.Metric{Builtin: builtin}, 15*time.Second, time.Hour, metricsapi.Builtins())
	samples, failures := a.measurer.Measure(a, []telemetry.Query{query}, telemetry.NewNodes(nodes), now)
	a.must(failures[query])
	return samples[query]
}

// awaitFailure waits until polling fails with an error that has all the parts.
func (a *metricsAPI) awaitFailure(parts ...string) {
	a.Helper()
	a.await(fmt.Sprintf("an error with %q", parts), func() string {
		err := a.poller.Poll(a)
		for _, part := range parts {
			if err == nil || !strings.Contains(err.Error(), part) {
				return fmt.Sprintf("error %v", err)
			}
		}
		return ""
	})
}
