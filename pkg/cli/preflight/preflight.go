// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preflight

import (
	"context"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/cli/nodeproxy"
)

// Options say what is looked at.
type Options struct {
	// Namespace is where Loadline is, or is to be.
	Namespace string
	// Timeout bounds one answer of a kubelet.
	Timeout time.Duration
	Clock   clock.PassiveClock
	// Asked is told, after each node, how many nodes have been asked so far. It
	// is called by one goroutine at a time.
	Asked func(asked, nodes int)
}

// certificates is what cannot be checked: the API server may accept any
// certificate of a kubelet, and from here nobody else can be asked.
var certificates = Check{
	Name: "certificates", State: Unknown,
	Text: "only Loadline itself can tell whether it accepts those that kubelets serve with: it does if the authorities of the API server " +
		"have signed them, unless telemetry.embedded.kubelets says otherwise",
}

// Run looks at a cluster. An error means that it cannot even be looked at.
func Run(ctx context.Context, client kubernetes.Interface, options Options) (*Report, error) {
	version, err := checkVersion(client.Discovery())
	if err != nil {
		return nil, err
	}
	nodes, err := nodeproxy.Nodes(ctx, client)
	if err != nil {
		return nil, err
	}
	report := &Report{Checks: []Check{version}}
	report.Checks = append(report.Checks, checkInstallation(ctx, client, options.Namespace)...)
	report.Checks = append(report.Checks, checkMetricsAPI(ctx, client.Discovery().RESTClient()))
	kubelets := nodeproxy.New(client, options.Timeout)
	report.Nodes = askAll(ctx, kubelets, nodes, options)
	report.Problems = problemsOf(report.Nodes)
	report.Checks = append(report.Checks, checkPressure(ctx, kubelets, nodes, report.Nodes), certificates, summary(report))
	return report, ctx.Err()
}
