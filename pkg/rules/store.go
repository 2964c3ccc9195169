// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package rules keeps the rule sets that are in force, read live from
// ConfigMaps. What does not decode or validate is refused, and the last good
// content stays in force.
//
// The identity of a rule set is its name, not the ConfigMap that holds it.
// Where several objects carry one name, the newest one that is or has been valid
// is in force. The last good content of a name lives as long as any object
// carries the name.
package rules

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/edits"
)

// Bounds of the events on rule ConfigMaps. They are sent by the client that binds
// pods, at the rate that it may ask the API server at: those of a thousand bad
// ConfigMaps would keep pods waiting for many seconds. What there is no event of is in
// the log and the status all the same.
const (
	maxEvents       = 50 // at once
	eventsPerSecond = 2  // after that
)

// Store follows the rule ConfigMaps of one namespace. It is safe for concurrent
// use.
type Store struct {
	namespace string
	client    kubernetes.Interface
	// recorder is nil in a process that leaves it to another to tell of the rules.
	recorder events.EventRecorder
	pace     flowcontrol.RateLimiter // of the events
	clock    clock.Clock
	changed  chan struct{}
	// statusChanged receives when the status is to be written.
	statusChanged chan struct{}
	metrics       *storeMetrics
	edits         edits.Log

	mu      sync.Mutex
	entries map[source]*entry
	// lastGood is the content in force, by the name of the rule set.
	lastGood map[string]*v1alpha1.RuleSet
	// begun tells that the ConfigMaps have been read before.
	begun bool

	// leftOut are the contents that are not kept over a restart, as last reported.
	// It is for the goroutine that writes the status.
	leftOut []string
}

// NewStore makes a store for the ConfigMaps of a namespace that carry the label
// v1alpha1.RulesLabel. Warnings about them are recorded as events.
func NewStore(client kubernetes.Interface, namespace string, recorder events.EventRecorder, clock clock.Clock) *Store {
	return &Store{
		namespace:     namespace,
		client:        client,
		recorder:      recorder,
		pace:          flowcontrol.NewTokenBucketRateLimiter(eventsPerSecond, maxEvents),
		clock:         clock,
		changed:       make(chan struct{}, 1),
		statusChanged: make(chan struct{}, 1),
		metrics:       newStoreMetrics(),
		entries:       map[source]*entry{},
		lastGood:      map[string]*v1alpha1.RuleSet{},
	}
}

// NewReader makes a store for a process beside the one whose store tells of the
// rule sets. It goes by the same last good content, and only logs what it refuses:
// one author of the status and of the events is enough, and two would overwrite
// each other where they have read an edit at different times.
func NewReader(client kubernetes.Interface, namespace string, clock clock.Clock) *Store {
	return NewStore(client, namespace, nil, clock)
}

// Start lists the rule sets, so that Active is complete when it returns, and
// follows them until the context ends. It fails where they cannot be listed.
func (s *Store) Start(ctx context.Context) error {
	list, err := s.client.CoreV1().ConfigMaps(s.namespace).List(ctx, metav1.ListOptions{LabelSelector: selector().String()})
	if err != nil {
		return fmt.Errorf("listing rule ConfigMaps in namespace %q: %w", s.namespace, err)
	}
	configMaps := make([]*corev1.ConfigMap, 0, len(list.Items))
	for i := range list.Items {
		configMaps = append(configMaps, &list.Items[i])
	}
	if err := s.restore(ctx); err != nil {
		return err
	}
	s.update(klog.FromContext(ctx), configMaps)
	if s.recorder != nil {
		go s.keepStatus(ctx)
	}
	return s.follow(ctx)
}

// follow takes every further state of the ConfigMaps from an informer that sees
// only this namespace and label.
func (s *Store) follow(ctx context.Context) error {
	logger := klog.FromContext(ctx)
	factory := informers.NewSharedInformerFactoryWithOptions(s.client, 0, informers.WithNamespace(s.namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = selector().String() }))
	configMaps := factory.Core().V1().ConfigMaps()
	informer, lister := configMaps.Informer(), configMaps.Lister()
	var mu sync.Mutex // no state is overtaken by an older one
	refresh := func() {
		mu.Lock()
		defer mu.Unlock()
		if !informer.HasSynced() {
			return // half a list would look like deletions
		}
		found, err := lister.List(selector())
		if err != nil {
			logger.Error(err, "Unable to list rule ConfigMaps from the cache")
			return
		}
		s.update(logger, found)
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { refresh() },
		UpdateFunc: func(any, any) { refresh() },
		DeleteFunc: func(any) { refresh() },
	})
	if err != nil {
		return fmt.Errorf("following rule ConfigMaps: %w", err)
	}
	factory.StartWithContext(ctx)
	go func() {
		// What was deleted between the list and the watch has no event.
		if cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
			refresh()
		}
	}()
	return nil
}

// Active are the rule sets in force. They are not to be modified.
func (s *Store) Active() []*v1alpha1.RuleSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	active := make([]*v1alpha1.RuleSet, 0, len(s.lastGood))
	for _, rules := range s.lastGood {
		active = append(active, rules)
	}
	return active
}

// Changed receives after Active has changed.
func (s *Store) Changed() <-chan struct{} { return s.changed }

// update brings the store to the given state of all ConfigMaps.
func (s *Store) update(logger klog.Logger, configMaps []*corev1.ConfigMap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.entries
	s.readEntries(logger, configMaps)
	next := choose(s.entries, s.lastGood)
	s.takeDown(before, next)
	s.reportSuperseded(logger, next)
	s.metrics.observe(s.entries)
	notify(s.statusChanged)
	if same(next, s.lastGood) {
		return
	}
	s.lastGood = next
	notify(s.changed)
}

// notify sends, unless something sent before is still waiting to be received.
func notify(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}

func selector() labels.Selector {
	return labels.SelectorFromSet(labels.Set{v1alpha1.RulesLabel: "true"})
}

func same(a, b map[string]*v1alpha1.RuleSet) bool {
	if len(a) != len(b) {
		return false
	}
	for name, rules := range a {
		if b[name] != rules {
			return false
		}
	}
	return true
}
