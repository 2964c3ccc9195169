// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/client/clientset/versioned"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/metricsapi"
	"github.com/loadline-dev/loadline/pkg/telemetry/server"
)

// SourceName names a way to measure nodes.
type SourceName string

const (
	// Kubelets asks the nodes' kubelets through the API server.
	Kubelets SourceName = "kubelets"
	// MetricsAPI asks metrics.k8s.io, which has cpu and memory.
	MetricsAPI SourceName = "metrics-api"
	// Prometheus asks a Prometheus server.
	Prometheus SourceName = "prometheus"
)

// source measures nodes.
type source struct {
	name SourceName
	// words say where it measures.
	words    string
	query    telemetry.InstantQuery
	builtins map[v1alpha1.Builtin]string
	// interval is the time between two samples of a series.
	interval time.Duration
	// read has what is known of the nodes now stored, to be queried. Nil where a
	// server does that on its own.
	read func(ctx context.Context, nodes []*corev1.Node) ([]Unread, error)
	// growing tells that counters come as they are, so that rates need two
	// readings.
	growing bool
}

func newPrometheusSource(settings *v1alpha1.Telemetry) (*source, error) {
	prometheus := settings.Prometheus
	client, err := server.New(server.Settings{URL: prometheus.URL, HTTP: prometheus.HTTPConfig.Value(), Matchers: prometheus.Matchers})
	if err != nil {
		return nil, fmt.Errorf("telemetry.prometheus: %w", err)
	}
	return &source{
		name: Prometheus, words: "the Prometheus server " + prometheus.URL,
		query: client.Query, builtins: settings.Builtins, interval: settings.Interval.Value(),
	}, nil
}

// metricsClient asks the metrics API, which not every server of it serves in
// other formats than JSON.
func metricsClient(config *rest.Config) (metricsapi.Lister, error) {
	config = rest.CopyConfig(config)
	config.ContentType, config.AcceptContentTypes = "", ""
	client, err := versioned.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the metrics API: %w", err)
	}
	return client.MetricsV1beta1().NodeMetricses(), nil
}

func newMetricsAPISource(config *rest.Config, database *embedded.Database, settings *v1alpha1.Telemetry, clock clock.Clock) (*source, error) {
	lister, err := metricsClient(config)
	if err != nil {
		return nil, err
	}
	poller := metricsapi.NewPoller(lister, database, settings.Interval.Value(), clock)
	return &source{
		name: MetricsAPI, words: "the metrics API (metrics.k8s.io)",
		query: database.Query, builtins: metricsapi.Builtins(), interval: settings.Interval.Value(),
		read: func(ctx context.Context, _ []*corev1.Node) ([]Unread, error) { return nil, poller.Poll(ctx) },
	}, nil
}
