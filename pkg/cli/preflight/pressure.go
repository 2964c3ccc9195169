// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preflight

import (
	"bytes"
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/cli/nodeproxy"
	"github.com/loadline-dev/loadline/pkg/telemetry/kubelet"
)

// pressureSeries begins the line that tells the pressure on the CPUs of a node.
var pressureSeries = []byte("\ncontainer_pressure_cpu_waiting_seconds_total{")

// checkPressure asks one node for pressure stall information, which the built-in
// metrics for pressure need: an answer of cadvisor is large.
func checkPressure(ctx context.Context, kubelets *nodeproxy.Client, nodes []*corev1.Node, found []Node) Check {
	check := Check{Name: "pressure", State: Skipped, Text: "no node could be asked"}
	for i, node := range nodes {
		if !found[i].Measured {
			continue
		}
		body, err := kubelets.Get(ctx, node.Name, kubelet.CadvisorPath(node))
		switch {
		case err != nil:
			check.Text = fmt.Sprintf("node %s cannot be asked: %v", node.Name, err)
		case bytes.Contains(body, pressureSeries):
			check.State, check.Text = OK, fmt.Sprintf("node %s tells pressure stall information (PSI)", node.Name)
		default:
			check.Text = fmt.Sprintf("node %s tells no pressure stall information (PSI), which only cpu-pressure, memory-pressure and io-pressure need: "+
				"it takes Linux with cgroup v2, and a kubelet of 1.34 or newer", node.Name)
		}
		break
	}
	return check
}
