// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	st "k8s.io/kubernetes/pkg/scheduler/testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const loadlineProfile = "loadline-scheduler"

// shipped is a configuration with Loadline as it is shipped.
const shipped = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: loadline-scheduler
  plugins: {multiPoint: {enabled: [{name: Loadline, weight: 5}]}}
`

func load(t testing.TB, configuration string) *config.KubeSchedulerConfiguration {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// asked is a scheduler with the API server that it is of.
type asked struct {
	*Scheduler
	client *fake.Clientset
}

// newScheduler is one that finds what it looks up: what plugins read from the API
// server beside nodes and pods.
func newScheduler(t testing.TB, configuration string, objects ...runtime.Object) asked {
	t.Helper()
	client := fake.NewClientset(objects...)
	factory := informers.NewSharedInformerFactory(client, 0)
	scheduler, err := New(t.Context(), Settings{Config: load(t, configuration), Client: client, Informers: factory})
	if err != nil {
		t.Fatal(err)
	}
	factory.StartWithContext(t.Context())
	if err := factory.WaitForCacheSyncWithContext(t.Context()).AsError(); err != nil {
		t.Fatal(err)
	}
	return asked{scheduler, client}
}

func (a asked) begin(t testing.TB, snapshot *verdict.Snapshot, objects cluster.Objects) plan.Fitter {
	t.Helper()
	return a.beginWith(t, snapshot, cluster.New(objects))
}

func (a asked) beginWith(t testing.TB, snapshot *verdict.Snapshot, observed *cluster.Cluster) plan.Fitter {
	t.Helper()
	fitter, err := a.Begin(t.Context(), snapshot, observed)
	if err != nil {
		t.Fatal(err)
	}
	return fitter
}

func place(t testing.TB, fitter plan.Fitter, pod *corev1.Pod) (string, reason.Reason) {
	t.Helper()
	node, why, err := fitter.Place(t.Context(), pod, nil)
	if err != nil {
		t.Fatal(err)
	}
	return node, why
}

// coresPerNode is the size of the nodes here.
const coresPerNode = 10

func node(name string) *st.NodeWrapper {
	return st.MakeNode().Name(name).UID(name).
		Label(corev1.LabelHostname, name).Label(corev1.LabelTopologyZone, "zone-of-"+name).
		Capacity(map[corev1.ResourceName]string{"cpu": fmt.Sprint(coresPerNode), "memory": "64Gi", "pods": "110"})
}

// pod is one of a ReplicaSet named "web" that asks for cores.
func pod(name, on, cores string) *st.PodWrapper {
	return st.MakePod().Namespace("default").Name(name).UID(name).Node(on).
		SchedulerName(loadlineProfile).Label("app", "web").
		OwnerReference("web", appsv1.SchemeGroupVersion.WithKind("ReplicaSet")).
		Req(map[corev1.ResourceName]string{"cpu": cores})
}

// web is the ReplicaSet of a pod, with the pod's own template.
func web(of *corev1.Pod) *appsv1.ReplicaSet {
	template := ownTemplate(of)
	template.Spec = *template.Spec.DeepCopy()
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: of.Namespace, Name: of.OwnerReferences[0].Name, UID: of.OwnerReferences[0].UID},
		Spec:       appsv1.ReplicaSetSpec{Template: *template},
	}
}

// hot has all pods kept off nodes above 90% of their cores.
const hot = `apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: x}
spec:
  metrics: [{name: cpu, query: cpu, resource: cpu}]
  rules: [{name: hot, when: [{metric: cpu, above: 90%, clear: 80%}], reject: {}, evict: {}}]
`

// loads are what nodes measure of their cores.
type loads map[string]float64

// measured judges nodes by rule set x.
func measured(t testing.TB, values loads, text string) *verdict.Snapshot {
	t.Helper()
	rules, err := v1alpha1.DecodeRuleSet([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	set, err := verdict.NewSet(rules, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	samples, projected := verdict.Samples{}, &verdict.Projection{Capacity: map[string]float64{}}
	key := verdict.MetricKey{Set: "x", Metric: "cpu"}
	in := verdict.Input{
		Now: now, Sets: []*verdict.Set{set}, Window: time.Minute,
		Samples:     map[verdict.MetricKey]verdict.Samples{key: samples},
		Projections: map[verdict.MetricKey]*verdict.Projection{key: projected},
	}
	for name, value := range values {
		in.Nodes = append(in.Nodes, verdict.Node{Name: name})
		samples[name] = verdict.Sample{Value: value, Time: now}
		projected.Capacity[name] = coresPerNode
	}
	snapshot, ledger := verdict.Evaluate(in), projection.NewLedger()
	estimators := []projection.Estimator{{
		Resource: corev1.ResourceCPU, Whole: time.Minute, History: projection.NewHistory(), Defaults: projection.Defaults{RequestFactor: 1},
	}}
	_, sequence := ledger.Take(now, time.Minute)
	ledger.Rebase(now, sequence, estimators, snapshot.Index, func(pending *projection.Pending) { snapshot.Pending = pending })
	return snapshot
}
