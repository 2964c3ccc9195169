// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	metricsfake "k8s.io/metrics/pkg/client/clientset/versioned/fake"
	"sigs.k8s.io/descheduler/pkg/api"
	"sigs.k8s.io/descheduler/pkg/descheduler/evictions"
	"sigs.k8s.io/descheduler/pkg/descheduler/metricscollector"
	podutil "sigs.k8s.io/descheduler/pkg/descheduler/pod"
	"sigs.k8s.io/descheduler/pkg/framework/plugins/defaultevictor"
	"sigs.k8s.io/descheduler/pkg/framework/plugins/nodeutilization"
	"sigs.k8s.io/descheduler/pkg/framework/types"

	promapi "github.com/prometheus/client_golang/api"

	"github.com/loadline-dev/loadline/test/simulation"
)

// rival is sigs.k8s.io/descheduler's own LowNodeUtilization by actual use, with its
// own evictor's filter, nodeFit on, and its own collector of metrics.
type rival struct {
	*simulation.Simulation
	every     time.Duration
	factory   informers.SharedInformerFactory
	client    kubernetes.Interface
	collector *metricscollector.MetricsCollector
	filter    types.EvictorPlugin
	balancer  types.BalancePlugin
	// nodesUsed and podsUsed are what was measured last. It is what the metrics API
	// goes on telling while measuring fails.
	nodesUsed, podsUsed map[string]simulation.Amounts
}

var _ types.Handle = (*rival)(nil)

// newRival has it take a turn every so often. Nodes below low, in percent, may take
// pods, and those above target have to give some away.
func newRival(ctx context.Context, s *simulation.Simulation, every time.Duration, low, target float64) (*rival, error) {
	r := &rival{Simulation: s, every: every, client: fake.NewClientset(), nodesUsed: map[string]simulation.Amounts{}, podsUsed: map[string]simulation.Amounts{}}
	r.factory = informers.NewSharedInformerFactory(r.client, 0)
	measured := &metricsfake.Clientset{}
	measured.AddReactor("get", "nodes", r.nodeMetrics)
	measured.AddReactor("get", "pods", r.podMetrics)
	r.collector = metricscollector.NewMetricsCollector(r.factory.Core().V1().Nodes().Lister(), measured, labels.Everything())
	filter, err := defaultevictor.New(ctx, &defaultevictor.DefaultEvictorArgs{NodeFit: true}, r)
	if err != nil {
		return nil, fmt.Errorf("making the evictor's filter: %w", err)
	}
	r.filter = filter.(types.EvictorPlugin)
	balancer, err := nodeutilization.NewLowNodeUtilization(ctx, &nodeutilization.LowNodeUtilizationArgs{
		Thresholds:         api.ResourceThresholds{corev1.ResourceCPU: api.Percentage(low)},
		TargetThresholds:   api.ResourceThresholds{corev1.ResourceCPU: api.Percentage(target)},
		MetricsUtilization: &nodeutilization.MetricsUtilization{Source: api.KubernetesMetrics},
	}, r)
	if err != nil {
		return nil, fmt.Errorf("making LowNodeUtilization: %w", err)
	}
	r.balancer = balancer.(types.BalancePlugin)
	return r, nil
}

// step is called after each step of the simulation, which is as often as the
// collector looks.
func (r *rival) step(ctx context.Context) error {
	var ready []*corev1.Node
	indexer := r.factory.Core().V1().Nodes().Informer().GetIndexer()
	for _, node := range r.Nodes {
		object := node.Object()
		if err := indexer.Update(object); err != nil {
			return fmt.Errorf("showing node %s: %w", node.Name, err)
		}
		if !node.NotReady {
			ready = append(ready, object)
		}
	}
	if err := r.collector.Collect(ctx); err != nil {
		return fmt.Errorf("collecting metrics: %w", err)
	}
	r.measurePods()
	if r.Now().Sub(simulation.Start)%r.every != 0 {
		return nil
	}
	r.balancer.Balance(ctx, ready) // an error is of a turn, and the next may do better
	return nil
}

// asOf is the time over which metrics-server takes the mean.
const asOf = 30 * time.Second

func (r *rival) nodeMetrics(action clienttesting.Action) (bool, runtime.Object, error) {
	name := action.(clienttesting.GetAction).GetName()
	if node := r.Node(name); node != nil && !r.Down {
		r.nodesUsed[name] = r.NodeUse(node, asOf)
	}
	used, known := r.nodesUsed[name]
	if !known {
		return true, nil, apierrors.NewNotFound(schema.GroupResource{Resource: "nodes"}, name)
	}
	return true, &v1beta1.NodeMetrics{ObjectMeta: metav1.ObjectMeta{Name: name}, Usage: usage(used)}, nil
}

// usage has all resources, even if nothing is used of them.
func usage(amounts simulation.Amounts) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(int64(1000*amounts[0]), resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(int64(amounts[1]), resource.BinarySI),
	}
}

func (r *rival) podMetrics(action clienttesting.Action) (bool, runtime.Object, error) {
	namespace, name := action.GetNamespace(), action.(clienttesting.GetAction).GetName()
	used, known := r.podsUsed[namespace+"/"+name]
	if !known {
		return true, nil, apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, name)
	}
	return true, &v1beta1.PodMetrics{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Containers: []v1beta1.ContainerMetrics{{Name: "main", Usage: usage(used)}},
	}, nil
}

// measurePods is done before each turn.
func (r *rival) measurePods() {
	if r.Down {
		return
	}
	for _, pod := range r.Pods() {
		r.podsUsed[pod.Namespace+"/"+pod.Name] = r.PodUse(pod, asOf)
	}
}

// ClientSet and the following are what the plugins are given.
func (r *rival) ClientSet() kubernetes.Interface                        { return r.client }
func (r *rival) PrometheusClient() promapi.Client                       { return nil }
func (r *rival) Evictor() types.Evictor                                 { return r }
func (r *rival) SharedInformerFactory() informers.SharedInformerFactory { return r.factory }
func (r *rival) MetricsCollector() *metricscollector.MetricsCollector   { return r.collector }
func (r *rival) PluginInstanceID() string                               { return "" }

func (r *rival) GetPodsAssignedToNodeFunc() podutil.GetPodsAssignedToNodeFunc {
	return func(node string, filter podutil.FilterFunc) ([]*corev1.Pod, error) {
		var pods []*corev1.Pod
		for _, pod := range r.PodsOn(node) {
			if filter == nil || filter(pod.Pod) {
				pods = append(pods, pod.Pod)
			}
		}
		return pods, nil
	}
}

// Filter and PreEvictionFilter are those of its own evictor.
func (r *rival) Filter(pod *corev1.Pod) bool            { return r.filter.Filter(pod) }
func (r *rival) PreEvictionFilter(pod *corev1.Pod) bool { return r.filter.PreEvictionFilter(pod) }

// Evict asks the API server.
func (r *rival) Evict(_ context.Context, pod *corev1.Pod, _ evictions.EvictOptions) error {
	return r.Cluster.Evict(pod)
}
