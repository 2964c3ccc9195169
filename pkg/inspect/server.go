// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package inspect serves what Loadline decided and why, as JSON over HTTP, to
// whoever is on the same host or comes through a port-forward.
//
// There is no authentication: the server listens on a loopback address alone, so
// that whoever may forward ports of the pod may read. It changes nothing.
package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/explain"
)

const (
	// DefaultAddress is where a scheduler serves.
	DefaultAddress = "127.0.0.1:10269"
	// DecisionsPath answers with Decisions. The parameters "namespace" and "pod"
	// leave only those on pods of that name.
	DecisionsPath = "/v1/decisions"

	// readTimeout and writeTimeout keep a client that stalls from staying.
	readTimeout  = 10 * time.Second
	writeTimeout = time.Minute
	// shutdownTimeout bounds how long answers under way may take at the end.
	shutdownTimeout = time.Second
)

// Decisions is the answer of DecisionsPath, the pod that was first seen earliest
// first.
type Decisions struct {
	Decisions []*explain.Decision `json:"decisions"`
	Journal   Journal             `json:"journal"`
}

// Journal is what decisions are served from: how far back they go.
type Journal struct {
	// Since is when it was begun. What was decided before is not known here.
	Since time.Time `json:"since"`
	// Pods is the number of pods in it, and Capacity of those that it has room
	// for. Once it is full, the pod that was first seen earliest is forgotten.
	Pods     int `json:"pods"`
	Capacity int `json:"capacity"`
}

// Listen opens an address to serve on, such as DefaultAddress. One that others
// could reach is refused. Port 0 is any free one.
func Listen(address string) (net.Listener, error) {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address to inspect at (--inspect-address): %w", err)
	}
	if !parsed.Addr().IsLoopback() {
		return nil, fmt.Errorf("the address to inspect at (--inspect-address) is %s, which others can reach: "+
			"there is no authentication, so give one of 127.0.0.0/8 or [::1], and use kubectl port-forward", address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for those who inspect (--inspect-address): %w", err)
	}
	return listener, nil
}

// Serve answers on a listener until the context ends. since is when the journal
// was begun.
func Serve(ctx context.Context, listener net.Listener, journal *explain.Journal, since time.Time) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+DecisionsPath, func(w http.ResponseWriter, r *http.Request) { serveDecisions(w, r, journal, since) })
	server := &http.Server{Handler: onlyLocal(mux), ReadTimeout: readTimeout, WriteTimeout: writeTimeout}
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			klog.FromContext(ctx).V(2).Info("Answers to those who inspect were cut off", "err", err)
		}
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving those who inspect: %w", err)
	}
	return nil
}

// onlyLocal refuses requests that name another host. A web page that someone on
// this host looks at could otherwise read along, by a name of its own that leads
// here.
func onlyLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(r.Host); err == nil {
			host = name
		}
		address, err := netip.ParseAddr(host)
		if host != "localhost" && (err != nil || !address.IsLoopback()) {
			http.Error(w, "give localhost as the host", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func serveDecisions(w http.ResponseWriter, r *http.Request, journal *explain.Journal, since time.Time) {
	query, found := r.URL.Query(), journal.All()
	if query.Has("pod") {
		found = journal.Find(query.Get("namespace"), query.Get("pod"))
	}
	answer := Decisions{Decisions: found, Journal: Journal{Since: since}}
	answer.Journal.Pods, answer.Journal.Capacity = journal.Size()
	if found == nil {
		answer.Decisions = []*explain.Decision{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		klog.FromContext(r.Context()).V(2).Info("Unable to answer", "path", r.URL.Path, "err", err)
	}
}
