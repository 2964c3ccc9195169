// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	st "k8s.io/kubernetes/pkg/scheduler/testing"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// byCores makes m of rule set x the share of ten cores that is in use, of which
// the pods have these.
func byCores(shares map[types.UID]float64, on string) func(in *verdict.Input) {
	return func(in *verdict.Input) {
		projected := &verdict.Projection{Capacity: map[string]float64{}, Used: map[string][]verdict.Used{}}
		for _, node := range in.Nodes {
			projected.Capacity[node.Name] = 10
		}
		in.Shares = map[types.UID][]float64{}
		for uid, cores := range shares {
			projected.Used[on] = append(projected.Used[on], verdict.Used{Priority: -1, Amount: cores})
			in.Shares[uid] = []float64{cores}
		}
		in.Projections = map[verdict.MetricKey]*verdict.Projection{{Set: "x", Metric: "m"}: projected}
		in.Window = time.Minute
	}
}

// byCoresSet is rule set x with a metric of cores.
const byCoresSet = `apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: x}
spec:
  metrics: [{name: m, query: up, resource: cpu}]
  rules: [{name: hot, when: [{metric: m, above: 0.9, clear: 0.8}], reject: {}}]
`

func cores(name string, cores int) *st.PodWrapper {
	return pod(name).Req(map[corev1.ResourceName]string{corev1.ResourceCPU: fmt.Sprint(cores)})
}

// codes are those of Filter by node.
func (s *scheduler) codes(t *testing.T, state fwk.CycleState, pod *corev1.Pod) map[string]fwk.Code {
	t.Helper()
	codes := map[string]fwk.Code{}
	for _, node := range s.nodes {
		codes[node.Node().Name] = s.RunFilterPlugins(t.Context(), state, pod, node).Code()
	}
	return codes
}

func TestPreemptionIsOnlyTriedWhereItHelps(t *testing.T) {
	cases := map[string]struct {
		text    string
		outlook func(in *verdict.Input)
		want    fwk.Code
	}{
		"the pods use much":         {text: byCoresSet, outlook: byCores(map[types.UID]float64{"v": 5}, "a"), want: fwk.Unschedulable},
		"the pods use little":       {text: byCoresSet, outlook: byCores(map[types.UID]float64{"v": 0.5}, "a"), want: fwk.UnschedulableAndUnresolvable},
		"no metric of the pods'":    {text: set("x", rejecting), want: fwk.UnschedulableAndUnresolvable},
		"nothing known of the pods": {text: byCoresSet, outlook: byCores(nil, "a"), want: fwk.UnschedulableAndUnresolvable},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScheduler(t, "a")
			s.outlook = tc.outlook
			s.publish(t, []string{"a"}, values{"x": {"a": 0.95}}, tc.text)
			p := cores("p", 1).Obj()
			got := s.codes(t, s.preFilter(t, p), p)
			if diff := cmp.Diff(map[string]fwk.Code{"a": tc.want}, got); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

// What preemption does: it removes all pods of lower priority from a copy, and
// puts back as many as it can.
func TestVictimsAreThoseThatSuffice(t *testing.T) {
	s := newScheduler(t, "a")
	shares := map[types.UID]float64{}
	var pods []*corev1.Pod
	for i := range 8 {
		victim := cores(fmt.Sprintf("v%d", i), 1).Node("a").Obj()
		pods, shares[victim.UID] = append(pods, victim), 1
	}
	s.outlook = byCores(shares, "a")
	s.publish(t, []string{"a"}, values{"x": {"a": 0.95}}, byCoresSet)
	p := cores("p", 1).Obj()
	state := s.preFilter(t, p)
	whatIf := state.Clone()
	change := func(pod *corev1.Pod, how func(fwk.PreFilterExtensions, fwk.PodInfo) *fwk.Status) {
		t.Helper()
		info, err := framework.NewPodInfo(pod)
		if err != nil {
			t.Fatal(err)
		}
		if status := how(s.plugin.PreFilterExtensions(), info); !status.IsSuccess() {
			t.Fatal(status)
		}
	}
	add := func(e fwk.PreFilterExtensions, info fwk.PodInfo) *fwk.Status {
		return e.AddPod(t.Context(), whatIf, p, info, s.nodes[0])
	}
	remove := func(e fwk.PreFilterExtensions, info fwk.PodInfo) *fwk.Status {
		return e.RemovePod(t.Context(), whatIf, p, info, s.nodes[0])
	}
	for _, victim := range pods {
		change(victim, remove)
	}
	if code := s.codes(t, whatIf, p)["a"]; code != fwk.Success {
		t.Fatalf("without any of the pods: got %v, want the node accepted", code)
	}
	victims := 0
	for _, victim := range pods {
		change(victim, add)
		if s.codes(t, whatIf, p)["a"] != fwk.Success {
			change(victim, remove)
			victims++
		}
	}
	// 9.5 cores and the pod's own have to come below 8, since the line is in force.
	if victims != 3 {
		t.Errorf("got %d victims, want 3", victims)
	}
	if code := s.codes(t, state, p)["a"]; code == fwk.Success {
		t.Error("the what-if has changed the cycle that it was copied from")
	}
}

func TestNoMoreRoomIsMadeForAPodWhileAMeanRemembersTheVictims(t *testing.T) {
	s := newScheduler(t, "a", "b")
	nodes := []string{"a", "b"}
	hot := values{"x": {"a": 0.95, "b": 0.95}}
	use := byCores(map[types.UID]float64{"v": 5}, "a")
	s.outlook = func(in *verdict.Input) {
		use(in)
		in.Projections[verdict.MetricKey{Set: "x", Metric: "m"}].Used["b"] = []verdict.Used{{Priority: -1, Amount: 5}}
	}
	p := cores("p", 1).Priority(10).Obj()
	check := func(when string, a, b fwk.Code) {
		t.Helper()
		if diff := cmp.Diff(map[string]fwk.Code{"a": a, "b": b}, s.codes(t, s.preFilter(t, p), p)); diff != "" {
			t.Errorf("%s: codes (-want +got):\n%s", when, diff)
		}
	}
	s.publish(t, nodes, hot, byCoresSet)
	check("at first", fwk.Unschedulable, fwk.Unschedulable)

	p.Status.NominatedNodeName = "a"
	victim := cores("v", 1).Node("a").Terminating().Condition(corev1.DisruptionTarget, corev1.ConditionTrue, corev1.PodReasonPreemptionByScheduler).Obj()
	s.put(t, victim)
	check("while the victim is going", fwk.Unschedulable, fwk.UnschedulableAndUnresolvable)
	s.elapsed = 2 * time.Minute
	s.publish(t, nodes, hot, byCoresSet)
	check("while the victim takes longer than the window to go", fwk.Unschedulable, fwk.UnschedulableAndUnresolvable)

	s.put(t, cores("other", 1).Node("a").Terminating().Obj())
	check("when the victim has gone, and another pod is going", fwk.UnschedulableAndUnresolvable, fwk.UnschedulableAndUnresolvable)

	s.put(t, nil)
	p.Status.NominatedNodeName = "" // the scheduler forgets
	s.elapsed += 30 * time.Second
	s.publish(t, nodes, hot, byCoresSet)
	check("when the victim has gone", fwk.UnschedulableAndUnresolvable, fwk.UnschedulableAndUnresolvable)

	s.outlook = func(in *verdict.Input) {
		use(in)
		projected := in.Projections[verdict.MetricKey{Set: "x", Metric: "m"}]
		projected.Correction = map[string]float64{"a": -4}
		projected.Likely = projected.Correction
	}
	s.publish(t, nodes, hot, byCoresSet)
	check("when the projection shows it", fwk.Success, fwk.UnschedulableAndUnresolvable)

	s.outlook = func(in *verdict.Input) {
		use(in)
		in.Projections[verdict.MetricKey{Set: "x", Metric: "m"}].Used["b"] = []verdict.Used{{Priority: -1, Amount: 5}}
	}
	s.elapsed += 2 * time.Minute
	s.publish(t, nodes, hot, byCoresSet)
	check("after the window", fwk.Unschedulable, fwk.Unschedulable)
}

// put has a pod alone on the first node, or none.
func (s *scheduler) put(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	node := s.nodes[0].Node()
	s.nodes[0] = framework.NewNodeInfo()
	s.nodes[0].SetNode(node)
	if pod == nil {
		return
	}
	info, err := framework.NewPodInfo(pod)
	if err != nil {
		t.Fatal(err)
	}
	s.nodes[0].AddPodInfo(info)
}

func TestPodsThatComeBetweenTwoSnapshotsCount(t *testing.T) {
	s := newScheduler(t, "a", "b")
	s.outlook = byCores(nil, "a")
	s.publish(t, []string{"a", "b"}, values{"x": {"a": 0.5, "b": 0.3}}, byCoresSet)
	var placed []string
	for i := range 5 {
		p := cores(fmt.Sprintf("p%d", i), 3).Obj()
		state := s.preFilter(t, p)
		codes := s.codes(t, state, p)
		on := slices.IndexFunc([]string{"a", "b"}, func(node string) bool { return codes[node] == fwk.Success })
		if on < 0 {
			placed = append(placed, "nowhere")
			continue
		}
		node := []string{"a", "b"}[on]
		if status := s.RunReservePluginsReserve(t.Context(), state, p, node); !status.IsSuccess() {
			t.Fatal(status)
		}
		placed = append(placed, node)
	}
	// a has room for one more of three cores below 90%, and b for two.
	if diff := cmp.Diff([]string{"a", "b", "b", "nowhere", "nowhere"}, placed); diff != "" {
		t.Errorf("placed (-want +got):\n%s", diff)
	}
}

func TestOnlyAsManyPodsAreWokenAsThereIsRoomFor(t *testing.T) {
	s := newScheduler(t, "a", "b")
	s.outlook = byCores(nil, "a")
	nodes := []string{"a", "b"}
	s.publish(t, nodes, values{"x": {"a": 0.95, "b": 0.95}}, byCoresSet)
	for i := range 5000 {
		p := cores(fmt.Sprintf("p%04d", i), 1)
		if i >= 4990 {
			p = p.Priority(int32(i))
		}
		if len(s.refuse(t, p.Obj())) != len(nodes) {
			t.Fatal("the pod was not refused")
		}
	}
	s.publish(t, nodes, values{"x": {"a": 0.45, "b": 0.95}}, byCoresSet)
	want := []string{"default/p4996", "default/p4997", "default/p4998", "default/p4999"}
	if diff := cmp.Diff(want, s.take()); diff != "" {
		t.Errorf("woken first (-want +got):\n%s", diff)
	}
	s.publish(t, nodes, values{"x": {"a": 0.45, "b": 0.95}}, byCoresSet)
	want = []string{"default/p4992", "default/p4993", "default/p4994", "default/p4995"}
	if diff := cmp.Diff(want, s.take()); diff != "" {
		t.Errorf("woken while room remains (-want +got):\n%s", diff)
	}
	s.publish(t, nodes, values{"x": {"a": 0.85, "b": 0.95}}, byCoresSet)
	if got := s.take(); got != nil {
		t.Errorf("woke %v without room", got)
	}
}
