// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
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

func (i *issuer) source(ctx context.Context) *Tokens {
	return NewTokenSource(ctx, i.client(), "system", "reader", i.clock)
}

func (i *issuer) pass(d time.Duration) { i.clock.SetTime(i.clock.Now().Add(d)) }

func newIssuer() *issuer {
	return &issuer{clock: testingclock.NewFakePassiveClock(start), lifetime: time.Hour}
}

// expectToken expects a token, or an error where it is empty.
func expectToken(t *testing.T, source *Tokens, want, when string) {
	t.Helper()
	switch got, err := source.Token(); {
	case want == "" && err == nil:
		t.Errorf("%s: got %q, want an error", when, got)
	case want != "" && (err != nil || got != want):
		t.Errorf("%s: got %q and error %v, want %q", when, got, err, want)
	}
}

func TestTokenIsRequestedForTheServiceAccount(t *testing.T) {
	issuer := newIssuer()
	source := issuer.source(t.Context())
	for range 3 {
		expectToken(t, source, "token-1", "at first")
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
		source := issuer.source(t.Context())
		expectToken(t, source, "token-1", "at first")
		issuer.pass(lifetime*4/5 - time.Second)
		expectToken(t, source, "token-1", "just before")
		issuer.pass(time.Second)
		expectToken(t, source, "token-2", "then")
	}
}

// The clock here or that of the API server is wrong.
func TestTokenThatIsOverWhenItIsIssuedIsUsed(t *testing.T) {
	issuer := newIssuer()
	issuer.lifetime = -time.Hour
	source := issuer.source(t.Context())
	expectToken(t, source, "token-1", "at first")
	expectToken(t, source, "token-1", "at once")
	issuer.pass(minAge)
	expectToken(t, source, "token-2", "after a while")
}

func TestClockThatIsTurnedBackKeepsNoTokenFromBeingRequested(t *testing.T) {
	issuer := newIssuer()
	issuer.refuses = true
	source := issuer.source(t.Context())
	expectToken(t, source, "", "at first")
	issuer.refuses = false
	issuer.pass(-time.Hour)
	expectToken(t, source, "token-2", "after the clock was turned back")
}

func TestFailingTokenRequestIsNotRepeatedForEachNode(t *testing.T) {
	issuer := newIssuer()
	issuer.refuses = true
	source := issuer.source(t.Context())
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
	issuer.pass(minAge)
	expectToken(t, source, "token-2", "after a while")
}

func TestTokenThatCannotBeRenewedIsUsedToItsEnd(t *testing.T) {
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	logged := func(text string) int {
		return strings.Count(logger.GetSink().(ktesting.Underlier).GetBuffer().String(), text)
	}
	issuer := newIssuer()
	source := issuer.source(klog.NewContext(t.Context(), logger))
	expectToken(t, source, "token-1", "at first")
	issuer.refuses = true
	issuer.pass(50 * time.Minute)
	for range 59 { // till just before its end
		expectToken(t, source, "token-1", "while none is to be had")
		issuer.pass(10 * time.Second)
	}
	issuer.pass(10 * time.Second)
	expectToken(t, source, "", "after its end")
	if got := logged("Unable to renew"); got != 1 {
		t.Errorf("the log says %d times that there is no other, want once", got)
	}
	issuer.refuses = false
	issuer.pass(minAge)
	expectToken(t, source, fmt.Sprintf("token-%d", issuer.issued.Load()+1), "when there are tokens again")
	if got := logged("is renewed again"); got != 1 {
		t.Errorf("the log says %d times that it is over, want once", got)
	}
}

func TestRejectedTokenIsRenewed(t *testing.T) {
	issuer := newIssuer()
	source := issuer.source(t.Context())
	expectToken(t, source, "token-1", "at first")
	source.Reject("token-1")
	expectToken(t, source, "token-1", "rejected while it is new")
	issuer.pass(minAgeRejected)
	source.Reject("another")
	expectToken(t, source, "token-1", "when another is rejected")
	source.Reject("token-1")
	expectToken(t, source, "token-2", "rejected later")
	source.Reject("token-1") // by a kubelet that was slow to say so
	issuer.pass(minAgeRejected)
	expectToken(t, source, "token-2", "when the former one is rejected")

	// Other kubelets may well accept one that cannot be renewed.
	issuer.refuses = true
	source.Reject("token-2")
	expectToken(t, source, "token-2", "rejected while none is to be had")
}

func TestTokenThatNoKubeletAcceptsIsNotRequestedForEachNode(t *testing.T) {
	server := startKubelet(t, status(http.StatusUnauthorized))
	node := nodeAt(t, "a", server.Listener.Addr())
	issuer := newIssuer()
	client, err := NewClient(Settings{TLS: TLS{InsecureSkipVerify: true}}, issuer.source(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.http.CloseIdleConnections)
	ask := func() {
		t.Helper()
		if _, err := client.resources(t.Context(), node, Wanted{}); err == nil {
			t.Fatal("got an answer, want an error")
		}
	}
	for range 20 {
		ask()
	}
	if got := issuer.issued.Load(); got != 1 {
		t.Errorf("requested %d tokens, want one", got)
	}
	issuer.pass(minAgeRejected)
	ask() // which has it rejected
	ask()
	if got := issuer.issued.Load(); got != 2 {
		t.Errorf("requested %d tokens after a while, want another one", got)
	}
}

func TestTokensAreSafeForConcurrentUse(t *testing.T) {
	issuer := newIssuer()
	source := issuer.source(t.Context())
	var users sync.WaitGroup
	for range 32 {
		users.Go(func() {
			for range 100 {
				token, err := source.Token()
				if err != nil {
					t.Error(err)
				}
				source.Reject(token)
			}
		})
	}
	users.Wait()
	if got := issuer.issued.Load(); got != 1 {
		t.Errorf("requested %d tokens, want one", got)
	}
}
