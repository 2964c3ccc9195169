// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package metricsapi

import "github.com/loadline-dev/loadline/pkg/api/v1alpha1"

// Builtins is the PromQL of the built-in metrics that the metrics API can tell,
// for telemetry.QueryFor. The mean of cpu is over the API's own window, whatever
// a rule set says.
func Builtins() map[v1alpha1.Builtin]string {
	return map[v1alpha1.Builtin]string{
		v1alpha1.BuiltinCPU: `max by (node) (` + cpuCores + `)` +
			` / on (node) max by (node) (kube_node_status_capacity{resource="cpu"})`,
		v1alpha1.BuiltinMemory: `max by (node) (` + memoryBytes + `)` +
			` / on (node) max by (node) (kube_node_status_capacity{resource="memory"})`,
	}
}
