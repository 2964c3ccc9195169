// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package descheduler

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
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
)

// maxTicks is how many intervals a snapshot may be old.
const maxTicks = 2

// revalidate looks once more, with what is known by now, whether a pod should be
// evicted.
func (d *Descheduler) revalidate(ctx context.Context, t *turn, eviction *plan.Eviction, written time.Time, gone map[string]bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// A process that was stopped for longer may not be the leader any more.
	if limit := d.Config.LeaderElection.RenewDeadline.Duration; limit > 0 && d.Clock.Since(written) > limit {
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
	if !isDue(d.Snapshot(), &eviction.Record) {
		return errors.New("the rule no longer asks for it")
	}
	why := protect.Of(pod, protect.Context{
		Now: d.Clock.Now(), Config: &d.Config.Protections, Cluster: observed, History: t.state.Records[:len(t.state.Records)-t.planned],
	})
	if why.IsZero() || gone[workloadKey(&eviction.Record)] && isOwnDoing(why.Code) {
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

// isDue tells whether the rule of a record still asks for evictions on its node.
func isDue(snapshot *verdict.Snapshot, record *history.Record) bool {
	node := snapshot.Index(record.Node)
	for _, set := range snapshot.Sets {
		for _, rule := range set.Rules {
			if rule.Key == record.Rule {
				return rule.EvictionDue(node)
			}
		}
	}
	return false
}

func workloadKey(record *history.Record) string {
	return record.Workload.Namespace + "/" + record.Workload.Kind + "/" + record.Workload.Name
}

func equal(a, b history.State) bool { return reflect.DeepEqual(a, b) }
