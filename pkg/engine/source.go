// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
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

// maxAhead is how far the stored samples of an earlier process may be in the future.
const maxAhead = 2 * time.Minute

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
	server   *server.Client
	database *embedded.Database
	facts    *nodefacts.Recorder
	fetcher  *kubelet.Fetcher
	poller   *metricsapi.Poller
	scraper  *scrape.Scraper

	// unstored is why the facts could not be stored, as last logged.
	unstored string
}

// sourceContext is what a source is made with.
type sourceContext struct {
	args    *v1alpha1.LoadlineArgs
	config  *rest.Config
	client  kubernetes.Interface
	clock   clock.WithTicker
	metrics *sourceMetrics
	// database is that of the source before, which is in use until this source is.
	// Nil: there is none.
	database *embedded.Database
}

// sourceMetrics are those of the parts of sources, which come and go.
type sourceMetrics struct {
	database *embedded.Metrics
	kubelets *kubelet.Metrics
	scraping *scrape.Metrics
	// register takes what has been registered a second time.
	register func(metrics.Registerable) error
}

func newSourceMetrics(register func(metrics.Registerable) error) *sourceMetrics {
	registered := map[metrics.Registerable]bool{}
	return &sourceMetrics{
		database: embedded.NewMetrics(), kubelets: kubelet.NewMetrics(), scraping: scrape.NewMetrics(),
		register: func(metric metrics.Registerable) error {
			if registered[metric] {
				return nil
			}
			registered[metric] = true
			return register(metric)
		},
	}
}

// newSource makes a source that nothing feeds yet.
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
	return &source{query: client.Query, ranges: client.QueryRange, server: client}, nil
}

// newEmbeddedSource goes on with the database of the source before where that has the
// same directory: only one can have it open.
func newEmbeddedSource(ctx context.Context, with sourceContext) (*source, error) {
	database, opened, err := openDatabase(ctx, with)
	if err != nil {
		return nil, err
	}
	s := &source{query: database.Query, ranges: database.QueryRange, database: database, facts: nodefacts.NewRecorder()}
	if err := s.addFeeders(ctx, with); err != nil {
		if opened {
			s.close(ctx)
		}
		return nil, err
	}
	return s, nil
}

func openDatabase(ctx context.Context, with sourceContext) (database *embedded.Database, opened bool, err error) {
	telemetry := &with.args.Telemetry
	directory := filepath.Clean(telemetry.Embedded.DataDirectory)
	if with.database != nil && with.database.Directory() == directory {
		return with.database, false, nil
	}
	limits := limitsOf(telemetry.Embedded)
	limits.Latest = with.clock.Now().Add(maxAhead)
	database, err = embedded.OpenWithin(ctx, directory, telemetry.QueryTimeout(), limits)
	if err != nil {
		return nil, false, err
	}
	database.CountIn(with.metrics.database)
	if err := database.RegisterMetrics(with.metrics.register); err != nil {
		return nil, false, errors.Join(fmt.Errorf("registering the metrics of the telemetry database: %w", err), database.Close())
	}
	return database, true, nil
}

func limitsOf(settings *v1alpha1.Embedded) embedded.Limits {
	return embedded.Limits{MaxBytes: settings.MaxSize.Value(), MaxSeries: *settings.MaxSeries}
}

// addFeeders makes what feeds the database.
func (s *source) addFeeders(ctx context.Context, with sourceContext) error {
	settings, add := with.args.Telemetry.Embedded, s.addKubelets
	if settings.MetricsAPI != nil {
		add = s.addMetricsAPI
	}
	if err := add(ctx, with); err != nil {
		return err
	}
	if settings.ScrapeConfigFile == "" {
		return nil
	}
	return s.addScraper(ctx, with)
}

func (s *source) addKubelets(ctx context.Context, with sourceContext) error {
	kubelets := with.args.Telemetry.Embedded.Kubelets
	tokens := kubelet.NewTokenSource(ctx, with.client, with.args.RulesNamespace, kubelets.ServiceAccount, with.clock)
	reader, err := kubelet.NewClient(kubelet.Settings{
		TLS: kubeletTLS(kubelets, with.config), AddressTypes: kubelets.AddressTypes, MaxSeries: int(*kubelets.MaxSeriesPerNode),
		StaleAfter: with.args.Telemetry.StaleAfter(),
	}, tokens)
	if err != nil {
		return err
	}
	s.fetcher = kubelet.NewFetcher(reader, s.database, with.args.Telemetry.Interval.Value(), with.clock)
	s.fetcher.CountIn(with.metrics.kubelets)
	if err := s.fetcher.RegisterMetrics(with.metrics.register); err != nil {
		return fmt.Errorf("registering the metrics of kubelets: %w", err)
	}
	return nil
}

// addMetricsAPI has the built-ins read what the metrics API tells. Without a
// scrape configuration nothing else is there to be asked, and queries say so.
func (s *source) addMetricsAPI(_ context.Context, with sourceContext) error {
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
	settings := scrape.Settings{
		File: with.args.Telemetry.Embedded.ScrapeConfigFile, Interval: with.args.Telemetry.Interval.Value(), Metrics: with.metrics.scraping,
	}
	var err error
	if s.scraper, err = scrape.New(ctx, settings, s.database.Appendable(), with.metrics.register); err != nil {
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

// kind is what the source is, for the log.
func (s *source) kind() string {
	switch {
	case s.server != nil:
		return "a Prometheus server"
	case s.poller != nil:
		return "the metrics API"
	default:
		return "kubelets"
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

// record stores what the API server knows of the nodes. That it cannot is logged when
// it begins, changes and ends.
func (s *source) record(ctx context.Context, nodes []*corev1.Node, now time.Time) {
	if s.database == nil {
		return
	}
	logger, text := klog.FromContext(ctx), ""
	err := s.database.Append(ctx, s.facts.Scrape(nodes, now))
	if err != nil {
		text = err.Error()
	}
	switch {
	case text == s.unstored:
	case err != nil:
		logger.Error(err, "Unable to store what is known of the nodes")
	default:
		logger.Info("What is known of the nodes can be stored again")
	}
	s.unstored = text
}

// close ends what the source itself has open. It must not be asked any more.
func (s *source) close(ctx context.Context) {
	if s.server != nil {
		s.server.Close()
	}
	if s.database == nil {
		return
	}
	if err := s.database.Close(); err != nil {
		klog.FromContext(ctx).Error(err, "Unable to close the telemetry database")
	}
}
