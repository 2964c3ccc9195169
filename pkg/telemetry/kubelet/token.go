// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"fmt"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
)

const (
	// tokenLifetime is what is asked for; the API server may give another.
	tokenLifetime = time.Hour
	// tokenTimeout bounds one request for a token.
	tokenTimeout = 10 * time.Second
	// minAge keeps thousands of kubelets from asking for a token each, while none
	// is to be had.
	minAge = 10 * time.Second
	// minAgeRejected keeps one kubelet that accepts none from having a new token
	// made whenever it is asked.
	minAgeRejected = time.Minute
)

// TokenSource gives the tokens that kubelets are shown.
type TokenSource interface {
	// Token is a bearer token that is valid now.
	Token() (string, error)
	// Reject tells that a kubelet did not accept a token.
	Reject(token string)
}

// Tokens are those of a ServiceAccount, requested from the API server and renewed
// when four fifths of their life are over. They are safe for concurrent use.
type Tokens struct {
	ctx                       context.Context // a TokenSource takes none
	client                    kubernetes.Interface
	namespace, serviceAccount string
	clock                     clock.PassiveClock

	mu                 sync.Mutex
	token              string
	renewAt, expiresAt time.Time
	// requestedAt is when a token was last requested, and err what was wrong.
	requestedAt time.Time
	err         error
	// reported is the error that the log tells.
	reported string
}

// NewTokenSource gives the tokens of a ServiceAccount.
func NewTokenSource(ctx context.Context, client kubernetes.Interface, namespace, serviceAccount string, clock clock.PassiveClock) *Tokens {
	return &Tokens{ctx: ctx, client: client, namespace: namespace, serviceAccount: serviceAccount, clock: clock}
}

// Token requests a new token when it is time. One that cannot be renewed is used
// to its end.
func (t *Tokens) Token() (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == "" || !t.clock.Now().Before(t.renewAt) {
		t.renew()
	}
	if t.err == nil || t.clock.Now().Before(t.expiresAt) {
		return t.token, nil
	}
	return "", t.err
}

// Reject has a token renewed, unless it is new.
func (t *Tokens) Reject(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if token == t.token && !t.justRequested(minAgeRejected) {
		t.renewAt = t.clock.Now()
	}
}

// justRequested is false when the clock was turned back, or it could be long
// before a token is requested again.
func (t *Tokens) justRequested(within time.Duration) bool {
	age := t.clock.Since(t.requestedAt)
	return !t.requestedAt.IsZero() && age >= 0 && age < within
}

func (t *Tokens) renew() {
	if t.justRequested(minAge) {
		return
	}
	t.requestedAt = t.clock.Now()
	status, err := t.request()
	t.err = err
	t.report()
	if err != nil {
		return
	}
	lifetime := status.ExpirationTimestamp.Sub(t.requestedAt)
	t.token, t.renewAt, t.expiresAt = status.Token, t.requestedAt.Add(lifetime*4/5), status.ExpirationTimestamp.Time
}

func (t *Tokens) request() (*authenticationv1.TokenRequestStatus, error) {
	ctx, cancel := context.WithTimeout(t.ctx, tokenTimeout)
	defer cancel()
	answer, err := t.client.CoreV1().ServiceAccounts(t.namespace).CreateToken(ctx, t.serviceAccount, &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr.To(int64(tokenLifetime.Seconds()))},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("requesting a token of ServiceAccount %s/%s (telemetry.embedded.kubelets.serviceAccount): %w",
			t.namespace, t.serviceAccount, err)
	}
	return &answer.Status, nil
}

// report logs when a token could not be renewed that goes on being used, and when
// that is over. Without a token the nodes say what is wrong.
func (t *Tokens) report() {
	logger, text := klog.FromContext(t.ctx), ""
	if t.err != nil && t.token != "" {
		text = t.err.Error()
	}
	switch {
	case text == t.reported:
	case text == "":
		logger.Info("The token that kubelets are shown is renewed again")
	default:
		logger.Error(t.err, "Unable to renew the token that kubelets are shown; it is used until it expires", "expires", t.expiresAt)
	}
	t.reported = text
}
