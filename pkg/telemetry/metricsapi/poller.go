// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package metricsapi measures nodes with the metrics API (metrics.k8s.io), which
// metrics-server serves in most clusters: their use of CPU and memory, and
// nothing else.
//
// What the API says is stored as series, with the API's own timestamps, so that
// it is asked for in PromQL as everything is, and its age is that of the data:
//
//	metrics_k8s_io_node_cpu_cores       the mean over the window, in cores
//	metrics_k8s_io_node_memory_bytes    the working set
//	metrics_k8s_io_node_window_seconds  how long the window is that the CPU use was measured over
//
// Each has the label "node".
package metricsapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const (
	// maxTimeout bounds one listing, where the interval does not.
	maxTimeout = 10 * time.Second
	// leadShare is the part of the interval, as a divisor, that is left for an
	// answer to arrive before the rules are judged.
	leadShare = 4
)

// Lister lists what the metrics API says of all nodes, as
// MetricsV1beta1().NodeMetricses() of the API's client does.
type Lister interface {
	List(ctx context.Context, options metav1.ListOptions) (*v1beta1.NodeMetricsList, error)
}

// Appender stores scrapes.
type Appender interface {
	Append(ctx context.Context, scrapes ...embedded.Scrape) error
}

// Poller asks the metrics API once per interval. It is not safe for concurrent
// use.
type Poller struct {
	lister   Lister
	appender Appender
	interval time.Duration
	clock    clock.Clock

	times    times
	reported string // the error that was last logged; empty: none
}

// NewPoller makes a poller.
func NewPoller(lister Lister, appender Appender, interval time.Duration, clock clock.Clock) *Poller {
	return &Poller{lister: lister, appender: appender, interval: interval, clock: clock}
}

// Poll asks the API once and stores what it says. An error can mean that there is
// no answer, or that a part of it is of no use; the rest is then stored all the
// same. Its text is for operators, and names the remedy.
func (p *Poller) Poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, min(p.interval, maxTimeout))
	defer cancel()
	now := p.clock.Now()
	nodes, err := p.list(ctx)
	if err != nil {
		return fmt.Errorf("asking the metrics API (metrics.k8s.io): %w", explain(err))
	}
	p.times = p.times.next(nodes, now)
	samples, unusable := convert(nodes, p.times)
	if err := p.appender.Append(ctx, embedded.Scrape{Source: "metrics API", Time: now, Samples: samples}); err != nil {
		return err
	}
	return unusable
}

// list reads all pages. No limit is asked for, so that there is one as a rule.
func (p *Poller) list(ctx context.Context) ([]v1beta1.NodeMetrics, error) {
	var nodes []v1beta1.NodeMetrics
	for options := (metav1.ListOptions{}); ; {
		page, err := p.lister.List(ctx, options)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, page.Items...)
		if options.Continue = page.Continue; options.Continue == "" {
			return nodes, nil
		}
	}
}

// Sweep polls once. Errors are logged when they come, change and go.
func (p *Poller) Sweep(ctx context.Context) {
	err := p.Poll(ctx)
	if errors.Is(ctx.Err(), context.Canceled) {
		return // this process ends; the API is not to blame
	}
	p.report(klog.FromContext(ctx), err)
}

func (p *Poller) report(logger klog.Logger, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == p.reported {
		return
	}
	p.reported = text
	if err == nil {
		logger.Info("The metrics API can be read again")
		return
	}
	logger.Error(err, "Unable to measure nodes with the metrics API; they count as not measured once their last data is stale")
}

// Run sweeps once per interval until the context ends, shortly before the rules
// are judged, which is at whole intervals in Unix time.
func (p *Poller) Run(ctx context.Context) {
	for {
		select {
		case <-p.clock.After(untilNext(p.clock.Now(), p.interval)):
			p.Sweep(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func untilNext(now time.Time, interval time.Duration) time.Duration {
	lead := interval / leadShare
	return interval - time.Duration(now.Add(lead).UnixNano()%int64(interval))
}
