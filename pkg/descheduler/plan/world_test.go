// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

var start = time.Unix(1_800_000_000, 0)

const (
	window        = 2 * time.Minute
	schedulerName = "loadline-scheduler"
	// cores and gibibytes are of every node, so that 1% is one of either.
	cores = 100
	gib   = 1 << 30
)

// world is what a plan is made for. Metric "cpu" is in shares of the cores of a node,
// "memory" of its 100 GiB, and "heat" and "psi" are numbers of the node alone.
type world struct {
	nodes   []node
	pods    []pod
	specs   map[string]string // of rule sets, by name; "set" unless a test has several
	history []history.Record
	config  func(*v1alpha1.DeschedulerConfiguration)
	budgets []*policyv1.PodDisruptionBudget
	blocked map[string]reason.Reason
	// likely is what is likely wrong with what nodes measure by cpu, in cores.
	likely map[string]float64
	// reject tells that the scheduler finds a node unfit for a pod.
	reject func(pod *corev1.Pod, node string) bool
	// freePods is how many pods a node has room for. Missing: any number.
	freePods map[string]int
	// fixed is where the scheduler places pods, whatever is there. By pod.
	fixed   map[string]string
	shuffle func(n int, swap func(i, j int))
	failing error // of Place
	// incapable is a node of which it is not known how many cores it has.
	incapable string
}

type node struct {
	name              string
	cpu, memory, heat float64
	psi               float64
	unmeasured        bool
	cordoned          bool
	taint             string
	deleted           bool
}

// pod uses percentages of its node, and requests them.
type pod struct {
	name, node                 string
	cpu, memory, request       float64
	requestMemory              float64
	priority                   int32
	workload                   string // its own if empty
	unknown, terminating, bare bool
	labels                     map[string]string
}

const overCPU = `{metrics: [{name: cpu, query: up, resource: cpu}], rules: [{name: line, when: [{metric: cpu, above: %s, clear: %s}], reject: {}, evict: {order: %s}}]}`

func cpuLine(above, clear, order string) map[string]string {
	return map[string]string{"set": fmt.Sprintf(overCPU, above, clear, order)}
}

// evaluate is the snapshot of the world.
func (w *world) evaluate(t testing.TB) *verdict.Snapshot {
	t.Helper()
	in := verdict.Input{
		Now: start, Window: window, Samples: map[verdict.MetricKey]verdict.Samples{},
		Projections: map[verdict.MetricKey]*verdict.Projection{}, Shares: map[types.UID][]float64{},
	}
	for name, spec := range w.specs {
		rules, err := v1alpha1.DecodeRuleSet([]byte("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: " + name + "}\nspec: " + spec))
		if err != nil {
			t.Fatal(err)
		}
		set, err := verdict.NewSet(rules, 90*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		in.Sets = append(in.Sets, set)
		w.measure(name, &in)
	}
	for _, n := range w.nodes {
		in.Nodes = append(in.Nodes, verdict.Node{Name: n.name})
	}
	for _, p := range w.pods {
		if !p.unknown {
			in.Shares[types.UID(p.name)] = []float64{p.cpu, p.memory * gib}
		}
	}
	snapshot := verdict.Evaluate(in)
	estimators := []projection.Estimator{
		{Resource: corev1.ResourceCPU, History: projection.NewHistory(), Defaults: projection.Defaults{RequestFactor: 0}},
		{Resource: corev1.ResourceMemory, History: projection.NewHistory(), Defaults: projection.Defaults{RequestFactor: 0}},
	}
	projection.NewLedger().Rebase(start, 0, estimators, snapshot.Index, func(p *projection.Pending) { snapshot.Pending = p })
	return snapshot
}

func (w *world) measure(set string, in *verdict.Input) {
	cpu := &verdict.Projection{Usage: 0, Capacity: map[string]float64{}, Correction: map[string]float64{}, Likely: map[string]float64{}}
	memory := &verdict.Projection{Usage: 1, Capacity: map[string]float64{}}
	samples := map[string]verdict.Samples{"cpu": {}, "memory": {}, "heat": {}, "psi": {}}
	for _, n := range w.nodes {
		cpu.Capacity[n.name], memory.Capacity[n.name] = cores, 100*gib
		if n.name == w.incapable {
			delete(cpu.Capacity, n.name)
		}
		cpu.Likely[n.name] = w.likely[n.name]
		if n.unmeasured {
			continue
		}
		for metric, value := range map[string]float64{"cpu": n.cpu / 100, "memory": n.memory / 100, "heat": n.heat, "psi": n.psi} {
			samples[metric][n.name] = verdict.Sample{Value: value, Time: start.Add(-5 * time.Second)}
		}
	}
	for metric, byNode := range samples {
		in.Samples[verdict.MetricKey{Set: set, Metric: metric}] = byNode
	}
	in.Projections[verdict.MetricKey{Set: set, Metric: "cpu"}] = cpu
	in.Projections[verdict.MetricKey{Set: set, Metric: "memory"}] = memory
}

// objects are those of the API server. Each workload has a ReplicaSet and at least
// three ready pods, some of them elsewhere if need be.
func (w *world) objects() cluster.Objects {
	objects := cluster.Objects{Budgets: w.budgets, Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}}}
	for _, n := range w.nodes {
		objects.Nodes = append(objects.Nodes, n.object())
	}
	replicas := map[string]int{}
	for _, p := range w.pods {
		objects.Pods = append(objects.Pods, p.object())
		if !p.terminating {
			replicas[p.of()]++
		}
	}
	for _, workload := range sortedKeys(replicas) {
		for i := replicas[workload]; i < 3; i++ {
			sibling := pod{name: fmt.Sprintf("%s-sibling-%d", workload, i), node: "elsewhere", workload: workload}
			objects.Pods = append(objects.Pods, sibling.object())
		}
		objects.ReplicaSets = append(objects.ReplicaSets, &appsv1.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: workload, UID: types.UID("rs-" + workload)},
			Spec:       appsv1.ReplicaSetSpec{Replicas: ptr.To(int32(max(3, replicas[workload])))},
		})
	}
	if w.shuffle != nil {
		w.shuffle(len(objects.Pods), func(i, j int) { objects.Pods[i], objects.Pods[j] = objects.Pods[j], objects.Pods[i] })
		w.shuffle(len(objects.Nodes), func(i, j int) { objects.Nodes[i], objects.Nodes[j] = objects.Nodes[j], objects.Nodes[i] })
	}
	return objects
}

func (n node) object() *corev1.Node {
	object := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.name}, Spec: corev1.NodeSpec{Unschedulable: n.cordoned}}
	if n.taint != "" {
		object.Spec.Taints = []corev1.Taint{{Key: n.taint, Effect: corev1.TaintEffectNoSchedule}}
	}
	if n.deleted {
		object.DeletionTimestamp = &metav1.Time{Time: start}
	}
	return object
}

func (p pod) of() string { return cmp.Or(p.workload, p.name) }

func (p pod) object() *corev1.Pod {
	old := metav1.NewTime(start.Add(-24 * time.Hour))
	object := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: p.name, UID: types.UID(p.name), CreationTimestamp: old, Labels: p.labels},
		Spec: corev1.PodSpec{NodeName: p.node, SchedulerName: schedulerName, Priority: ptr.To(p.priority), Containers: []corev1.Container{{
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
				corev1.ResourceCPU:    *resource.NewMilliQuantity(int64(1000*p.request), resource.DecimalSI),
				corev1.ResourceMemory: *resource.NewQuantity(int64(gib*p.requestMemory), resource.BinarySI),
			}},
		}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, StartTime: &old, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
	}
	if !p.bare {
		object.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", Name: p.of(), UID: types.UID("rs-" + p.of()), Controller: ptr.To(true)}}
	}
	if p.terminating {
		object.DeletionTimestamp, object.DeletionGracePeriodSeconds = ptr.To(metav1.NewTime(start.Add(-10*time.Minute))), ptr.To(int64(60))
	}
	return object
}

// configuration allows much, so that tests of other things do not run into budgets.
func (w *world) configuration() *v1alpha1.DeschedulerConfiguration {
	many := func() *v1alpha1.Budget {
		return &v1alpha1.Budget{Evictions: 400, Within: v1alpha1.NewDuration(10 * time.Minute)}
	}
	config := &v1alpha1.DeschedulerConfiguration{
		DryRun:      ptr.To(false),
		Protections: v1alpha1.Protections{SchedulerNames: []string{schedulerName}},
		Budgets:     v1alpha1.Budgets{PerNode: many(), PerWorkload: many(), PerNamespace: many(), PerCluster: many()},
	}
	config.SetDefaults()
	if w.config != nil {
		w.config(config)
	}
	return config
}

func (w *world) input(t testing.TB) plan.Input {
	t.Helper()
	snapshot := w.evaluate(t)
	in := plan.Input{Now: start, Snapshot: snapshot, Cluster: cluster.New(w.objects()), History: w.history, Config: w.configuration()}
	in.Fit = &fitter{world: w, snapshot: snapshot, free: cloneMap(w.freePods)}
	if w.blocked != nil {
		in.Blocked = func(pod types.UID) reason.Reason { return w.blocked[string(pod)] }
	}
	return in
}

func (w *world) make(t testing.TB) *plan.Plan {
	t.Helper()
	made, err := plan.Make(context.Background(), w.input(t))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// fitter places pods on the node that measures least by cpu, with what is pending,
// among those that have room. The pod's own node is never left out for being full.
type fitter struct {
	*world
	snapshot *verdict.Snapshot
	free     map[string]int
	asked    []string
	moved    []string
}

func (f *fitter) Snapshot() *verdict.Snapshot { return f.snapshot }

func (f *fitter) Place(_ context.Context, pod *corev1.Pod, _ []float64) (string, reason.Reason, error) {
	f.asked = append(f.asked, pod.Name)
	if f.failing != nil {
		return "", reason.Reason{}, f.failing
	}
	if fixed, ok := f.fixed[pod.Name]; ok {
		return fixed, reason.Reason{}, nil
	}
	var fitting []node
	for _, n := range f.nodes {
		free, limited := f.free[n.name]
		if n.name == pod.Spec.NodeName || limited && free == 0 || f.reject != nil && f.reject(pod, n.name) {
			continue
		}
		fitting = append(fitting, n)
	}
	if len(fitting) == 0 {
		return "", reason.New("NoNode", "no node fits"), nil
	}
	load := func(n node) float64 { return n.cpu + f.snapshot.Pending.Amounts()[0].On(f.snapshot.Index(n.name)) }
	best := slices.MinFunc(fitting, func(a, b node) int { return cmp.Or(cmp.Compare(load(a), load(b)), cmp.Compare(a.name, b.name)) })
	return best.name, reason.Reason{}, nil
}

func (f *fitter) Move(pod *corev1.Pod, node string, amounts []float64) error {
	if free, limited := f.free[node]; limited {
		f.free[node] = free - 1
	}
	f.moved = append(f.moved, pod.Name)
	f.snapshot = f.snapshot.WithPending(f.snapshot.Pending.Plus(f.snapshot.Index(node), amounts))
	return nil
}

func evicted(made *plan.Plan) []string {
	names := []string{}
	for _, eviction := range made.Evictions {
		names = append(names, eviction.Pod.Name)
	}
	return names
}

// codes are why pods of a node are not moved, by pod.
func codes(n plan.Node) map[string]reason.Code {
	by := map[string]reason.Code{}
	for _, passed := range n.Passed {
		by[passed.Pod.Name] = passed.Why.Code
	}
	return by
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func cloneMap(m map[string]int) map[string]int {
	clone := map[string]int{}
	for key, value := range m {
		clone[key] = value
	}
	return clone
}
