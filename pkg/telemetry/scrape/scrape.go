// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package scrape asks exporters, with what Prometheus itself asks them with: a
// file in its configuration format, its discovery of targets, its relabelling
// and its scrape loops.
//
// Targets are found by the Kubernetes API, in the file itself, in other files,
// by DNS and over HTTP. Nothing else is linked in.
//
// Discovery by the Kubernetes API uses the credentials of this process, unless
// the file says otherwise, and shows them to the API server alone. Targets are
// shown what authorization, basic_auth, oauth2 or tls_config of their job name,
// and nothing else. A job that names the token of this process's own
// ServiceAccount, as many examples for kubelets do, hands every node the right
// to bind pods: that is the choice of who writes the file, and the log says so.
//
// Time is real time here, since Prometheus' scrape loops know no other.
package scrape

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	promscrape "github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/logging"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
)

// maxLook bounds the time until an edit of the file, a target that is found, or
// one that fails is noticed.
const maxLook = 5 * time.Second

// Settings say what to scrape.
type Settings struct {
	// File is the path of the configuration. It is read again when it changes.
	File string
	// Interval is how often targets are scraped where the file does not say.
	Interval time.Duration
	// Metrics are those of scrapers before it, where there were any.
	Metrics *Metrics
}

// Scraper scrapes what a configuration file says, as it says now.
type Scraper struct {
	settings Settings
	look     time.Duration
	health   health
	metrics  *Metrics

	seen    []byte // in the file, at the last look
	text    []byte // of the configuration in force
	config  *config.Config
	refused string // why the file's text is not in force

	scraping      *promscrape.Manager
	discovery     *discovery.Manager
	stopDiscovery context.CancelFunc
	discoverers   sync.WaitGroup
}

// New reads the configuration, which must be good, and scrapes nothing yet.
func New(ctx context.Context, settings Settings, appendable storage.AppendableV2, register func(metrics.Registerable) error) (*Scraper, error) {
	s := &Scraper{settings: settings, look: min(settings.Interval, maxLook), health: newHealth(), metrics: settings.Metrics}
	if s.metrics == nil {
		s.metrics = NewMetrics()
	}
	text, err := os.ReadFile(settings.File)
	if err != nil {
		return nil, fmt.Errorf("reading the scrape configuration: %w", err)
	}
	loaded, err := s.check(text)
	if err != nil {
		return nil, err
	}
	if err := s.metrics.register(register); err != nil {
		return nil, err
	}
	if err := s.makeManagers(ctx, appendable); err != nil {
		return nil, err
	}
	if err := s.scraping.ApplyConfig(loaded); err != nil {
		return nil, fmt.Errorf("%s: %w", settings.File, err)
	}
	s.accept(ctx, text, loaded)
	return s, nil
}

func (s *Scraper) makeManagers(ctx context.Context, appendable storage.AppendableV2) error {
	logger := newLogger(klog.FromContext(ctx))
	// A registry of its own: what is registered twice panics, and there may be
	// two scrapers. The metrics of the API client are component-base's, so
	// discovery.RegisterK8sClientMetricsWithPrometheus is not for us.
	registry := prometheus.NewRegistry()
	discoveryMetrics, err := discovery.CreateAndRegisterSDMetrics(registry)
	if err != nil {
		return err
	}
	// Its end is not that of ctx, but comes in order: see stop.
	discoveryContext, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stopDiscovery = stop
	s.discovery = discovery.NewManager(discoveryContext, logger, registry, discoveryMetrics, discovery.Updatert(s.look))
	s.scraping, err = promscrape.NewManager(&promscrape.Options{
		DiscoveryReloadInterval:  model.Duration(s.look),
		DiscoveryReloadOnStartup: true,
	}, logger, logging.NewJSONFileLogger, nil, appendable, registry)
	return err
}

// Run scrapes until the context ends, and returns when nothing goes on any more.
// It may be called once.
func (s *Scraper) Run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { _ = s.discovery.Run() })                              // the error is that of the context
	running.Go(func() { _ = s.scraping.Run(s.discovery.SyncCh()) })           // always nil
	_ = s.discovery.ApplyConfig(awaitedDiscoveries(s.config, &s.discoverers)) // always nil
	ticker := time.NewTicker(s.look)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.reload(ctx)
			s.report(ctx)
		case <-ctx.Done():
			s.stop(&running)
			return
		}
	}
}

// stop ends first what feeds the scraping, then the scraping. Series are not
// marked as ended, since a process that starts anew goes on with them.
func (s *Scraper) stop(running *sync.WaitGroup) {
	_ = s.discovery.ApplyConfig(nil) // ends the discoverers, but does not await all of them
	s.discoverers.Wait()
	s.stopDiscovery()
	running.Wait()
	s.scraping.Stop()
	s.metrics.setTargets(nil)
	s.metrics.refused.Set(0)
}

// reload reads the file again and, if it has changed, puts it in force. What is
// wrong with it is logged once. It is tried again each time, since a file that it
// names may come later.
func (s *Scraper) reload(ctx context.Context) {
	text, err := os.ReadFile(s.settings.File)
	if !bytes.Equal(text, s.seen) {
		s.seen = text // and used at the next look: it may be half written
		return
	}
	if err != nil {
		s.refuse(ctx, fmt.Errorf("reading the scrape configuration: %w", err))
		return
	}
	if bytes.Equal(text, s.text) {
		if s.refused != "" {
			s.accept(ctx, text, s.config)
		}
		return
	}
	loaded, err := s.check(text)
	if err == nil {
		err = s.apply(loaded)
	}
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	s.accept(ctx, text, loaded)
}

// check makes a configuration of a text, if it can be used.
func (s *Scraper) check(text []byte) (*config.Config, error) {
	loaded, err := parse(s.settings.File, text, s.settings.Interval)
	if err != nil {
		return nil, err
	}
	if err := tryOut(loaded); err != nil {
		return nil, fmt.Errorf("%s: %w", s.settings.File, err)
	}
	return loaded, nil
}

// apply puts a configuration in force, or leaves the last good one. Jobs that it
// does not have any more stay until the next edit, without targets: only then
// does Prometheus mark the ends of their series.
func (s *Scraper) apply(loaded *config.Config) error {
	jobs, ended := loaded.ScrapeConfigs, endedJobs(s.config, loaded)
	loaded.ScrapeConfigs = slices.Concat(jobs, ended)
	err := s.scraping.ApplyConfig(loaded)
	loaded.ScrapeConfigs = jobs
	if err != nil {
		_ = s.scraping.ApplyConfig(s.config) // the new one may be in force in part
		return fmt.Errorf("%s: %w", s.settings.File, err)
	}
	discoveries := awaitedDiscoveries(loaded, &s.discoverers)
	for _, job := range ended {
		discoveries[job.JobName] = nil
	}
	return s.discovery.ApplyConfig(discoveries)
}

func endedJobs(before, after *config.Config) []*config.ScrapeConfig {
	var ended []*config.ScrapeConfig
	for _, job := range before.ScrapeConfigs {
		if !hasJob(after, job.JobName) {
			ended = append(ended, job)
		}
	}
	return ended
}

func hasJob(loaded *config.Config, name string) bool {
	return slices.ContainsFunc(loaded.ScrapeConfigs, func(job *config.ScrapeConfig) bool { return job.JobName == name })
}

func (s *Scraper) accept(ctx context.Context, text []byte, loaded *config.Config) {
	s.text, s.config, s.refused = text, loaded, ""
	s.metrics.refused.Set(0)
	logger := klog.FromContext(ctx)
	logger.Info("Scrape configuration is in force", "file", s.settings.File, "jobs", len(s.config.ScrapeConfigs))
	for _, job := range s.config.ScrapeConfigs {
		if showsOwnToken(job) {
			logger.Info("The scrape job shows its targets the token with which this process binds pods; give it one that may only read metrics",
				"job", job.JobName, "credentialsFile", job.HTTPClientConfig.Authorization.CredentialsFile)
		}
	}
}

func (s *Scraper) refuse(ctx context.Context, err error) {
	s.metrics.refused.Set(1)
	if err.Error() == s.refused {
		return
	}
	s.refused = err.Error()
	klog.FromContext(ctx).Error(err, "Scrape configuration refused; the last good one goes on")
}

// showsOwnToken tells whether a job uses the token that Kubernetes mounts into
// each pod.
func showsOwnToken(job *config.ScrapeConfig) bool {
	authorization := job.HTTPClientConfig.Authorization
	return authorization != nil &&
		strings.HasSuffix(filepath.Clean(authorization.CredentialsFile), "/run/secrets/kubernetes.io/serviceaccount/token")
}

// report tells of the targets' health.
func (s *Scraper) report(ctx context.Context) {
	jobs := healthOf(s.scraping.TargetsActive(), s.scraping.TargetsDroppedCounts())
	maps.DeleteFunc(jobs, func(name string, _ jobHealth) bool { return !hasJob(s.config, name) })
	s.health.report(klog.FromContext(ctx), jobs)
	s.metrics.setTargets(jobs)
}
