// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/loadline-dev/loadline/pkg/inspect"
)

// Handler answers a browser, by the scheduler and, where it asks for plans, by the
// descheduler. It is for inspect.Serve, which refuses all but questions to this host.
func Handler(scheduler, descheduler http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(inspect.PlanPath, descheduler)
	mux.Handle("/", scheduler)
	return mux
}

// Nobody answers in the place of a program that is not asked, and says why.
func Nobody(reason string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) { refuse(w, request, reason) })
}

// serveFailure answers in the place of a program that cannot be asked.
func (r *Relay) serveFailure(w http.ResponseWriter, request *http.Request, err error) {
	if request.Context().Err() == nil {
		refuse(w, request, err.Error())
	}
}

// refuse says why there is no answer: as a page, which tries again by itself, to who
// opens one. The status is not that of a program that has measured nothing yet (503).
func refuse(w http.ResponseWriter, request *http.Request, reason string) {
	if !strings.Contains(request.Header.Get("Accept"), "text/html") {
		http.Error(w, reason, http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusBadGateway)
	_ = failurePage.Execute(w, reason)
}

var failurePage = template.Must(template.New("failure").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Loadline: nobody answers</title>
<h1>Nobody answers</h1>
<p>{{.}}</p>
<p>This page tries again every 5 seconds. What it needs is in <code>kubectl loadline dashboard --help</code>.</p>
</html>
`))
