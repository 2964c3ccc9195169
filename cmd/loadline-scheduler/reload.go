// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/validation"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/configfile"
	"github.com/loadline-dev/loadline/pkg/plugin"
)

// reloading follows the file of --config from the first profile's start on. Of the
// plugin's arguments the telemetry and the estimates take effect while the scheduler
// runs; all else does when it is started anew.
type reloading struct {
	// path is that of the file, once the command line has been read.
	path     func() string
	clock    clock.WithTicker
	reload   func(ctx context.Context, args *v1alpha1.LoadlineArgs) error
	register func(metrics.Registerable) error

	following bool // factories run one after the other
	// started is the file's content to begin with, and pending what has changed
	// since without effect, as last logged.
	started []byte
	pending []string
}

// with has a plugin's factory begin to follow the file, too.
func (r *reloading) with(factory frameworkruntime.PluginFactory) frameworkruntime.PluginFactory {
	return func(ctx context.Context, args runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		plugin, err := factory(ctx, args, handle)
		if err != nil || r.following {
			return plugin, err
		}
		r.following = true
		file := configfile.Follow(r.path(), r.clock)
		if err := file.RegisterMetrics(r.register); err != nil {
			return nil, err
		}
		go r.follow(ctx, file)
		return plugin, nil
	}
}

func (r *reloading) follow(ctx context.Context, file *configfile.File) {
	ticker := r.clock.NewTicker(configfile.Look)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C():
			file.Read(ctx, func(content []byte) error { return r.apply(ctx, content) })
		case <-ctx.Done():
			return
		}
	}
}

// apply puts in force what can be while the scheduler runs. A file with which it would
// not start again is refused as a whole.
func (r *reloading) apply(ctx context.Context, content []byte) error {
	logger := klog.FromContext(ctx)
	loaded, err := options.LoadConfigFromFile(logger, r.path())
	if err != nil {
		return fmt.Errorf("reading --config %s: %w", r.path(), err)
	}
	if err := validation.ValidateKubeSchedulerConfiguration(loaded); err != nil {
		return fmt.Errorf("checking --config %s: %w", r.path(), err)
	}
	args, err := sharedArgs(loaded)
	if err != nil {
		return fmt.Errorf("checking --config %s: %w", r.path(), err)
	}
	if err := r.reload(ctx, args); err != nil {
		return fmt.Errorf("changing how nodes are measured by --config %s: %w", r.path(), err)
	}
	if r.started == nil {
		r.started = content
	}
	pending, err := needRestart(r.started, content)
	if err != nil {
		return err
	}
	if len(pending) > 0 && !slices.Equal(pending, r.pending) {
		logger.Info("A part of the configuration needs a restart to take effect", "file", r.path(), "fields", pending)
	}
	r.pending = pending
	return nil
}

// sharedArgs are the arguments of the plugin, which are the same in all profiles that
// have it.
func sharedArgs(loaded *config.KubeSchedulerConfiguration) (*v1alpha1.LoadlineArgs, error) {
	var shared *v1alpha1.LoadlineArgs
	for i := range loaded.Profiles {
		profile := &loaded.Profiles[i]
		if !hasPlugin(profile.Plugins) {
			continue
		}
		args, err := argsOf(profile)
		switch {
		case err != nil:
			return nil, fmt.Errorf("reading the arguments of plugin %s in profile %q: %w", plugin.Name, profile.SchedulerName, err)
		case shared != nil && !reflect.DeepEqual(shared, args):
			return nil, fmt.Errorf("the arguments of plugin %s in profile %q are others than in the profiles before it: they must be the same", plugin.Name, profile.SchedulerName)
		}
		shared = args
	}
	if shared == nil {
		return nil, fmt.Errorf("no profile has the plugin %s any more", plugin.Name)
	}
	return shared, nil
}

func hasPlugin(plugins *config.Plugins) bool {
	isLoadline := func(p config.Plugin) bool { return p.Name == plugin.Name }
	return plugins != nil && (slices.ContainsFunc(plugins.MultiPoint.Enabled, isLoadline) || slices.Contains(plugins.Names(), plugin.Name))
}

func argsOf(profile *config.KubeSchedulerProfile) (*v1alpha1.LoadlineArgs, error) {
	for _, configured := range profile.PluginConfig {
		if configured.Name == plugin.Name {
			return decodeArgs(configured.Args)
		}
	}
	return decodeArgs(nil)
}

func decodeArgs(object runtime.Object) (*v1alpha1.LoadlineArgs, error) {
	switch args := object.(type) {
	case nil:
		return v1alpha1.DecodeLoadlineArgs(nil)
	case *runtime.Unknown:
		return v1alpha1.DecodeLoadlineArgs(args.Raw)
	default:
		return nil, fmt.Errorf("unexpected type %T", object)
	}
}

// needRestart are the fields in which two contents of the file differ and that take no
// effect while the scheduler runs.
func needRestart(before, after []byte) ([]string, error) {
	started, err := withoutLive(before)
	if err != nil {
		return nil, err
	}
	now, err := withoutLive(after)
	if err != nil {
		return nil, err
	}
	return configfile.Differences(started, now), nil
}

// withoutLive is the file but for what takes effect at once.
func withoutLive(content []byte) (map[string]any, error) {
	var document map[string]any
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, fmt.Errorf("reading YAML: %w", err)
	}
	for _, profile := range objects(document["profiles"]) {
		for _, configured := range objects(profile["pluginConfig"]) {
			args, ok := configured["args"].(map[string]any)
			if configured["name"] != plugin.Name || !ok {
				continue
			}
			delete(args, "telemetry")
			estimates, _ := args["estimates"].(map[string]any)
			args["estimates"] = map[string]any{"disabled": estimates["disabled"] == true}
		}
	}
	return document, nil
}

// objects are those in a list.
func objects(list any) []map[string]any {
	var found []map[string]any
	items, _ := list.([]any)
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}
