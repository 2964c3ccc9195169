// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	testingclock "k8s.io/utils/clock/testing"
)

// issuer is an API server that issues tokens, and counts them.
type issuer struct {
	clock    *testingclock.FakePassiveClock
	lifetime time.Duration
	// refuses has requests fail.
	refuses   bool
	issued    atomic.Int32
	requested clienttesting.CreateActionImpl
}

func (i *issuer) client() *fake.Clientset {
	client := fake.NewClientset()
	client.PrependReactor("*", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		i.requested, _ = action.(clienttesting.CreateActionImpl)
		number := i.issued.Add(1)
		if i.refuses {
			return true, nil, errors.New("no tokens today")
		}
		return true, &authenticationv1.TokenRequest{Status: authenticationv1.TokenRequestStatus{
			Token:               fmt.Sprintf("token-%d", number),
			ExpirationTimestamp: metav1.NewTime(i.clock.Now().Add(i.lifetime)),
		}}, nil
	})
	return client
}

func newIssuer() *issuer {
	// The cache in front of the requests knows only the real time.
	return &issuer{clock: testingclock.NewFakePassiveClock(time.Now().Truncate(time.Second)), lifetime: time.Hour}
}

func TestTokenIsRequestedForTheServiceAccount(t *testing.T) {
	issuer := newIssuer()
	source := NewTokenSource(t.Context(), issuer.client(), "system", "reader", issuer.clock)
	for range 3 {
		token, err := source.Token()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := token.AccessToken, "token-1"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	action := issuer.requested
	got := fmt.Sprintf("%s %s/%s %s/%s", action.Verb, action.Resource.Resource, action.Subresource, action.Namespace, action.Name)
	if want := "create serviceaccounts/token system/reader"; got != want {
		t.Errorf("requested %q, want %q", got, want)
	}
	spec := action.Object.(*authenticationv1.TokenRequest).Spec
	if spec.ExpirationSeconds == nil || *spec.ExpirationSeconds != 3600 {
		t.Errorf("requested a lifetime of %v seconds, want an hour", spec.ExpirationSeconds)
	}
}

func TestTokenIsRenewedAfterFourFifthsOfItsLife(t *testing.T) {
	for _, lifetime := range []time.Duration{10 * time.Minute, time.Hour, 24 * time.Hour} {
		issuer := newIssuer()
		issuer.lifetime = lifetime
		token, err := NewTokenSource(t.Context(), issuer.client(), "system", "reader", issuer.clock).Token()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := token.Expiry.Sub(issuer.clock.Now()), lifetime*4/5; got != want {
			t.Errorf("of %v: renewed after %v, want %v", lifetime, got, want)
		}
	}
}

func TestTokenThatIsOverIsRenewed(t *testing.T) {
	issuer := newIssuer()
	issuer.lifetime = -time.Hour
	source := NewTokenSource(t.Context(), issuer.client(), "system", "reader", issuer.clock)
	for _, want := range []string{"token-1", "token-2"} {
		token, err := source.Token()
		if err != nil {
			t.Fatal(err)
		}
		if got := token.AccessToken; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		issuer.clock.SetTime(issuer.clock.Now().Add(minAge))
	}
}

func TestFailingTokenRequestIsNotRepeatedForEachNode(t *testing.T) {
	issuer := newIssuer()
	issuer.refuses = true
	source := NewTokenSource(t.Context(), issuer.client(), "system", "reader", issuer.clock)
	for range 1000 {
		_, err := source.Token()
		for _, want := range []string{"system/reader", "telemetry.embedded.kubelets.serviceAccount", "no tokens today"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("got error %v, want %q in it", err, want)
			}
		}
	}
	if got := issuer.issued.Load(); got != 1 {
		t.Errorf("requested %d tokens, want one", got)
	}
	issuer.refuses = false
	issuer.clock.SetTime(issuer.clock.Now().Add(minAge))
	if _, err := source.Token(); err != nil {
		t.Errorf("after a while: %v", err)
	}
}

func TestTokenThatNoKubeletAcceptsIsNotRequestedForEachNode(t *testing.T) {
	server := startKubelet(t, status(http.StatusUnauthorized))
	node := nodeAt(t, "a", server.Listener.Addr())
	issuer := newIssuer()
	client, err := NewClient(TLS{InsecureSkipVerify: true}, NewTokenSource(t.Context(), issuer.client(), "system", "reader", issuer.clock))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.http.CloseIdleConnections)
	for range 20 {
		if _, err := client.read(t.Context(), node); err == nil {
			t.Fatal("got an answer, want an error")
		}
	}
	if got := issuer.issued.Load(); got != 1 {
		t.Errorf("requested %d tokens, want one", got)
	}
	issuer.clock.SetTime(issuer.clock.Now().Add(minAge))
	_, _ = client.read(t.Context(), node)
	if got := issuer.issued.Load(); got != 2 {
		t.Errorf("requested %d tokens after a while, want another one", got)
	}
}
