// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"k8s.io/klog/v2"
)

// seriesLimit bounds the series in memory. At the limit, those that are there go
// on, and new ones are refused.
type seriesLimit struct {
	max     atomic.Int64
	head    *tsdb.Head
	metrics *Metrics

	mu sync.Mutex
	// refused is the number of series in the last scrape of a source that were
	// refused, where there were any.
	refused map[string]int
	// reported tells whether the log says that series are refused.
	reported bool
}

func (l *seriesLimit) reached() bool { return l.head.NumSeries() >= uint64(l.max.Load()) }

// record tells how many series of a source's last scrape were refused.
func (l *seriesLimit) record(source string, refused int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if refused == 0 {
		delete(l.refused, source)
		return
	}
	l.refused[source] = refused
	l.metrics.refused.Add(float64(refused))
}

// report logs when the first series is refused, and when none is any more.
func (l *seriesLimit) report(logger klog.Logger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.metrics.series.Set(float64(l.head.NumSeries()))
	switch {
	case len(l.refused) > 0 && !l.reported:
		source, refused := l.largest()
		logger.Error(nil, "Too many series; new ones are dropped (telemetry.embedded.maxSeries)",
			"limit", l.max.Load(), "sources", len(l.refused), "largest", source, "dropped", refused)
	case len(l.refused) == 0 && l.reported:
		logger.Info("No series are dropped any more", "limit", l.max.Load())
	}
	l.reported = len(l.refused) > 0
}

// largest is the source that has lost most.
func (l *seriesLimit) largest() (source string, refused int) {
	for name, n := range l.refused {
		if n > refused || n == refused && name < source {
			source, refused = name, n
		}
	}
	return source, refused
}

// limitedAppender keeps to the limit. What it refuses it leaves out without an
// error, and counts.
type limitedAppender struct {
	storage.AppenderV2
	limit   *seriesLimit
	refused int
}

func (d *Database) newAppender(ctx context.Context) *limitedAppender {
	return &limitedAppender{AppenderV2: d.storage.AppenderV2(ctx), limit: d.limit}
}

// Append returns no reference for what it leaves out. The end of a series of
// which nothing is stored needs none.
func (a *limitedAppender) Append(ref storage.SeriesRef, series labels.Labels, st, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, options storage.AppendV2Options) (storage.SeriesRef, error) {
	if end := value.IsStaleNaN(v); ref == 0 && (end || a.limit.reached()) && !a.stored(series) {
		if !end {
			a.refused++
		}
		return 0, nil
	}
	return a.AppenderV2.Append(ref, series, st, t, v, h, fh, options)
}

func (a *limitedAppender) stored(series labels.Labels) bool {
	known, ok := a.AppenderV2.(storage.GetRef)
	if !ok {
		return false
	}
	ref, _ := known.GetRef(series, series.Hash())
	return ref != 0
}

// limitedStorage keeps what Prometheus' own scraper stores to the limit.
type limitedStorage struct {
	database *Database
}

// maxAhead is how far in the future a target's sample may be, whose clock may be
// fast. The storage takes nothing that is half a block older than its newest sample,
// so that one which is far ahead would shut out all others; the ten minutes that
// Prometheus' scraper allows are more than half of our blocks.
const maxAhead = time.Minute

// AppenderV2 is called once for each scrape of a target.
func (s limitedStorage) AppenderV2(ctx context.Context) storage.AppenderV2 {
	return &targetAppender{
		limitedAppender: s.database.newAppender(ctx), logger: klog.FromContext(ctx),
		latest: time.Now().Add(maxAhead).UnixMilli(),
	}
}

type targetAppender struct {
	*limitedAppender
	logger klog.Logger
	target string
	// latest is the time of the newest sample that is stored, in milliseconds.
	latest int64
}

// Append is as that of limitedAppender, and takes no sample from the future.
func (a *targetAppender) Append(ref storage.SeriesRef, series labels.Labels, st, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, options storage.AppendV2Options) (storage.SeriesRef, error) {
	if t > a.latest {
		return 0, storage.ErrOutOfBounds
	}
	if a.target == "" {
		a.target = fmt.Sprintf("target %q of job %q", series.Get(model.InstanceLabel), series.Get(model.JobLabel))
	}
	return a.limitedAppender.Append(ref, series, st, t, v, h, fh, options)
}

// Commit tells what was refused of the target.
func (a *targetAppender) Commit() error {
	a.limit.record(a.target, a.takeRefused())
	a.limit.report(a.logger)
	return a.limitedAppender.Commit()
}

// takeRefused is the number of series refused since it was last called.
func (a *limitedAppender) takeRefused() int {
	refused := a.refused
	a.refused = 0
	return refused
}
