// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
)

// repeat is how often the libraries may say the same. A compaction that fails, such
// as for lack of space, is tried again each minute.
const repeat = 10 * time.Minute

// libraryHandler is how Prometheus' storage and engine come to the log. Errors
// are logged at any verbosity, but for those that come of being closed, such as
// that of a compaction which is cut off and begun anew after the next start.
type libraryHandler struct {
	slog.Handler
	closing *atomic.Bool
	said    *sync.Map // when each error was last let through, by its message
}

func newLibraryLogger(logger logr.Logger, closing *atomic.Bool) *slog.Logger {
	return slog.New(&libraryHandler{Handler: logr.ToSlogHandler(logger), closing: closing, said: &sync.Map{}})
}

func (h *libraryHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return !h.closing.Load() && h.Handler.Enabled(ctx, level)
}

// Handle passes a record on, unless it is an error that was told of late.
func (h *libraryHandler) Handle(ctx context.Context, record slog.Record) error {
	if record.Level >= slog.LevelError {
		if last, ok := h.said.Load(record.Message); ok && record.Time.Sub(last.(time.Time)) < repeat {
			return nil
		}
		h.said.Store(record.Message, record.Time)
	}
	return h.Handler.Handle(ctx, record)
}

func (h *libraryHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &libraryHandler{Handler: h.Handler.WithAttrs(attrs), closing: h.closing, said: h.said}
}

func (h *libraryHandler) WithGroup(name string) slog.Handler {
	return &libraryHandler{Handler: h.Handler.WithGroup(name), closing: h.closing, said: h.said}
}
