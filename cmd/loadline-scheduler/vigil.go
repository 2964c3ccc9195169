// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	schedulerconfig "k8s.io/kubernetes/pkg/scheduler/apis/config"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/loadline-dev/loadline/pkg/timekeeper"
)

// vigil ends the process on the spot if it was stopped for so long that it may not
// lead any more, or if its clock was set: upstream would have it place pods for a
// while by what it knew before, beside whoever leads now.
type vigil struct {
	limits  timekeeper.Limits
	keeping bool // factories run one after the other
}

// configure goes by the configuration file, and by upstream's flags, which count for
// more.
func (v *vigil) configure(settings *schedulerconfig.KubeSchedulerConfiguration, flags *pflag.FlagSet) (err error) {
	elected, deadline := settings.LeaderElection.LeaderElect, settings.LeaderElection.RenewDeadline.Duration
	if flags.Changed("leader-elect") {
		elected, err = flags.GetBool("leader-elect")
	}
	if flags.Changed("leader-elect-renew-deadline") && err == nil {
		deadline, err = flags.GetDuration("leader-elect-renew-deadline")
	}
	if elected {
		v.limits.Stopped = deadline
	}
	return err
}

// with has a plugin's factory begin to keep it, too.
func (v *vigil) with(factory frameworkruntime.PluginFactory) frameworkruntime.PluginFactory {
	return func(ctx context.Context, args runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		if !v.keeping {
			v.keeping = true
			go v.keep(ctx)
		}
		return factory(ctx, args, handle)
	}
}

func (v *vigil) keep(ctx context.Context) {
	if err := timekeeper.Watch(ctx, v.limits); err != nil {
		klog.FromContext(ctx).Error(err, "Ending at once: what this process knows may not be true any more, and another one may lead")
		klog.FlushAndExit(klog.ExitFlushTimeout, 1)
	}
}
