// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	metricsclient "k8s.io/metrics/pkg/client/clientset/versioned"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/kubelet"
	"github.com/loadline-dev/loadline/pkg/telemetry/metricsapi"
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
	"github.com/loadline-dev/loadline/pkg/telemetry/scrape"
	"github.com/loadline-dev/loadline/pkg/telemetry/server"
)

// firstSweepTimeout bounds the time that a start waits for kubelets that do not
// answer.
const firstSweepTimeout = 10 * time.Second

// source answers queries about nodes: a server that others feed, or a database
// in the process together with what feeds it.
type source struct {
	query  telemetry.InstantQuery
	ranges telemetry.RangeQuery
	// builtins are those that this source has other PromQL for.
	builtins map[v1alpha1.Builtin]string

	// The parts below are nil where there is nothing for them to do.
	database *embedded.Database
	facts    *nodefacts.Recorder
	fetcher  *kubelet.Fetcher
	poller   *metricsapi.Poller
	scraper  *scrape.Scraper
}

// sourceContext is what a source is made with.
type sourceContext struct {
	args     *v1alpha1.LoadlineArgs
	config   *rest.Config
	client   kubernetes.Interface
	clock    clock.WithTicker
	register func(metrics.Registerable) error
}

func newSource(ctx context.Context, with sourceContext) (*source, error) {
	if prometheus := with.args.Telemetry.Prometheus; prometheus != nil {
		return newServerSource(prometheus)
	}
	return newEmbeddedSource(ctx, with)
}

// newServerSource does not ask the server yet: one that is down keeps no
// scheduler from starting.
func newServerSource(prometheus *v1alpha1.Prometheus) (*source, error) {
	client, err := server.New(server.Settings{
		URL:      prometheus.URL,
		HTTP:     prometheus.HTTPConfig.Value(),
		Matchers: prometheus.Matchers,
	})
	if err != nil {
		return nil, fmt.Errorf("telemetry.prometheus: %w", err)
	}
	return &source{query: client.Query, ranges: client.QueryRange}, nil
}

func newEmbeddedSource(ctx context.Context, with sourceContext) (*source, error) {
	settings := with.args.Telemetry.Embedded
	database, err := embedded.OpenWithin(ctx, settings.DataDirectory, with.args.Telemetry.QueryTimeout(), embedded.Limits{
		MaxBytes: settings.MaxSize.Value(), MaxSeries: *settings.MaxSeries,
	})
	if err != nil {
		return nil, err
	}
	if err := database.RegisterMetrics(with.register); err != nil {
		return nil, fmt.Errorf("registering the metrics of the telemetry database: %w", err)
	}
	s := &source{query: database.Query, ranges: database.QueryRange, database: database, facts: nodefacts.NewRecorder()}
	if settings.MetricsAPI != nil {
		err = s.addMetricsAPI(with)
	} else {
		err = s.addKubelets(ctx, with)
	}
	if err == nil && settings.ScrapeConfigFile != "" {
		err = s.addScraper(ctx, with)
	}
	return s, err
}

func (s *source) addKubelets(ctx context.Context, with sourceContext) error {
	kubelets := with.args.Telemetry.Embedded.Kubelets
	tokens := kubelet.NewTokenSource(ctx, with.client, with.args.RulesNamespace, kubelets.ServiceAccount, with.clock)
	reader, err := kubelet.NewClient(kubelet.Settings{
		TLS: kubeletTLS(kubelets, with.config), AddressTypes: kubelets.AddressTypes, MaxSeries: int(*kubelets.MaxSeriesPerNode),
	}, tokens)
	if err != nil {
		return err
	}
	s.fetcher = kubelet.NewFetcher(reader, s.database, with.args.Telemetry.Interval.Value(), with.clock)
	if err := s.fetcher.RegisterMetrics(with.register); err != nil {
		return fmt.Errorf("registering the metrics of kubelets: %w", err)
	}
	return nil
}

// addMetricsAPI has the built-ins read what the metrics API tells. Without a
// scrape configuration nothing else is there to be asked, and queries say so.
func (s *source) addMetricsAPI(with sourceContext) error {
	client, err := metricsclient.NewForConfig(with.config)
	if err != nil {
		return fmt.Errorf("making a client of the metrics API: %w", err)
	}
	s.poller = metricsapi.NewPoller(client.MetricsV1beta1().NodeMetricses(), s.database, with.args.Telemetry.Interval.Value(), with.clock)
	s.builtins = metricsapi.Builtins()
	if with.args.Telemetry.Embedded.ScrapeConfigFile == "" {
		s.query = metricsapi.Restrict(s.query)
	}
	return nil
}

func (s *source) addScraper(ctx context.Context, with sourceContext) error {
	settings := scrape.Settings{File: with.args.Telemetry.Embedded.ScrapeConfigFile, Interval: with.args.Telemetry.Interval.Value()}
	var err error
	if s.scraper, err = scrape.New(ctx, settings, s.database.Appendable(), with.register); err != nil {
		return fmt.Errorf("telemetry.embedded.scrapeConfigFile: %w", err)
	}
	return nil
}

// kubeletTLS accepts what the API server's own authorities signed, unless told
// otherwise.
func kubeletTLS(kubelets v1alpha1.Kubelets, config *rest.Config) kubelet.TLS {
	switch {
	case kubelets.InsecureSkipVerify:
		return kubelet.TLS{InsecureSkipVerify: true}
	case kubelets.CAFile != "":
		return kubelet.TLS{CAFile: kubelets.CAFile}
	default:
		return kubelet.TLS{CAData: config.CAData, CAFile: config.CAFile}
	}
}

// want says which metrics are asked for, and of which nodes those of their pods,
// so that others need not be stored.
func (s *source) want(names, podsOn map[string]bool) {
	if s.fetcher != nil {
		s.fetcher.Want(kubelet.Wanted{Everywhere: names, PodsOn: podsOn})
	}
	if s.facts != nil {
		s.facts.Want(names)
	}
}

// sweep asks every kubelet once.
func (s *source) sweep(ctx context.Context, nodes []*corev1.Node) {
	ctx, cancel := context.WithTimeout(ctx, firstSweepTimeout)
	defer cancel()
	switch {
	case s.fetcher != nil:
		s.fetcher.Sweep(ctx, nodes)
	case s.poller != nil:
		s.poller.Sweep(ctx)
	}
}

// run goes on feeding the database until the context ends.
func (s *source) run(ctx context.Context, nodes func() []*corev1.Node) {
	var feeding sync.WaitGroup
	if s.fetcher != nil {
		feeding.Go(func() { s.fetcher.Run(ctx, nodes) })
	}
	if s.poller != nil {
		feeding.Go(func() { s.poller.Run(ctx) })
	}
	if s.scraper != nil {
		feeding.Go(func() { s.scraper.Run(ctx) })
	}
	feeding.Wait()
}

// record stores what the API server knows of the nodes.
func (s *source) record(ctx context.Context, nodes []*corev1.Node, now time.Time) {
	if s.database == nil {
		return
	}
	if err := s.database.Append(ctx, s.facts.Scrape(nodes, now)); err != nil {
		klog.FromContext(ctx).Error(err, "Unable to store what is known of the nodes")
	}
}

// close flushes what is stored.
func (s *source) close(ctx context.Context) {
	if s.database == nil {
		return
	}
	if err := s.database.Close(); err != nil {
		klog.FromContext(ctx).Error(err, "Unable to close the telemetry database")
	}
}
