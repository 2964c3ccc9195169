// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/client-go/kubernetes"
)

// Lease is who leads. The zero value: that is not known.
type Lease struct {
	name string
	// Holder is the name of the leader's pod, and Since since when it leads.
	Holder string
	Since  time.Time
	// expired is how long ago it was renewed, where that is longer than it should be.
	expired time.Duration
}

// Lease finds out who leads. Where the lease may not be read, or there is none, that
// stays open.
func (a *Asker) Lease(ctx context.Context) Lease {
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	return readLease(ctx, a.Client, a.Namespace, a.Name, a.Clock.Now())
}

func readLease(ctx context.Context, client kubernetes.Interface, namespace, name string, now time.Time) Lease {
	lease := Lease{name: name}
	found, err := client.CoordinationV1().Leases(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return lease
	}
	if spec := found.Spec; spec.HolderIdentity != nil && spec.AcquireTime != nil {
		lease.Holder, _, _ = strings.Cut(*spec.HolderIdentity, "_") // of its pod's name and a UUID
		lease.Since = spec.AcquireTime.Time
	}
	if spec := found.Spec; spec.RenewTime != nil && spec.LeaseDurationSeconds != nil {
		if age := now.Sub(spec.RenewTime.Time); age > time.Duration(*spec.LeaseDurationSeconds)*time.Second {
			lease.expired = age
		}
	}
	return lease
}

// Silence says for how long the lease has not been renewed, if that is longer than it
// should be. Empty where all is well or nothing can be told.
func (l Lease) Silence() string {
	if l.expired == 0 {
		return ""
	}
	return fmt.Sprintf(" (lease %s was last renewed %s ago)", l.name, duration.HumanDuration(l.expired))
}

// Silence is that of the scheduler's lease.
func Silence(ctx context.Context, client kubernetes.Interface, namespace string, now time.Time) string {
	return readLease(ctx, client, namespace, Scheduler().Name, now).Silence()
}
