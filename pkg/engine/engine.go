// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package engine runs the main loop of Loadline: read the rules, measure the
// nodes, judge, publish.
package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/promql"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/rules"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// component is who records events about rules.
	component = "loadline-scheduler"
	// patienceShare is the share of the interval that a tick waits for slow
	// queries.
	patienceShare = 4
)

// Engine measures nodes, judges them by the rules and publishes the verdicts.
// It is safe for concurrent use.
type Engine struct {
	clock    clock.WithTicker
	metrics  *engineMetrics
	register func(metrics.Registerable) error
	snapshot atomic.Pointer[verdict.Snapshot]
	ledger   *projection.Ledger
	// follows tells that another process says which rule sets were refused.
	follows bool
	running sync.WaitGroup
	reloads chan reload
	// asked and past are for those who look at the time before.
	asked atomic.Pointer[asked]
	past  atomic.Pointer[past]

	mu          sync.Mutex
	args        *v1alpha1.LoadlineArgs // nil before the start; only the loop changes it then
	subscribers []func(before, after *verdict.Snapshot)

	// The parts below are set at the start, and are the loop's alone from then on.
	interval, staleAfter time.Duration
	judgedStaleAfter     time.Duration // by the last tick, before which there may have been other settings
	queryTimeout         time.Duration
	builtins             map[v1alpha1.Builtin]string // in place of Loadline's own
	rules                *rules.Store
	source               *source
	sources              sourceContext // what further ones are made with
	measurer             *telemetry.Measurer
	nodes                func() []*corev1.Node
	projector            *projector // nil where nodes are judged as measured
	podsKnown            <-chan struct{}
	watched              map[string]bool                    // the nodes whose pods are measured
	compiled             map[*v1alpha1.RuleSet]*verdict.Set // those of the last tick
	replayed             *verdict.Snapshot                  // what the first tick goes on from
	failing              map[string][]string                // the errors that were logged since it began to fail, by query
	fits                 map[telemetry.Query]fit            // what was last logged
	inForce              map[string]*v1alpha1.RuleSet       // as last logged, by name
}

// New makes an engine that has not started.
func New(clock clock.WithTicker) *Engine {
	return &Engine{
		clock: clock, metrics: newEngineMetrics(), failing: map[string][]string{},
		register: func(metrics.Registerable) error { return nil },
		ledger:   projection.NewLedger(),
		reloads:  make(chan reload),
	}
}

// NewFollower makes an engine for a process beside the scheduler. It judges as the
// scheduler does, and leaves it to the scheduler to say which rule sets were
// refused and to keep their last good content.
func NewFollower(clock clock.WithTicker) *Engine {
	e := New(clock)
	e.follows = true
	return e
}

// RegisterMetrics registers the metrics of the engine, and those of its parts
// when these are made. It must be called before the start.
func (e *Engine) RegisterMetrics(register func(metrics.Registerable) error) error {
	e.register = register
	return e.metrics.register(register)
}

// Snapshot is the latest published one. It is nil before the start.
func (e *Engine) Snapshot() *verdict.Snapshot { return e.snapshot.Load() }

// Assume counts a pod on a node before the API server knows of it there.
func (e *Engine) Assume(pod *corev1.Pod, node string) { e.ledger.Assume(pod, node, e.clock.Now()) }

// Release takes back what Assume did, for a pod that was not bound after all.
func (e *Engine) Release(pod types.UID) { e.ledger.Release(pod) }

// Subscribe has a function called after each publication, from the engine's
// loop. It must not block. before is nil the first time.
func (e *Engine) Subscribe(published func(before, after *verdict.Snapshot)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.subscribers = append(e.subscribers, published)
}

// Start reads the rules, asks every node once, goes through what is stored of the
// time before, and publishes the first snapshot before it returns, so that no pod
// is placed on nodes not yet looked at. The loop then runs until the context ends.
// Further calls, for further profiles, do nothing but compare their arguments.
func (e *Engine) Start(ctx context.Context, args *v1alpha1.LoadlineArgs, config *rest.Config, client kubernetes.Interface, nodes coreinformers.NodeInformer, pods coreinformers.PodInformer) error {
	e.mu.Lock()
	if e.args != nil {
		defer e.mu.Unlock()
		if !reflect.DeepEqual(e.args, args) {
			return errors.New("the profiles of one scheduler share one engine: their LoadlineArgs must be the same")
		}
		return nil
	}
	e.args = args
	e.mu.Unlock()

	if err := e.assemble(ctx, args, config, client, nodes, pods); err != nil {
		return err
	}
	e.source.want(telemetry.MetricNames(e.queries(e.rules.Active())), nil)
	e.source.sweep(ctx, e.nodes())
	e.replay(ctx, e.rules.Active())
	e.tick(ctx, e.clock.Now())
	e.running.Go(func() { e.run(ctx) })
	return nil
}

// Wait returns when the loop has ended, which it does with the context of Start,
// and all that was measured is stored.
func (e *Engine) Wait() { e.running.Wait() }

// assemble makes the parts and starts those that need no nodes.
func (e *Engine) assemble(ctx context.Context, args *v1alpha1.LoadlineArgs, config *rest.Config, client kubernetes.Interface, nodes coreinformers.NodeInformer, pods coreinformers.PodInformer) error {
	var err error
	if e.rules, err = e.newRules(ctx, client, args.RulesNamespace); err != nil {
		return err
	}
	if err := e.rules.RegisterMetrics(e.register); err != nil {
		return fmt.Errorf("registering the metrics of the rules: %w", err)
	}
	if err := e.rules.Start(ctx); err != nil {
		return err
	}
	if e.nodes, err = listNodes(ctx, client, nodes); err != nil {
		return err
	}
	e.sources = sourceContext{args: args, config: config, client: client, clock: e.clock, metrics: newSourceMetrics(e.register)}
	source, err := newSource(ctx, e.sources)
	if err != nil {
		return err
	}
	e.use(source)
	e.measurer = e.liveMeasurer(e.newMeasurer(nil))
	if args.Estimates.Disabled {
		return nil
	}
	known, podsOn, err := followPods(ctx, pods, e.ledger, e.clock)
	if err != nil {
		return err
	}
	e.podsKnown, e.projector = known, newProjector(e.ledger, args.Estimates, podsOn, e.podQuery(), e.source.database == nil)
	return nil
}

func (e *Engine) newRules(ctx context.Context, client kubernetes.Interface, namespace string) (*rules.Store, error) {
	if e.follows {
		return rules.NewReader(client, namespace, e.clock), nil
	}
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	if err := broadcaster.StartRecordingToSinkWithContext(ctx); err != nil {
		return nil, fmt.Errorf("starting to record events: %w", err)
	}
	return rules.NewStore(client, namespace, broadcaster.NewRecorder(scheme.Scheme, component), e.clock), nil
}

// podQuery asks the source about pods. A tick waits for it no longer than for
// slow queries: pods that are not measured count as what is expected of them.
func (e *Engine) podQuery() telemetry.InstantQuery {
	query, timeout := e.metrics.timed(e.clock, e.source.query), min(e.queryTimeout, e.interval/patienceShare)
	return func(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return query(ctx, expression, at)
	}
}

func (e *Engine) newMeasurer(query telemetry.InstantQuery) *telemetry.Measurer {
	measurer := telemetry.NewMeasurer(query, e.queryTimeout)
	e.summarize(measurer)
	return measurer
}

// summarize has a server aggregate the times of data.
func (e *Engine) summarize(measurer *telemetry.Measurer) {
	if e.source.database == nil {
		measurer.SummarizeTimes()
	}
}

// liveMeasurer goes on from what another measurer knows.
func (e *Engine) liveMeasurer(past *telemetry.Measurer) *telemetry.Measurer {
	measurer := past.Continue(e.metrics.timed(e.clock, e.source.query), e.queryTimeout)
	measurer.SetPatience(e.interval / patienceShare)
	return measurer
}

// listNodes lists the nodes once, and gives that list until the informer, which
// starts later, knows better. From then on the list is nobody's.
func listNodes(ctx context.Context, client kubernetes.Interface, informer coreinformers.NodeInformer) (func() []*corev1.Node, error) {
	list, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing nodes: %w", err)
	}
	nodes := make([]*corev1.Node, 0, len(list.Items))
	for i := range list.Items {
		nodes = append(nodes, &list.Items[i])
	}
	var first atomic.Pointer[[]*corev1.Node]
	first.Store(&nodes)
	hasSynced, lister := informer.Informer().HasSynced, informer.Lister()
	return func() []*corev1.Node {
		if nodes := first.Load(); nodes != nil {
			if !hasSynced() {
				return *nodes
			}
			first.Store(nil)
		}
		nodes, err := lister.List(labels.Everything())
		if err != nil {
			klog.FromContext(ctx).Error(err, "Unable to list nodes from the cache")
		}
		return nodes
	}, nil
}
