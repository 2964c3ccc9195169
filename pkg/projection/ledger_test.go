// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/projection"
)

const minute = time.Minute

// pod requests one core.
func pod(uid, node string, placed time.Time) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: uid, UID: types.UID(uid)}}
	p.Spec.Containers = []corev1.Container{{Resources: corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1")},
	}}}
	if node != "" {
		p.Spec.NodeName = node
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(placed)}}
	}
	return p
}

// book is a ledger under test, with the latest that it published.
type book struct {
	*projection.Ledger
	t        *testing.T
	sequence uint64
	pending  *projection.Pending
}

func open(t *testing.T) *book {
	b := &book{Ledger: projection.NewLedger(), t: t}
	b.rebase()
	return b
}

func (b *book) take(now time.Time) map[string]string {
	placements, sequence := b.Take(now, minute)
	b.sequence = sequence
	nodes := map[string]string{}
	for _, p := range placements {
		nodes[p.Pod.Name] = p.Node
		if !p.Gone.IsZero() {
			nodes[p.Pod.Name] = "gone from " + p.Node
		}
	}
	return nodes
}

func (b *book) rebase() {
	estimators := []projection.Estimator{{
		Resource: corev1.ResourceCPU, Whole: minute, History: projection.NewHistory(), Defaults: projection.Defaults{RequestFactor: 1},
	}}
	index := func(node string) int { return slices.Index([]string{"a", "b"}, node) }
	b.Rebase(start, b.sequence, estimators, index, func(p *projection.Pending) { b.pending = p })
}

// wants checks what is pending on the nodes a and b.
func (b *book) wants(a, other float64) {
	b.t.Helper()
	amounts := b.pending.Amounts()[0]
	if got := [2]float64{amounts.On(0), amounts.On(1)}; got != [2]float64{a, other} {
		b.t.Errorf("got %v pending, want %v", got, [2]float64{a, other})
	}
	if amounts.Highest() < max(a, other) {
		b.t.Errorf("got highest %v, want no less than %v", amounts.Highest(), max(a, other))
	}
}

func TestAssumedPodIsPendingUntilTheNextSnapshot(t *testing.T) {
	b := open(t)
	b.Assume(pod("p", "", start), "a", start)
	b.Assume(pod("p", "", start), "a", start) // repeated, as with pod groups
	b.wants(1, 0)
	if got, want := b.take(start), map[string]string{"p": "a"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	b.Assume(pod("q", "", start), "b", start) // while the snapshot is made
	b.wants(1, 1)
	b.rebase()
	b.wants(0, 1)
	b.Observe(pod("q", "b", start), start)
	b.wants(0, 1)
}

func TestReleasedPodIsNotPending(t *testing.T) {
	b := open(t)
	b.Assume(pod("p", "", start), "a", start)
	b.Release("p")
	b.Release("p")
	b.wants(0, 0)
	b.Assume(pod("p", "", start), "b", start)
	b.wants(0, 1)
	b.Observe(pod("p", "b", start), start)
	b.Release("p") // it is bound
	b.wants(0, 1)
	if got, want := b.take(start), map[string]string{"p": "b"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAssumedElsewhere(t *testing.T) {
	b := open(t)
	b.Assume(pod("p", "", start), "a", start)
	b.Assume(pod("p", "", start), "b", start) // a what-if that moved on
	b.wants(0, 1)
	b.Observe(pod("p", "a", start), start) // another scheduler was first
	b.wants(1, 0)
}

func TestPodsOfOtherSchedulersArePendingToo(t *testing.T) {
	b := open(t)
	b.Observe(pod("new", "a", start), start)
	b.Observe(pod("new", "a", start), start)
	b.Observe(pod("measured", "a", start.Add(-minute)), start)
	b.Observe(pod("old", "a", start.Add(-time.Hour)), start)
	b.Observe(pod("waits", "", start), start)
	done := pod("done", "a", start)
	done.Status.Phase = corev1.PodSucceeded
	b.Observe(done, start)
	b.wants(1, 0)
	want := map[string]string{"new": "a", "measured": "a", "done": "gone from a"}
	if got := b.take(start); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPodsThatGo(t *testing.T) {
	b := open(t)
	b.Observe(pod("p", "a", start), start)
	b.Remove(pod("p", "a", start), start)
	b.Remove(pod("p", "a", start), start.Add(time.Second))
	b.Remove(pod("old", "b", start.Add(-time.Hour)), start)
	b.Remove(pod("waits", "", start), start)
	b.wants(0, 0)
	want := map[string]string{"p": "gone from a", "old": "gone from b"}
	if got := b.take(start); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOldEntriesAreForgotten(t *testing.T) {
	b := open(t)
	b.Observe(pod("p", "a", start), start)
	b.Remove(pod("gone", "a", start.Add(-time.Hour)), start)
	b.Assume(pod("assumed", "", start), "a", start)
	if got := b.take(start.Add(time.Hour)); !maps.Equal(got, map[string]string{"assumed": "a"}) {
		t.Errorf("got %v, want the pod alone whose binding is not decided", got)
	}
}

func TestNodeThatTheSnapshotDoesNotKnow(t *testing.T) {
	b := open(t)
	b.Assume(pod("p", "", start), "elsewhere", start)
	b.wants(0, 0)
}

// A reader that holds on to amounts sees the same for the whole of its cycle.
func TestAmountsDoNotChange(t *testing.T) {
	b := open(t)
	before := b.pending.Amounts()[0]
	b.Assume(pod("p", "", start), "a", start)
	held := b.pending.Amounts()[0]
	b.Assume(pod("q", "", start), "a", start)
	b.Release("p")
	if before.On(0) != 0 || held.On(0) != 1 {
		t.Errorf("got %v and %v, want 0 and 1", before.On(0), held.On(0))
	}
	b.wants(1, 0)
}

func TestEstimates(t *testing.T) {
	history := projection.NewHistory()
	estimator := projection.Estimator{
		Resource: corev1.ResourceCPU, History: history,
		Defaults: projection.Defaults{RequestFactor: 2, Amounts: map[corev1.ResourceName]float64{corev1.ResourceCPU: 0.25}},
	}
	replica := func(hash string) *corev1.Pod {
		p := pod("p", "", start)
		isController := true
		p.Labels = map[string]string{"pod-template-hash": hash}
		p.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web-" + hash, Controller: &isController}}
		return p
	}
	workload, _ := projection.WorkloadOf(replica("abc"))
	for i := range 100 {
		history.Record(workload, types.UID(string(rune('a'+i))), start, float64(i))
	}
	history.Record(workload, "long ago", start.Add(-2*time.Hour), 1000)
	if got := estimator.Expect(replica("abc")); got != 2 {
		t.Errorf("before the history is refreshed: got %v, want twice the request", got)
	}
	history.Refresh(start.Add(minute))
	bare := pod("bare", "", start)
	bare.Spec.Containers[0].Resources.Requests = nil
	for name, tc := range map[string]struct {
		pod  *corev1.Pod
		want float64
	}{
		"replica":                     {pod: replica("abc"), want: 94},
		"replica of another revision": {pod: replica("def"), want: 94},
		"request":                     {pod: pod("p", "", start), want: 2},
		"nothing known":               {pod: bare, want: 0.25},
	} {
		t.Run(name, func(t *testing.T) {
			if got := estimator.Expect(tc.pod); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
	history.Refresh(start.Add(2 * time.Hour))
	if got := estimator.Expect(replica("abc")); got != 2 {
		t.Errorf("after two hours: got %v, want twice the request", got)
	}
	if got := (projection.Estimator{Resource: corev1.ResourcePods, History: history}).Expect(bare); got != 1 {
		t.Errorf("got %v pods, want 1", got)
	}
}

func TestRunningSince(t *testing.T) {
	at := func(minutes int) metav1.Time { return metav1.NewTime(start.Add(time.Duration(minutes) * minute)) }
	running := func(since int) corev1.ContainerStatus {
		return corev1.ContainerStatus{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(since)}}}
	}
	restarted := running(9)
	restarted.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{StartedAt: at(3)}
	now := start.Add(10 * minute)
	cases := map[string]struct {
		phase    corev1.PodPhase
		statuses []corev1.ContainerStatus
		unbound  bool
		want     time.Time
	}{
		"not bound yet":         {unbound: true, want: now},
		"pulls its images":      {phase: corev1.PodPending, want: now},
		"runs":                  {phase: corev1.PodRunning, statuses: []corev1.ContainerStatus{running(4)}, want: start.Add(4 * minute)},
		"several containers":    {phase: corev1.PodRunning, statuses: []corev1.ContainerStatus{running(5), running(4)}, want: start.Add(4 * minute)},
		"restarted":             {phase: corev1.PodRunning, statuses: []corev1.ContainerStatus{restarted}, want: start.Add(3 * minute)},
		"nothing of containers": {phase: corev1.PodRunning, want: start},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := pod("p", "a", start)
			if tc.unbound {
				p = pod("p", "", start)
			}
			p.Status.Phase, p.Status.ContainerStatuses = tc.phase, tc.statuses
			if got := projection.RunningSince(p, now); !got.Equal(tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// A pod that pulls its images for longer than the window of the metric counts all
// the same, and from its start for as long as the window.
func TestPodThatStartsLate(t *testing.T) {
	b := open(t)
	p := pod("p", "a", start)
	p.Status.Phase = corev1.PodPending
	b.Observe(p, start)
	placed := func(now time.Time) time.Time {
		t.Helper()
		placements, _ := b.Take(now, minute)
		if len(placements) != 1 {
			t.Fatalf("got %d placements, want one", len(placements))
		}
		return placements[0].Placed
	}
	now := start.Add(10 * minute)
	if got := placed(now); !got.Equal(now) {
		t.Errorf("before it starts: got %v, want %v", got, now)
	}
	p = p.DeepCopy()
	p.Status.Phase = corev1.PodRunning
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(now)}}}}
	b.Observe(p, now)
	if got := placed(now.Add(10 * minute)); !got.Equal(now) {
		t.Errorf("after it has started: got %v, want %v", got, now)
	}
}

func TestPodThatNeverStartsIsForgotten(t *testing.T) {
	b := open(t)
	p := pod("p", "a", start)
	p.Status.Phase = corev1.PodPending
	b.Observe(p, start)
	if got := b.take(start.Add(time.Hour)); len(got) != 0 {
		t.Errorf("got %v, want nothing", got)
	}
}
