// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package nodefacts

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/util/strutil"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// roleLabel is followed by a role of the node.
const roleLabel = "node-role.kubernetes.io/"

// fact is one thing that is known of a node.
type fact struct {
	labels []labels.Label
	value  float64
}

// series leaves out empty labels, which are the same as none.
func (f fact) series(name, node string) labels.Labels {
	all := append(f.labels, labels.Label{Name: model.MetricNameLabel, Value: name}, labels.Label{Name: "node", Value: node})
	return labels.New(all...).WithoutEmpty()
}

// families are all facts by their names.
var families = []struct {
	name string
	of   func(*corev1.Node) []fact
}{
	{"kube_node_created", func(node *corev1.Node) []fact { return timestamp(&node.CreationTimestamp) }},
	{"kube_node_deletion_timestamp", func(node *corev1.Node) []fact { return timestamp(node.DeletionTimestamp) }},
	{"kube_node_info", info},
	{"kube_node_labels", nodeLabels},
	{"kube_node_role", roles},
	{"kube_node_spec_taint", taints},
	{"kube_node_spec_unschedulable", func(node *corev1.Node) []fact { return []fact{{value: number(node.Spec.Unschedulable)}} }},
	{"kube_node_status_allocatable", func(node *corev1.Node) []fact { return quantities(node.Status.Allocatable) }},
	{"kube_node_status_capacity", func(node *corev1.Node) []fact { return quantities(node.Status.Capacity) }},
	{"kube_node_status_condition", conditions},
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// timestamp is in seconds of Unix time.
func timestamp(at *metav1.Time) []fact {
	if at.IsZero() {
		return nil
	}
	return []fact{{value: float64(at.Unix())}}
}

func info(node *corev1.Node) []fact {
	internal := ""
	for _, address := range node.Status.Addresses {
		if address.Type == corev1.NodeInternalIP {
			internal = address.Address // kube-state-metrics takes the last one, too
		}
	}
	system := node.Status.NodeInfo
	return []fact{{value: 1, labels: []labels.Label{
		{Name: "container_runtime_version", Value: system.ContainerRuntimeVersion},
		{Name: "internal_ip", Value: internal},
		{Name: "kernel_version", Value: system.KernelVersion},
		{Name: "kubelet_version", Value: system.KubeletVersion},
		{Name: "kubeproxy_version", Value: "deprecated"},
		{Name: "os_image", Value: system.OSImage},
		{Name: "pod_cidr", Value: node.Spec.PodCIDR},
		{Name: "provider_id", Value: node.Spec.ProviderID},
		{Name: "system_uuid", Value: system.SystemUUID},
	}}}
}

func roles(node *corev1.Node) []fact {
	var facts []fact
	for label := range node.Labels {
		if role, ok := strings.CutPrefix(label, roleLabel); ok {
			facts = append(facts, fact{value: 1, labels: []labels.Label{{Name: "role", Value: role}}})
		}
	}
	return facts
}

func taints(node *corev1.Node) []fact {
	var facts []fact
	for _, taint := range node.Spec.Taints {
		facts = append(facts, fact{value: 1, labels: []labels.Label{
			{Name: "key", Value: taint.Key}, {Name: "value", Value: taint.Value}, {Name: "effect", Value: string(taint.Effect)},
		}})
	}
	return facts
}

// conditions have a series for each status that they could have: 1 for the one
// that they have.
func conditions(node *corev1.Node) []fact {
	var facts []fact
	for _, condition := range node.Status.Conditions {
		for _, status := range []corev1.ConditionStatus{corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown} {
			facts = append(facts, fact{value: number(condition.Status == status), labels: []labels.Label{
				{Name: "condition", Value: string(condition.Type)}, {Name: "status", Value: strings.ToLower(string(status))},
			}})
		}
	}
	return facts
}

// quantities are in order, so that of two resources whose names become the same
// one it is always the same one that counts.
func quantities(resources corev1.ResourceList) []fact {
	facts := make([]fact, 0, len(resources))
	for _, resource := range slices.Sorted(maps.Keys(resources)) {
		quantity := resources[resource]
		facts = append(facts, fact{value: quantity.AsApproximateFloat64(), labels: []labels.Label{
			{Name: "resource", Value: strutil.SanitizeLabelName(string(resource))}, {Name: "unit", Value: unit(resource)},
		}})
	}
	return facts
}

// unit is the unit of a resource as kube-state-metrics names it.
func unit(resource corev1.ResourceName) string {
	switch {
	case resource == corev1.ResourceCPU:
		return "core"
	case resource == corev1.ResourceMemory, resource == corev1.ResourceStorage, resource == corev1.ResourceEphemeralStorage,
		strings.HasPrefix(string(resource), corev1.ResourceHugePagesPrefix),
		strings.HasPrefix(string(resource), corev1.ResourceAttachableVolumesPrefix):
		return "byte"
	default:
		return "integer"
	}
}

// nodeLabels turns all labels of a node into labels of one series. Names that
// become the same one get a number each, in the order of the names that they
// were.
func nodeLabels(node *corev1.Node) []fact {
	byName := map[string][]string{}
	for _, label := range slices.Sorted(maps.Keys(node.Labels)) {
		name := labelName(label)
		byName[name] = append(byName[name], label)
	}
	one := fact{value: 1}
	for name, same := range byName {
		conflict := 0
		for _, label := range same {
			unique := name
			for len(same) > 1 && byName[unique] != nil {
				conflict++
				unique = fmt.Sprintf("%s_conflict%d", name, conflict)
			}
			one.labels = append(one.labels, labels.Label{Name: unique, Value: node.Labels[label]})
		}
	}
	return []fact{one}
}

// labelName is how a label of a node is called: in lower case, with underscores
// for capitals and for what Prometheus does not allow.
func labelName(label string) string {
	var name strings.Builder
	name.WriteString("label_")
	sanitized := strutil.SanitizeLabelName(label)
	for i := range len(sanitized) {
		if i > 0 && isUpper(sanitized[i]) && isLowerOrDigit(sanitized[i-1]) {
			name.WriteByte('_')
		}
		name.WriteByte(sanitized[i])
	}
	return strings.ToLower(name.String())
}

func isUpper(c byte) bool        { return 'A' <= c && c <= 'Z' }
func isLowerOrDigit(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }
