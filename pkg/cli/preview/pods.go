// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/pager"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// podCounts count the pods that rule sets are for.
type podCounts struct {
	sets map[*verdict.SetVerdict]*Pods
	// byNode count those that have one.
	byNode map[*verdict.SetVerdict]map[string]int
}

// of are the pods of a rule set. Nil where nothing could be counted.
func (c *podCounts) of(set *verdict.SetVerdict) *Pods {
	if c == nil {
		return nil
	}
	return c.sets[set]
}

func (c *podCounts) on(set *verdict.SetVerdict, node string) int {
	if c == nil {
		return 0
	}
	return c.byNode[set][node]
}

// countPods counts the pods that name the scheduler and have not ended, page by
// page: there may be many.
func (p *preview) countPods(ctx context.Context, client kubernetes.Interface) (*podCounts, error) {
	namespaces, err := p.namespaces(ctx, client)
	if err != nil {
		return nil, err
	}
	counts := &podCounts{sets: map[*verdict.SetVerdict]*Pods{}, byNode: map[*verdict.SetVerdict]map[string]int{}}
	for _, set := range p.snapshot.Sets {
		counts.sets[set], counts.byNode[set] = &Pods{}, map[string]int{}
	}
	selector := fields.AndSelectors(
		fields.OneTermEqualSelector("spec.schedulerName", p.SchedulerName),
		fields.OneTermNotEqualSelector("status.phase", string(corev1.PodSucceeded)),
		fields.OneTermNotEqualSelector("status.phase", string(corev1.PodFailed)),
	)
	pages := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, options)
	})
	err = pages.EachListItem(ctx, metav1.ListOptions{FieldSelector: selector.String()}, func(object runtime.Object) error {
		counts.add(object.(*corev1.Pod), namespaces)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing pods: %w", err)
	}
	return counts, nil
}

// namespaces are the labels of all namespaces, where rule sets select by them.
func (p *preview) namespaces(ctx context.Context, client kubernetes.Interface) (map[string]labels.Set, error) {
	byLabels := false
	for _, rules := range p.Rules {
		byLabels = byLabels || rules.Spec.NamespaceSelector != nil
	}
	if !byLabels {
		return nil, nil
	}
	list, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing namespaces: %w", err)
	}
	found := make(map[string]labels.Set, len(list.Items))
	for _, namespace := range list.Items {
		found[namespace.Name] = namespace.Labels
	}
	return found, nil
}

func (c *podCounts) add(pod *corev1.Pod, namespaces map[string]labels.Set) {
	if verdict.ExemptPod(pod) {
		return
	}
	judged := verdict.NewPod(pod, namespaces[pod.Namespace])
	for set, counts := range c.sets {
		switch {
		case !set.Selects(judged):
		case pod.Spec.NodeName == "":
			counts.Waiting++
		default:
			counts.Placed++
			c.byNode[set][pod.Spec.NodeName]++
		}
	}
}
