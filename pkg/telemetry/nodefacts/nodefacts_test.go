// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package nodefacts_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// valuesOf are the samples of a scrape by series.
func valuesOf(scrape embedded.Scrape) map[string]float64 {
	got := map[string]float64{}
	for _, sample := range scrape.Samples {
		got[sample.Series.String()] = sample.Value
	}
	return got
}

// factsOf are the facts of one name about a node.
func factsOf(name string, node *corev1.Node) map[string]float64 {
	recorder := nodefacts.NewRecorder()
	recorder.Want(map[string]bool{name: true})
	return valuesOf(recorder.Scrape([]*corev1.Node{node}, now))
}

func TestFactsHaveTheNamesOfKubeStateMetrics(t *testing.T) {
	quantities := corev1.ResourceList{
		"cpu":                            resource.MustParse("3500m"),
		"memory":                         resource.MustParse("8Gi"),
		"ephemeral-storage":              resource.MustParse("1k"),
		"pods":                           resource.MustParse("110"),
		"hugepages-2Mi":                  resource.MustParse("2Mi"),
		"attachable-volumes-example-csi": resource.MustParse("25"),
		"nvidia.com/gpu":                 resource.MustParse("2"),
	}
	resources := func(name string) map[string]float64 {
		return map[string]float64{
			`{__name__="` + name + `", node="a", resource="cpu", unit="core"}`:                            3.5,
			`{__name__="` + name + `", node="a", resource="memory", unit="byte"}`:                         8 << 30,
			`{__name__="` + name + `", node="a", resource="ephemeral_storage", unit="byte"}`:              1000,
			`{__name__="` + name + `", node="a", resource="pods", unit="integer"}`:                        110,
			`{__name__="` + name + `", node="a", resource="hugepages_2Mi", unit="byte"}`:                  2 << 20,
			`{__name__="` + name + `", node="a", resource="attachable_volumes_example_csi", unit="byte"}`: 25,
			`{__name__="` + name + `", node="a", resource="nvidia_com_gpu", unit="integer"}`:              2,
		}
	}
	cases := map[string]struct {
		fact string
		node corev1.Node
		want map[string]float64
	}{
		"capacity": {
			fact: "kube_node_status_capacity",
			node: corev1.Node{Status: corev1.NodeStatus{Capacity: quantities}},
			want: resources("kube_node_status_capacity"),
		},
		"allocatable": {
			fact: "kube_node_status_allocatable",
			node: corev1.Node{Status: corev1.NodeStatus{Allocatable: quantities}},
			want: resources("kube_node_status_allocatable"),
		},
		"created": {
			fact: "kube_node_created",
			node: corev1.Node{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(time.Unix(1_700_000_000, 0))}},
			want: map[string]float64{`{__name__="kube_node_created", node="a"}`: 1_700_000_000},
		},
		"created at an unknown time": {fact: "kube_node_created", want: map[string]float64{}},
		"being deleted": {
			fact: "kube_node_deletion_timestamp",
			node: corev1.Node{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{Time: time.Unix(1_700_000_000, 0)}}},
			want: map[string]float64{`{__name__="kube_node_deletion_timestamp", node="a"}`: 1_700_000_000},
		},
		"not being deleted": {fact: "kube_node_deletion_timestamp", want: map[string]float64{}},
		"schedulable": {
			fact: "kube_node_spec_unschedulable",
			want: map[string]float64{`{__name__="kube_node_spec_unschedulable", node="a"}`: 0},
		},
		"cordoned": {
			fact: "kube_node_spec_unschedulable",
			node: corev1.Node{Spec: corev1.NodeSpec{Unschedulable: true}},
			want: map[string]float64{`{__name__="kube_node_spec_unschedulable", node="a"}`: 1},
		},
		"taints": {
			fact: "kube_node_spec_taint",
			node: corev1.Node{Spec: corev1.NodeSpec{Taints: []corev1.Taint{
				{Key: "dedicated", Value: "gpu", Effect: corev1.TaintEffectNoSchedule},
				{Key: "node.kubernetes.io/unreachable", Effect: corev1.TaintEffectNoExecute},
			}}},
			want: map[string]float64{
				`{__name__="kube_node_spec_taint", effect="NoSchedule", key="dedicated", node="a", value="gpu"}`:        1,
				`{__name__="kube_node_spec_taint", effect="NoExecute", key="node.kubernetes.io/unreachable", node="a"}`: 1,
			},
		},
		"conditions": {
			fact: "kube_node_status_condition",
			node: corev1.Node{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
				{Type: corev1.NodeReady, Status: corev1.ConditionUnknown},
				{Type: corev1.NodeDiskPressure, Status: corev1.ConditionFalse},
			}}},
			want: map[string]float64{
				`{__name__="kube_node_status_condition", condition="Ready", node="a", status="true"}`:           0,
				`{__name__="kube_node_status_condition", condition="Ready", node="a", status="false"}`:          0,
				`{__name__="kube_node_status_condition", condition="Ready", node="a", status="unknown"}`:        1,
				`{__name__="kube_node_status_condition", condition="DiskPressure", node="a", status="true"}`:    0,
				`{__name__="kube_node_status_condition", condition="DiskPressure", node="a", status="false"}`:   1,
				`{__name__="kube_node_status_condition", condition="DiskPressure", node="a", status="unknown"}`: 0,
			},
		},
		"labels": {
			fact: "kube_node_labels",
			node: corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{
				"topology.kubernetes.io/zone": "z1", "nodePool": "web", "GPUKind4Us": "A100", "node": "x", "empty": "",
			}}},
			want: map[string]float64{
				`{__name__="kube_node_labels", label_gpukind4_us="A100", label_node="x", label_node_pool="web", label_topology_kubernetes_io_zone="z1", node="a"}`: 1,
			},
		},
		"labels that become the same one": {
			fact: "kube_node_labels",
			node: corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{
				"a.b": "1", "a_b": "2", "a-b": "3", "a_b_conflict2": "4",
			}}},
			want: map[string]float64{
				`{__name__="kube_node_labels", label_a_b_conflict1="3", label_a_b_conflict2="4", label_a_b_conflict3="1", label_a_b_conflict4="2", node="a"}`: 1,
			},
		},
		"no labels": {fact: "kube_node_labels", want: map[string]float64{`{__name__="kube_node_labels", node="a"}`: 1}},
		"roles": {
			fact: "kube_node_role",
			node: corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{
				"node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/infra": "true", "role": "web",
			}}},
			want: map[string]float64{
				`{__name__="kube_node_role", node="a", role="control-plane"}`: 1,
				`{__name__="kube_node_role", node="a", role="infra"}`:         1,
			},
		},
		"info": {
			fact: "kube_node_info",
			node: corev1.Node{
				Spec: corev1.NodeSpec{ProviderID: "kind://a", PodCIDR: "10.1.0.0/24"},
				Status: corev1.NodeStatus{
					Addresses: []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: "h"}, {Type: corev1.NodeInternalIP, Address: "10.0.0.1"}},
					NodeInfo: corev1.NodeSystemInfo{
						KernelVersion: "6.12", OSImage: "Debian", ContainerRuntimeVersion: "containerd://2", KubeletVersion: "v1.37.1", SystemUUID: "u",
					},
				},
			},
			want: map[string]float64{
				`{__name__="kube_node_info", container_runtime_version="containerd://2", internal_ip="10.0.0.1", kernel_version="6.12", ` +
					`kubelet_version="v1.37.1", kubeproxy_version="deprecated", node="a", os_image="Debian", pod_cidr="10.1.0.0/24", ` +
					`provider_id="kind://a", system_uuid="u"}`: 1,
			},
		},
	}
	tested := map[string]bool{}
	for name, tc := range cases {
		tested[tc.fact] = true
		t.Run(name, func(t *testing.T) {
			tc.node.Name = "a"
			if diff := cmp.Diff(tc.want, factsOf(tc.fact, &tc.node)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff(nodefacts.Names(), slices.Sorted(maps.Keys(tested))); diff != "" {
		t.Errorf("tested facts (-all +tested):\n%s", diff)
	}
}

func openDatabase(t testing.TB) *embedded.Database {
	t.Helper()
	database, err := embedded.Open(context.Background(), t.TempDir(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	})
	return database
}

// example has a fact of each kind.
func example(name string) *corev1.Node {
	resources := corev1.ResourceList{
		"cpu": resource.MustParse("8"), "memory": resource.MustParse("32Gi"), "pods": resource.MustParse("110"),
		"ephemeral-storage": resource.MustParse("100Gi"), "hugepages-1Gi": resource.MustParse("0"), "hugepages-2Mi": resource.MustParse("0"),
	}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(now), Labels: map[string]string{
			"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name,
			"kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": "m5.2xlarge", "topology.kubernetes.io/region": "r", "topology.kubernetes.io/zone": "z",
		}},
		Status: corev1.NodeStatus{Capacity: resources, Allocatable: resources},
	}
	for _, condition := range []corev1.NodeConditionType{corev1.NodeReady, corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure} {
		node.Status.Conditions = append(node.Status.Conditions, corev1.NodeCondition{Type: condition, Status: corev1.ConditionFalse})
	}
	return node
}

func TestFactsThatChangeEnd(t *testing.T) {
	database, recorder := openDatabase(t), nodefacts.NewRecorder()
	recorder.Want(map[string]bool{"kube_node_status_capacity": true, "kube_node_spec_taint": true, "node_memory_working_set_bytes": true})
	at := now
	// query stores the facts of a moment, and asks for those that hold then.
	query := func(expression string, nodes ...*corev1.Node) map[string]float64 {
		t.Helper()
		at = at.Add(15 * time.Second)
		if err := database.Append(t.Context(), recorder.Scrape(nodes, at)); err != nil {
			t.Fatal(err)
		}
		vector, err := database.Query(t.Context(), expression, at)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, sample := range vector {
			got[sample.Metric.String()] = sample.F
		}
		return got
	}
	a, b := example("a"), example("b")
	const cores = `max by (node) (kube_node_status_capacity{resource="cpu"})`
	if diff := cmp.Diff(map[string]float64{`{node="a"}`: 8, `{node="b"}`: 8}, query(cores, a, b)); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	for range 3 {
		query(cores, a, b)
	}
	if diff := cmp.Diff(map[string]float64{`{node="a"}`: 5}, query(`sum by (node) (count_over_time(kube_node_status_capacity{node="a",resource="cpu"}[5m]))`, a, b)); diff != "" {
		t.Errorf("samples of a node that does not change (-want +got):\n%s", diff)
	}

	resized := a.DeepCopy()
	resized.Status.Capacity["cpu"] = resource.MustParse("16")
	resized.Spec.Taints = []corev1.Taint{{Key: "dedicated", Effect: corev1.TaintEffectNoSchedule}}
	if diff := cmp.Diff(map[string]float64{`{node="a"}`: 16, `{node="b"}`: 8}, query(cores, resized, b)); diff != "" {
		t.Errorf("after a node has changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]float64{`{node="a"}`: 1}, query(`max by (node) (kube_node_spec_taint)`, resized, b)); diff != "" {
		t.Errorf("taints (-want +got):\n%s", diff)
	}
	if got := query(`kube_node_spec_taint`, a, b); len(got) != 0 {
		t.Errorf("got taints %v, want none any more", got)
	}
	if diff := cmp.Diff(map[string]float64{`{node="b"}`: 8}, query(cores, b)); diff != "" {
		t.Errorf("after a node is gone (-want +got):\n%s", diff)
	}
	recorder.Want(map[string]bool{"kube_node_created": true})
	if got := query(`kube_node_status_capacity`, a, b); len(got) != 0 {
		t.Errorf("got %v, want nothing that is not wanted", got)
	}
	if got := query(`kube_node_created`, a, b); len(got) != 2 {
		t.Errorf("got %v, want what is wanted now", got)
	}
}

// A lister gives the nodes in another order each time.
func TestOrderIsThatOfTheNames(t *testing.T) {
	recorder := nodefacts.NewRecorder()
	recorder.Want(map[string]bool{"kube_node_created": true})
	a, b, c := example("a"), example("b"), example("c")
	for _, nodes := range [][]*corev1.Node{{a, b, c}, {c, a, b}} {
		var got []string
		for _, sample := range recorder.Scrape(nodes, now).Samples {
			got = append(got, sample.Series.Get("node"))
		}
		if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestScrapeHasAllFacts(t *testing.T) {
	node := example("a")
	node.Spec.Taints = []corev1.Taint{{Key: "dedicated", Effect: corev1.TaintEffectNoSchedule}}
	node.Labels["node-role.kubernetes.io/infra"] = ""
	node.DeletionTimestamp = &metav1.Time{Time: now}
	scrape := nodefacts.Scrape([]*corev1.Node{node}, now)
	names := map[string]bool{}
	for _, sample := range scrape.Samples {
		names[sample.Series.Get("__name__")] = true
	}
	if diff := cmp.Diff(nodefacts.Names(), slices.Sorted(maps.Keys(names))); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if !scrape.Time.Equal(now) {
		t.Errorf("got time %v, want %v", scrape.Time, now)
	}
	if other := nodefacts.Scrape(nil, now); scrape.Source == "" || other.Source != scrape.Source {
		t.Errorf("got sources %q and %q, want the same", scrape.Source, other.Source)
	}
}

// BenchmarkRecorder records 5,000 nodes of which none changes, as in nearly every
// interval.
func BenchmarkRecorder(b *testing.B) {
	wanted := map[string]map[string]bool{
		"capacity": {"kube_node_status_capacity": true},
		"all":      {},
	}
	for _, name := range nodefacts.Names() {
		wanted["all"][name] = true
	}
	nodes := make([]*corev1.Node, 5000)
	for i := range nodes {
		nodes[i] = example(fmt.Sprintf("node-%d", i))
	}
	for name, names := range wanted {
		for _, stored := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/stored=%v", name, stored), func(b *testing.B) {
				database, recorder, at := openDatabase(b), nodefacts.NewRecorder(), now
				recorder.Want(names)
				scrape := recorder.Scrape(nodes, at)
				if err := database.Append(b.Context(), scrape); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					at = at.Add(15 * time.Second)
					scrape = recorder.Scrape(nodes, at)
					if !stored {
						continue
					}
					if err := database.Append(b.Context(), scrape); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(scrape.Samples)), "series/op")
			})
		}
	}
}
