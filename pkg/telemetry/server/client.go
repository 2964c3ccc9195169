// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package server asks a Prometheus server, or one that speaks its HTTP API,
// what nodes are measured at.
package server

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/api"
	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"k8s.io/klog/v2"
)

const (
	// userAgent is how the server's logs tell these queries from others.
	userAgent = "loadline"
	// maxWarnings bounds what is remembered of a server that says something
	// new each time.
	maxWarnings = 100
)

// Settings say how a server is reached and what is asked of it.
type Settings struct {
	// URL is the base of the HTTP API, without credentials.
	URL string
	// HTTP is how the server is reached, such as by
	// config.DefaultHTTPClientConfig. Files that it names are read again when
	// they change.
	HTTP *config.HTTPClientConfig
	// Matchers are labels, and their values, that every selected series has.
	Matchers map[string]string
}

// Client asks a server. It is safe for concurrent use.
type Client struct {
	url      string
	api      apiv1.API
	matchers []*labels.Matcher
	// hangUp closes the connections that are not in use.
	hangUp func()

	mu     sync.Mutex
	warned map[string]bool // the warnings that have been logged
}

// New makes a client, without asking the server anything.
func New(settings Settings) (*Client, error) {
	client, err := config.NewClientFromConfig(*settings.HTTP, userAgent, config.WithUserAgent(userAgent))
	if err != nil {
		return nil, fmt.Errorf("httpConfig: %w", err)
	}
	hangUp := (&http.Client{Transport: client.Transport}).CloseIdleConnections
	client.Transport = punctual{newLimited(client.Transport)}
	plain, err := api.NewClient(api.Config{Address: settings.URL, Client: client})
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	return &Client{
		url:      settings.URL,
		api:      apiv1.NewAPI(statusClient{plain}),
		matchers: matchersOf(settings.Matchers),
		hangUp:   hangUp,
		warned:   map[string]bool{},
	}, nil
}

// Close closes the connections to the server, which must not be asked any more.
func (c *Client) Close() { c.hangUp() }

// Query answers an instant query that yields a vector. Its errors name the
// server and, where one is known, the remedy.
func (c *Client) Query(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
	restricted, err := restrict(expression, c.matchers)
	if err != nil {
		return nil, err
	}
	value, warnings, err := c.api.Query(ctx, restricted, at)
	c.logWarnings(ctx, warnings)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", c.url, explain(err))
	}
	vector, ok := value.(model.Vector)
	if !ok {
		return nil, fmt.Errorf("asking %s: the answer is %s, not a vector", c.url, kindOf(value))
	}
	return convert(vector), nil
}

// QueryRange answers an expression that yields a vector at several instants: from
// start to no later than end, a step apart. Its errors are as those of Query.
func (c *Client) QueryRange(ctx context.Context, expression string, start, end time.Time, step time.Duration) (promql.Matrix, error) {
	restricted, err := restrict(expression, c.matchers)
	if err != nil {
		return nil, err
	}
	value, warnings, err := c.api.QueryRange(ctx, restricted, apiv1.Range{Start: start, End: end, Step: step})
	c.logWarnings(ctx, warnings)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", c.url, explain(err))
	}
	matrix, ok := value.(model.Matrix)
	if !ok {
		return nil, fmt.Errorf("asking %s: the answer is %s, not a matrix", c.url, kindOf(value))
	}
	return convertMatrix(matrix), nil
}

func kindOf(value model.Value) string {
	if value == nil {
		return "empty"
	}
	return "a " + value.Type().String()
}

// logWarnings logs each warning the first time only: it would come with every
// answer.
func (c *Client) logWarnings(ctx context.Context, warnings []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, warning := range warnings {
		if !c.warned[warning] && len(c.warned) < maxWarnings {
			c.warned[warning] = true
			klog.FromContext(ctx).V(2).Info("Warning from the Prometheus server", "server", c.url, "warning", warning)
		}
	}
}

func convert(vector model.Vector) promql.Vector {
	converted := make(promql.Vector, 0, len(vector))
	builder := labels.NewScratchBuilder(0)
	for _, sample := range vector {
		one := promql.Sample{Metric: convertLabels(&builder, sample.Metric), T: int64(sample.Timestamp), F: float64(sample.Value)}
		if sample.Histogram != nil {
			one.H = convertHistogram(sample.Histogram)
		}
		converted = append(converted, one)
	}
	return converted
}

func convertMatrix(matrix model.Matrix) promql.Matrix {
	converted := make(promql.Matrix, 0, len(matrix))
	builder := labels.NewScratchBuilder(0)
	for _, stream := range matrix {
		series := promql.Series{Metric: convertLabels(&builder, stream.Metric), Floats: make([]promql.FPoint, 0, len(stream.Values))}
		for _, point := range stream.Values {
			series.Floats = append(series.Floats, promql.FPoint{T: int64(point.Timestamp), F: float64(point.Value)})
		}
		for _, point := range stream.Histograms {
			series.Histograms = append(series.Histograms, promql.HPoint{T: int64(point.Timestamp), H: convertHistogram(point.Histogram)})
		}
		converted = append(converted, series)
	}
	return converted
}

func convertLabels(builder *labels.ScratchBuilder, metric model.Metric) labels.Labels {
	builder.Reset()
	for name, value := range metric {
		builder.Add(string(name), string(value))
	}
	builder.Sort()
	return builder.Labels()
}

// convertHistogram keeps that there is one: it is no node's value, which is all
// that is asked.
func convertHistogram(found *model.SampleHistogram) *histogram.FloatHistogram {
	return &histogram.FloatHistogram{Count: float64(found.Count), Sum: float64(found.Sum)}
}
