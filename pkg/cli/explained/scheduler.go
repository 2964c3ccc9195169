// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explained

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/loadline-dev/loadline/pkg/cli/portforward"
	"github.com/loadline-dev/loadline/pkg/cli/taken"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

const (
	// SchedulerLabel tells the scheduler's pods by SchedulerName, which is also its
	// lease, and what pods name, as shipped.
	SchedulerLabel = "app.kubernetes.io/name"
	SchedulerName  = "loadline-scheduler"
)

// schedulers are those that were asked.
type schedulers struct {
	journals []*journal
	// warnings are about those that could not be asked.
	warnings []string
	// leader is the one that decides, and since when. Empty where that is not
	// known.
	leader string
	since  time.Time
}

// askLocal asks the scheduler at an address.
func (o *Options) askLocal(ctx context.Context) (*schedulers, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", o.Local)
	if err != nil {
		return nil, fmt.Errorf("asking the scheduler: %w", o.inTime(ctx, err))
	}
	read, err := read(ctx, connection, o.Local, o.Namespace, o.Name)
	if err != nil {
		return nil, fmt.Errorf("asking the scheduler at %s: %w", o.Local, o.inTime(ctx, err))
	}
	return &schedulers{journals: []*journal{read}}, nil
}

// inTime says so where an error is that there was no answer in time.
func (o *Options) inTime(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", o.Timeout)
	}
	return err
}

// askAll asks all of the scheduler's replicas that are ready, since a decision is
// known to the one alone that has made it.
func (o *Options) askAll(ctx context.Context) (*schedulers, error) {
	ready, others, err := o.replicas(ctx)
	if err != nil {
		return nil, err
	}
	asked := &schedulers{}
	for _, other := range others {
		asked.warnings = append(asked.warnings, fmt.Sprintf("%s was not asked: it is not ready", other))
	}
	journals, errs := make([]*journal, len(ready)), make([]error, len(ready))
	var asking sync.WaitGroup
	for i, replica := range ready {
		asking.Go(func() { journals[i], errs[i] = o.ask(ctx, replica) })
	}
	asking.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var failures []string
	for i, err := range errs {
		if err != nil {
			failures = append(failures, fmt.Sprintf("%s: %v", ready[i], err))
			asked.warnings = append(asked.warnings, fmt.Sprintf("%s could not be asked: %v", ready[i], err))
			continue
		}
		asked.journals = append(asked.journals, journals[i])
	}
	if len(asked.journals) == 0 {
		return nil, fmt.Errorf("no scheduler could be asked: %s", strings.Join(failures, "; "))
	}
	o.readLease(ctx, asked)
	return asked, nil
}

// replicas are the scheduler's pods: those that are ready, and the others. It is
// an error if none is.
func (o *Options) replicas(ctx context.Context) (ready, others []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	selector := labels.Set{SchedulerLabel: SchedulerName}.String()
	pods, err := o.Client.CoreV1().Pods(o.SystemNamespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, nil, fmt.Errorf("looking for the scheduler's pods in namespace %q: %w", o.SystemNamespace, o.inTime(ctx, err))
	}
	for i := range pods.Items {
		if pod := &pods.Items[i]; isReady(pod) {
			ready = append(ready, pod.Name)
		} else {
			others = append(others, pod.Name)
		}
	}
	if len(ready) > 0 {
		return ready, others, nil
	}
	silence := taken.Silence(ctx, o.Client, o.SystemNamespace, o.Clock.Now())
	if len(others) > 0 {
		return nil, nil, fmt.Errorf("the scheduler is not running: none of its pods in namespace %q is ready: %s%s",
			o.SystemNamespace, strings.Join(others, ", "), silence)
	}
	return nil, nil, fmt.Errorf("no scheduler to ask: no pod in namespace %q has the label %s%s: "+
		"--system-namespace names another one, and --local the address of a scheduler that runs elsewhere",
		o.SystemNamespace, selector, silence)
}

func isReady(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && slices.ContainsFunc(pod.Status.Conditions, func(condition corev1.PodCondition) bool {
		return condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue
	})
}

// inspectPort is the port at which a scheduler serves in its pod.
var inspectPort = int(netip.MustParseAddrPort(inspect.DefaultAddress).Port())

func (o *Options) ask(ctx context.Context, replica string) (*journal, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	dialer := portforward.Dialer{Client: o.Client, Config: o.Config}
	connection, err := dialer.Dial(ctx, o.SystemNamespace, replica, inspectPort)
	if err != nil {
		return nil, o.inTime(ctx, err)
	}
	read, err := read(ctx, connection, replica, o.Namespace, o.Name)
	if err != nil {
		return nil, o.inTime(ctx, err)
	}
	return read, nil
}

// readLease finds out who leads. Where the lease may not be read, or there is
// none, that stays open.
func (o *Options) readLease(ctx context.Context, asked *schedulers) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	lease, err := o.Client.CoordinationV1().Leases(o.SystemNamespace).Get(ctx, SchedulerName, metav1.GetOptions{})
	if err != nil || lease.Spec.HolderIdentity == nil || lease.Spec.AcquireTime == nil {
		return
	}
	asked.leader, _, _ = strings.Cut(*lease.Spec.HolderIdentity, "_") // of its pod's name and a UUID
	asked.since = lease.Spec.AcquireTime.Time
	if silence := taken.Silence(ctx, o.Client, o.SystemNamespace, o.Clock.Now()); silence != "" {
		asked.warnings = append(asked.warnings, "loadline-scheduler seems not to decide anything now"+silence)
	}
}

// began is when the present decisions began to be taken down. Zero where that is
// not known.
func (s *schedulers) began() time.Time {
	began := time.Time{}
	for _, journal := range s.journals {
		if began.IsZero() || journal.Since.Before(began) {
			began = journal.Since
		}
	}
	if s.since.After(began) {
		return s.since
	}
	return began
}
