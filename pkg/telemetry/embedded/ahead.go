// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/prometheus/tsdb"
	"k8s.io/klog/v2"
)

// isAhead tells whether there are samples that are later than they may be. Without
// a bound, or without samples, there are none.
func isAhead(storage *tsdb.DB, bound time.Time) bool {
	return !bound.IsZero() && newest(storage).After(bound)
}

// newest is the time of the latest sample.
func newest(storage *tsdb.DB) time.Time {
	latest := storage.Head().MaxTime()
	for _, block := range storage.Blocks() {
		latest = max(latest, block.MaxTime())
	}
	return time.UnixMilli(latest)
}

// startOver deletes all samples of a storage, and opens it anew.
func startOver(ctx context.Context, storage *tsdb.DB, logger *slog.Logger, limits Limits) (*tsdb.DB, error) {
	klog.FromContext(ctx).Error(nil, "The telemetry data directory holds samples from the future, since the clock was set back; what was measured before is deleted",
		"directory", storage.Dir(), "newest", newest(storage).UTC(), "latestPossible", limits.Latest.UTC())
	if err := storage.Close(); err != nil {
		return nil, err
	}
	if err := remove(storage.Dir(), isStored); err != nil {
		return nil, err
	}
	anew, _, err := openStorage(ctx, storage.Dir(), logger, storageOptions(limits))
	return anew, err
}
