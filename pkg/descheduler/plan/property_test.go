// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

const (
	threshold = 80.0
	goal      = 70.0
)

// draw makes a world of some nodes over the line of 80% and some below 70%.
func draw(random *rand.Rand, hot, cold int) *world {
	order := []string{"OverRequest", "Fewest"}[random.IntN(2)]
	w := &world{specs: cpuLine("80%", "70%", order), freePods: map[string]int{}}
	for i := range hot {
		w.nodes = append(w.nodes, node{name: fmt.Sprintf("hot%d", i), cpu: threshold + 0.5 + float64(random.IntN(28))/2})
	}
	for i := range cold {
		n := node{name: fmt.Sprintf("cold%d", i), cpu: float64(random.IntN(70))}
		w.nodes = append(w.nodes, n)
		w.freePods[n.name] = random.IntN(6)
	}
	for i := range hot {
		for j := range 1 + random.IntN(12) {
			p := pod{
				name: fmt.Sprintf("p%d-%d", i, j), node: fmt.Sprintf("hot%d", i), cpu: 0.5 * float64(1+random.IntN(30)), request: 0.5 * float64(random.IntN(30)),
				priority: int32(random.IntN(3)), unknown: random.IntN(20) == 0, terminating: random.IntN(15) == 0, bare: random.IntN(15) == 0,
			}
			if random.IntN(3) == 0 {
				p.workload = fmt.Sprintf("shared%d", random.IntN(3))
			}
			w.pods = append(w.pods, p)
		}
	}
	for i := range hot {
		w.freePods[w.nodes[i].name] = 0
	}
	refused := map[string]bool{}
	for _, p := range w.pods {
		refused[p.name] = random.IntN(6) == 0
	}
	w.reject = func(pod *corev1.Pod, _ string) bool { return refused[pod.Name] }
	return w
}

// leftOn is what a node would measure by cpu, in percent, without the terminating
// pods and those that are moved, but for one.
func (w *world) leftOn(name string, moved []string, but string) float64 {
	left := 0.0
	for _, n := range w.nodes {
		if n.name == name {
			left = n.cpu
		}
	}
	for _, p := range w.pods {
		if p.node == name && !p.unknown && p.name != but && (p.terminating || slices.Contains(moved, p.name)) {
			left -= p.cpu
		}
	}
	return left
}

const slack = 1e-4 // percent, more than the tolerance

func TestPlansKeepTheirPromises(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := draw(random, 1+random.IntN(3), 1+random.IntN(3))
		limits := map[string]int{"node": 1 + random.IntN(5), "workload": 1 + random.IntN(3), "cluster": 1 + random.IntN(8)}
		w.config = func(c *v1alpha1.DeschedulerConfiguration) {
			c.Budgets.PerNode.Evictions, c.Budgets.PerWorkload.Evictions, c.Budgets.PerCluster.Evictions = int32(limits["node"]), int32(limits["workload"]), int32(limits["cluster"])
		}
		made := w.make(t)
		moved, to, taken := evicted(made), map[string]float64{}, map[string]int{}
		for _, eviction := range made.Evictions {
			i := slices.IndexFunc(w.pods, func(p pod) bool { return p.name == eviction.Pod.Name })
			p, record := w.pods[i], eviction.Record
			to[record.Predicted.Destination] += p.cpu
			taken["cluster"]++
			taken["node "+p.node]++
			taken["workload "+p.of()]++
			if p.bare || p.unknown || p.terminating {
				t.Errorf("seed %d: moved %+v", seed, p)
			}
			if left := w.leftOn(p.node, moved, p.name); left <= goal-slack {
				t.Errorf("seed %d: %s is superfluous: %v without it", seed, p.name, left)
			}
			if record.Predicted.DestinationAfter >= record.Predicted.SourceAfter+p.cpu/100 {
				t.Errorf("seed %d: %s raises the load: %+v", seed, p.name, record.Predicted)
			}
		}
		for _, n := range w.nodes {
			if to[n.name] > 0 && n.cpu+to[n.name] >= goal {
				t.Errorf("seed %d: %s comes to %v", seed, n.name, n.cpu+to[n.name])
			}
			if taken["node "+n.name] > limits["node"] {
				t.Errorf("seed %d: %d pods off %s", seed, taken["node "+n.name], n.name)
			}
		}
		for i := range 3 {
			if got := taken[fmt.Sprintf("workload shared%d", i)]; got > limits["workload"] {
				t.Errorf("seed %d: %d pods of a workload", seed, got)
			}
		}
		if taken["cluster"] > limits["cluster"] {
			t.Errorf("seed %d: %d pods in all", seed, taken["cluster"])
		}
		checkOrder(t, seed, w, made)
	}
}

// checkOrder checks that the same world makes the same plan, in whatever order its
// objects come.
func checkOrder(t *testing.T, seed uint64, w *world, made *plan.Plan) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 2))
	w.shuffle = random.Shuffle
	again := w.make(t)
	if !reflect.DeepEqual(made, again) { // cmp takes long, and says more
		t.Errorf("seed %d: in another order (-first +second)\n%s", seed, cmp.Diff(made, again))
	}
}

// With room for all, no set of fewer pods would do, up to the lowest priority that
// suffices, and by Fewest none of as many pods with a smaller total.
func TestNoSetIsSmaller(t *testing.T) {
	reachable := 0
	for seed := range uint64(600) {
		random := rand.New(rand.NewPCG(seed, 3))
		w := draw(random, 1, 0)
		fewest := w.specs["set"] == cpuLine("80%", "70%", "Fewest")["set"]
		for i := range w.pods { // so that no pod depends on what becomes of another
			w.pods[i].workload = ""
		}
		for i := range 16 {
			w.nodes = append(w.nodes, node{name: fmt.Sprintf("room%d", i)})
		}
		made := w.make(t)
		var possible []pod
		for _, p := range w.pods {
			if !p.bare && !p.unknown && !p.terminating && !w.reject(p.object(), "room0") {
				possible = append(possible, p)
			}
		}
		need := w.leftOn("hot0", nil, "") - goal
		size, sum, ceiling, ok := optimum(possible, need)
		got, gotSum := 0, 0.0
		for _, p := range w.pods {
			if slices.Contains(evicted(made), p.name) {
				got, gotSum = got+1, gotSum+p.cpu
				if ok && p.priority > ceiling {
					t.Errorf("seed %d: moved %s of priority %d, where %d suffices", seed, p.name, p.priority, ceiling)
				}
			}
		}
		switch {
		case need <= 0 && got > 0:
			t.Errorf("seed %d: moved %d pods, where none is needed", seed, got)
		case !ok && got != len(possible):
			t.Errorf("seed %d: moved %d of %d pods, where all are needed", seed, got, len(possible))
		case ok && fewest && (got != size || gotSum > sum+slack):
			t.Errorf("seed %d: moved %d pods of %v%%, want %d of %v%%", seed, got, gotSum, size, sum)
		case ok && gotSum < need-slack:
			t.Errorf("seed %d: moved %v%%, want %v%%", seed, gotSum, need)
		}
		if ok && need > 0 {
			reachable++
		}
	}
	if reachable < 150 {
		t.Errorf("got %d worlds in which the goal can be reached, want 150", reachable)
	}
}

// optimum tries all sets of pods.
func optimum(pods []pod, need float64) (size int, sum float64, ceiling int32, ok bool) {
	for ceiling = range int32(3) {
		size = len(pods) + 1
		for set := range 1 << len(pods) {
			n, total := 0, 0.0
			for i, p := range pods {
				if set>>i&1 == 1 && p.priority <= ceiling {
					n, total = n+1, total+p.cpu
				} else if set>>i&1 == 1 {
					n = len(pods) + 2
				}
			}
			if total >= need-slack && (n < size || n == size && total < sum) {
				size, sum, ok = n, total, true
			}
		}
		if ok {
			return size, sum, ceiling, true
		}
	}
	return 0, 0, 0, false
}

// Planned over and over on what it leads to, with a constant load, it comes to an
// end.
func TestConstantLoadComesToRest(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 4))
		w := draw(random, 2, 3)
		rounds := 0
		for ; rounds < 60; rounds++ {
			made := w.make(t)
			if len(made.Evictions) == 0 {
				break
			}
			w.apply(made)
		}
		if rounds == 60 {
			t.Errorf("seed %d: does not come to an end", seed)
		}
	}
}

// apply carries a plan out.
func (w *world) apply(made *plan.Plan) {
	for _, eviction := range made.Evictions {
		i := slices.IndexFunc(w.pods, func(p pod) bool { return p.name == eviction.Pod.Name })
		for j := range w.nodes {
			switch w.nodes[j].name {
			case w.pods[i].node:
				w.nodes[j].cpu -= w.pods[i].cpu
			case eviction.Record.Predicted.Destination:
				w.nodes[j].cpu += w.pods[i].cpu
			}
		}
		w.pods[i].node = eviction.Record.Predicted.Destination
	}
}

func BenchmarkMake(b *testing.B) {
	for _, size := range []struct{ nodes, hot, podsOnHot int }{{5000, 1, 30}, {5000, 50, 30}, {5000, 100, 30}, {5000, 50, 60}, {5000, 50, 110}} {
		for _, order := range []string{"OverRequest", "Fewest"} {
			b.Run(fmt.Sprintf("nodes=%d/hot=%d/pods=%d/%s", size.nodes, size.hot, size.podsOnHot, order), func(b *testing.B) {
				in, w := largeInput(b, size.nodes, size.hot, size.podsOnHot, order)
				b.ReportAllocs()
				evictions, asked := 0, 0
				for b.Loop() {
					fit := &roomy{fitter: fitter{world: w, snapshot: in.Snapshot}}
					in.Fit = fit
					made, err := plan.Make(context.Background(), in)
					if err != nil {
						b.Fatal(err)
					}
					evictions, asked = len(made.Evictions), fit.next
				}
				b.ReportMetric(float64(evictions), "evictions")
				b.ReportMetric(float64(asked), "asked")
			})
		}
	}
}

// roomy places pods by turns on the nodes that are not hot, at no cost.
type roomy struct {
	fitter
	next int
}

func (f *roomy) Place(_ context.Context, _ *corev1.Pod, _ []float64) (string, reason.Reason, error) {
	f.next++
	return f.nodes[len(f.nodes)-1-f.next%1000].name, reason.Reason{}, nil
}

func largeInput(b *testing.B, nodes, hot, podsOnHot int, order string) (plan.Input, *world) {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	w := &world{specs: cpuLine("80%", "70%", order)}
	for i := range nodes {
		n, pods := node{name: fmt.Sprintf("node%04d", i), cpu: 40}, 30
		if i < hot {
			n.cpu, pods = 88, podsOnHot
		}
		w.nodes = append(w.nodes, n)
		for j := range pods {
			w.pods = append(w.pods, pod{
				name: fmt.Sprintf("p%04d-%d", i, j), node: n.name, cpu: 80 / float64(pods) * (0.5 + random.Float64()), request: 4 * random.Float64(),
				priority: int32(random.IntN(3)), workload: fmt.Sprintf("w%d", (i*30+j)%(nodes*3)),
			})
		}
	}
	return w.input(b), w
}
