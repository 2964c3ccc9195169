// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package nodeview

import (
	"bytes"
	"context"
	"fmt"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/component-helpers/resource"

	"github.com/loadline-dev/loadline/pkg/cli/nodeproxy"
	"github.com/loadline-dev/loadline/pkg/cli/replica"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/telemetry/kubelet"
)

// Pod is a pod on the node.
type Pod struct {
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	UID       types.UID `json:"uid"`
	// Requests are in cores, bytes or numbers.
	Requests map[corev1.ResourceName]float64 `json:"requests,omitempty"`
	// Uses are what it uses, as far as the scheduler knows it.
	Uses []inspect.Use `json:"uses,omitempty"`
	// Memory is its working set in bytes, by the kubelet, where the scheduler knows
	// nothing of the pods.
	Memory *float64 `json:"memory,omitempty"`
}

// listPods lists the pods on the node.
func (v *View) listPods(ctx context.Context, o Options) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	selector := fields.AndSelectors(
		fields.OneTermEqualSelector("spec.nodeName", o.Name),
		fields.OneTermNotEqualSelector("status.phase", string(corev1.PodSucceeded)),
		fields.OneTermNotEqualSelector("status.phase", string(corev1.PodFailed)),
	)
	list, err := o.Client.CoreV1().Pods(corev1.NamespaceAll).List(ctx, metav1.ListOptions{FieldSelector: selector.String()})
	if err != nil {
		return fmt.Errorf("listing the pods on the node: %w", replica.InTime(ctx, o.Timeout, err))
	}
	for i := range list.Items {
		v.Pods = append(v.Pods, newPod(&list.Items[i]))
	}
	return nil
}

func newPod(pod *corev1.Pod) Pod {
	shown := Pod{Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, Requests: map[corev1.ResourceName]float64{}}
	for name, quantity := range resource.PodRequests(pod, resource.PodResourcesOptions{}) {
		shown.Requests[name] = quantity.AsApproximateFloat64()
	}
	return shown
}

// findUses asks the scheduler what the pods use. It measures the pods of nodes that
// are over a line, or near one, and not those of others: of these the kubelet is
// asked.
func (v *View) findUses(ctx context.Context, o Options) error {
	if v.Scheduler != nil {
		if err := v.askUses(ctx, o); err != nil {
			return err
		}
	}
	for i := range v.Pods {
		if len(v.Pods[i].Uses) > 0 {
			return nil
		}
	}
	return v.askKubelet(ctx, o)
}

func (v *View) askUses(ctx context.Context, o Options) error {
	query := url.Values{}
	at := make(map[types.UID]int, len(v.Pods))
	for i := range v.Pods {
		query.Add("uid", string(v.Pods[i].UID))
		at[v.Pods[i].UID] = i
	}
	answer, err := o.Scheduler.AskLeader(ctx, inspect.PodsPath+"?"+query.Encode())
	if err != nil {
		return err
	}
	var pods inspect.Pods
	if err := answer.Decode(&pods); err != nil {
		return err
	}
	for _, pod := range pods.Pods {
		if i, asked := at[pod.UID]; asked {
			v.Pods[i].Uses = pod.Uses
		}
	}
	return nil
}

// workingSet is the kubelet's metric of the memory of pods.
const workingSet = "pod_memory_working_set_bytes"

// askKubelet asks for the memory of the pods. Their CPU time is a counter, of which
// one reading tells nothing.
func (v *View) askKubelet(ctx context.Context, o Options) error {
	if v.Object == nil {
		return fmt.Errorf("the scheduler does not tell what they use, and without the node its kubelet is not asked")
	}
	body, err := nodeproxy.New(o.Client, o.Timeout).Get(ctx, o.Name, kubelet.ResourcePath(v.Object))
	if err != nil {
		return fmt.Errorf("the scheduler does not measure them while the node is far from its lines, and its kubelet cannot be asked through the API server: %w", err)
	}
	wanted := kubelet.Wanted{PodsOn: map[string]bool{o.Name: true}}
	samples, _, err := kubelet.Parse(bytes.NewReader(body), v.Object, wanted, kubelet.DefaultMaxSeries)
	if err != nil {
		return fmt.Errorf("reading what the kubelet says: %w", err)
	}
	memory := make(map[types.NamespacedName]float64, len(samples))
	for _, sample := range samples {
		if sample.Series.Get("__name__") == workingSet {
			memory[types.NamespacedName{Namespace: sample.Series.Get("namespace"), Name: sample.Series.Get("pod")}] = sample.Value
		}
	}
	for i := range v.Pods {
		if used, known := memory[types.NamespacedName{Namespace: v.Pods[i].Namespace, Name: v.Pods[i].Name}]; known {
			v.Pods[i].Memory = &used
		}
	}
	return nil
}
