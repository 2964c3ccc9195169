// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// choose finds out where nodes are measured: as the settings say; else by the
// kubelets, as the scheduler does, and where these cannot be asked from here by
// the metrics API.
func (p *preview) choose(ctx context.Context, client kubernetes.Interface, config *rest.Config) (*source, error) {
	settings := &p.Settings.Telemetry
	fromKubelets := newKubelets(client, p.database, p.queriesWith(kubeletInterval(&p.Options), settings.Builtins), &p.Options)
	switch {
	case p.Source == Prometheus, p.Source == "" && settings.Prometheus != nil:
		if settings.Prometheus == nil {
			return nil, errors.New("the URL of the Prometheus server is missing")
		}
		return newPrometheusSource(settings)
	case p.Source == Kubelets:
		return fromKubelets.source(&p.Options), nil
	case p.Source == MetricsAPI, settings.Embedded != nil && settings.Embedded.MetricsAPI != nil:
		return newMetricsAPISource(config, p.database, settings, p.Clock)
	}
	unasked := fromKubelets.probe(ctx, p.nodes)
	if unasked == nil {
		return fromKubelets.source(&p.Options), nil
	}
	fallback, err := newMetricsAPISource(config, p.database, settings, p.Clock)
	if err != nil {
		return nil, err
	}
	if _, err := fallback.read(ctx, p.nodes); err != nil {
		return nil, fmt.Errorf("nothing measures the nodes: kubelets cannot be asked through the API server (%w), and %w", unasked, err)
	}
	p.why = fmt.Sprintf("kubelets cannot be asked through the API server: %v", unasked)
	return fallback, nil
}
