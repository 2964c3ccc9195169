// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

var (
	walks = flag.Int("walks", 50, "number of random walks")
	first = flag.Uint64("seed", 1, "seed of the first random walk; the others count on from it")
)

const (
	// restless is how long things happen in a walk, and quiet how long all is
	// constant then. Nothing may be evicted in the last part of that.
	restless, quiet, still = 14 * time.Hour, 8 * time.Hour, 3 * time.Hour
)

// TestScenario18RandomWalks draws clusters, loads, failures and restarts at random
// and checks what must never happen.
func TestScenario18RandomWalks(t *testing.T) {
	evictions := make([]int, *walks)
	t.Run("walks", func(t *testing.T) {
		for i := range *walks {
			seed := *first + uint64(i)
			t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
				t.Parallel()
				evictions[i] = newWalk(t, seed).run()
			})
		}
	})
	moved, total := 0, 0
	for _, n := range evictions {
		total += n
		if n > 0 {
			moved++
		}
	}
	t.Logf("%d pods were evicted in %d of %d walks, in %.0f simulated hours", total, moved, *walks, float64(*walks)*(restless+quiet).Hours())
	if moved < *walks/2 {
		t.Errorf("pods were evicted in %d of %d walks only: they show little", moved, *walks)
	}
}

// walk is a cluster in which something happens at random.
type walk struct {
	*Simulation
	t      *testing.T
	seed   uint64
	random *rand.Rand
	audit  *auditor
	// levels are what workloads use now, times their usual load.
	levels map[*Workload]*float64
	// undo ends what has been done to the cluster.
	undo []ending
	busy bool
	// chases has nodes become hot to which pods have been moved, and chased is how
	// many evictions that was done for. later are when.
	chases bool
	chased int
	later  []ending
}

type ending struct {
	at   time.Time
	does func()
}

func newWalk(t *testing.T, seed uint64) *walk {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 18))
	w := &walk{t: t, seed: seed, random: random, levels: map[*Workload]*float64{}, busy: true}
	interval := pick(random, 15*time.Second, 30*time.Second, 30*time.Second, time.Minute, time.Minute, 2*time.Minute)
	lines, rules := w.drawRules(interval)
	var err error
	w.Simulation, err = New(Settings{Interval: interval, Rules: rules, Config: w.drawConfig()})
	if err != nil {
		t.Fatal(err)
	}
	w.Age = pick(random, 0, Step, 2*Step, 3*Step)
	w.audit = &auditor{
		Simulation: w.Simulation, lines: lines, steady: random.IntN(3) == 0,
		perNode: w.limit("perNode"), perWorkload: w.limit("perWorkload"), perNamespace: w.limit("perNamespace"), perCluster: w.limit("perCluster"),
		cooldown: w.Simulation.Config.Cooldowns.Workload.Value(), maxCooldown: w.Simulation.Config.Cooldowns.MaxWorkload.Value(), minAge: w.Simulation.Config.Protections.MinAge.Value(),
		held: map[string]bool{}, broken: map[string]time.Time{}, over: map[string]bool{}, gone: map[types.UID]bool{}, plans: map[*Workload][]time.Time{},
	}
	w.chases = !w.audit.steady && random.IntN(2) == 0
	w.OnTick = w.audit.look
	w.OnStep = w.step
	w.OnEvict = w.maybeKill
	w.drawCluster()
	return w
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func (w *walk) between(low, high float64) float64 { return low + (high-low)*w.random.Float64() }

func (w *walk) chance(probability float64) bool { return w.random.Float64() < probability }

func (w *walk) drawRules(interval time.Duration) ([]line, []string) {
	var lines []line
	var rules []string
	for r, metric := range []string{"cpu", "memory"} {
		if r == memory && w.chance(0.4) {
			continue
		}
		above := float64(70+w.random.IntN(25)) / 100
		clear := above - float64(w.random.IntN(12))/100
		wait := pick(w.random, time.Minute, 2*time.Minute, 5*time.Minute)
		lines = append(lines, line{metric: metric, resource: r, above: above, clear: clear, evictAfter: wait, staleAfter: staleInTicks * interval})
		options := ""
		if metric == "cpu" {
			options = ", window: " + pick(w.random, "2m", "4m")
		}
		rules = append(rules, fmt.Sprintf(`
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: %[1]s-line}
spec:
  metrics: [{name: %[1]s, builtin: %[1]s%[2]s}]
  rules:
  - name: %[1]s-high
    when: [{metric: %[1]s, above: %.0[3]f%%, clear: %.0[4]f%%}]
    reject: {}
    evict: {for: %[5]s, order: %[6]s}
  preferences: [{metric: %[1]s, prefer: Lower}]
`, metric, options, 100*above, 100*clear, wait, pick(w.random, "OverRequest", "Fewest")))
	}
	return lines, rules
}

func (w *walk) drawConfig() string {
	if w.chance(0.5) {
		return "" // as shipped
	}
	return fmt.Sprintf("budgets: {perNode: {evictions: %d, within: %s}, perWorkload: {evictions: %d, within: 20m}, perCluster: {evictions: %d, within: 30m}}\ncooldowns: {node: %s, workload: %s}",
		1+w.random.IntN(5), pick(w.random, "5m", "10m", "1h"), 1+w.random.IntN(3), 2+w.random.IntN(10), pick(w.random, "1m", "5m"), pick(w.random, "5m", "10m", "30m"))
}

func (w *walk) limit(of string) limit {
	b := &w.Config.Budgets
	budget := map[string]struct {
		n      int32
		within time.Duration
	}{
		"perNode":      {b.PerNode.Evictions, b.PerNode.Within.Value()},
		"perWorkload":  {b.PerWorkload.Evictions, b.PerWorkload.Within.Value()},
		"perNamespace": {b.PerNamespace.Evictions, b.PerNamespace.Within.Value()},
		"perCluster":   {b.PerCluster.Evictions, b.PerCluster.Within.Value()},
	}[of]
	return limit{int(budget.n), budget.within}
}

const gibi = 1 << 30

func (w *walk) drawCluster() {
	for i := range 5 + w.random.IntN(6) {
		w.AddNode(w.drawNode(i))
	}
	room := map[string]Amounts{}
	for i, node := range w.Nodes {
		var left Amounts
		for r := range resources {
			left[r] = node.Capacity[r]*w.between(0.2, 0.65) - node.Base[r]
		}
		if hot := pick(w.random, w.audit.lines...); i == 0 || i < len(w.Nodes)/4 {
			left[hot.resource] = node.Capacity[hot.resource]*w.between(hot.above, 0.99) - node.Base[hot.resource]
		}
		room[node.Name] = left
	}
	for i := range 100 {
		w.drawWorkload(i, room)
	}
}

func (w *walk) drawNode(i int) *Node {
	capacity := Amounts{cpu: pick(w.random, 16.0, 32, 64), memory: pick(w.random, 64.0, 128) * gibi}
	return &Node{
		Name: fmt.Sprintf("node-%02d", i), Zone: fmt.Sprintf("zone-%d", i%3), Capacity: capacity,
		Base: Amounts{cpu: capacity[cpu] * w.between(0.02, 0.15), memory: capacity[memory] * w.between(0.02, 0.15)},
	}
}

// drawWorkload adds one, if there is room for it.
func (w *walk) drawWorkload(i int, room map[string]Amounts) {
	uses := Amounts{cpu: w.between(0.3, 6), memory: w.between(0.5, 12) * gibi}
	var fit []string
	for _, node := range w.Nodes {
		if left := room[node.Name]; left[cpu] >= uses[cpu] && left[memory] >= uses[memory] {
			fit = append(fit, node.Name)
		}
	}
	if len(fit) == 0 {
		return
	}
	level := new(float64)
	*level = 1
	added := &Workload{
		Namespace: pick(w.random, "default", "shop"), Name: fmt.Sprintf("w%02d", i),
		Request: Amounts{cpu: uses[cpu] * w.between(0.1, 0.6), memory: uses[memory] * w.between(0.1, 0.6)},
		Load: func(time.Time, time.Duration) Amounts {
			return Amounts{cpu: uses[cpu] * *level, memory: uses[memory] * *level}
		},
		Grace: pick(w.random, 0, 10*time.Second, 30*time.Second, 2*time.Minute), ReplaceAfter: pick(w.random, 0, Step, 2*Step),
		StartAfter: pick(w.random, Step, 10*time.Second, time.Minute), ReadyAfter: pick(w.random, 0, 10*time.Second, time.Minute),
	}
	w.levels[added] = level
	w.protect(added)
	on := make([]string, 1+w.random.IntN(4))
	for i := range on {
		on[i] = fit[w.random.IntN(len(fit))]
		left := room[on[i]]
		if left[cpu] < uses[cpu] || left[memory] < uses[memory] {
			on = on[:max(i, 1)]
			break
		}
		left[cpu], left[memory] = left[cpu]-uses[cpu], left[memory]-uses[memory]
		room[on[i]] = left
	}
	w.AddWorkload(added, on...)
	if w.chance(0.2) {
		w.AddBudget(&Budget{Name: added.Name, Workload: added, MaxUnavailable: w.random.IntN(3)})
	}
}

// protect makes some workloads such whose pods are never evicted.
func (w *walk) protect(added *Workload) {
	if w.chance(0.7) {
		if w.chance(0.3) {
			value := int32(w.random.IntN(3))
			added.Template = func(t *corev1.PodTemplateSpec) { t.Spec.Priority = ptr.To(value) }
		}
		return
	}
	switch kind := w.random.IntN(9); kind {
	case 0, 1, 2, 3:
		added.Kind = []Kind{StatefulSet, Job, DaemonSet, Bare}[kind]
	case 4:
		added.Template = func(t *corev1.PodTemplateSpec) { t.Spec.SchedulerName = corev1.DefaultSchedulerName }
	case 5:
		added.Template = func(t *corev1.PodTemplateSpec) { t.Annotations = map[string]string{"loadline.dev/evict": "never"} }
	case 6:
		added.Template = func(t *corev1.PodTemplateSpec) { t.Spec.Priority = ptr.To(int32(2_000_000_000)) }
	case 7:
		added.Template = func(t *corev1.PodTemplateSpec) {
			t.Spec.Volumes = []corev1.Volume{{Name: "x", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
		}
	case 8:
		added.Kind = ReplicaSet
	}
}

// run returns how many pods were evicted.
func (w *walk) run() int {
	w.t.Helper()
	w.let(restless)
	w.busy = false
	for _, ending := range w.undo {
		ending.does()
	}
	w.undo, w.later = nil, nil
	w.let(quiet - still)
	before := len(w.Evictions)
	w.let(still)
	if late := len(w.Evictions) - before; late > 0 {
		w.audit.complain("%d pods were evicted though nothing has changed for %s", late, quiet-still)
	}
	if len(w.audit.problems) > 0 {
		shown := w.audit.problems[:min(len(w.audit.problems), 5)]
		w.t.Errorf("seed %d: %d problems (steady: %t, interval %s)\n%s", w.seed, len(w.audit.problems), w.audit.steady, w.settings.Interval, strings.Join(shown, "\n"))
	}
	return len(w.Evictions)
}

func (w *walk) let(duration time.Duration) {
	w.t.Helper()
	if err := w.Run(w.t.Context(), duration); err != nil {
		w.t.Fatalf("seed %d: %v", w.seed, err)
	}
}

// step is called after each step, with the turn of the loop done.
func (w *walk) step() {
	w.audit.check()
	w.do(&w.undo)
	w.do(&w.later)
	w.chase()
	if !w.busy || w.steps%12 != 0 { // once a minute
		return
	}
	if w.chance(0.004) {
		w.Restart(w.chance(0.7))
	}
	if w.chance(0.004) {
		if err := w.Split(); err != nil {
			w.t.Fatal(err)
		}
		w.undo = append(w.undo, ending{w.Now().Add(2 * time.Minute), w.Depose})
	}
	if w.audit.steady {
		return
	}
	w.drift()
	w.fail()
}

// do does what is due, which may add to the list.
func (w *walk) do(list *[]ending) {
	all := *list
	*list = nil
	for _, e := range all {
		if e.at.After(w.Now()) {
			*list = append(*list, e)
			continue
		}
		e.does()
	}
}

// chase has heat follow the pods that are moved: the nodes that they come to are the
// next over the line.
func (w *walk) chase() {
	for ; w.busy && w.chased < len(w.Evictions); w.chased++ {
		evicted := w.Evictions[w.chased].Pod
		if !w.chases {
			continue
		}
		w.later = append(w.later, ending{w.Now().Add(time.Duration(w.between(1, 10)) * time.Minute), func() {
			for _, pod := range evicted.Workload.pods {
				if node := pod.node; pod.Replaces == evicted && node != nil {
					r := pick(w.random, w.audit.lines...).resource
					more := node.Capacity[r] * w.between(0.2, 0.5)
					node.Base[r] += more
					w.undo = append(w.undo, ending{w.Now().Add(time.Duration(w.between(10, 60)) * time.Minute), func() { node.Base[r] -= more }})
				}
			}
		}})
	}
}

// drift changes loads.
func (w *walk) drift() {
	for _, workload := range w.Workloads {
		if level := w.levels[workload]; w.chance(0.02) {
			*level = math.Max(0.2, math.Min(2, *level*w.between(0.7, 1.4)))
		}
	}
	if w.chance(0.01) {
		workload := pick(w.random, w.Workloads...)
		if workload.Kind == "" && workload.Replicas > 1 {
			workload.Replicas = max(2, workload.Replicas+w.random.IntN(3)-1)
			w.scaled(workload)
		}
	}
}

// scaled is what an autoscaler tells.
func (w *walk) scaled(workload *Workload) {
	now := metav1.NewTime(w.Now())
	for _, scaler := range w.Autoscalers {
		if scaler.Name == workload.Name && scaler.Namespace == workload.Namespace {
			scaler.Status.LastScaleTime = &now
			return
		}
	}
	scaler := autoscaler(workload)
	scaler.Status.LastScaleTime = &now
	w.Autoscalers = append(w.Autoscalers, scaler)
}

// fail breaks something for a while.
func (w *walk) fail() {
	node := pick(w.random, w.Nodes...)
	lasts := time.Duration(w.between(1, 60)) * time.Minute
	until := func(does func()) { w.undo = append(w.undo, ending{w.Now().Add(lasts), does}) }
	if r := w.random.IntN(len(resources)); w.chance(0.02) {
		more := node.Capacity[r] * w.between(0.1, 0.4)
		node.Base[r] += more
		until(func() { node.Base[r] -= more })
	}
	if !w.chance(0.01) {
		return
	}
	switch w.random.IntN(7) {
	case 0:
		w.Down = true
		until(func() { w.Down = false })
	case 1:
		w.Answer = func(name, _ string, value float64) (float64, bool) {
			if name == node.Name {
				return math.NaN(), true
			}
			return value, true
		}
		until(func() { w.Answer = nil })
	case 2:
		w.Answer = func(name, _ string, value float64) (float64, bool) { return value, name != node.Name }
		until(func() { w.Answer = nil })
	case 3:
		w.Answer = func(name, _ string, value float64) (float64, bool) { return 0, name == node.Name }
		until(func() { w.Answer = nil })
	case 4:
		node.NotReady = true
		until(func() { node.NotReady = false })
	case 5:
		node.Cordoned = true
		until(func() { node.Cordoned = false })
	case 6:
		w.Paused = reason.New("Paused", "a person has said so")
		until(func() { w.Paused = reason.Reason{} })
	}
}

// maybeKill kills the leader in the middle of a plan, before or after the call.
func (w *walk) maybeKill(pod *corev1.Pod) error {
	if !w.busy || !w.chance(0.05) {
		return nil
	}
	if w.chance(0.5) {
		_ = w.Evict(pod) // refused by a budget, perhaps
	}
	w.Kill()
	return nil
}
