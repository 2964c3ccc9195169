// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RulesLabel marks, with the value "true", the ConfigMaps whose data keys each
// hold one RuleSet.
const RulesLabel = "loadline.dev/rules"

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// RuleSet draws the load lines for a group of pods: which metrics are measured,
// on which nodes no new pod is accepted, off which nodes pods are moved, and which
// nodes are preferred. It is written in one data key of a ConfigMap with the label
// loadline.dev/rules=true.
type RuleSet struct {
	metav1.TypeMeta `json:",inline"`
	// The name is the identity of a rule set, whatever ConfigMap holds it: a DNS
	// subdomain. Nothing else of the metadata is read.
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what the rule set says. It has rules, preferences or both.
	Spec RuleSetSpec `json:"spec"`
}

// RuleSetSpec is what a RuleSet says.
type RuleSetSpec struct {
	// Mode tells whether the rules act. Default Enforce.
	Mode Mode `json:"mode,omitempty"`
	// PodSelector selects, by their labels, the pods that these rules are for,
	// among those that name Loadline as their scheduler. Default: all of them, as
	// if it were empty.
	PodSelector *metav1.LabelSelector `json:"podSelector,omitempty"`
	// NamespaceSelector selects the pods' namespaces by their labels. Default: all
	// of them.
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
	// PriorityClassNames selects pods by the name of their PriorityClass. Default:
	// any, also none.
	PriorityClassNames []string `json:"priorityClassNames,omitempty"`
	// NodeSelector selects, by their labels, the nodes that these rules are
	// about. The others are left alone: no rule is broken on them, and they
	// score in the middle. Default: all of them.
	NodeSelector *metav1.LabelSelector `json:"nodeSelector,omitempty"`
	// Metrics are what the rules and preferences below are about.
	Metrics []Metric `json:"metrics,omitempty"`
	// Rules say what follows where a node is over a line. A pod is refused by
	// any of them.
	Rules []Rule `json:"rules,omitempty"`
	// Preferences rank the nodes that are left.
	Preferences []Preference `json:"preferences,omitempty"`
}

// Mode tells whether rules act.
type Mode string

const (
	// Enforce has the rules act.
	Enforce Mode = "Enforce"
	// Observe counts and explains what would happen, and changes nothing.
	Observe Mode = "Observe"
)

// Metric is a number measured for each node: either a built-in one, or the
// result of a PromQL query with one sample per node.
type Metric struct {
	// Name is how rules and preferences refer to the metric. A DNS label, unique
	// in the set.
	Name string `json:"name"`
	// Builtin names a metric that needs no PromQL. Exactly one of Builtin and
	// Query is given.
	Builtin Builtin `json:"builtin,omitempty"`
	// Query is a PromQL expression that yields an instant vector with one
	// sample per node. It names each metric that it selects, and has at most 16
	// KiB, 200 levels, and 11000 steps in a subquery.
	Query string `json:"query,omitempty"`
	// NodeLabel is the label of the query's result that tells the node, by its
	// name or one of its addresses. Only for a query. Default "node", else
	// "instance" with the port left out.
	NodeLabel string `json:"nodeLabel,omitempty"`
	// Resource is what the metric is a fraction of: "cpu", "memory" or an
	// extended resource. It says that the metric runs from 0 to 1, and makes pods'
	// shares of it comparable with their requests. Only for a query: built-in
	// metrics have their own.
	Resource string `json:"resource,omitempty"`
	// PerPod tells how much of the metric's value on its node a pod is. It takes a
	// resource. Only for a query: built-in metrics have their own.
	PerPod *PerPod `json:"perPod,omitempty"`
	// Window is the time that a change in the cluster needs to be wholly visible
	// in the metric. For the built-ins that are means (cpu, pod-cpu, and those of
	// pressure) it is the time over which they are averaged; the others take none.
	// For a query give it where a recording rule hides how far back that looks.
	// Default 2m for built-ins that are means; for a query it is read off the query.
	Window *Duration `json:"window,omitempty"`
	// StaleAfter is the age of the data past which a node counts as not
	// measured. Default: six intervals of the telemetry, 90s unless configured.
	StaleAfter *Duration `json:"staleAfter,omitempty"`
}

// PerPod is a query whose result carries one sample per pod: the pod's share of
// the metric, in the metric's own unit, on the node that it is on.
type PerPod struct {
	// Query is a PromQL expression that yields an instant vector with one
	// sample per pod.
	Query string `json:"query"`
	// PodLabel is the label that tells the pod's name. Default "pod".
	PodLabel string `json:"podLabel,omitempty"`
	// NamespaceLabel is the label that tells the pod's namespace. Default
	// "namespace".
	NamespaceLabel string `json:"namespaceLabel,omitempty"`
}

// Builtin names a metric that Loadline defines itself.
type Builtin string

const (
	// BuiltinCPU is the CPU time that a node spends, averaged over the metric's
	// window, as a fraction of the node's capacity.
	BuiltinCPU Builtin = "cpu"
	// BuiltinMemory is a node's memory working set as a fraction of the node's
	// capacity.
	BuiltinMemory Builtin = "memory"
	// BuiltinPodCPU is the CPU time that a node's pods spend together, averaged
	// over the metric's window, as a fraction of what is allocatable to pods.
	BuiltinPodCPU Builtin = "pod-cpu"
	// BuiltinPodMemory is the memory working set of a node's pods together as a
	// fraction of what is allocatable to pods.
	BuiltinPodMemory Builtin = "pod-memory"
	// BuiltinPods is the number of a node's pods as a fraction of those that it
	// can hold.
	BuiltinPods Builtin = "pods"
	// BuiltinSwap is the swap that a node uses as a fraction of its memory.
	BuiltinSwap Builtin = "swap"
	// BuiltinCPUPressure, BuiltinMemoryPressure and BuiltinIOPressure are the
	// fractions of the time, over the metric's window, in which some task on the
	// node waited for CPU time, memory or a disk (pressure stall information, of
	// its two kinds "some").
	BuiltinCPUPressure    Builtin = "cpu-pressure"
	BuiltinMemoryPressure Builtin = "memory-pressure"
	BuiltinIOPressure     Builtin = "io-pressure"
)

// Builtins are all built-in metrics, by name.
func Builtins() []Builtin {
	return []Builtin{
		BuiltinCPU, BuiltinMemory, BuiltinPodCPU, BuiltinPodMemory, BuiltinPods, BuiltinSwap,
		BuiltinCPUPressure, BuiltinMemoryPressure, BuiltinIOPressure,
	}
}

// Windowed tells whether the metric is a mean over a window.
func (b Builtin) Windowed() bool {
	switch b {
	case BuiltinCPU, BuiltinPodCPU, BuiltinCPUPressure, BuiltinMemoryPressure, BuiltinIOPressure:
		return true
	default:
		return false
	}
}

// Pressure tells whether the metric says that a node's tasks want more than they
// get, and so nothing of how much they want.
func (b Builtin) Pressure() bool {
	switch b {
	case BuiltinCPUPressure, BuiltinMemoryPressure, BuiltinIOPressure:
		return true
	default:
		return false
	}
}

// Rule is a load line: a condition on a node, and what follows from it. It has
// at least one effect: reject, evict, taint or labels.
type Rule struct {
	// Name identifies the rule in reasons, events, logs and metrics. A DNS
	// label, unique in its set.
	Name string `json:"name"`
	// When must hold as a whole: every condition at once. Where one of two is to
	// suffice, write two rules.
	When []Condition `json:"when"`
	// For is how long the conditions must have held before the rule is in
	// force. Default: at once.
	For *Duration `json:"for,omitempty"`
	// OnMissing decides whether new pods are refused while it is not known
	// whether the conditions hold. Default Allow. Missing data never evicts, and
	// holds no label or taint.
	OnMissing MissingPolicy `json:"onMissing,omitempty"`
	// Reject keeps new pods off the nodes where the rule is in force.
	Reject *Reject `json:"reject,omitempty"`
	// Evict has the descheduler move pods off the nodes, until they are back below
	// clear.
	Evict *Evict `json:"evict,omitempty"`
	// Taint is put on the nodes where the rule is in force.
	Taint *Taint `json:"taint,omitempty"`
	// Labels are put on the nodes where the rule is in force. Keys under
	// kubernetes.io and k8s.io belong to Kubernetes and are refused, and so are keys
	// that another rule of the set writes.
	Labels map[string]string `json:"labels,omitempty"`
}

// MissingPolicy decides what a rule does while it depends on a missing metric.
type MissingPolicy string

const (
	// Allow places pods as if there were no rule.
	Allow MissingPolicy = "Allow"
	// RejectMissing refuses pods as if the rule were in force.
	RejectMissing MissingPolicy = "Reject"
)

// Condition compares one metric with one threshold. Exactly one of Above,
// Below and Equals is given.
type Condition struct {
	// Metric is the name of a metric of the same rule set.
	Metric string `json:"metric"`
	// Above holds where the value is strictly greater.
	Above *Threshold `json:"above,omitempty"`
	// Below holds where the value is strictly less.
	Below *Threshold `json:"below,omitempty"`
	// Equals holds where the value is exactly this.
	Equals *Threshold `json:"equals,omitempty"`
	// Clear widens Above or Below into a band: once the condition holds, it
	// holds until the value is past Clear (less than it for Above, greater for
	// Below). It is not given with Equals. Default: the threshold itself, which means
	// no band.
	Clear *Threshold `json:"clear,omitempty"`
}

// Reject is the effect of a rule on pods that are being scheduled: no new pod
// on a node where the rule is in force.
type Reject struct {
	// MaxNodes is the greatest share of the rule's nodes that is refused. While
	// more than that are over the line, none is refused and they only score
	// worst, so that a hot cluster does not become an outage. 0% to 100%. Default:
	// no limit.
	MaxNodes *Threshold `json:"maxNodes,omitempty"`
	// GiveUpAfter is how long a pod is kept waiting by load lines alone. After
	// that it goes to the node that is least over its line. Default: for ever.
	GiveUpAfter *Duration `json:"giveUpAfter,omitempty"`
}

// Evict is the effect of a rule on pods that are running. A rule evicts in one of
// three ways: by order, by step, or all.
type Evict struct {
	// For is how long the conditions must have held before pods are evicted, from
	// the same instant as the rule's own For. The longer of the two counts. Default:
	// at once.
	For *Duration `json:"for,omitempty"`
	// Order chooses the pods, as many as it takes to come below clear. It is for
	// rules with an above condition on a metric of which pods have shares (the
	// built-ins cpu, memory, pod-cpu, pod-memory and pods, and queries with a
	// resource), so that it is known what moving each pod would bring. Default
	// OverRequest for these rules.
	Order EvictionOrder `json:"order,omitempty"`
	// Step is how many pods are moved at a time by the other rules. The next follow
	// once the metric can show what that has brought. Default 1 for these rules.
	Step *int32 `json:"step,omitempty"`
	// OrderBy tells which pods are moved first in steps: those with the most of
	// "requests." and the name of a resource, or of a metric of the rule set of
	// which pods have shares. Default "requests.cpu" for rules that evict in steps.
	OrderBy string `json:"orderBy,omitempty"`
	// All moves every pod that the rule set is for, as off a node that is not
	// well. It excludes Order, Step and OrderBy. Default false.
	All bool `json:"all,omitempty"`
}

// EvictionOrder chooses which pods are evicted.
type EvictionOrder string

const (
	// OverRequest evicts those first that are furthest above what they asked
	// for.
	OverRequest EvictionOrder = "OverRequest"
	// Fewest evicts the smallest number of pods that suffices.
	Fewest EvictionOrder = "Fewest"
)

// Taint is the effect of a rule on its nodes as other schedulers see them.
type Taint struct {
	// Key is the taint's key. Keys under kubernetes.io and k8s.io are refused, but
	// those under status-taint.cluster-autoscaler.kubernetes.io, by which the cluster
	// autoscaler sees that the node is closed. Default "loadline.dev/" and the name of
	// the rule.
	Key string `json:"key,omitempty"`
	// Value is the taint's value. Default: none.
	Value string `json:"value,omitempty"`
	// Effect is "PreferNoSchedule" or "NoSchedule". "NoExecute" is refused, since it
	// kills pods past their disruption budgets.
	Effect corev1.TaintEffect `json:"effect"`
	// MaxNodes is the greatest share of the rule's nodes that is tainted. While
	// more than that are over the line, none is. 0% to 100%. Default: no limit.
	MaxNodes *Threshold `json:"maxNodes,omitempty"`
}

// Preference ranks nodes by one metric. Exactly one of Prefer and Near is given.
type Preference struct {
	// Metric is the name of a metric of the same rule set.
	Metric string `json:"metric"`
	// Prefer tells which values are better.
	Prefer Direction `json:"prefer,omitempty"`
	// Near is the value that is best, for filling nodes up to a target.
	Near *Threshold `json:"near,omitempty"`
	// Range are the two values between which the score is linear, the lower one
	// first. Default: 0 and 1 for metrics that are fractions (built-ins, and queries
	// with a resource), otherwise the lowest and the highest among the nodes that the
	// pod could go to.
	Range []Threshold `json:"range,omitempty"`
	// Weight is the preference's share in the score, relative to the other
	// preferences that apply to the pod. 1 to 100. Default 1.
	Weight *int32 `json:"weight,omitempty"`
}

// Direction tells which values of a metric are better.
type Direction string

const (
	// Lower prefers nodes with a lower value.
	Lower Direction = "Lower"
	// Higher prefers nodes with a higher value.
	Higher Direction = "Higher"
)
