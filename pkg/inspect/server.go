// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package inspect serves what Loadline measured, decided and plans, and why, as
// JSON over HTTP, to whoever is on the same host or comes through a port-forward.
//
// There is no authentication: the server listens on a loopback address alone, so
// that whoever may forward ports of the pod may read. It changes nothing.
//
// Of all answers, fields are added to them, and none is taken away. Ages and other
// lengths of time are in seconds, shares and values of metrics that are fractions
// from 0 to 1, amounts of resources in cores, bytes or numbers.
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

	"github.com/klauspost/compress/gzhttp"
	"k8s.io/klog/v2"
)

const (
	// DefaultAddress is where a scheduler serves.
	DefaultAddress = "127.0.0.1:10269"
	// DefaultDeschedulerAddress is where a descheduler serves.
	DefaultDeschedulerAddress = "127.0.0.1:10289"

	// readTimeout and writeTimeout keep a client that stalls from staying.
	readTimeout  = 10 * time.Second
	writeTimeout = time.Minute
	// shutdownTimeout bounds how long answers under way may take at the end.
	shutdownTimeout = time.Second
)

// Listen opens an address to serve on, such as DefaultAddress. One that others
// could reach is refused. Port 0 is any free one.
func Listen(address string) (net.Listener, error) {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading --inspect-address: %w", err)
	}
	if !parsed.Addr().IsLoopback() {
		return nil, fmt.Errorf("--inspect-address is %s, which others can reach: "+
			"there is no authentication, so give one of 127.0.0.0/8 or [::1], and use kubectl port-forward", address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening at --inspect-address: %w", err)
	}
	return listener, nil
}

// Serve answers on a listener until the context ends, by the handler of a Scheduler
// or a Descheduler.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	// One way of compressing will do, and everybody knows gzip.
	compressed, err := gzhttp.NewWrapper(gzhttp.EnableZstd(false))
	if err != nil {
		return fmt.Errorf("preparing to compress answers: %w", err)
	}
	server := &http.Server{
		Handler:     guarded(compressed(onlyLocal(onlyReading(handler)))),
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
	}
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

// Answer writes what was asked for.
func Answer(w http.ResponseWriter, r *http.Request, object any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(object); err != nil {
		klog.FromContext(r.Context()).V(2).Info("Unable to answer", "path", r.URL.Path, "err", err)
	}
}
