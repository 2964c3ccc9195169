// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package plugin is the scheduler plugin: it filters and scores nodes by the
// verdicts of a Snapshot.
//
// Everything that one scheduling cycle reads is pinned by PreFilter, so that a
// pod is never judged by two different snapshots. The plugin knows nothing of
// how nodes are measured.
package plugin

import (
	"context"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Name is the name of the plugin in a KubeSchedulerConfiguration.
const Name = "Loadline"

// Engine publishes snapshots. It is shared by all profiles.
type Engine interface {
	// Start publishes the first snapshot before it returns, and then a new one
	// at each tick until the context ends. It may be called once per profile,
	// with the same arguments.
	Start(ctx context.Context, args *v1alpha1.LoadlineArgs, config *rest.Config, client kubernetes.Interface, nodes coreinformers.NodeInformer, pods coreinformers.PodInformer) error
	// Snapshot is the latest published one.
	Snapshot() *verdict.Snapshot
	// Assume counts a pod on a node before the API server knows of it there, and
	// Release takes that back.
	Assume(pod *corev1.Pod, node string)
	Release(pod types.UID)
	// Subscribe has a function called after each publication, with the
	// snapshot before, nil the first time, and the new one.
	Subscribe(published func(before, after *verdict.Snapshot))
}

// Plugin implements the extension points of the scheduling framework. It is
// safe for concurrent use.
type Plugin struct {
	engine     Engine
	waiting    *waiting
	rooms      *rooms
	metrics    *pluginMetrics
	journal    *explain.Journal
	recorder   events.EventRecorder
	namespaces corelisters.NamespaceLister
	// parallelizer is the scheduler's own.
	parallelizer fwk.Parallelizer
	// ranked is the snapshot by which nodes were last ranked from scratch.
	ranked atomic.Pointer[verdict.Snapshot]
	// atlas is of the snapshot that was used last.
	atlas atomic.Pointer[atlas]
}

var (
	_ fwk.PreFilterPlugin   = &Plugin{}
	_ fwk.PostFilterPlugin  = &Plugin{}
	_ fwk.SignPlugin        = &Plugin{}
	_ fwk.FilterPlugin      = &Plugin{}
	_ fwk.PreScorePlugin    = &Plugin{}
	_ fwk.ScorePlugin       = &Plugin{}
	_ fwk.ReservePlugin     = &Plugin{}
	_ fwk.PostBindPlugin    = &Plugin{}
	_ fwk.EnqueueExtensions = &Plugin{}
)

// NewFactory makes the function that builds the plugin for each profile of a
// scheduler. register takes the plugin's metrics, once.
func NewFactory(engine Engine, journal *explain.Journal, register func(metrics.Registerable) error) frameworkruntime.PluginFactory {
	shared := newPluginMetrics()
	registered := false // factories run one after the other
	return func(ctx context.Context, object runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		args, err := decodeArgs(object)
		if err != nil {
			return nil, fmt.Errorf("reading the arguments of plugin %s: %w", Name, err)
		}
		if !registered {
			if err := shared.register(register); err != nil {
				return nil, fmt.Errorf("registering the metrics of plugin %s: %w", Name, err)
			}
			registered = true
		}
		return newPlugin(ctx, args, handle, engine, journal, shared)
	}
}

func newPlugin(ctx context.Context, args *v1alpha1.LoadlineArgs, handle fwk.Handle, engine Engine, journal *explain.Journal, metrics *pluginMetrics) (*Plugin, error) {
	informers := handle.SharedInformerFactory().Core().V1()
	p := &Plugin{
		engine:     engine,
		rooms:      newRooms(),
		journal:    journal,
		metrics:    metrics,
		recorder:   handle.EventRecorder(),
		namespaces: informers.Namespaces().Lister(),

		parallelizer: handle.Parallelizer(),
	}
	p.waiting = newWaiting(klog.FromContext(ctx), handle, p.selectable, metrics.waitingIn(handle.ProfileName()))
	if err := engine.Start(ctx, args, handle.KubeConfig(), handle.ClientSet(), informers.Nodes(), informers.Pods()); err != nil {
		return nil, fmt.Errorf("starting Loadline: %w", err)
	}
	engine.Subscribe(p.waiting.published)
	engine.Subscribe(func(_, _ *verdict.Snapshot) { journal.Settle() })
	engine.Subscribe(metrics.forget)
	_, err := informers.Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(before, after any) {
			was, now := before.(*corev1.Pod), after.(*corev1.Pod)
			if node := now.Status.NominatedNodeName; node != "" && node != was.Status.NominatedNodeName {
				p.waiting.nominate(now.UID, node)
			}
		},
		DeleteFunc: func(object any) {
			if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = tombstone.Obj
			}
			if pod, ok := object.(*corev1.Pod); ok {
				p.Forget(pod.UID)
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("following deleted pods: %w", err)
	}
	_, err = informers.Namespaces().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{UpdateFunc: func(before, after any) {
		was, now := before.(*corev1.Namespace), after.(*corev1.Namespace)
		if !maps.Equal(was.Labels, now.Labels) {
			p.waiting.wakeIn(now.Name)
		}
	}})
	if err != nil {
		return nil, fmt.Errorf("following the labels of namespaces: %w", err)
	}
	return p, nil
}

// namespaceLabels are none where the namespace is not known yet.
func (p *Plugin) namespaceLabels(name string) labels.Set {
	namespace, err := p.namespaces.Get(name)
	if err != nil {
		return nil
	}
	return namespace.Labels
}

// decodeArgs is strict, unlike the framework's own decoding of the arguments of
// plugins that are not in the tree.
func decodeArgs(object runtime.Object) (*v1alpha1.LoadlineArgs, error) {
	switch args := object.(type) {
	case nil:
		return v1alpha1.DecodeLoadlineArgs(nil)
	case *runtime.Unknown:
		return v1alpha1.DecodeLoadlineArgs(args.Raw)
	default:
		return nil, fmt.Errorf("unexpected type %T", object)
	}
}

// Name returns the name of the plugin.
func (p *Plugin) Name() string { return Name }

// Forget has a pod wait no more, and forgets what room was made for it. It is also
// for those who only ask where a pod would go.
func (p *Plugin) Forget(pod types.UID) {
	p.waiting.leave(pod)
	p.rooms.forget(pod)
}

// EventsToRegister names the events that can help a pod that was refused: a new
// node, and other labels of its own, by which other rule sets select it. That a
// node has cooled is no event: waiting watches the snapshots for it.
func (p *Plugin) EventsToRegister(context.Context) ([]fwk.ClusterEventWithHint, error) {
	return []fwk.ClusterEventWithHint{
		{Event: fwk.ClusterEvent{Resource: fwk.Node, ActionType: fwk.Add}},
		{Event: fwk.ClusterEvent{Resource: fwk.TargetPod, ActionType: fwk.UpdatePodLabel}},
	}, nil
}

// Reserve counts the pod on its node, and ends its waiting. It may be a what-if
// that is undone and repeated.
func (p *Plugin) Reserve(_ context.Context, _ fwk.CycleState, pod *corev1.Pod, nodeName string) *fwk.Status {
	p.engine.Assume(pod, nodeName)
	p.waiting.leave(pod.UID)
	return nil
}

// Unreserve takes the pod off its node again.
func (p *Plugin) Unreserve(_ context.Context, _ fwk.CycleState, pod *corev1.Pod, _ string) {
	p.engine.Release(pod.UID)
}

// PostBind tells of a pod that was placed on a node over a line because it had
// waited for long enough.
func (p *Plugin) PostBind(_ context.Context, state fwk.CycleState, pod *corev1.Pod, nodeName string) {
	p.rooms.forget(pod.UID)
	v := readView(state)
	p.recordPlaced(pod, nodeName, v, readRanked(state))
	if v == nil {
		return
	}
	node := v.snapshot.Index(nodeName)
	for _, rule := range v.givenUp() {
		if rule.Judge(node, &v.arrival) != verdict.Accepted {
			p.metrics.countPlacedOver(rule.Key)
			p.recorder.Eventf(pod, nil, corev1.EventTypeWarning, "PlacedOverLoadLine", "Scheduling",
				"placed on node %s although it is over load line %q of rule set %q: waited %s, giveUpAfter is %s",
				nodeName, rule.Key.Rule, rule.Key.Set, v.waited.Round(time.Second), rule.GiveUpAfter)
		}
	}
}
