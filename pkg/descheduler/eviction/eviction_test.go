// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package eviction

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

var start = time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)

// apiServer answers evictions and the reading of pods as it is told, and keeps
// what it was asked.
type apiServer struct {
	mu        sync.Mutex
	eviction  metav1.Status
	pod       *corev1.Pod // nil: there is none
	evictions []policyv1.Eviction
	hangUp    bool // evictions get no answer
	blind     bool // nor does the reading of pods
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/eviction") {
		s.evict(w, r)
		return
	}
	if s.blind {
		panic(http.ErrAbortHandler)
	}
	if s.pod == nil {
		answer(w, metav1.Status{Status: metav1.StatusFailure, Code: http.StatusNotFound, Reason: metav1.StatusReasonNotFound})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.pod)
}

func (s *apiServer) evict(w http.ResponseWriter, r *http.Request) {
	var eviction policyv1.Eviction
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path != "/api/v1/namespaces/shop/pods/web-1/eviction" || json.Unmarshal(body, &eviction) != nil {
		http.Error(w, r.URL.Path+": "+string(body), http.StatusBadRequest)
		return
	}
	s.evictions = append(s.evictions, eviction)
	if s.hangUp {
		panic(http.ErrAbortHandler)
	}
	answer(w, s.eviction)
}

// answer is as the API server's own: it sets the header that has clients wait.
func answer(w http.ResponseWriter, status metav1.Status) {
	status.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}
	w.Header().Set("Content-Type", "application/json")
	if status.Details != nil && status.Details.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(int(status.Code))
	_ = json.NewEncoder(w).Encode(status)
}

func (s *apiServer) set(change func(*apiServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *apiServer) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.evictions)
}

// newEvictor makes one of a server that knows the pod.
func newEvictor(t *testing.T) (*Evictor, *apiServer, *clocktesting.FakeClock) {
	t.Helper()
	api := &apiServer{pod: pod("uid-1"), eviction: metav1.Status{Status: metav1.StatusSuccess, Code: http.StatusCreated}}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	client, err := kubernetes.NewForConfig(&rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}})
	if err != nil {
		t.Fatal(err)
	}
	clock := clocktesting.NewFakeClock(start)
	return New(client, clock), api, clock
}

func pod(uid types.UID) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1", UID: uid}}
}

func refused(code int32, reason metav1.StatusReason, message string, causes ...metav1.StatusCause) metav1.Status {
	return metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message, Details: &metav1.StatusDetails{Causes: causes}}
}

// budgetRefuses is how a real API server refuses a pod for its budget.
var budgetRefuses = refused(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests,
	"Cannot evict pod as it would violate the pod's disruption budget.",
	metav1.StatusCause{Type: policyv1.DisruptionBudgetCause, Message: "The disruption budget web needs 3 healthy pods and has 3 currently"})

func TestEvictNamesThePodForGood(t *testing.T) {
	evictor, api, _ := newEvictor(t)
	if err := evictor.Evict(t.Context(), pod("uid-1")); err != nil {
		t.Fatal(err)
	}
	want := []policyv1.Eviction{{
		TypeMeta:      metav1.TypeMeta{APIVersion: "policy/v1", Kind: "Eviction"},
		ObjectMeta:    metav1.ObjectMeta{Namespace: "shop", Name: "web-1"},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions("uid-1")},
	}}
	if diff := cmp.Diff(want, api.evictions); diff != "" {
		t.Errorf("evictions (-want +got):\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	cases := map[string]struct {
		server func(*apiServer)
		// Exactly one of these is wanted, or success.
		wantBlocked reason.Code
		wantGone    bool
		want        []string // parts of the error
	}{
		"evicted": {server: func(*apiServer) {}},
		"its budget": {
			server:      func(s *apiServer) { s.eviction = budgetRefuses },
			wantBlocked: Budget, want: []string{"budget web needs 3 healthy pods", "tried again after 10s"},
		},
		"its budget, which is read anew at the moment": {
			server: func(s *apiServer) {
				s.eviction = budgetRefuses
				s.eviction.Details = &metav1.StatusDetails{RetryAfterSeconds: 30, Causes: []metav1.StatusCause{
					{Type: policyv1.DisruptionBudgetCause, Message: "The disruption budget web is still being processed by the server."},
				}}
			},
			wantBlocked: Budget, want: []string{"still being processed", "tried again after 30s"},
		},
		"its budget, with too many pods under way": {
			server: func(s *apiServer) {
				s.eviction = refused(http.StatusForbidden, metav1.StatusReasonForbidden, "forbidden", metav1.StatusCause{
					Type: policyv1.DisruptionBudgetCause, Message: "The disruption budget web does not allow evicting pods currently: too many pending evictions"})
			},
			wantBlocked: Budget, want: []string{"too many pending evictions"},
		},
		"two budgets": {
			server: func(s *apiServer) {
				s.eviction = refused(http.StatusInternalServerError, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
			},
			wantBlocked: SeveralBudgets, want: []string{"more than one PodDisruptionBudget", "selectors"},
		},
		"an API server that is busy": {
			server: func(s *apiServer) {
				s.eviction = refused(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, "too many requests, please try again later")
			},
			wantBlocked: Overloaded, want: []string{"too many requests"},
		},
		"a webhook that denies it": {
			server: func(s *apiServer) {
				s.eviction = refused(http.StatusForbidden, metav1.StatusReasonForbidden, `admission webhook "guard.example.com" denied the request: not on Fridays`)
			},
			wantBlocked: Denied, want: []string{"not on Fridays"},
		},
		"no right to": {
			server: func(s *apiServer) {
				s.eviction = refused(http.StatusForbidden, metav1.StatusReasonForbidden, `pods "web-1" is forbidden: User "x" cannot create resource "pods/eviction"`)
			},
			want: []string{"evicting pod shop/web-1", "cannot create resource", "manifests/descheduler/rbac-evictions.yaml"},
		},
		"the pod is gone": {
			server: func(s *apiServer) {
				s.eviction, s.pod = refused(http.StatusNotFound, metav1.StatusReasonNotFound, `pods "web-1" not found`), nil
			},
			wantGone: true,
		},
		"its namespace is going": {
			server: func(s *apiServer) {
				s.eviction = refused(http.StatusForbidden, metav1.StatusReasonForbidden, "being terminated", metav1.StatusCause{Type: corev1.NamespaceTerminatingCause})
			},
			wantGone: true,
		},
		"another pod has its name": {
			server: func(s *apiServer) {
				s.eviction, s.pod = refused(http.StatusConflict, metav1.StatusReasonConflict, "the UID in the precondition does not match"), pod("uid-2")
			},
			wantGone: true,
		},
		"it was changed in the same moment": {
			server: func(s *apiServer) {
				s.eviction = refused(http.StatusConflict, metav1.StatusReasonConflict, "the object has been modified")
			},
			want: []string{"evicting pod shop/web-1", "the object has been modified"},
		},
		"a lost answer, and the pod stays": {
			server: func(s *apiServer) { s.hangUp = true },
			want:   []string{"evicting pod shop/web-1", "EOF"},
		},
		"a lost answer, and the pod goes": {
			server: func(s *apiServer) {
				s.hangUp = true
				s.pod.DeletionTimestamp = &metav1.Time{Time: start}
			},
		},
		"a lost answer, and the pod has gone": {
			server: func(s *apiServer) { s.hangUp, s.pod = true, nil },
		},
		"a lost answer, and nobody knows of the pod": {
			server: func(s *apiServer) { s.hangUp, s.blind = true, true },
		},
		"a webhook that cannot be asked": {
			server: func(s *apiServer) {
				s.eviction = refused(http.StatusInternalServerError, metav1.StatusReasonInternalError, `failed calling webhook "guard.example.com": timeout`)
			},
			want: []string{"failed calling webhook"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			evictor, api, _ := newEvictor(t)
			api.set(tc.server)
			err := evictor.Evict(t.Context(), pod("uid-1"))
			var blocked *BlockedError
			var code reason.Code
			if errors.As(err, &blocked) {
				code = blocked.Code
			}
			if code != tc.wantBlocked {
				t.Errorf("got %v (code %q), want code %q", err, code, tc.wantBlocked)
			}
			if got := errors.Is(err, ErrGone); got != tc.wantGone {
				t.Errorf("got %v, want gone: %v", err, tc.wantGone)
			}
			if succeeds := tc.want == nil && !tc.wantGone; succeeds != (err == nil) {
				t.Errorf("got %v, want success: %v", err, succeeds)
			}
			for _, part := range tc.want {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("got %v, want %q in it", err, part)
				}
			}
			if api.asked() != 1 {
				t.Errorf("asked %d times, want once", api.asked())
			}
		})
	}
}

// A pod is looked at even if it was the end of the process by which the answer was
// lost.
func TestLostAtTheEnd(t *testing.T) {
	for name, change := range map[string]func(*corev1.Pod){
		"it goes":  func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: start} },
		"it stays": func(*corev1.Pod) {},
	} {
		t.Run(name, func(t *testing.T) {
			evictor, api, _ := newEvictor(t)
			api.set(func(s *apiServer) { change(s.pod) })
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := evictor.Evict(ctx, pod("uid-1")); (err == nil) != (name == "it goes") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Nobody was evicted by an API server that takes no connection.
func TestNoConnection(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	client, err := kubernetes.NewForConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := New(client, clocktesting.NewFakeClock(start)).Evict(t.Context(), pod("uid-1")); err == nil {
		t.Error("got success, want an error")
	}
}

// A pod that was refused is let be for longer and longer, in which the API server
// is not asked.
func TestBackoff(t *testing.T) {
	evictor, api, clock := newEvictor(t)
	api.set(func(s *apiServer) { s.eviction = budgetRefuses })
	for i, want := range []time.Duration{10, 20, 40, 80, 160, 300, 300} {
		want *= time.Second
		err := evictor.Evict(t.Context(), pod("uid-1"))
		var blocked *BlockedError
		if !errors.As(err, &blocked) || blocked.RetryAfter != want || api.asked() != i+1 {
			t.Fatalf("attempt %d: got %v after %d requests, want a wait of %s", i+1, err, api.asked(), want)
		}
		clock.Step(want - time.Second)
		err = evictor.Evict(t.Context(), pod("uid-1"))
		if !errors.As(err, &blocked) || blocked.RetryAfter != time.Second || api.asked() != i+1 {
			t.Fatalf("within the wait: got %v after %d requests, want one more second and no request", err, api.asked())
		}
		if why := evictor.Blocked("uid-1"); why.Code != Budget || !strings.Contains(why.Message, "tried again after 1s") {
			t.Errorf("within the wait: got %v", why)
		}
		clock.Step(time.Second)
		if why := evictor.Blocked("uid-1"); !why.IsZero() {
			t.Errorf("after the wait: got %v", why)
		}
	}
	if err := evictor.Evict(t.Context(), pod("uid-2")); !errors.As(err, new(*BlockedError)) || api.asked() != 8 {
		t.Errorf("another pod: got %v after %d requests, want it tried", err, api.asked())
	}
}

func TestBackoffEnds(t *testing.T) {
	cases := map[string]func(t *testing.T, evictor *Evictor, api *apiServer, clock *clocktesting.FakeClock){
		"with success": func(t *testing.T, evictor *Evictor, api *apiServer, clock *clocktesting.FakeClock) {
			clock.Step(time.Minute)
			api.set(func(s *apiServer) { s.eviction = metav1.Status{Status: metav1.StatusSuccess, Code: http.StatusCreated} })
			if err := evictor.Evict(t.Context(), pod("uid-1")); err != nil {
				t.Fatal(err)
			}
		},
		"with time": func(_ *testing.T, _ *Evictor, _ *apiServer, clock *clocktesting.FakeClock) {
			clock.Step(time.Hour + time.Second)
		},
	}
	for name, end := range cases {
		t.Run(name, func(t *testing.T) {
			evictor, api, clock := newEvictor(t)
			api.set(func(s *apiServer) { s.eviction = budgetRefuses })
			for range 3 {
				_ = evictor.Evict(t.Context(), pod("uid-1"))
				clock.Step(time.Minute)
			}
			end(t, evictor, api, clock)
			api.set(func(s *apiServer) { s.eviction = budgetRefuses })
			err := evictor.Evict(t.Context(), pod("uid-1"))
			if blocked := (*BlockedError)(nil); !errors.As(err, &blocked) || blocked.RetryAfter != firstWait {
				t.Errorf("got %v, want a wait of %s again", err, firstWait)
			}
			if got := len(evictor.backoff.refusals); got != 1 {
				t.Errorf("%d refusals are remembered, want 1", got)
			}
		})
	}
}
