// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	st "k8s.io/kubernetes/pkg/scheduler/testing"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// Unless a case says otherwise, pod p of 4 cores is on node a, which is over its
// line, and node b has room.
func TestPlace(t *testing.T) {
	sameApp := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	cases := map[string]struct {
		victim  *corev1.Pod
		nodes   []*corev1.Node // without a
		pods    []*corev1.Pod
		others  []runtime.Object
		sets    []*appsv1.StatefulSet
		values  loads
		change  func(template *corev1.PodTemplateSpec)
		want    string
		wantWhy reason.Code
		wantMsg string
	}{
		"the other node has room": {want: "b"},
		"the other node is full": {
			pods: []*corev1.Pod{pod("q", "b", "7").Obj()}, wantWhy: NoNodeFits,
			wantMsg: `0/2 nodes are available: 1 Insufficient cpu, 1 node(s) over load line "hot".`,
		},
		"the other node is left by a pod that is still terminating": {
			pods: []*corev1.Pod{pod("q", "b", "7").Terminating().Obj()}, wantWhy: NoNodeFits, wantMsg: "1 Insufficient cpu",
		},
		"the pod itself still takes its room": {
			victim: pod("p", "a", "6").Obj(), values: loads{"a": 0.1, "b": 0.95},
			wantWhy: NoNodeFits, wantMsg: "1 Insufficient cpu, 1 node(s) over load line",
		},
		"the other node is cordoned": {
			nodes: []*corev1.Node{node("b").Unschedulable(true).Obj()}, wantWhy: NoNodeFits, wantMsg: "1 node(s) were unschedulable",
		},
		"the other node is tainted": {
			nodes:   []*corev1.Node{node("b").Taints([]corev1.Taint{{Key: "gpu", Effect: corev1.TaintEffectNoSchedule}}).Obj()},
			wantWhy: NoNodeFits, wantMsg: "1 node(s) had untolerated taint(s)",
		},
		"a taint that was tolerated at admission": {
			victim: pod("p", "a", "4").Toleration("gpu").Obj(),
			nodes:  []*corev1.Node{node("b").Taints([]corev1.Taint{{Key: "gpu", Effect: corev1.TaintEffectNoSchedule}}).Obj()},
			change: func(template *corev1.PodTemplateSpec) { template.Spec.Tolerations = nil },
			want:   "b",
		},
		"a node that its template does not select any more": {
			nodes:   []*corev1.Node{node("b").Label("pool", "old").Obj()},
			change:  func(template *corev1.PodTemplateSpec) { template.Spec.NodeSelector = map[string]string{"pool": "new"} },
			wantWhy: NoNodeFits, wantMsg: "node(s) didn't match Pod's node affinity/selector",
		},
		"anti-affinity to a pod on the other node": {
			victim: pod("p", "a", "4").PodAntiAffinity(corev1.LabelHostname, sameApp, st.PodAntiAffinityWithRequiredReq).Obj(),
			pods:   []*corev1.Pod{pod("q", "b", "1").Obj()}, wantWhy: NoNodeFits,
			wantMsg: "2 node(s) didn't match pod anti-affinity rules", // the other is its own
		},
		"anti-affinity of a pod on the other node": {
			pods:    []*corev1.Pod{pod("q", "b", "1").PodAntiAffinity(corev1.LabelHostname, sameApp, st.PodAntiAffinityWithRequiredReq).Obj()},
			wantWhy: NoNodeFits, wantMsg: "1 node(s) didn't satisfy existing pods anti-affinity rules",
		},
		"anti-affinity to its own predecessor, elsewhere": {
			victim: pod("p", "a", "4").PodAntiAffinity(corev1.LabelHostname, sameApp, st.PodAntiAffinityWithRequiredReq).Obj(), want: "b",
		},
		"topology spread": {
			victim:  pod("p", "a", "4").SpreadConstraint(1, corev1.LabelTopologyZone, corev1.DoNotSchedule, sameApp, nil, nil, nil, nil).Obj(),
			pods:    []*corev1.Pod{pod("q", "b", "1").Obj()},
			wantWhy: NoNodeFits, wantMsg: "1 node(s) didn't match pod topology spread constraints",
		},
		"topology spread that the other node keeps": {
			victim: pod("p", "a", "4").SpreadConstraint(1, corev1.LabelTopologyZone, corev1.DoNotSchedule, sameApp, nil, nil, nil, nil).Obj(),
			want:   "b",
		},
		"another line is passed on the other node": {
			values: loads{"a": 0.95, "b": 0.95}, wantWhy: NoNodeFits, wantMsg: `0/2 nodes are available: 2 node(s) over load line "hot".`,
		},
		"it would bring the other node over the line": {
			values: loads{"a": 0.95, "b": 0.6}, wantWhy: NoNodeFits, wantMsg: `2 node(s) over load line "hot"`,
		},
		"it is the source that suits it": {
			values: loads{"a": 0.1, "b": 0.95}, want: "a",
		},
		"room that was made for another": {
			pods:    []*corev1.Pod{pod("q", "", "9").Priority(1).NominatedNodeName("b").Obj()},
			wantWhy: NoNodeFits, wantMsg: "1 Insufficient cpu",
		},
		"room that was made for another of less priority": {
			victim: pod("p", "a", "4").Priority(2).Obj(),
			pods:   []*corev1.Pod{pod("q", "", "9").Priority(1).NominatedNodeName("b").Obj()},
			want:   "b",
		},
		"a pod that waits takes no room": {pods: []*corev1.Pod{pod("q", "", "9").Obj()}, want: "b"},
		"a pod that has ended takes none": {
			pods: []*corev1.Pod{pod("q", "b", "9").Phase(corev1.PodSucceeded).Obj()}, want: "b",
		},
		"a pod of less priority is not preempted": {
			victim: pod("p", "a", "4").Priority(1000).Obj(),
			pods:   []*corev1.Pod{pod("q", "b", "7").Obj()}, wantWhy: NoNodeFits, wantMsg: "1 Insufficient cpu",
		},
		"another scheduler": {
			victim: pod("p", "a", "4").SchedulerName("other").Obj(), wantWhy: NoProfile,
			wantMsg: `its template names the scheduler "other", and schedulerConfigFile has profiles of loadline-scheduler only`,
		},
		"a template that names its node": {
			change: func(template *corev1.PodTemplateSpec) { template.Spec.NodeName = "a" },
			values: loads{"a": 0.5, "b": 0.1}, want: "a",
		},
		"a volume that stays where the pod is": {
			victim: pod("p", "a", "4").PVC("data").Obj(), others: claimed("a"),
			wantWhy: NoNodeFits, wantMsg: "node(s) didn't match PersistentVolume's node affinity",
		},
		"a volume that can follow": {
			victim: pod("p", "a", "4").PVC("data").Obj(), others: claimed("a", "b"), want: "b",
		},
		"a claim that is not there": {
			victim: pod("p", "a", "4").PVC("data").Obj(), wantWhy: NoNodeFits, wantMsg: `persistentvolumeclaim "data" not found`,
		},
		"a volume for one pod at a time": {
			victim: pod("p", "a", "4").PVC("data").Obj(), others: claimedFor(corev1.ReadWriteOncePod, "a", "b"),
			wantWhy: NoNodeFits, wantMsg: "PersistentVolumeClaim with ReadWriteOncePod access mode already in-use",
		},
		"a volume for one pod at a time, of a StatefulSet": {
			victim: member("db-0", "a").PVC("data").Obj(), others: claimedFor(corev1.ReadWriteOncePod, "a", "b"),
			sets: []*appsv1.StatefulSet{{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "db", UID: "db"}}}, want: "b",
		},
		"a volume of a StatefulSet that stays": {
			victim: member("db-0", "a").PVC("data").Obj(), others: claimed("a"),
			sets:    []*appsv1.StatefulSet{{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "db", UID: "db"}}},
			wantWhy: NoNodeFits, wantMsg: "node(s) didn't match PersistentVolume's node affinity",
		},
		"anti-affinity that the scheduler cannot read": {
			change: func(template *corev1.PodTemplateSpec) {
				template.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
					TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "not a label!"}},
				}}}}
			},
			wantWhy: NotDecided, wantMsg: "the scheduler cannot read its template",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.victim == nil {
				tc.victim = pod("p", "a", "4").Obj()
			}
			if tc.nodes == nil {
				tc.nodes = []*corev1.Node{node("b").Obj()}
			}
			if tc.values == nil {
				tc.values = loads{"a": 0.95, "b": 0.1}
			}
			objects := cluster.Objects{
				Nodes: append(tc.nodes, node("a").Obj()), Pods: append(tc.pods, tc.victim), StatefulSets: tc.sets,
			}
			if tc.sets == nil {
				set := web(tc.victim)
				if tc.change != nil {
					tc.change(&set.Spec.Template)
				}
				objects.ReplicaSets = append(objects.ReplicaSets, set)
			}
			fitter := newScheduler(t, shipped, tc.others...).begin(t, measured(t, tc.values, hot), objects)
			got, why := place(t, fitter, tc.victim)
			if got != tc.want || why.Code != tc.wantWhy || !strings.Contains(why.Message, tc.wantMsg) {
				t.Errorf("got node %q and %q, want %q and %q with %q", got, why, tc.want, tc.wantWhy, tc.wantMsg)
			}
		})
	}
}

// member is a pod of StatefulSet "db", whose template has neither volumes nor
// requests.
func member(name, on string) *st.PodWrapper {
	return st.MakePod().Namespace("default").Name(name).UID(name).Node(on).SchedulerName(loadlineProfile).
		OwnerReference("db", appsv1.SchemeGroupVersion.WithKind("StatefulSet")).
		Req(map[corev1.ResourceName]string{"cpu": "4"})
}

// claimed is a claim with its volume, which can be on some nodes.
func claimed(nodes ...string) []runtime.Object { return claimedFor(corev1.ReadWriteOnce, nodes...) }

func claimedFor(mode corev1.PersistentVolumeAccessMode, nodes ...string) []runtime.Object {
	claim := st.MakePersistentVolumeClaim().Namespace("default").Name("data").VolumeName("disk").
		Annotation("pv.kubernetes.io/bind-completed", "yes").AccessModes([]corev1.PersistentVolumeAccessMode{mode}).Obj()
	volume := st.MakePersistentVolume().Name("disk").NodeAffinityIn(corev1.LabelHostname, nodes).Obj()
	volume.Spec.ClaimRef = &corev1.ObjectReference{Namespace: "default", Name: "data"}
	return []runtime.Object{claim, volume}
}

// There is room for exactly one pod elsewhere.
func TestMovesAddUp(t *testing.T) {
	cases := map[string]struct {
		other   *corev1.Pod
		values  loads
		wantMsg string
	}{
		"requests": {other: pod("q", "b", "6").Obj(), values: loads{"a": 0.95, "b": 0.1}, wantMsg: "Insufficient cpu"},
		"load":     {other: pod("q", "b", "1").Obj(), values: loads{"a": 0.95, "b": 0.5}, wantMsg: "2 node(s) over load line"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			one, two := pod("one", "a", "3").Obj(), pod("two", "a", "3").Obj()
			objects := cluster.Objects{Nodes: []*corev1.Node{node("a").Obj(), node("b").Obj()}, Pods: []*corev1.Pod{one, two, tc.other}}
			scheduler, snapshot := newScheduler(t, shipped), measured(t, tc.values, hot)
			for range 2 { // what the first plan supposed is undone
				fitter := scheduler.begin(t, snapshot, objects)
				for _, pod := range objects.Pods[:2] { // what was only asked changes nothing
					if node, why := place(t, fitter, pod); node != "b" {
						t.Fatalf("pod %s: got node %q and %v, want b", pod.Name, node, why)
					}
				}
				if err := fitter.Move(one, "b", []float64{3}); err != nil {
					t.Fatal(err)
				}
				if node, why := place(t, fitter, two); node != "" || why.Code != NoNodeFits || !strings.Contains(why.Message, tc.wantMsg) {
					t.Errorf("after the first has moved: got node %q and %v, want %s with %q", node, why, NoNodeFits, tc.wantMsg)
				}
				if got := fitter.Snapshot().Pending.Amounts()[0].On(snapshot.Index("b")); got != 3 {
					t.Errorf("%v cores are pending on b, want 3", got)
				}
				if got := snapshot.Pending.Amounts()[0].On(snapshot.Index("b")); got != 0 {
					t.Errorf("%v cores are pending on b in the snapshot that was given, want 0", got)
				}
			}
		})
	}
}

// Where a pod has moved, its anti-affinity and its spread count; where it was, its
// room is taken while it is going.
func TestMovedPodsCount(t *testing.T) {
	sameApp := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	apart := func(name, on string) *corev1.Pod {
		return pod(name, on, "1").PodAntiAffinity(corev1.LabelHostname, sameApp, st.PodAntiAffinityWithRequiredReq).Obj()
	}
	one, two, big := apart("one", "a"), apart("two", "b"), pod("big", "b", "8").Obj()
	big.Labels = nil
	objects := cluster.Objects{
		Nodes: []*corev1.Node{node("a").Obj(), node("b").Obj(), node("c").Obj()},
		Pods:  []*corev1.Pod{one, two, big, pod("rest", "a", "2").Label("app", "rest").Obj()},
	}
	fitter := newScheduler(t, shipped).begin(t, measured(t, loads{"a": 0, "b": 0.95, "c": 0}, hot), objects)
	if node, why := place(t, fitter, one); node != "c" {
		t.Fatalf("got node %q and %v, want c", node, why)
	}
	if err := fitter.Move(one, "c", []float64{1}); err != nil {
		t.Fatal(err)
	}
	if node, why := place(t, fitter, two); node != "" || !strings.Contains(why.Message, "3 node(s) didn't match pod anti-affinity rules") {
		t.Errorf("got node %q and %v, want none: its likes are on c, still on a, and itself on b", node, why)
	}
	if node, why := place(t, fitter, big); node != "c" {
		t.Errorf("got node %q and %v, want c: a has 7 cores until the moved pod is gone", node, why)
	}
}

func TestMoveFails(t *testing.T) {
	p := pod("p", "a", "1").Obj()
	objects := cluster.Objects{Nodes: []*corev1.Node{node("a").Obj(), node("b").Obj()}, Pods: []*corev1.Pod{p}}
	scheduler, snapshot := newScheduler(t, shipped), measured(t, loads{"a": 0.95, "b": 0.1}, hot)
	over := scheduler.begin(t, snapshot, objects)
	fitter := scheduler.begin(t, snapshot, objects)
	if err := over.Move(p, "b", nil); !errors.Is(err, errOver) {
		t.Errorf("moving a pod in a plan that is over: got error %v, want %v", err, errOver)
	}
	if _, _, err := over.Place(t.Context(), p, nil); !errors.Is(err, errOver) {
		t.Errorf("placing a pod in a plan that is over: got error %v, want %v", err, errOver)
	}
	if err := fitter.Move(p, "c", nil); err == nil {
		t.Error("moving a pod to a node that is not there: got no error")
	}
	if err := fitter.Move(pod("q", "a", "1").Obj(), "b", nil); err == nil {
		t.Error("moving a pod that is not there: got no error")
	}
	if err := fitter.Move(p, "b", nil); err != nil {
		t.Error(err)
	}
	if err := fitter.Move(p, "b", nil); err == nil {
		t.Error("moving a pod again: got no error")
	}
	if _, _, err := fitter.Place(t.Context(), p, nil); err == nil {
		t.Error("placing a pod that has moved: got no error")
	}
}

// What changes in the cluster counts in the next plan.
func TestBeginSeesTheCluster(t *testing.T) {
	p := pod("p", "a", "4").NodeSelector(map[string]string{"pool": "web"}).Obj()
	a, b, c := node("a").Obj(), node("b").Obj(), node("c").Label("pool", "web").Obj()
	labelled := node("b").Label("pool", "web").Obj()
	steps := []struct {
		when    string
		objects cluster.Objects
		want    string
	}{
		{"no node has the label", cluster.Objects{Nodes: []*corev1.Node{a, b}, Pods: []*corev1.Pod{p}}, ""},
		{"a node gets it", cluster.Objects{Nodes: []*corev1.Node{a, labelled}, Pods: []*corev1.Pod{p}}, "b"},
		{"another pod comes", cluster.Objects{Nodes: []*corev1.Node{a, labelled}, Pods: []*corev1.Pod{p, pod("q", "b", "8").Obj()}}, ""},
		{"that pod is resized", cluster.Objects{Nodes: []*corev1.Node{a, labelled}, Pods: []*corev1.Pod{p, pod("q", "b", "6").Obj()}}, "b"},
		{"the node is deleted, its pod not yet", cluster.Objects{Nodes: []*corev1.Node{a}, Pods: []*corev1.Pod{p, pod("q", "b", "6").Obj()}}, ""},
		{"another node comes", cluster.Objects{Nodes: []*corev1.Node{a, c}, Pods: []*corev1.Pod{p, pod("q", "b", "6").Obj()}}, "c"},
		{"a pod moves there under the same name", cluster.Objects{Nodes: []*corev1.Node{a, c}, Pods: []*corev1.Pod{p, pod("q", "c", "8").Obj()}}, ""},
		{"the first node comes back", cluster.Objects{Nodes: []*corev1.Node{a, labelled, c}, Pods: []*corev1.Pod{p, pod("q", "c", "8").Obj()}}, "b"},
	}
	scheduler, snapshot := newScheduler(t, shipped), measured(t, loads{"a": 0.95, "b": 0.1, "c": 0.1}, hot)
	for _, step := range steps {
		if node, why := place(t, scheduler.begin(t, snapshot, step.objects), p); node != step.want {
			t.Errorf("%s: got node %q and %v, want %q", step.when, node, why, step.want)
		}
	}
}

func TestBeginFails(t *testing.T) {
	client := fake.NewClientset()
	factory := informers.NewSharedInformerFactory(client, 0)
	scheduler, err := New(t.Context(), Settings{Config: load(t, shipped), Client: client, Informers: factory})
	if err != nil {
		t.Fatal(err)
	}
	empty := cluster.New(cluster.Objects{})
	if _, err := scheduler.Begin(t.Context(), measured(t, nil, hot), empty); err == nil || !strings.Contains(err.Error(), "not been started") {
		t.Errorf("before the informers were started: got error %v", err)
	}
	if _, err := scheduler.Begin(t.Context(), nil, empty); err == nil {
		t.Error("without a snapshot: got no error")
	}
}

func TestNoNodesAtAll(t *testing.T) {
	p := pod("p", "a", "1").Obj()
	fitter := newScheduler(t, shipped).begin(t, measured(t, nil, hot), cluster.Objects{Pods: []*corev1.Pod{p}})
	if _, _, err := fitter.Place(t.Context(), p, nil); err == nil || !strings.Contains(err.Error(), "is not on a node") {
		t.Errorf("got error %v, want one that says that its node is not there", err)
	}
}

func TestPlaceIsInterrupted(t *testing.T) {
	p := pod("p", "a", "1").Obj()
	objects := cluster.Objects{Nodes: []*corev1.Node{node("a").Obj(), node("b").Obj()}, Pods: []*corev1.Pod{p}}
	fitter := newScheduler(t, shipped).begin(t, measured(t, loads{"a": 0.95, "b": 0.1}, hot), objects)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if node, why, err := fitter.Place(ctx, p, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got node %q, %v and error %v, want %v", node, why, err, context.Canceled)
	}
}

// A successor has not waited, however often it was asked where it would go.
func TestNobodyWaits(t *testing.T) {
	p := pod("p", "a", "4").Obj()
	objects := cluster.Objects{Nodes: []*corev1.Node{node("a").Obj(), node("b").Obj()}, Pods: []*corev1.Pod{p}}
	scheduler := newScheduler(t, shipped)
	snapshot := *measured(t, loads{"a": 0.95, "b": 0.95}, strings.Replace(hot, "reject: {}", "reject: {giveUpAfter: 5m}", 1))
	for range 3 {
		if node, why := place(t, scheduler.begin(t, &snapshot, objects), p); node != "" {
			t.Errorf("got node %q and %v at %s, want none", node, why, snapshot.Time)
		}
		snapshot.Time = snapshot.Time.Add(5 * time.Minute)
	}
}

// Nothing is written, whatever is asked.
func TestNothingIsWritten(t *testing.T) {
	p, q := pod("p", "a", "4").PVC("data").Obj(), pod("q", "a", "9").Priority(1000).Obj()
	objects := cluster.Objects{
		Nodes: []*corev1.Node{node("a").Obj(), node("b").Obj()}, Pods: []*corev1.Pod{p, q, pod("r", "b", "2").Obj()},
	}
	scheduler := newScheduler(t, shipped, claimed("a", "b")...)
	fitter := scheduler.begin(t, measured(t, loads{"a": 0.95, "b": 0.1}, hot), objects)
	if node, why := place(t, fitter, q); node != "" {
		t.Errorf("got node %q and %v, want none", node, why)
	}
	if node, why := place(t, fitter, p); node != "b" {
		t.Errorf("got node %q and %v, want b", node, why)
	}
	if err := fitter.Move(p, "b", []float64{4}); err != nil {
		t.Fatal(err)
	}
	var resources []string
	for _, action := range scheduler.client.Actions() {
		if verb := action.GetVerb(); verb != "list" && verb != "watch" {
			t.Errorf("%s of %s", verb, action.GetResource())
		}
		resources = append(resources, action.GetResource().GroupResource().String())
	}
	slices.Sort(resources)
	want := []string{ // what the descheduler must be allowed to read, for the scheduler's plugins
		"csidrivers.storage.k8s.io", "csinodes.storage.k8s.io", "csistoragecapacities.storage.k8s.io",
		"deviceclasses.resource.k8s.io", "devicetaintrules.resource.k8s.io", "namespaces", "persistentvolumeclaims", "persistentvolumes",
		"poddisruptionbudgets.policy", "replicasets.apps", "replicationcontrollers", "resourceclaims.resource.k8s.io",
		"resourceslices.resource.k8s.io", "services", "statefulsets.apps", "storageclasses.storage.k8s.io", "volumeattachments.storage.k8s.io",
	}
	if diff := cmp.Diff(want, slices.Compact(resources)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}
