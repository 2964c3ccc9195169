// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	genericapifilters "k8s.io/apiserver/pkg/endpoints/filters"
	apirequest "k8s.io/apiserver/pkg/endpoints/request"
	genericfilters "k8s.io/apiserver/pkg/server/filters"
	"k8s.io/apiserver/pkg/server/healthz"
	"k8s.io/apiserver/pkg/server/mux"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/component-base/metrics/legacyregistry"
)

// stopTimeout bounds the wait for those who are still being answered at the end.
const stopTimeout = time.Second

// serve answers at /metrics, /healthz, /livez and /readyz until it is stopped. It is
// ready when it knows the cluster. That needs no data of nodes: an outage of the
// telemetry is to block no rollout.
func (s *setup) serve(ctx context.Context, elector *elector, synced func() bool) (stop func(), err error) {
	if s.serving == nil {
		return func() {}, nil
	}
	var alive []healthz.HealthChecker
	if elector.config != nil {
		alive = append(alive, elector.config.WatchDog)
	}
	ready := append(alive[:len(alive):len(alive)], healthz.NewShutdownHealthz(ctx.Done()),
		healthz.NamedCheck("informer-sync", func(*http.Request) error {
			if !synced() {
				return errors.New("the objects of the API server have not all been listed yet")
			}
			return nil
		}))
	paths := mux.NewPathRecorderMux(name)
	healthz.InstallHandler(paths, alive...)
	healthz.InstallLivezHandler(paths, alive...)
	healthz.InstallReadyzHandler(paths, ready...)
	paths.Handle("/metrics", legacyregistry.HandlerWithReset())

	stopping := make(chan struct{})
	stopped, _, err := s.serving.Serve(s.guard(paths), stopTimeout, stopping)
	if err != nil {
		return nil, fmt.Errorf("serving metrics and health: %w", err)
	}
	return func() {
		close(stopping)
		<-stopped
	}, nil
}

// guard answers those who may ask, as Kubernetes' own components do.
func (s *setup) guard(handler http.Handler) http.Handler {
	requests := &apirequest.RequestInfoFactory{}
	handler = genericapifilters.WithAuthorization(handler, s.authorization.Authorizer, scheme.Codecs)
	handler = genericapifilters.WithAuthentication(handler, s.authentication.Authenticator, genericapifilters.Unauthorized(scheme.Codecs), nil, nil)
	handler = genericapifilters.WithRequestInfo(handler, requests)
	handler = genericapifilters.WithCacheControl(handler)
	return genericfilters.WithPanicRecovery(handler, requests)
}
