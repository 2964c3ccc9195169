// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultbinder"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/queuesort"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	schedulermetrics "k8s.io/kubernetes/pkg/scheduler/metrics"
	st "k8s.io/kubernetes/pkg/scheduler/testing"
	tf "k8s.io/kubernetes/pkg/scheduler/testing/framework"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// set is a rule set of one metric, m. rest is what follows its metrics.
func set(name, rest string) string {
	return fmt.Sprintf(`
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: %q}
spec:
  metrics: [{name: m, query: m}]
%s
`, name, rest)
}

// rejecting refuses nodes where m is above 0.9.
const rejecting = `  rules: [{name: hot, when: [{metric: m, above: 0.9}], reject: {}}]`

// values are those of m by rule set and node. A node that is left out has not
// been measured.
type values map[string]map[string]float64

// board publishes snapshots in the place of an engine.
type board struct {
	snapshot    atomic.Pointer[verdict.Snapshot]
	ledger      *projection.Ledger
	subscribers []func(before, after *verdict.Snapshot)
	started     []*v1alpha1.LoadlineArgs
	err         error
	// outlook, if any, fills in what is known of pods.
	outlook func(in *verdict.Input)
	// elapsed is how long after now the next snapshot is taken.
	elapsed time.Duration
}

func (b *board) Start(_ context.Context, args *v1alpha1.LoadlineArgs, _ *rest.Config, _ kubernetes.Interface, _ coreinformers.NodeInformer, _ coreinformers.PodInformer) error {
	b.started = append(b.started, args)
	return b.err
}

func (b *board) Snapshot() *verdict.Snapshot { return b.snapshot.Load() }

func (b *board) Assume(pod *corev1.Pod, node string) { b.ledger.Assume(pod, node, now.Add(b.elapsed)) }

func (b *board) Release(pod types.UID) { b.ledger.Release(pod) }

func (b *board) Subscribe(published func(before, after *verdict.Snapshot)) {
	b.subscribers = append(b.subscribers, published)
}

// estimators expect pods to use the cores that they request.
var estimators = []projection.Estimator{{
	Resource: corev1.ResourceCPU, Whole: time.Minute, History: projection.NewHistory(), Defaults: projection.Defaults{RequestFactor: 1},
}}

// publish judges the nodes and tells the subscribers.
func (b *board) publish(t *testing.T, nodes []string, measured values, texts ...string) {
	t.Helper()
	in := verdict.Input{Now: now.Add(b.elapsed), Samples: map[verdict.MetricKey]verdict.Samples{}, Previous: b.Snapshot()}
	for _, node := range nodes {
		in.Nodes = append(in.Nodes, verdict.Node{Name: node})
	}
	for _, text := range texts {
		rules, err := v1alpha1.DecodeRuleSet([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		set, err := verdict.NewSet(rules, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		in.Sets = append(in.Sets, set)
		samples := verdict.Samples{}
		for node, value := range measured[rules.Name] {
			samples[node] = verdict.Sample{Value: value, Time: in.Now}
		}
		in.Samples[verdict.MetricKey{Set: rules.Name, Metric: "m"}] = samples
	}
	if b.outlook != nil {
		b.outlook(&in)
	}
	after := verdict.Evaluate(in)
	_, sequence := b.ledger.Take(in.Now, time.Minute)
	var before *verdict.Snapshot
	b.ledger.Rebase(in.Now, sequence, estimators, after.Index, func(pending *projection.Pending) {
		after.Pending = pending
		before = b.snapshot.Swap(after)
	})
	for _, published := range b.subscribers {
		published(before, after)
	}
}

// alarm remembers whom it woke.
type alarm struct {
	mu    sync.Mutex
	woken []string
}

func (a *alarm) Activate(_ klog.Logger, pods map[string]*corev1.Pod) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for name, pod := range pods {
		if want := pod.Namespace + "/" + pod.Name; name != want {
			name = fmt.Sprintf("%s under the name %s", want, name)
		}
		a.woken = append(a.woken, name)
	}
}

// take returns whom it has woken since it was last asked.
func (a *alarm) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	woken := slices.Sorted(slices.Values(a.woken))
	a.woken = nil
	return woken
}

// scheduler is upstream's framework with the plugin in it.
type scheduler struct {
	framework.Framework
	*board
	*alarm
	plugin *Plugin
	client *fake.Clientset
	nodes  []fwk.NodeInfo
}

func newScheduler(t *testing.T, nodes ...string) *scheduler {
	t.Helper()
	schedulermetrics.Register() // or the framework finds none; further calls do nothing
	s := &scheduler{board: &board{ledger: projection.NewLedger()}, alarm: &alarm{}, client: fake.NewClientset()}
	var objects []*corev1.Node
	for _, name := range nodes {
		objects = append(objects, st.MakeNode().Name(name).Obj())
	}
	snapshot := cache.NewSnapshot(nil, objects)
	var err error
	if s.nodes, err = snapshot.NodeInfos().List(); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(s.nodes, func(a, b fwk.NodeInfo) int { return strings.Compare(a.Node().Name, b.Node().Name) })
	factory := NewFactory(s.board, explain.NewJournal(10), metrics.NewKubeRegistry().Register)
	remember := func(ctx context.Context, args runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		built, err := factory(ctx, args, handle)
		s.plugin, _ = built.(*Plugin)
		return built, err
	}
	informers := informers.NewSharedInformerFactory(s.client, 0)
	s.Framework, err = tf.NewFramework(t.Context(), []tf.RegisterPluginFunc{
		tf.RegisterQueueSortPlugin(queuesort.Name, queuesort.New),
		tf.RegisterPluginAsExtensions(Name, remember, "PreFilter", "Filter", "PostFilter", "PreScore", "Score", "Reserve"),
		tf.RegisterBindPlugin(defaultbinder.Name, defaultbinder.New),
	}, "loadline-scheduler",
		frameworkruntime.WithInformerFactory(informers),
		frameworkruntime.WithClientSet(s.client),
		frameworkruntime.WithSnapshotSharedLister(snapshot),
		frameworkruntime.WithPodActivator(s.alarm),
	)
	if err != nil {
		t.Fatal(err)
	}
	informers.StartWithContext(t.Context())
	informers.WaitForCacheSyncWithContext(t.Context())
	return s
}

func (s *scheduler) await(t *testing.T, what string, done func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		return done(), nil
	})
	if err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}

// preFilter begins a scheduling cycle.
func (s *scheduler) preFilter(t *testing.T, pod *corev1.Pod) fwk.CycleState {
	t.Helper()
	state := framework.NewCycleState()
	if result, status, _ := s.RunPreFilterPlugins(t.Context(), state, pod); !status.IsSuccess() || !result.AllNodes() {
		t.Fatalf("PreFilter: got %v and %v, want all nodes", result, status)
	}
	return state
}

// filter returns the reasons of refusals by node.
func (s *scheduler) filter(t *testing.T, state fwk.CycleState, pod *corev1.Pod) map[string]string {
	t.Helper()
	reasons, statuses := map[string]string{}, framework.NewDefaultNodeToStatus()
	for _, node := range s.nodes {
		status := s.RunFilterPlugins(t.Context(), state, pod, node)
		statuses.Set(node.Node().Name, status)
		switch status.Code() {
		case fwk.Success:
		case fwk.UnschedulableAndUnresolvable:
			reasons[node.Node().Name] = strings.Join(status.Reasons(), "; ")
		default:
			t.Fatalf("Filter of node %s: %v", node.Node().Name, status)
		}
	}
	if len(reasons) == len(s.nodes) {
		if _, status := s.RunPostFilterPlugins(t.Context(), state, pod, statuses); !status.IsRejected() {
			t.Fatalf("PostFilter: got %v, want no room to be made", status)
		}
	}
	return reasons
}

// score returns the scores by node, nil where scoring is skipped.
func (s *scheduler) score(t *testing.T, state fwk.CycleState, pod *corev1.Pod) map[string]int64 {
	t.Helper()
	if status := s.RunPreScorePlugins(t.Context(), state, pod, s.nodes); !status.IsSuccess() {
		t.Fatalf("PreScore: %v", status)
	}
	if state.GetSkipScorePlugins().Has(Name) {
		return nil
	}
	totals, status := s.RunScorePlugins(t.Context(), state, pod, s.nodes)
	if !status.IsSuccess() {
		t.Fatalf("Score: %v", status)
	}
	scores := map[string]int64{}
	for _, total := range totals {
		scores[total.Name] = total.TotalScore
	}
	return scores
}

// refuse runs one cycle up to the filters.
func (s *scheduler) refuse(t *testing.T, pod *corev1.Pod) map[string]string {
	t.Helper()
	return s.filter(t, s.preFilter(t, pod), pod)
}

func pod(name string) *st.PodWrapper {
	return st.MakePod().Namespace("default").Name(name).UID(name)
}

func TestFactoryReadsItsArguments(t *testing.T) {
	cases := map[string]struct {
		object runtime.Object
		// wantNamespace is empty for an error.
		wantNamespace string
		wantErr       string
	}{
		"none": {wantNamespace: "loadline-system"},
		"some": {
			object:        &runtime.Unknown{Raw: []byte(`{"apiVersion": "loadline.dev/v1alpha1", "kind": "LoadlineArgs", "rulesNamespace": "other"}`)},
			wantNamespace: "other",
		},
		"an unknown field": {
			object:  &runtime.Unknown{Raw: []byte(`{"apiVersion": "loadline.dev/v1alpha1", "kind": "LoadlineArgs", "ruleNamespace": "other"}`)},
			wantErr: `unknown field "ruleNamespace"`,
		},
		"another kind": {
			object:  &runtime.Unknown{Raw: []byte(`{"apiVersion": "loadline.dev/v1alpha1", "kind": "Args"}`)},
			wantErr: `must be "LoadlineArgs"`,
		},
		"another type": {object: &corev1.Pod{}, wantErr: "*v1.Pod"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScheduler(t)
			s.started = nil
			_, err := NewFactory(s.board, explain.NewJournal(10), metrics.NewKubeRegistry().Register)(t.Context(), tc.object, s.Framework)
			if tc.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wantErr) || !strings.Contains(err.Error(), Name) {
					t.Errorf("got error %v, want %q and %q in it", err, tc.wantErr, Name)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := s.started[0].RulesNamespace; got != tc.wantNamespace {
				t.Errorf("started with namespace %q, want %q", got, tc.wantNamespace)
			}
		})
	}
}

func TestFactoryServesSeveralProfiles(t *testing.T) {
	s, registry := newScheduler(t), metrics.NewKubeRegistry()
	factory := NewFactory(s.board, explain.NewJournal(10), registry.Register)
	for range 3 { // a registry refuses what it has
		if _, err := factory(t.Context(), nil, s.Framework); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFactoryFails(t *testing.T) {
	cases := map[string]struct{ register, start error }{
		"metrics": {register: errors.New("broken")},
		"engine":  {start: errors.New("broken")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScheduler(t)
			s.err = tc.start
			_, err := NewFactory(s.board, explain.NewJournal(10), func(metrics.Registerable) error { return tc.register })(t.Context(), nil, s.Framework)
			if want := errors.Join(tc.register, tc.start); err == nil || !strings.Contains(err.Error(), want.Error()) {
				t.Errorf("got error %v, want %q in it", err, want)
			}
		})
	}
}

func TestEventsThatCanHelp(t *testing.T) {
	registered, err := newScheduler(t).plugin.EventsToRegister(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, event := range registered {
		got = append(got, event.Event.Label())
	}
	if diff := cmp.Diff([]string{"NodeAdd", "TargetPodUpdatePodLabel"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
