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
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
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
	// blockSegment is what a block that is being written takes at once, in bytes.
	// Prometheus' default of 512 MiB fits into no small volume, in which no block
	// would ever be made, and the log would grow for ever.
	blockSegment = 16 << 20
	// never is for the storage's own housekeeping between compactions. That moves
	// full chunks from memory to disk, and where the disk is full the library
	// panics, which would end the whole process. They stay in memory until they
	// are in a block instead, which takes half an hour at most.
	never = 100 * 365 * 24 * time.Hour
	// stripes is the number of locks on the head's series, a power of two.
	stripes = 1 << 10
	// maxSamples bounds the memory of one query: 16 bytes each, with eight queries at a
	// time. It suffices for all pods of 5,000 nodes over eight minutes. With
	// Prometheus' default of 50 million, a few queries that are too expensive would
	// take several gigabytes.
	maxSamples = 5_000_000
	// Lookback is how far back a query looks for the latest sample of a series.
	Lookback = 5 * time.Minute
)

// Limits bound a database. A zero stands for the default.
type Limits struct {
	// Retention is how long samples are kept. Default two hours.
	Retention time.Duration
	// MaxBytes bounds the directory: above it the oldest blocks are deleted before
	// their time. What is in memory is in no block yet; its log, which counts, is
	// bounded by MaxSeries alone: it has up to an hour, at about 11 bytes per
	// sample. Default 2 GiB.
	MaxBytes int64
	// MaxSeries bounds the series in memory, which are those of the last half
	// hour at most: at the limit, new ones are dropped. A series takes about 2 kB.
	// Default 1,000,000.
	MaxSeries int64
	// Latest is the latest time that there may be samples of when the database is
	// opened. Where there are later ones, the clock has been set back since: all is
	// deleted, or nothing could be stored until that time, and what is as old as the
	// clock was set back would pass for new. Zero: any.
	Latest time.Time
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Latest:    l.Latest,
		Retention: cmp.Or(l.Retention, 2*time.Hour),
		MaxBytes:  cmp.Or(l.MaxBytes, 2<<30),
		MaxSeries: cmp.Or(l.MaxSeries, 1_000_000),
	}
}

// Database stores samples and answers PromQL. It is safe for concurrent use.
type Database struct {
	directory string
	storage   *tsdb.DB
	engine    atomic.Pointer[promql.Engine]
	limit     *seriesLimit
	closing   *atomic.Bool
	logger    *slog.Logger // of the libraries
	// setAside tells that what was there before could not be read.
	setAside bool

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
	closing := &atomic.Bool{}
	logger := newLibraryLogger(klog.FromContext(ctx).WithName("tsdb").V(4), closing)
	storage, setAside, err := openStorage(ctx, directory, logger, storageOptions(limits))
	if err == nil && isAhead(storage, limits.Latest) {
		storage, err = startOver(ctx, storage, logger, limits)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the telemetry data directory %q (telemetry.embedded.dataDirectory): %w", directory, err)
	}
	d := &Database{
		directory: directory, storage: storage, closing: closing, logger: logger, setAside: setAside,
		limit:   &seriesLimit{head: storage.Head(), metrics: NewMetrics(), refused: map[string]int{}},
		scraped: map[string][]knownSeries{},
	}
	d.limit.max.Store(limits.MaxSeries)
	d.engine.Store(newQueryEngine(logger, queryTimeout))
	return d, nil
}

func storageOptions(limits Limits) *tsdb.Options {
	options := tsdb.DefaultOptions()
	options.RetentionDuration = limits.Retention.Milliseconds()
	options.MaxBytes = limits.MaxBytes
	options.MinBlockDuration = minBlock.Milliseconds()
	options.MaxBlockDuration = maxBlock.Milliseconds()
	options.MaxBlockChunkSegmentSize = blockSegment
	options.WALSegmentSize = walSegment
	options.StripeSize = stripes
	options.BlockReloadInterval = never
	return options
}

func newQueryEngine(logger *slog.Logger, timeout time.Duration) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger:               logger,
		Reg:                  prometheus.NewRegistry(), // registering twice on one panics
		MaxSamples:           maxSamples,
		Timeout:              timeout,
		LookbackDelta:        Lookback,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		Parser:               parser.NewParser(parser.Options{}),
	})
}

// Directory is where the samples are kept.
func (d *Database) Directory() string { return d.directory }

// Adjust puts other limits in force, and another bound on each query. What is beyond
// them already stays until its time comes.
func (d *Database) Adjust(queryTimeout time.Duration, limits Limits) error {
	limits = limits.withDefaults()
	retention := &config.TSDBRetentionConfig{Time: model.Duration(limits.Retention)}
	setSize(&retention.Size, limits.MaxBytes)
	err := d.storage.ApplyConfig(&config.Config{StorageConfig: config.StorageConfig{TSDBConfig: &config.TSDBConfig{Retention: retention}}})
	if err != nil {
		return fmt.Errorf("changing the limits of the telemetry storage: %w", err)
	}
	d.limit.max.Store(limits.MaxSeries)
	return d.engine.Swap(newQueryEngine(d.logger, queryTimeout)).Close()
}

// setSize spares the name of the library's type.
func setSize[T ~int64](size *T, bytes int64) { *size = T(bytes) }

// Close flushes and closes the database. What cannot be flushed, for lack of space,
// is in the log all the same.
func (d *Database) Close() (err error) {
	d.closing.Store(true)
	defer func() {
		if panicked := recover(); panicked != nil { // as the library does where it cannot write
			err = fmt.Errorf("closing the telemetry storage: %v", panicked)
		}
	}()
	if err := d.engine.Load().Close(); err != nil {
		return fmt.Errorf("closing the query engine: %w", err)
	}
	if err := d.storage.Close(); err != nil {
		return fmt.Errorf("closing the telemetry storage: %w", err)
	}
	return nil
}

// Query answers an instant query that yields a vector.
func (d *Database) Query(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
	query, err := d.engine.Load().NewInstantQuery(ctx, d.storage, nil, expression, at)
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
