// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboard

import (
	"context"
	"net/http"

	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/standing"
)

// Standing is the answer of StandingPath.
type Standing struct {
	*standing.Report
	// Warnings are about what could not be found out.
	Warnings []string `json:"warnings,omitempty"`
	// Error is why this is not the latest.
	Error string `json:"error,omitempty"`
}

func (p *Page) standings() http.Handler {
	reports := newKept(p.Clock, func(ctx context.Context) (*standing.Report, error) { return standing.Read(ctx, p.Client, p.Namespace) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		report, known, err := reports.get(r.Context())
		if !known {
			unavailable(w, err)
			return
		}
		inspect.Answer(w, r, Standing{Report: report, Warnings: report.Warnings, Error: text(err)})
	})
}

// unavailable says why there is no answer.
func unavailable(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), http.StatusServiceUnavailable)
}

// text is that of an error. Empty for none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
