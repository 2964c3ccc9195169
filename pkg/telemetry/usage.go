// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// Usage is how the share that each pod has of a metric is asked for. Metrics
// with equal ones have their pods in common.
type Usage struct {
	// Resource is what the metric is a fraction of.
	Resource corev1.ResourceName
	// Expression is PromQL that yields one sample per pod. Empty: nothing is
	// known of pods but what they request.
	Expression string
	// PodLabel and NamespaceLabel tell the pod.
	PodLabel, NamespaceLabel string
	// NodeLabel tells who says so. A node is believed what it says of its own pods, and
	// nothing of others. Empty: nothing tells, as with what operators wrote.
	NodeLabel string
	// Absolute tells that the samples are amounts of the resource and not shares
	// of the metric.
	Absolute bool
}

// UsageFor tells how pods' shares of a metric are asked for, where it has a
// resource.
func UsageFor(metric v1alpha1.Metric, interval time.Duration) (usage Usage, ok bool) {
	if metric.Builtin != "" {
		return builtinUsage(metric.Builtin, interval)
	}
	if metric.Resource == "" {
		return Usage{}, false
	}
	usage.Resource = corev1.ResourceName(metric.Resource)
	if perPod := metric.PerPod; perPod != nil {
		usage.Expression, usage.PodLabel, usage.NamespaceLabel = perPod.Query, perPod.PodLabel, perPod.NamespaceLabel
	}
	return usage, true
}

// builtinUsage is what kubelets tell of each pod. Ranges still hold the last
// samples of pods that have ended, which "and" leaves out.
func builtinUsage(builtin v1alpha1.Builtin, interval time.Duration) (usage Usage, ok bool) {
	usage = Usage{PodLabel: "pod", NamespaceLabel: "namespace", NodeLabel: "node", Absolute: true}
	switch builtin {
	case v1alpha1.BuiltinCPU, v1alpha1.BuiltinPodCPU:
		usage.Resource = corev1.ResourceCPU
		usage.Expression = fmt.Sprintf("max by (node, namespace, pod) (%s and %s)", rate(podCPU, interval), podCPU)
	case v1alpha1.BuiltinMemory, v1alpha1.BuiltinPodMemory:
		usage.Resource = corev1.ResourceMemory
		usage.Expression = fmt.Sprintf("max by (node, namespace, pod) (%s)", podMemory)
	case v1alpha1.BuiltinPods:
		return Usage{Resource: corev1.ResourcePods}, true
	default:
		return Usage{}, false
	}
	return usage, true
}

// OfAllocatable tells whether a metric is a fraction of what is allocatable of
// its resource, and not of the node's whole capacity.
func OfAllocatable(metric v1alpha1.Metric) bool {
	switch metric.Builtin {
	case v1alpha1.BuiltinPodCPU, v1alpha1.BuiltinPodMemory, v1alpha1.BuiltinPods:
		return true
	default:
		return false
	}
}

// On is the usage of pods on some nodes. It is the same where the operator wrote
// the query, since nothing tells which of its labels is the node's.
func (u Usage) On(nodes []string) Usage {
	if !u.Absolute || u.Expression == "" {
		return u
	}
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(u.Expression)
	if err != nil {
		return u
	}
	names := make([]string, len(nodes))
	for i, node := range nodes {
		names[i] = regexp.QuoteMeta(node)
	}
	matcher, err := labels.NewMatcher(labels.MatchRegexp, "node", strings.Join(names, "|"))
	if err != nil {
		return u
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			selector.LabelMatchers = append(selector.LabelMatchers, matcher)
		}
		return nil
	})
	u.Expression = parsed.String()
	return u
}

// UsageNames are the names of the metrics that operators' own queries of pods
// select.
func UsageNames(usages []Usage) map[string]bool {
	names := map[string]bool{}
	for _, usage := range usages {
		if !usage.Absolute && usage.Expression != "" {
			collectNames(usage.Expression, names)
		}
	}
	return names
}

// PodKey is what tells the samples of a pod.
type PodKey struct {
	// Node is the one that the pod is on. Empty where no label tells it.
	Node, Namespace, Name string
}

// Key is what samples of a pod are found by.
func (u Usage) Key(pod *corev1.Pod) PodKey {
	key := PodKey{Namespace: pod.Namespace, Name: pod.Name}
	if u.NodeLabel != "" {
		key.Node = pod.Spec.NodeName
	}
	return key
}

// Ask runs the query and returns the samples by pod. Pods of which it has more
// than one count with the highest: their names were used twice of late.
func (u Usage) Ask(ctx context.Context, query InstantQuery, at time.Time) (map[PodKey]float64, error) {
	if u.Expression == "" {
		return nil, nil
	}
	vector, err := query(ctx, u.Expression, at)
	if err != nil {
		return nil, fmt.Errorf("running the query of pods: %w", err)
	}
	samples := make(map[PodKey]float64, len(vector))
	for _, sample := range vector {
		pod := PodKey{Namespace: sample.Metric.Get(u.NamespaceLabel), Name: sample.Metric.Get(u.PodLabel)}
		if u.NodeLabel != "" {
			pod.Node = sample.Metric.Get(u.NodeLabel)
		}
		if pod.Name == "" || sample.H != nil || math.IsNaN(sample.F) || math.IsInf(sample.F, 0) {
			continue
		}
		if before, ok := samples[pod]; !ok || sample.F > before {
			samples[pod] = sample.F
		}
	}
	return samples, nil
}
