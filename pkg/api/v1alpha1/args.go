// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// LoadlineArgs configure the Loadline plugin in a KubeSchedulerConfiguration.
// All profiles of one scheduler share one telemetry engine, so their arguments
// must agree.
type LoadlineArgs struct {
	metav1.TypeMeta `json:",inline"`

	// RulesNamespace is the namespace whose ConfigMaps with the label
	// loadline.dev/rules=true hold the rule sets. Default "loadline-system".
	RulesNamespace string `json:"rulesNamespace,omitempty"`
	// Telemetry says how nodes are measured.
	Telemetry Telemetry `json:"telemetry,omitempty"`
}

// Telemetry says how nodes are measured.
type Telemetry struct {
	// Interval is the time between two measurements of a node and between two
	// evaluations of the rules, which happen at whole multiples of it in Unix
	// time. 1s to 5m, default 15s.
	Interval *Duration `json:"interval,omitempty"`
	// Embedded configures the measuring engine that runs inside the scheduler.
	Embedded Embedded `json:"embedded,omitempty"`
}

// Embedded configures the Prometheus storage and query engine inside the
// process, and what feeds it.
type Embedded struct {
	// DataDirectory keeps the last two hours of samples, so that windows
	// survive a restart. Only one process can use it at a time. Default
	// "/var/lib/loadline".
	DataDirectory string `json:"dataDirectory,omitempty"`
	// Kubelets says how the nodes' kubelets are asked.
	Kubelets Kubelets `json:"kubelets,omitempty"`
}

// Kubelets says how the nodes' kubelets are asked for /metrics/resource.
type Kubelets struct {
	// ServiceAccount names the ServiceAccount in RulesNamespace whose token
	// kubelets are shown. It should hold nothing but "get nodes/metrics": the
	// scheduler's own credentials are never sent to a node. Default
	// "loadline-kubelet-reader".
	ServiceAccount string `json:"serviceAccount,omitempty"`
	// CAFile is a PEM file with the authorities that sign the kubelets' serving
	// certificates. Default: those of the API server.
	CAFile string `json:"caFile,omitempty"`
	// InsecureSkipVerify accepts any serving certificate, as kubelets with
	// self-signed ones need. Whoever can answer for a node can then report any
	// load for it, and sees a token that can read metrics. It excludes CAFile.
	InsecureSkipVerify bool `json:"insecureSkipVerify,omitempty"`
}
