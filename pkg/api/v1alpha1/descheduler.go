// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	componentbaseconfig "k8s.io/component-base/config/v1alpha1"
)

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// DeschedulerConfiguration configures loadline-descheduler, which moves pods off
// nodes that have drifted over their lines. The rules are not in it: they are the
// scheduler's, and may change at any time.
type DeschedulerConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	// DryRun plans, and says what it would do, and evicts nothing. Default true.
	DryRun *bool `json:"dryRun,omitempty"`
	// ClientConnection says how the API server is reached. Default: as a pod of
	// the cluster.
	ClientConnection componentbaseconfig.ClientConnectionConfiguration `json:"clientConnection,omitempty"`
	// LeaderElection has one replica at a time act. Default: on, with the lease
	// loadline-descheduler in the namespace of the rules.
	LeaderElection componentbaseconfig.LeaderElectionConfiguration `json:"leaderElection,omitempty"`
	// RulesNamespace is as in LoadlineArgs. What the descheduler remembers is kept
	// there as well. Default "loadline-system".
	RulesNamespace string `json:"rulesNamespace,omitempty"`
	// Telemetry says how nodes are measured. It should be the scheduler's, but for
	// the data directory.
	Telemetry Telemetry `json:"telemetry,omitempty"`
	// Estimates should be the scheduler's.
	Estimates Estimates `json:"estimates,omitempty"`
	// SchedulerConfigFile is the scheduler's KubeSchedulerConfiguration, by which
	// it is decided whether, and where, a pod would find another node. Only pods
	// of the schedulers that it has profiles of are moved. Default
	// "/etc/loadline/scheduler.yaml".
	SchedulerConfigFile string `json:"schedulerConfigFile,omitempty"`
	// Evictions says whether pods are moved.
	Evictions Evictions `json:"evictions,omitempty"`
	// Marks says whether labels and taints of rules are put on nodes.
	Marks Marks `json:"marks,omitempty"`
	// Protections say which pods are not moved.
	Protections Protections `json:"protections,omitempty"`
	// Budgets bound how many pods are moved.
	Budgets Budgets `json:"budgets,omitempty"`
	// Cooldowns are how long those are let be that have lost pods.
	Cooldowns Cooldowns `json:"cooldowns,omitempty"`
	// Breaker says when evictions stop altogether.
	Breaker Breaker `json:"breaker,omitempty"`
}

// Evictions says whether pods are moved.
type Evictions struct {
	// Disabled moves none, and plans nothing: what is left are labels and taints.
	// SchedulerConfigFile and all that is about moving pods is then not looked at.
	// It excludes marks.disabled, with which nothing would be left to do. Default
	// false.
	Disabled bool `json:"disabled,omitempty"`
}

// Marks says whether labels and taints of rules are put on nodes.
type Marks struct {
	// Disabled leaves all nodes as they are, and takes nothing off them. Default
	// false.
	Disabled bool `json:"disabled,omitempty"`
}

// Protections say which pods are not moved, besides those that never are: pods of
// DaemonSets, static pods, pods without an owner, those that are going already,
// those of a system-critical priority, the only replica of a workload, and pods
// that are annotated so.
type Protections struct {
	// OwnerKinds are the kinds of controllers whose pods may be moved, as the pods'
	// own references name them: ReplicaSet for those of a Deployment, StatefulSet,
	// Job. Of other kinds it is not known how many pods they want, so that theirs
	// stay. Default ReplicaSet alone.
	OwnerKinds []string `json:"ownerKinds,omitempty"`
	// SchedulerNames are the schedulers whose pods may be moved. Default: those
	// that SchedulerConfigFile has a profile with the Loadline plugin of, so that
	// the lines are heeded when a pod comes back.
	SchedulerNames []string `json:"schedulerNames,omitempty"`
	// MinAge is how long a pod is let run before it is moved. Default 5m.
	MinAge *Duration `json:"minAge,omitempty"`
	// MaxPriority is the highest priority of a pod that may be moved. Default: any
	// below those that are system-critical.
	MaxPriority *int32 `json:"maxPriority,omitempty"`
	// LocalStorage lets pods be moved that have an emptyDir or a hostPath, whose
	// content they lose. Default false.
	LocalStorage bool `json:"localStorage,omitempty"`
	// StorageClasses are those of whose volumes pods may be moved. Default: none,
	// so that pods with persistent volumes stay.
	StorageClasses []string `json:"storageClasses,omitempty"`
	// SettleAfter is how long a workload is let be after it was scaled, or has got
	// new pods otherwise. Default 2m.
	SettleAfter *Duration `json:"settleAfter,omitempty"`
}

// Budgets bound how many pods are moved, each over a window that slides.
type Budgets struct {
	// PerNode is for the pods that leave one node. Default 5 within 10m.
	PerNode *Budget `json:"perNode,omitempty"`
	// PerWorkload is for the pods of one workload. Default 2 within 10m.
	PerWorkload *Budget `json:"perWorkload,omitempty"`
	// PerNamespace is for the pods of one namespace. Default 10 within 10m.
	PerNamespace *Budget `json:"perNamespace,omitempty"`
	// PerCluster is for all pods. Default 20 within 10m.
	PerCluster *Budget `json:"perCluster,omitempty"`
}

// Budget is a number of evictions within a time.
type Budget struct {
	// Evictions is how many there may be. 1 to 450, of which the ledger remembers
	// when they were.
	Evictions int32 `json:"evictions"`
	// Within is the length of the window. At most 24h. Default 10m.
	Within *Duration `json:"within,omitempty"`
}

// Cooldowns are how long those are let be that have lost pods.
type Cooldowns struct {
	// Node is for the node that a pod has left, from when it was gone and besides
	// the time that its telemetry needs to show it. Default 1m.
	Node *Duration `json:"node,omitempty"`
	// Workload is for the workload of an evicted pod. It doubles each time that
	// the workload loses pods again within MaxWorkload. Default 10m, or MaxWorkload
	// where that is shorter.
	Workload *Duration `json:"workload,omitempty"`
	// MaxWorkload is what it doubles up to. Default 2h, or Workload where that is
	// longer.
	MaxWorkload *Duration `json:"maxWorkload,omitempty"`
}

// Breaker says when evictions stop altogether, because they are no remedy.
type Breaker struct {
	// MaxNodes is the share of the nodes, of the cluster and of each zone, that may
	// be over a line, not measured or not ready. More of them is a lack of capacity
	// or an outage. One node is never too many. 0% to 100%. Default 25%.
	MaxNodes *Threshold `json:"maxNodes,omitempty"`
	// MaxIneffective is how many evictions in a row may fail to lower what the node
	// measures. Default 3.
	MaxIneffective *int32 `json:"maxIneffective,omitempty"`
	// MaxUnready is how many evictions in a row may have no successor that is ready
	// within ReadyWithin. Default 3.
	MaxUnready *int32 `json:"maxUnready,omitempty"`
	// ReadyWithin is how long a successor may take. Default 5m.
	ReadyWithin *Duration `json:"readyWithin,omitempty"`
	// OpenFor is how long evictions stop after they had no effect, or after
	// successors did not become ready. Default 1h.
	OpenFor *Duration `json:"openFor,omitempty"`
}
