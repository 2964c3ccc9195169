// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package eviction

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// requestTimeout bounds one call. An eviction takes milliseconds, unless an
// admission webhook does not answer.
const requestTimeout = 10 * time.Second

// goesTimeout bounds the look at a pod of whose eviction the answer was lost.
const goesTimeout = 2 * time.Second

// Evictor evicts pods through the Eviction API, which heeds their
// PodDisruptionBudgets. It is safe for concurrent use.
type Evictor struct {
	client  kubernetes.Interface
	backoff *backoff
}

// New makes an evictor. The client must be one of an API server: the one for tests
// has no REST client.
func New(client kubernetes.Interface, clock clock.PassiveClock) *Evictor {
	return &Evictor{client: client, backoff: newBackoff(clock)}
}

// Evict has this very pod evicted, and no other that has its name by now. The
// error is ErrGone where there is no such pod any more, and a *BlockedError where
// the eviction is not allowed for the time being, or was not when it was last
// tried. After any other error it is not tried again at once, either.
func (e *Evictor) Evict(ctx context.Context, pod *corev1.Pod) error {
	if blocked := e.backoff.blocked(pod.UID); blocked != nil {
		return blocked
	}
	err := e.explain(ctx, pod, e.request(ctx, pod))
	return e.backoff.note(pod.UID, err)
}

// Blocked tells why a pod is not tried to be evicted now. Zero where it would be.
func (e *Evictor) Blocked(pod types.UID) reason.Reason {
	if blocked := e.backoff.blocked(pod); blocked != nil {
		return reason.Reason{Code: blocked.Code, Message: blocked.Error()}
	}
	return reason.Reason{}
}

// request posts the eviction once. The clientset's own method would wait for
// Retry-After and try again, ten times: the whole loop would wait for one pod.
func (e *Evictor) request(ctx context.Context, pod *corev1.Pod) error {
	return e.client.PolicyV1().RESTClient().Post().
		AbsPath("/api/v1").Namespace(pod.Namespace).Resource("pods").Name(pod.Name).SubResource("eviction").
		Body(&policyv1.Eviction{
			ObjectMeta:    metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name},
			DeleteOptions: &metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(pod.UID))},
		}).
		Timeout(requestTimeout).MaxRetries(0).
		Do(ctx).Error()
}

// explain makes of what the API server has answered what it means.
func (e *Evictor) explain(ctx context.Context, pod *corev1.Pod, err error) error {
	switch {
	case err == nil:
		return nil
	case apierrors.IsNotFound(err), apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return ErrGone
	case apierrors.IsTooManyRequests(err), apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause):
		return notNow(err)
	case hasSeveralBudgets(err):
		return &BlockedError{Code: SeveralBudgets, Message: "the pod has more than one PodDisruptionBudget, of which the Eviction API allows one at most: " +
			"change their selectors so that only one matches"}
	case isDeniedByWebhook(err):
		return &BlockedError{Code: Denied, Message: err.Error()}
	case apierrors.IsForbidden(err):
		return fmt.Errorf("evicting pod %s/%s: %w (the ClusterRole of loadline-descheduler must allow create on pods/eviction: "+
			"apply manifests/descheduler/rbac-evictions.yaml)", pod.Namespace, pod.Name, err)
	case apierrors.IsConflict(err):
		return e.explainConflict(ctx, pod, err)
	case isAmbiguous(err) && e.goes(ctx, pod):
		return nil
	default:
		return fmt.Errorf("evicting pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
}

// explainConflict tells a pod that was replaced by another of its name from one
// that was changed in the same moment.
func (e *Evictor) explainConflict(ctx context.Context, pod *corev1.Pod, conflict error) error {
	now, err := e.client.CoreV1().Pods(pod.Namespace).Get(ctx, pod.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && now.UID != pod.UID {
		return ErrGone
	}
	return fmt.Errorf("evicting pod %s/%s: %w", pod.Namespace, pod.Name, conflict)
}

// goes tells whether a pod is on its way after all, though the answer was lost. It
// is taken to be where nobody knows, and where it has gone for another reason
// meanwhile: rather one eviction too many in the budgets than one too few. Package
// effect finds out in time if it is not. It is asked even if the context has ended,
// which may be how the answer was lost.
func (e *Evictor) goes(ctx context.Context, pod *corev1.Pod) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goesTimeout)
	defer cancel()
	now, err := e.client.CoreV1().Pods(pod.Namespace).Get(ctx, pod.Name, metav1.GetOptions{})
	if err != nil {
		return apierrors.IsNotFound(err) || isAmbiguous(err)
	}
	return now.UID != pod.UID || now.DeletionTimestamp != nil
}
