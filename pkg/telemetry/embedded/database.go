// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package embedded is Prometheus' storage and query engine inside the process:
// what Loadline measures with where nothing else is installed.
//
// It keeps two hours of samples in a small directory, and a bounded number of
// series. A process that dies loses
// none of them: the write-ahead log gives them back at the next start.
package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"
	"k8s.io/klog/v2"
)

const (
	// Short blocks keep the memory low, since the head holds up to one and a
	// half of them.
	minBlock = 15 * time.Minute
	maxBlock = 30 * time.Minute
	// walSegment is in bytes. Prometheus' default of 128 MiB is for servers
	// with millions of series.
	walSegment = 16 << 20
	// stripes is the number of locks on the head's series, a power of two.
	stripes = 1 << 10
	// maxSamples bounds the memory of one query. It is Prometheus' default.
	maxSamples = 50_000_000
	// Lookback is how far back a query looks for the latest sample of a series.
	Lookback = 5 * time.Minute
)

// Limits bound a database. A zero stands for the default.
type Limits struct {
	// Retention is how long samples are kept. Default two hours.
	Retention time.Duration
	// MaxBytes bounds the directory: above it the oldest blocks are deleted before
	// their time. What is in memory is in no block yet; its log is bounded by
	// MaxSeries alone. Default 2 GiB.
	MaxBytes int64
	// MaxSeries bounds the series in memory, which are those of the last half
	// hour at most: at the limit, new ones are dropped. A series takes about 2 kB.
	// Default 1,000,000.
	MaxSeries int64
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Retention: cmp.Or(l.Retention, 2*time.Hour),
		MaxBytes:  cmp.Or(l.MaxBytes, 2<<30),
		MaxSeries: cmp.Or(l.MaxSeries, 1_000_000),
	}
}

// Database stores samples and answers PromQL. It is safe for concurrent use.
type Database struct {
	storage *tsdb.DB
	engine  *promql.Engine
	limit   *seriesLimit
	closing *atomic.Bool

	mu sync.Mutex
	// scraped is what was last committed of each source.
	scraped map[string][]knownSeries
}

// Open opens the database in a directory, which no other process may use, and
// makes the directory if need be. queryTimeout bounds each query.
func Open(ctx context.Context, directory string, queryTimeout time.Duration) (*Database, error) {
	return OpenWithin(ctx, directory, queryTimeout, Limits{})
}

// OpenWithin is Open with other than the default limits.
func OpenWithin(ctx context.Context, directory string, queryTimeout time.Duration, limits Limits) (*Database, error) {
	limits = limits.withDefaults()
	logger := klog.FromContext(ctx).WithName("tsdb").V(4)
	closing := &atomic.Bool{}
	slogger := newLibraryLogger(logger, closing)
	options := tsdb.DefaultOptions()
	options.RetentionDuration = limits.Retention.Milliseconds()
	options.MaxBytes = limits.MaxBytes
	options.MinBlockDuration = minBlock.Milliseconds()
	options.MaxBlockDuration = maxBlock.Milliseconds()
	options.WALSegmentSize = walSegment
	options.StripeSize = stripes
	// Registries of their own, since registering twice on one panics.
	storage, err := tsdb.Open(directory, slogger, prometheus.NewRegistry(), options, nil)
	if errors.Is(err, syscall.EAGAIN) { // from its lock file
		err = fmt.Errorf("another process uses it: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the telemetry data directory %q (telemetry.embedded.dataDirectory): %w", directory, err)
	}
	engine := promql.NewEngine(promql.EngineOpts{
		Logger:               slogger,
		Reg:                  prometheus.NewRegistry(),
		MaxSamples:           maxSamples,
		Timeout:              queryTimeout,
		LookbackDelta:        Lookback,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		Parser:               parser.NewParser(parser.Options{}),
	})
	return &Database{
		storage: storage,
		engine:  engine,
		closing: closing,
		limit:   &seriesLimit{max: limits.MaxSeries, head: storage.Head(), metrics: newDatabaseMetrics(), refused: map[string]int{}},
		scraped: map[string][]knownSeries{},
	}, nil
}

// Close flushes and closes the database.
func (d *Database) Close() error {
	d.closing.Store(true)
	if err := d.engine.Close(); err != nil {
		return fmt.Errorf("closing the query engine: %w", err)
	}
	if err := d.storage.Close(); err != nil {
		return fmt.Errorf("closing the telemetry storage: %w", err)
	}
	return nil
}

// Query answers an instant query that yields a vector.
func (d *Database) Query(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
	query, err := d.engine.NewInstantQuery(ctx, d.storage, nil, expression, at)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	vector, err := query.Exec(ctx).Vector()
	if err != nil {
		return nil, err
	}
	// The engine takes its memory back when the query is closed.
	return append(promql.Vector(nil), vector...), nil
}
