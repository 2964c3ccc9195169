// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"fmt"
	"math"
	"syscall"
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
	Time time.Time
	// Samples are of one series each. Of two of the same series the first
	// counts.
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

// badScrape says which scrape could not be stored, and why.
type badScrape struct {
	source string
	err    error
}

func (e *badScrape) Error() string {
	return fmt.Sprintf("storing the samples of %s: %v", e.source, e.err)
}
func (e *badScrape) Unwrap() error { return e.err }

var staleMarker = math.Float64frombits(value.StaleNaN)

// Append stores scrapes. One that cannot be stored is left out as a whole, named
// in the error, and harms no other. Samples that are older than what is stored
// of their series, or are stored already, are left out.
func (d *Database) Append(ctx context.Context, scrapes ...Scrape) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.limit.report(klog.FromContext(ctx))
	err := d.appendTogether(ctx, scrapes...)
	if bad := (*badScrape)(nil); len(scrapes) == 1 || !errors.As(err, &bad) {
		return err
	}
	// Nothing can be taken out of a transaction again, so each gets its own.
	var errs []error
	for _, scrape := range scrapes {
		errs = append(errs, d.appendTogether(ctx, scrape))
	}
	return errors.Join(errs...)
}

// appendTogether stores scrapes in one transaction: all of them or none.
func (d *Database) appendTogether(ctx context.Context, scrapes ...Scrape) error {
	appender := d.newAppender(ctx)
	// What is known of the sources waits here for the transaction to succeed.
	series, refused := make(map[string][]knownSeries, len(scrapes)), make(map[string]int, len(scrapes))
	for _, scrape := range scrapes {
		before, ok := series[scrape.Source]
		if !ok {
			before = d.scraped[scrape.Source]
		}
		now, err := appendScrape(ctx, appender, before, scrape)
		if err != nil {
			return errors.Join(&badScrape{source: scrape.Source, err: err}, appender.Rollback())
		}
		series[scrape.Source], refused[scrape.Source] = now, appender.takeRefused()
	}
	switch err := appender.Commit(); {
	case isFull(err):
		return d.full() // always the same words, so that it is logged once
	case err != nil:
		return fmt.Errorf("storing samples: %w", err)
	}
	for source, known := range series {
		d.scraped[source] = known
		if len(known) == 0 {
			delete(d.scraped, source)
		}
		d.limit.record(source, refused[source])
	}
	return nil
}

// full is the error of samples for which there is no space. Those that are there can
// still be asked for, and grow older.
func (d *Database) full() error {
	return fmt.Errorf("storing samples: there is no space left in the telemetry data directory %q (telemetry.embedded.dataDirectory): %w",
		d.directory, syscall.ENOSPC)
}

// appendScrape returns the series of a scrape. before are those of the scrape
// before it from the same source.
func appendScrape(ctx context.Context, appender storage.AppenderV2, before []knownSeries, scrape Scrape) (now []knownSeries, err error) {
	series := newMatching(before, len(scrape.Samples))
	for _, sample := range scrape.Samples {
		known, twice := series.find(sample.Series)
		if twice {
			continue
		}
		if known.ref, err = appendSample(ctx, appender, known, sampleTime(sample, scrape), sample.Value); err != nil {
			return nil, err
		}
		series.add(known)
	}
	for _, gone := range series.gone() {
		if _, err := appendSample(ctx, appender, gone, scrape.Time, staleMarker); err != nil {
			return nil, err
		}
	}
	return series.now, nil
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

func appendSample(ctx context.Context, appender storage.AppenderV2, series knownSeries, at time.Time, v float64) (storage.SeriesRef, error) {
	ref, err := appender.Append(series.ref, series.labels, 0, at.UnixMilli(), v, nil, nil, storage.AppendV2Options{})
	if err == nil || !isLeftOut(err) {
		return ref, err
	}
	klog.FromContext(ctx).V(4).Info("Sample left out", "series", series.labels.String(), "time", at, "err", err)
	return series.ref, nil
}

// isLeftOut tells whether the storage has no place for a sample because of its
// time.
func isLeftOut(err error) bool {
	return errors.Is(err, storage.ErrOutOfOrderSample) || errors.Is(err, storage.ErrOutOfBounds) ||
		errors.Is(err, storage.ErrTooOldSample) || errors.Is(err, storage.ErrDuplicateSampleForTimestamp)
}
