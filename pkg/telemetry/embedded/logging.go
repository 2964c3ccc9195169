// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/go-logr/logr"
)

// libraryHandler is how Prometheus' storage and engine come to the log. Errors
// are logged at any verbosity, but for those that come of being closed, such as
// that of a compaction which is cut off and begun anew after the next start.
type libraryHandler struct {
	slog.Handler
	closing *atomic.Bool
}

func newLibraryLogger(logger logr.Logger, closing *atomic.Bool) *slog.Logger {
	return slog.New(&libraryHandler{Handler: logr.ToSlogHandler(logger), closing: closing})
}

func (h *libraryHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return !h.closing.Load() && h.Handler.Enabled(ctx, level)
}

func (h *libraryHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &libraryHandler{Handler: h.Handler.WithAttrs(attrs), closing: h.closing}
}

func (h *libraryHandler) WithGroup(name string) slog.Handler {
	return &libraryHandler{Handler: h.Handler.WithGroup(name), closing: h.closing}
}
