// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command loadline-scheduler is kube-scheduler with the Loadline plugin: a
// second scheduler that keeps pods off nodes that are over their load lines.
package main

import (
	"os"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register" // for --logging-format=json
	"k8s.io/component-base/metrics/legacyregistry"
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // for metrics of the API client
	_ "k8s.io/component-base/metrics/prometheus/version"  // for the metric of the version
	"k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/engine"
	"github.com/loadline-dev/loadline/pkg/plugin"
)

func main() {
	engine := engine.New(clock.RealClock{})
	utilruntime.Must(engine.RegisterMetrics(legacyregistry.Register))
	inspected := newInspection(engine, clock.RealClock{})
	audited := &auditing{journal: inspected.journal, stop: func() {}}
	kept := &vigil{}
	factory := kept.with(audited.with(inspected.with(plugin.NewFactory(engine, inspected.journal, legacyregistry.Register))))
	followed := &reloading{clock: clock.RealClock{}, reload: engine.Reload, register: legacyregistry.Register}
	command := app.NewSchedulerCommand(app.WithPlugin(plugin.Name, followed.with(factory)))
	followed.path = func() string { return command.Flags().Lookup("config").Value.String() }
	command.Use = "loadline-scheduler"
	command.Long = long
	addFlags(command, audited.addFlags, inspected.addFlags)
	prepareBeforeStart(command, kept)
	code := cli.Run(command)
	audited.stop()
	os.Exit(code)
}

const long = `The Loadline scheduler is a second scheduler for a cluster. It is kube-scheduler
with one more plugin, which refuses and ranks nodes by what they measure now.
Pods ask for it by their schedulerName. Rules are read from ConfigMaps with the
label loadline.dev/rules=true.`
