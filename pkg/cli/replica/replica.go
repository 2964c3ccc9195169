// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package replica asks the running programs of Loadline what they know: each replica
// through a port-forward to its pod.
package replica

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/cli/portforward"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// NameLabel tells the pods of a program by its name.
const NameLabel = "app.kubernetes.io/name"

// Program is one of Loadline's.
type Program struct {
	// Name is that of the program, and of its lease, as shipped.
	Name string
	// Noun is what people call it.
	Noun string
	// port is the one at which it serves in its pod.
	port int
}

// Scheduler is the program that places pods.
func Scheduler() Program {
	return Program{Name: "loadline-scheduler", Noun: "scheduler", port: portOf(inspect.DefaultAddress)}
}

// Descheduler is the program that moves pods.
func Descheduler() Program {
	return Program{Name: "loadline-descheduler", Noun: "descheduler", port: portOf(inspect.DefaultDeschedulerAddress)}
}

func portOf(address string) int { return int(netip.MustParseAddrPort(address).Port()) }

// Asker asks the replicas of one program.
type Asker struct {
	Program
	// Client and Config lead to the cluster. They may be nil where there is a local
	// program.
	Client kubernetes.Interface
	Config *rest.Config
	// Namespace is that of the program.
	Namespace string
	// Local is the address of one that is asked in the place of those in the cluster.
	// Empty for none.
	Local string
	// Timeout bounds the wait for each answer.
	Timeout time.Duration
	Clock   clock.PassiveClock
}

// Find finds the pods of the program: those that are ready, and the others. It is
// an error if none is ready.
func (a *Asker) Find(ctx context.Context) (ready, others []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	selector := labels.Set{NameLabel: a.Name}.String()
	pods, err := a.Client.CoreV1().Pods(a.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, nil, fmt.Errorf("looking for the %s's pods in namespace %q: %w", a.Noun, a.Namespace, a.inTime(ctx, err))
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
	silence := a.Lease(ctx).Silence()
	if len(others) > 0 {
		return nil, nil, fmt.Errorf("the %s is not running: none of its pods in namespace %q is ready: %s%s",
			a.Noun, a.Namespace, strings.Join(others, ", "), silence)
	}
	return nil, nil, fmt.Errorf("no %s to ask: no pod in namespace %q has the label %s%s: %s", a.Noun, a.Namespace, selector, silence, a.remedy())
}

func (a *Asker) remedy() string {
	if a.Name == Scheduler().Name {
		return "give its namespace by --system-namespace, or its address by --local"
	}
	return "it is optional; where it runs in another namespace, give that by --system-namespace"
}

func isReady(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && slices.ContainsFunc(pod.Status.Conditions, func(condition corev1.PodCondition) bool {
		return condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue
	})
}

// Get asks one replica for what it serves at a path.
func (a *Asker) Get(ctx context.Context, pod, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	connection, err := a.forward(ctx, pod)
	if err != nil {
		return nil, a.inTime(ctx, err)
	}
	body, err := a.get(ctx, connection, path)
	if err != nil {
		return nil, a.inTime(ctx, err)
	}
	return body, nil
}

// GetLocal asks the program at the local address.
func (a *Asker) GetLocal(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	connection, err := a.dialLocal(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking the %s: %w", a.Noun, a.inTime(ctx, err))
	}
	body, err := a.get(ctx, connection, path)
	if err != nil {
		return nil, fmt.Errorf("asking the %s at %s: %w", a.Noun, a.Local, a.inTime(ctx, err))
	}
	return body, nil
}

// Dial connects to one replica, or, where there is one, to the program at the local
// address, for more than one question.
func (a *Asker) Dial(ctx context.Context, pod string) (connection io.ReadWriteCloser, err error) {
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	if a.Local != "" {
		connection, err = a.dialLocal(ctx)
	} else {
		connection, err = a.forward(ctx, pod)
	}
	if err != nil {
		return nil, a.inTime(ctx, err)
	}
	return connection, nil
}

func (a *Asker) forward(ctx context.Context, pod string) (io.ReadWriteCloser, error) {
	dialer := portforward.Dialer{Client: a.Client, Config: a.Config}
	return dialer.Dial(ctx, a.Namespace, pod, a.port)
}

func (a *Asker) dialLocal(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", a.Local)
}

func (a *Asker) inTime(ctx context.Context, err error) error { return InTime(ctx, a.Timeout, err) }

// InTime says so where an error is that there was no answer in time.
func InTime(ctx context.Context, timeout time.Duration, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", timeout)
	}
	return err
}
