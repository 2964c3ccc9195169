// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scrape

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	commonconfig "github.com/prometheus/common/config"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	_ "github.com/prometheus/prometheus/discovery/dns" // each makes itself known
	_ "github.com/prometheus/prometheus/discovery/file"
	_ "github.com/prometheus/prometheus/discovery/http"
	_ "github.com/prometheus/prometheus/discovery/kubernetes"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"k8s.io/client-go/rest"
)

// discoveries are the ways of finding targets: those that are imported above,
// and the targets in the file itself. All others would link in the clients of
// clouds and of other products.
var discoveries = []string{"kubernetes_sd_configs", "static_configs", "file_sd_configs", "dns_sd_configs", "http_sd_configs"}

// tryOut makes what a configuration asks for, and throws it away. Prometheus
// would leave out a job whose ca_file cannot be read, and only log it.
func tryOut(loaded *config.Config) error {
	// A registry of its own: the discoveries in force are registered elsewhere.
	metrics, err := discovery.CreateAndRegisterSDMetrics(prometheus.NewRegistry())
	if err != nil {
		return err
	}
	for _, job := range loaded.ScrapeConfigs {
		if _, err := commonconfig.NewClientFromConfig(job.HTTPClientConfig, job.JobName); err != nil {
			return fmt.Errorf("job %q: %w", job.JobName, err)
		}
		for _, how := range job.ServiceDiscoveryConfigs {
			_, err := how.NewDiscoverer(discovery.DiscovererOptions{Metrics: metrics.MechanismMetrics[how.Name()], SetName: job.JobName})
			if errors.Is(err, rest.ErrNotInCluster) {
				err = fmt.Errorf("%w (outside a cluster, give kubeconfig_file or api_server)", err)
			}
			if err != nil {
				return fmt.Errorf("job %q: %s_sd_configs: %w", job.JobName, how.Name(), err)
			}
		}
	}
	return nil
}

// awaited is a way of finding targets whose end can be awaited.
type awaited struct {
	discovery.Config
	running *sync.WaitGroup
}

// awaitedDiscoveries are those of all jobs, by their names.
func awaitedDiscoveries(loaded *config.Config, running *sync.WaitGroup) map[string]discovery.Configs {
	byJob := make(map[string]discovery.Configs, len(loaded.ScrapeConfigs))
	for _, job := range loaded.ScrapeConfigs {
		wrapped := discovery.Configs{}
		for _, how := range job.ServiceDiscoveryConfigs {
			wrapped = append(wrapped, awaited{how, running})
		}
		byJob[job.JobName] = wrapped
	}
	return byJob
}

// NewDiscoverer makes one, which the discovery manager always runs.
func (a awaited) NewDiscoverer(options discovery.DiscovererOptions) (discovery.Discoverer, error) {
	discoverer, err := a.Config.NewDiscoverer(options)
	if err != nil {
		return nil, err
	}
	a.running.Add(1)
	return awaitedDiscoverer{discoverer, a.running}, nil
}

type awaitedDiscoverer struct {
	discovery.Discoverer
	running *sync.WaitGroup
}

// Run finds targets until the context ends.
func (d awaitedDiscoverer) Run(ctx context.Context, up chan<- []*targetgroup.Group) {
	defer d.running.Done()
	d.Discoverer.Run(ctx, up)
}
