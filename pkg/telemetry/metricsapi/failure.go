// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package metricsapi

import (
	"context"
	"errors"
	"fmt"
	"net"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// explain says in an operator's terms why there is no answer. The same cause
// always gives the same text, which is logged once.
func explain(err error) error {
	var connection *net.OpError
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%w (nothing serves it: is metrics-server installed? \"kubectl top node\" has to work)", err)
	case apierrors.IsServiceUnavailable(err):
		return fmt.Errorf("%w (its server does not answer: is metrics-server running? \"kubectl describe apiservice v1beta1.metrics.k8s.io\" tells why)", err)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%w (a ClusterRole has to allow \"list\" on the resource \"nodes\" of the API group \"metrics.k8s.io\")", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer in time: %w", context.DeadlineExceeded)
	case errors.As(err, &connection):
		anyPort := *connection
		anyPort.Source = nil // its port is another one each time
		return &anyPort
	default:
		return err
	}
}
