// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/oauth2"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/transport"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
)

const (
	// tokenLifetime is what is asked for; the API server may give another.
	tokenLifetime = time.Hour
	// requestTimeout bounds one request for a token.
	requestTimeout = 10 * time.Second
	// minAge keeps thousands of kubelets from asking for a token each, while
	// none is to be had or none of them accepts it.
	minAge = 10 * time.Second
)

// NewTokenSource gives tokens of a ServiceAccount, requested from the API
// server and renewed when four fifths of their life are over.
func NewTokenSource(ctx context.Context, client kubernetes.Interface, namespace, serviceAccount string, clock clock.PassiveClock) transport.ResettableTokenSource {
	return transport.NewCachedTokenSource(&tokenRequester{
		ctx: ctx, client: client, namespace: namespace, serviceAccount: serviceAccount, clock: clock,
	})
}

type tokenRequester struct {
	ctx                       context.Context // oauth2.TokenSource takes none
	client                    kubernetes.Interface
	namespace, serviceAccount string
	clock                     clock.PassiveClock

	mu sync.Mutex
	// token and err are what the last request came to.
	token       *oauth2.Token
	err         error
	requestedAt time.Time
}

// Token requests a new token, unless the last request was just now.
func (r *tokenRequester) Token() (*oauth2.Token, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.requestedAt.IsZero() || r.clock.Since(r.requestedAt) >= minAge {
		r.token, r.err = r.request()
		r.requestedAt = r.clock.Now()
	}
	return r.token, r.err
}

func (r *tokenRequester) request() (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(r.ctx, requestTimeout)
	defer cancel()
	requested := r.clock.Now()
	answer, err := r.client.CoreV1().ServiceAccounts(r.namespace).CreateToken(ctx, r.serviceAccount, &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr.To(int64(tokenLifetime.Seconds()))},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("requesting a token of ServiceAccount %s/%s (telemetry.embedded.kubelets.serviceAccount): %w",
			r.namespace, r.serviceAccount, err)
	}
	lifetime := answer.Status.ExpirationTimestamp.Sub(requested)
	return &oauth2.Token{AccessToken: answer.Status.Token, Expiry: requested.Add(lifetime * 4 / 5)}, nil
}
