// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	kubescheduler "k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	"k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	frameworkplugins "k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/kubernetes/pkg/scheduler/profile"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/plugin"
)

// The profiles of the scheduler, which share one cache. Those with Loadline
// differ in what the nodes measure.
const (
	stockProfile = "stock"
	idleProfile  = "idle"
	calmProfile  = "calm"
	oneProfile   = "one-refused"
	tenthProfile = "tenth-refused"
)

// configuration has Loadline as it is shipped, and in one profile a plugin that
// does nothing in its place.
const configuration = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
percentageOfNodesToScore: 100
profiles:
- schedulerName: ` + stockProfile + `
- schedulerName: ` + idleProfile + `
  plugins: {multiPoint: {enabled: [{name: ` + idleName + `, weight: 5}]}}
- schedulerName: ` + calmProfile + `
  plugins: {multiPoint: {enabled: [{name: ` + plugin.Name + `, weight: 5}]}}
- schedulerName: ` + oneProfile + `
  plugins: {multiPoint: {enabled: [{name: ` + plugin.Name + `, weight: 5}]}}
- schedulerName: ` + tenthProfile + `
  plugins: {multiPoint: {enabled: [{name: ` + plugin.Name + `, weight: 5}]}}
`

const idleName = "Idle"

// idle is a plugin that does nothing.
type idle struct{}

var (
	_ fwk.FilterPlugin = idle{}
	_ fwk.ScorePlugin  = idle{}
)

// Name returns the name of the plugin.
func (idle) Name() string { return idleName }

// Filter accepts every node.
func (idle) Filter(context.Context, fwk.CycleState, *corev1.Pod, fwk.NodeInfo) *fwk.Status {
	return nil
}

// Score scores every node alike.
func (idle) Score(context.Context, fwk.CycleState, *corev1.Pod, fwk.NodeInfo) (int64, *fwk.Status) {
	return 0, nil
}

// ScoreExtensions are none.
func (idle) ScoreExtensions() fwk.ScoreExtensions { return nil }

// scheduler is upstream's, with all profiles and a full cache. It is never run.
type scheduler struct {
	*kubescheduler.Scheduler
	registry      frameworkruntime.Registry
	configuration *config.KubeSchedulerConfiguration
	// nodes are those of the cache, in the scheduler's order.
	nodes []fwk.NodeInfo
}

// newScheduler builds a scheduler for a cluster. engines are by profile.
func newScheduler(ctx context.Context, cluster *fleet, engines map[string]plugin.Engine, parallelism int) (*scheduler, error) {
	decoded, _, err := scheme.Codecs.UniversalDecoder().Decode([]byte(configuration), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the scheduler's configuration: %w", err)
	}
	s := &scheduler{configuration: decoded.(*config.KubeSchedulerConfiguration), registry: newRegistry(engines)}
	client := fake.NewClientset(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	informers := kubescheduler.NewInformerFactory(client, 0, nil)
	snapshot := cache.NewEmptySnapshot()
	s.Scheduler, err = kubescheduler.New(ctx, client, informers, nil,
		profile.NewRecorderFactory(events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})),
		kubescheduler.WithProfiles(s.configuration.Profiles...),
		kubescheduler.WithPercentageOfNodesToScore(s.configuration.PercentageOfNodesToScore),
		kubescheduler.WithParallelism(int32(parallelism)),
		kubescheduler.WithNodeInfoSnapshot(snapshot),
		kubescheduler.WithFrameworkOutOfTreeRegistry(s.registry),
	)
	if err != nil {
		return nil, fmt.Errorf("building the scheduler: %w", err)
	}
	informers.StartWithContext(ctx)
	informers.WaitForCacheSyncWithContext(ctx)
	if err := cluster.fill(s.Cache); err != nil {
		return nil, err
	}
	if err := s.Cache.UpdateSnapshot(klog.FromContext(ctx), snapshot); err != nil {
		return nil, fmt.Errorf("filling the scheduler's cache: %w", err)
	}
	if s.nodes, err = snapshot.NodeInfos().List(); err != nil {
		return nil, fmt.Errorf("listing the nodes: %w", err)
	}
	return s, nil
}

// newRegistry are the plugins that are not upstream's.
func newRegistry(engines map[string]plugin.Engine) frameworkruntime.Registry {
	return frameworkruntime.Registry{
		plugin.Name: func(ctx context.Context, args runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
			factory := plugin.NewFactory(engines[handle.ProfileName()], explain.NewJournal(1000), metrics.NewKubeRegistry().Register)
			return factory(ctx, args, handle)
		},
		idleName: func(context.Context, runtime.Object, fwk.Handle) (fwk.Plugin, error) { return idle{}, nil },
	}
}

// plugin builds a plugin as a profile has it.
func (s *scheduler) plugin(ctx context.Context, profile, name string) (fwk.Plugin, error) {
	factory := s.registry[name]
	if factory == nil {
		factory = frameworkplugins.NewInTreeRegistry()[name]
	}
	var args runtime.Object
	for _, p := range s.configuration.Profiles {
		for _, c := range p.PluginConfig {
			if p.SchedulerName == profile && c.Name == name {
				args = c.Args
			}
		}
	}
	built, err := factory(ctx, args, s.Profiles[profile])
	if err != nil {
		return nil, fmt.Errorf("building plugin %s: %w", name, err)
	}
	return built, nil
}

// cycle takes a pod from PreFilter to Reserve, and back.
func (s *scheduler) cycle(ctx context.Context, profile string, pod *corev1.Pod) (kubescheduler.ScheduleResult, error) {
	podInfo, err := framework.NewPodInfo(pod)
	if err != nil {
		return kubescheduler.ScheduleResult{}, fmt.Errorf("reading the pod: %w", err)
	}
	state, profiled := framework.NewCycleState(), s.Profiles[profile]
	result, err := s.SchedulePod(ctx, profiled, state, &framework.QueuedPodInfo{PodInfo: podInfo})
	if err != nil {
		return kubescheduler.ScheduleResult{}, fmt.Errorf("scheduling the pod: %w", err)
	}
	if status := profiled.RunReservePluginsReserve(ctx, state, pod, result.SuggestedHost); !status.IsSuccess() {
		return kubescheduler.ScheduleResult{}, fmt.Errorf("reserving for the pod: %w", status.AsError())
	}
	profiled.RunReservePluginsUnreserve(ctx, state, pod, result.SuggestedHost)
	return result, nil
}
