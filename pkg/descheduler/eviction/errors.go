// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package eviction

import (
	"errors"
	"net/http"
	"strings"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// Codes of the reasons for which a pod is not evicted.
const (
	// Budget: its PodDisruptionBudget allows no disruption now.
	Budget reason.Code = "DisruptionBudget"
	// SeveralBudgets: the Eviction API refuses pods of more than one
	// PodDisruptionBudget.
	SeveralBudgets reason.Code = "SeveralDisruptionBudgets"
	// Overloaded: the API server takes no more requests at the moment.
	Overloaded reason.Code = "APIServerOverloaded"
	// Denied: an admission webhook does not let it go.
	Denied reason.Code = "EvictionDenied"
	// Failed: the last attempt has failed otherwise.
	Failed reason.Code = "EvictionFailed"
)

// ErrGone tells that there is no such pod any more.
var ErrGone = errors.New("the pod is gone")

// BlockedError tells that a pod must not be evicted for the time being.
type BlockedError struct {
	Code reason.Code
	// Message is why, for people.
	Message string
	// RetryAfter is for how long the pod is let be.
	RetryAfter time.Duration
}

// Error says why, and for how long.
func (e *BlockedError) Error() string {
	return e.Message + " (tried again after " + e.RetryAfter.Round(time.Second).String() + ")"
}

// notNow tells a disruption budget from an API server that is busy.
func notNow(err error) *BlockedError {
	blocked := &BlockedError{Code: Overloaded, Message: err.Error()}
	if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
		blocked.RetryAfter = time.Duration(seconds) * time.Second
	}
	if cause, ok := apierrors.StatusCause(err, policyv1.DisruptionBudgetCause); ok {
		blocked.Code, blocked.Message = Budget, cause.Message
	}
	return blocked
}

// hasSeveralBudgets knows an answer that the API server gives no reason with.
func hasSeveralBudgets(err error) bool {
	return statusCode(err) == http.StatusInternalServerError && strings.Contains(err.Error(), "more than one PodDisruptionBudget")
}

// isDeniedByWebhook tells a webhook that says no from one that cannot be asked,
// and from missing rights.
func isDeniedByWebhook(err error) bool {
	code := statusCode(err)
	return code >= 400 && code < 500 && strings.Contains(err.Error(), "admission webhook") && strings.Contains(err.Error(), "denied the request")
}

// isAmbiguous tells that the API server may have evicted the pod all the same. One
// that takes no connection has not.
func isAmbiguous(err error) bool {
	code := statusCode(err)
	return code >= 500 || code == 0 && !utilnet.IsConnectionRefused(err)
}

// statusCode is that of the answer. Zero where there was none.
func statusCode(err error) int {
	if status := apierrors.APIStatus(nil); errors.As(err, &status) {
		return int(status.Status().Code)
	}
	return 0
}
