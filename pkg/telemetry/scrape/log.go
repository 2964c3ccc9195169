// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scrape

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

// repeat is how often Prometheus' libraries may say the same. They would say it
// for each scrape of each target.
const repeat = time.Minute

// newLogger leads the logs of Prometheus' libraries to klog: warnings and errors
// to every log, the rest to that of a higher verbosity.
func newLogger(logger klog.Logger) *slog.Logger {
	return slog.New(sparing{logr.ToSlogHandler(logger.WithName("scrape").V(4)), &sync.Map{}})
}

// sparing lets each warning or error through once in a while, whatever target
// it is about. What is wrong with each is in the report of its health.
type sparing struct {
	slog.Handler
	said *sync.Map // when each message was last let through
}

// Handle passes a record on, or drops it.
func (s sparing) Handle(ctx context.Context, record slog.Record) error {
	if record.Level >= slog.LevelWarn {
		if last, ok := s.said.Load(record.Message); ok && record.Time.Sub(last.(time.Time)) < repeat {
			return nil
		}
		s.said.Store(record.Message, record.Time)
	}
	return s.Handler.Handle(ctx, record)
}

// WithAttrs shares what was said, since Prometheus adds attributes per target.
func (s sparing) WithAttrs(attributes []slog.Attr) slog.Handler {
	return sparing{s.Handler.WithAttrs(attributes), s.said}
}

// WithGroup shares it likewise.
func (s sparing) WithGroup(name string) slog.Handler {
	return sparing{s.Handler.WithGroup(name), s.said}
}
