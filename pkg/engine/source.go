// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/kubelet"
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
	"github.com/loadline-dev/loadline/pkg/telemetry/server"
)

// firstSweepTimeout bounds the time that a start waits for kubelets that do not
// answer.
const firstSweepTimeout = 10 * time.Second

// source answers queries about nodes: a server that others feed, or a database
// in the process together with what feeds it.
type source struct {
	query telemetry.InstantQuery
	// Nil with a server.
	database *embedded.Database
	fetcher  *kubelet.Fetcher
}

func newSource(ctx context.Context, args *v1alpha1.LoadlineArgs, config *rest.Config, client kubernetes.Interface, clock clock.WithTicker) (*source, error) {
	if prometheus := args.Telemetry.Prometheus; prometheus != nil {
		return newServerSource(prometheus)
	}
	return newEmbeddedSource(ctx, args, config, client, clock)
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
	return &source{query: client.Query}, nil
}

func newEmbeddedSource(ctx context.Context, args *v1alpha1.LoadlineArgs, config *rest.Config, client kubernetes.Interface, clock clock.WithTicker) (*source, error) {
	database, err := embedded.Open(ctx, args.Telemetry.Embedded.DataDirectory, args.Telemetry.QueryTimeout())
	if err != nil {
		return nil, err
	}
	kubelets := args.Telemetry.Embedded.Kubelets
	tokens := kubelet.NewTokenSource(ctx, client, args.RulesNamespace, kubelets.ServiceAccount, clock)
	reader, err := kubelet.NewClient(kubeletTLS(kubelets, config), tokens)
	if err != nil {
		return nil, err
	}
	return &source{
		query:    database.Query,
		database: database,
		fetcher:  kubelet.NewFetcher(reader, database, args.Telemetry.Interval.Value(), clock),
	}, nil
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

// sweep asks every kubelet once.
func (s *source) sweep(ctx context.Context, nodes []*corev1.Node) {
	if s.fetcher == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, firstSweepTimeout)
	defer cancel()
	s.fetcher.Sweep(ctx, nodes)
}

// run goes on asking the kubelets until the context ends.
func (s *source) run(ctx context.Context, nodes func() []*corev1.Node) {
	if s.fetcher != nil {
		s.fetcher.Run(ctx, nodes)
	}
}

// record stores what the API server knows of the nodes.
func (s *source) record(ctx context.Context, nodes []*corev1.Node, now time.Time) {
	if s.database == nil {
		return
	}
	if err := s.database.Append(ctx, nodefacts.Scrape(nodes, now)); err != nil {
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
