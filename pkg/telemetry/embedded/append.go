// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"k8s.io/klog/v2"
)

// Scrape is what one source said at one time.
type Scrape struct {
	// Source identifies who said it. Series that the same source gave before
	// and gives no longer are marked as stale, as Prometheus does, so that they
	// vanish from queries at once.
	Source string
	// Time is when the source was asked.
	Time    time.Time
	Samples []Sample
}

// Sample is one value of one series.
type Sample struct {
	Series labels.Labels
	Value  float64
	// Time is when the source says that the value was measured. Zero: at the
	// time of the scrape.
	Time time.Time
}

// seriesCache are the series of one source's last scrape, by their hash.
type seriesCache map[uint64]cachedSeries

type cachedSeries struct {
	ref    storage.SeriesRef
	labels labels.Labels
}

var staleMarker = math.Float64frombits(value.StaleNaN)

// Append stores scrapes in one transaction. Samples that are older than what is
// stored of their series, or are stored already, are left out.
func (d *Database) Append(ctx context.Context, scrapes ...Scrape) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	appender := d.storage.AppenderV2(ctx)
	for _, scrape := range scrapes {
		if err := d.appendScrape(ctx, appender, scrape); err != nil {
			return errors.Join(fmt.Errorf("storing the samples of %s: %w", scrape.Source, err), appender.Rollback())
		}
	}
	if err := appender.Commit(); err != nil {
		return fmt.Errorf("storing samples: %w", err)
	}
	return nil
}

func (d *Database) appendScrape(ctx context.Context, appender storage.AppenderV2, scrape Scrape) error {
	before, now := d.scraped[scrape.Source], make(seriesCache, len(scrape.Samples))
	for _, sample := range scrape.Samples {
		hash := sample.Series.Hash()
		cached, ok := before[hash]
		if !ok {
			cached = cachedSeries{labels: sample.Series}
		}
		ref, err := appendSample(ctx, appender, cached, sampleTime(sample, scrape), sample.Value)
		if err != nil {
			return err
		}
		cached.ref = ref
		now[hash] = cached
	}
	for hash, gone := range before {
		if _, ok := now[hash]; ok {
			continue
		}
		if _, err := appendSample(ctx, appender, gone, scrape.Time, staleMarker); err != nil {
			return err
		}
	}
	d.scraped[scrape.Source] = now
	if len(now) == 0 {
		delete(d.scraped, scrape.Source)
	}
	return nil
}

// sampleTime trusts the source on when it measured, except where that is in
// the future: then its clock is wrong, and the sample would not be found before
// that time comes.
func sampleTime(sample Sample, scrape Scrape) time.Time {
	if sample.Time.IsZero() || sample.Time.After(scrape.Time) {
		return scrape.Time
	}
	return sample.Time
}

func appendSample(ctx context.Context, appender storage.AppenderV2, series cachedSeries, at time.Time, v float64) (storage.SeriesRef, error) {
	ref, err := appender.Append(series.ref, series.labels, 0, at.UnixMilli(), v, nil, nil, storage.AppendV2Options{})
	switch {
	case errors.Is(err, storage.ErrOutOfOrderSample), errors.Is(err, storage.ErrOutOfBounds),
		errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
		klog.FromContext(ctx).V(4).Info("Sample left out", "series", series.labels.String(), "time", at, "err", err)
		return series.ref, nil
	default:
		return ref, err
	}
}
