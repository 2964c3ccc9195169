// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

// probe is the name of a pod that is not there.
const probe = "no-such-pod"

// gate is an admission webhook that sees each request to evict a pod, and may hold
// it up or refuse it.
type gate struct {
	// answer refuses the nth request, from 1 on, or lets it pass with nil.
	answer func(ctx context.Context, nth int) *metav1.Status

	mu    sync.Mutex
	open  bool        // the API server asks here
	asked []types.UID // one for each request
}

// newGate sets up a gate that all evictions have to pass from now on.
func (f *fixture) newGate(answer func(ctx context.Context, nth int) *metav1.Status) *gate {
	f.Helper()
	g := &gate{answer: answer}
	server := httptest.NewTLSServer(g)
	f.Cleanup(server.Close)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	_, err := f.client.AdmissionregistrationV1().ValidatingWebhookConfigurations().Create(f, &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "gate"},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name:         "gate.loadline.dev",
			ClientConfig: admissionregistrationv1.WebhookClientConfig{URL: ptr.To(server.URL), CABundle: certificate},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods/eviction"}},
			}},
			SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNone),
			AdmissionReviewVersions: []string{"v1"},
			TimeoutSeconds:          ptr.To[int32](30),
		}},
	}, metav1.CreateOptions{})
	f.must(err)
	f.await("the API server to ask at the gate", func() string {
		_ = f.client.CoreV1().Pods(namespace).EvictV1(f, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: probe}})
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.open {
			return "it does not"
		}
		return ""
	})
	return g
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var review admissionv1.AdmissionReview
	var eviction policyv1.Eviction
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := json.Unmarshal(review.Request.Object.Raw, &eviction); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	status := g.decide(r.Context(), &eviction)
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: status == nil, Result: status}
	review.Request = nil
	if err := json.NewEncoder(w).Encode(review); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (g *gate) decide(ctx context.Context, eviction *policyv1.Eviction) *metav1.Status {
	if nth := g.enter(eviction); nth > 0 {
		return g.answer(ctx, nth) // which may take its time
	}
	return nil
}

// enter takes down a request, and tells how many there have been. Zero for a probe.
func (g *gate) enter(eviction *policyv1.Eviction) (nth int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	if eviction.Name == probe {
		return 0
	}
	g.asked = append(g.asked, *eviction.DeleteOptions.Preconditions.UID)
	return len(g.asked)
}

// requests are the pods that were to be evicted, one for each request.
func (g *gate) requests() []types.UID {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.asked)
}

// awaitRequests waits until so many evictions have been asked for.
func (f *fixture) awaitRequests(g *gate, want int) {
	f.Helper()
	f.await(fmt.Sprintf("%d requests to evict", want), func() string {
		if got := len(g.requests()); got < want {
			return fmt.Sprintf("%d were made", got)
		}
		return ""
	})
}

// awaitSignal waits until a channel is closed.
func (f *fixture) awaitSignal(what string, signal <-chan struct{}) {
	f.Helper()
	f.await(what, func() string {
		select {
		case <-signal:
			return ""
		default:
			return "it has not come"
		}
	})
}

// hold waits until a request may go on, or is given up.
func hold(ctx context.Context, goOn <-chan struct{}) {
	select {
	case <-goOn:
	case <-ctx.Done():
	}
}

// overBudget is how the API server refuses an eviction that a PodDisruptionBudget
// does not allow.
func overBudget() *metav1.Status {
	return &metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusTooManyRequests, Reason: metav1.StatusReasonTooManyRequests,
		Message: "Cannot evict pod as it would violate the pod's disruption budget.",
		Details: &metav1.StatusDetails{
			RetryAfterSeconds: 1,
			Causes:            []metav1.StatusCause{{Type: policyv1.DisruptionBudgetCause, Message: "The disruption budget needs 2 healthy pods and has 2 currently"}},
		},
	}
}
