// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/events"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	kubescheduler "k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/backend/cache"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/plugin"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Settings are what a Scheduler is made of.
type Settings struct {
	// Config is the configuration of the Loadline scheduler. It is not changed.
	Config *config.KubeSchedulerConfiguration
	// Client is for reading. In-tree plugins keep it for what a scheduler that is
	// not run does not get to.
	Client kubernetes.Interface
	// Informers are of what plugins look up: services, claims, volumes, storage
	// classes, namespaces and the like, but not nodes and pods. The factory is to be
	// started once New has asked it for all of these, and may be shared.
	Informers informers.SharedInformerFactory
	// Parallelism is the number of goroutines that look at nodes. Zero: as many as
	// the configuration says.
	Parallelism int
}

// Scheduler is upstream's scheduler, to be asked where pods would go. It is for one
// plan at a time.
type Scheduler struct {
	upstream *kubescheduler.Scheduler
	// snapshot is what upstream's cache was when it was last looked at.
	snapshot  *cache.Snapshot
	informers informers.SharedInformerFactory
	engine    *engine
	// plugins are the Loadline plugins, by profile.
	plugins map[string]*plugin.Plugin

	mu          sync.Mutex
	mirror      *mirror
	nominations *nominations
	// current is of the plan that was begun last.
	current *fitter
	synced  bool
}

// New builds upstream's scheduler. What upstream has going beside a scheduler that
// is not run, such as its metrics, goes on until the context ends.
func New(ctx context.Context, settings Settings) (*Scheduler, error) {
	s := &Scheduler{
		snapshot: cache.NewEmptySnapshot(), informers: settings.Informers,
		engine: &engine{}, plugins: map[string]*plugin.Plugin{},
	}
	configuration := settings.Config.DeepCopy()
	parallelism := configuration.Parallelism
	if settings.Parallelism > 0 {
		parallelism = int32(settings.Parallelism)
	}
	var err error
	s.upstream, err = kubescheduler.New(ctx, settings.Client,
		withoutNodesAndPods{SharedInformerFactory: settings.Informers, still: informers.NewSharedInformerFactory(settings.Client, 0)},
		nil, // no dynamic informers: queues need them, and plugins do not
		func(string) events.EventRecorderLogger { return silent{} },
		kubescheduler.WithComponentConfigVersion(configuration.APIVersion),
		kubescheduler.WithProfiles(configuration.Profiles...),
		kubescheduler.WithPercentageOfNodesToScore(configuration.PercentageOfNodesToScore),
		kubescheduler.WithExtenders(configuration.Extenders...),
		kubescheduler.WithParallelism(parallelism),
		kubescheduler.WithNodeInfoSnapshot(s.snapshot),
		kubescheduler.WithFrameworkOutOfTreeRegistry(frameworkruntime.Registry{plugin.Name: s.newPlugin}),
	)
	if err != nil {
		return nil, fmt.Errorf("building the scheduler by its configuration: %w", err)
	}
	s.mirror = newMirror(s.upstream.Cache)
	s.nominations = &nominations{PodNominator: s.upstream.SchedulingQueue}
	for _, profile := range s.upstream.Profiles {
		profile.SetPodNominator(s.nominations)
	}
	return s, nil
}

// newPlugin builds the plugin of one profile, as the Loadline scheduler does. Its
// metrics are not registered and count nothing, and nobody reads its journal.
func (s *Scheduler) newPlugin(ctx context.Context, args runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
	factory := plugin.NewFactory(s.engine, explain.NewJournal(1), func(metrics.Registerable) error { return nil })
	built, err := factory(ctx, args, handle)
	if err != nil {
		return nil, err
	}
	s.plugins[handle.ProfileName()] = built.(*plugin.Plugin)
	return built, nil
}

// Begin brings the scheduler to a cluster, and makes the Fitter of one plan. What
// the Fitter before supposed is undone, and it is of no use any more.
func (s *Scheduler) Begin(ctx context.Context, snapshot *verdict.Snapshot, observed *cluster.Cluster) (plan.Fitter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
	if snapshot == nil {
		return nil, errors.New("nothing has been measured yet")
	}
	if err := s.checkSynced(ctx); err != nil {
		return nil, err
	}
	logger := klog.FromContext(ctx)
	if err := s.mirror.follow(logger, observed); err != nil {
		return nil, err
	}
	if err := s.upstream.Cache.UpdateSnapshot(logger, s.snapshot); err != nil {
		return nil, fmt.Errorf("bringing the scheduler to the cluster: %w", err)
	}
	s.nominations.follow(observed.Unbound())
	s.engine.snapshot.Store(snapshot)
	s.current = &fitter{scheduler: s, cluster: observed, snapshot: snapshot, moved: map[types.UID]bool{}}
	return s.current, nil
}

// checkSynced sees to it that plugins find what they look up. They would refuse pods
// for claims that are there.
func (s *Scheduler) checkSynced(ctx context.Context) error {
	if s.synced {
		return nil
	}
	now, cancel := context.WithCancel(ctx)
	cancel() // it is not waited for
	kinds := s.informers.WaitForCacheSyncWithContext(now).Synced
	if len(kinds) == 0 {
		return errors.New("the informers of the scheduler's plugins have not been started")
	}
	var missing []string
	for kind, synced := range kinds {
		if !synced {
			missing = append(missing, strings.TrimPrefix(kind.String(), "*"))
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("the scheduler's plugins do not know the cluster's objects yet: waiting for %s", strings.Join(missing, ", "))
	}
	s.synced = true
	return nil
}

// silent records no events.
type silent struct{}

func (silent) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...any) {}

func (s silent) WithLogger(klog.Logger) events.EventRecorderLogger { return s }
