// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command loadline-descheduler moves pods off nodes that have drifted over their
// load lines, and puts the labels and taints of rules on nodes.
package main

import (
	"os"

	"k8s.io/apiserver/pkg/server"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // for --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // for metrics of the API client
	_ "k8s.io/component-base/metrics/prometheus/version"  // for the metric of the version
)

func main() {
	os.Exit(cli.Run(newCommand(func(s *setup) error { return run(server.SetupSignalContext(), s) })))
}
