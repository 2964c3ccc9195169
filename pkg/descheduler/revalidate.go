// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package descheduler

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Codes of the reasons for which nothing is evicted at all, besides those of
// package breaker.
const (
	// NotMeasured: there is no fresh snapshot.
	NotMeasured reason.Code = "NotMeasured"
	// WarmingUp: this process has not led for long enough to know what its
	// predecessor did last.
	WarmingUp reason.Code = "WarmingUp"
	// Failed: a turn could not be finished, as where what was evicted before cannot be
	// read, or written down.
	Failed reason.Code = "Failed"
)

const (
	// maxTicks is how many intervals a snapshot may be old.
	maxTicks = 2
	// actWithin is how long after it was written down an eviction may be carried out
	// at the most, by whoever may be frozen in between. It is well within the time
	// after which package effect takes it for one that nobody came to.
	actWithin = 30 * time.Second
)

// revalidate looks once more, with what is known by now, whether a pod should be
// evicted.
func (d *Descheduler) revalidate(ctx context.Context, t *turn, eviction *plan.Eviction, written time.Time, gone map[projection.Workload]bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// A process that was stopped for longer may not be the leader any more.
	if limit := d.actWithin(); d.Clock.Since(written) > limit {
		return fmt.Errorf("more than %s have passed since it was planned", limit)
	}
	if why := d.Paused(); !why.IsZero() {
		return errors.New(why.Message)
	}
	observed, err := d.Cluster()
	if err != nil {
		return fmt.Errorf("observing the cluster: %w", err)
	}
	pod := find(observed, eviction.Pod)
	if pod == nil {
		return errors.New("the pod is no longer on the node")
	}
	snapshot := d.Snapshot()
	if why := d.notMeasured(d.Clock.Now(), snapshot); !why.IsZero() {
		return errors.New(why.Message)
	}
	if !isDue(snapshot, observed, pod, &eviction.Record) {
		return errors.New("the rule no longer asks for it")
	}
	destination := eviction.Record.Predicted.Destination
	if why := plan.Closed(destination, observed.Node(destination)); !why.IsZero() {
		return errors.New(why.Message)
	}
	why := protect.Of(pod, protect.Context{
		Now: d.Clock.Now(), Config: &d.Config.Protections, Cluster: observed, History: t.state.Records[:len(t.state.Records)-t.planned],
	})
	if why.IsZero() || gone[eviction.Record.Workload] && isOwnDoing(why.Code) {
		return nil
	}
	return errors.New(why.Message)
}

// isOwnDoing tells whether a workload may be in a state only because this very plan
// has evicted others of its pods.
func isOwnDoing(code reason.Code) bool {
	switch code {
	case protect.BelowDesired, protect.Settling, protect.SuccessorNotReady, protect.RollingOut:
		return true
	default:
		return false
	}
}

// actWithin is how long this process is sure to lead, once it has written something
// down.
func (d *Descheduler) actWithin() time.Duration {
	if limit := d.Config.LeaderElection.RenewDeadline.Duration; limit > 0 {
		return min(limit, actWithin)
	}
	return actWithin
}

// isDue tells whether the rule of a record still asks for evictions on its node, and
// still has a say over the pod: all of it may have been edited meanwhile.
func isDue(snapshot *verdict.Snapshot, observed *cluster.Cluster, pod *corev1.Pod, record *history.Record) bool {
	set, rule := snapshot.Rule(record.Rule)
	return rule != nil && !rule.Observed && rule.EvictionDue(snapshot.Index(record.Node)) &&
		set.Selects(verdict.NewPod(pod, observed.NamespaceLabels(pod.Namespace)))
}

func equal(a, b history.State) bool { return reflect.DeepEqual(a, b) }
