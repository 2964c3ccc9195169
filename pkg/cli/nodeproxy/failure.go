// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package nodeproxy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Cause is why a kubelet could not be asked.
type Cause string

const (
	// NotPermitted means that the API server does not let this user ask kubelets.
	NotPermitted Cause = "NotPermitted"
	// KubeletUnauthenticated and KubeletForbidden mean that the kubelet refuses
	// the API server, with the status 401 and 403.
	KubeletUnauthenticated Cause = "KubeletUnauthenticated"
	KubeletForbidden       Cause = "KubeletForbidden"
	// Certificate means that the API server does not accept the certificate that
	// the kubelet serves with.
	Certificate Cause = "Certificate"
	// Refused means that nothing listens at the kubelet's address.
	Refused Cause = "Refused"
	// Lookup means that the API server does not find the kubelet's address.
	Lookup Cause = "Lookup"
	// Address means that the API server passes nothing on to addresses of this
	// kind, such as loopback.
	Address Cause = "Address"
	// Timeout means that there was no answer in time.
	Timeout Cause = "Timeout"
	// Unreachable means that the API server cannot reach the kubelet in another
	// way.
	Unreachable Cause = "Unreachable"
	// NotServed means that the kubelet knows no such path.
	NotServed Cause = "NotServed"
	// Gone means that there is no such node any more.
	Gone Cause = "Gone"
	// Unreadable means that there was an answer, and nothing can be made of it.
	Unreadable Cause = "Unreadable"
	// Other is any other cause.
	Other Cause = "Other"
)

// Failure is what has come instead of an answer.
type Failure struct {
	Cause Cause
	// Text is what was said, by the API server or by the kubelet.
	Text string
}

// Error is the text.
func (f *Failure) Error() string { return f.Text }

// CauseOf is the cause of an error of this package.
func CauseOf(err error) Cause {
	var failure *Failure
	if errors.As(err, &failure) {
		return failure.Cause
	}
	return Other
}

// explain tells what is behind an error, of which the client knows only that a
// request has failed.
func explain(ctx context.Context, err error, timeout time.Duration) error {
	var status apierrors.APIStatus
	switch {
	case errors.As(err, &status) && fromKubelet(err):
		return kubeletFailure(int(status.Status().Code), messageOf(status))
	case errors.As(err, &status):
		return serverFailure(err, status.Status().Message)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &Failure{Timeout, fmt.Sprintf("no answer within %s", timeout)}
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return &Failure{Other, err.Error()}
	}
}

// fromKubelet tells whether an error was made of an answer that is not the API
// server's own: those have a structure.
func fromKubelet(err error) bool { return apierrors.IsUnexpectedServerError(err) }

// messageOf is the text of an answer without a structure.
func messageOf(status apierrors.APIStatus) string {
	details := status.Status().Details
	if details == nil || len(details.Causes) == 0 {
		return status.Status().Message
	}
	message, _, _ := strings.Cut(strings.TrimSpace(details.Causes[0].Message), "\n")
	return message
}

// kubeletFailure is of what a kubelet said, or whatever answers in its place.
func kubeletFailure(code int, message string) *Failure {
	text := fmt.Sprintf("the kubelet answers %d %s", code, http.StatusText(code))
	if message != "" && message != "unknown" {
		text += ": " + message
	}
	switch code {
	case http.StatusUnauthorized:
		return &Failure{KubeletUnauthenticated, text}
	case http.StatusForbidden:
		return &Failure{KubeletForbidden, text}
	case http.StatusNotFound:
		return &Failure{NotServed, text}
	default:
		return &Failure{Other, text}
	}
}

// unreached begins what the API server says when it has no answer to pass on.
const unreached = "error trying to reach service: "

// serverFailure is of what the API server said itself.
func serverFailure(err error, message string) *Failure {
	switch {
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return &Failure{NotPermitted, message}
	case apierrors.IsNotFound(err):
		return &Failure{Gone, message}
	}
	reason, ok := strings.CutPrefix(message, unreached)
	if !ok && !apierrors.IsBadRequest(err) { // which it says of an address
		return &Failure{Other, message}
	}
	return &Failure{unreachedCause(reason), "the API server cannot reach the kubelet: " + reason}
}

// unreachedCause reads the words of the API server and of Go's network libraries,
// with which it is built.
func unreachedCause(reason string) Cause {
	for _, known := range []struct {
		part  string
		cause Cause
	}{
		{"x509: ", Certificate},
		{"tls: ", Certificate},
		{"connection refused", Refused},
		{"lookup ", Lookup},
		{"address not allowed", Address},
		{"timeout", Timeout},
		{"deadline exceeded", Timeout},
	} {
		if strings.Contains(reason, known.part) {
			return known.cause
		}
	}
	return Unreachable
}
