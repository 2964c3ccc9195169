// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package budget_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/budget"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// cluster moves as many pods as it may, at random, and remembers all of them, which
// the history does not.
type cluster struct {
	random  *rand.Rand
	config  *v1alpha1.DeschedulerConfiguration
	history history.State
	all     []history.Record
}

func (c *cluster) duration(longest time.Duration) time.Duration {
	return time.Duration(1 + c.random.Int64N(int64(longest)))
}

// plan is one turn, which ends in mid-plan now and then.
func (c *cluster) plan(now time.Time) {
	for i := range c.history.Records {
		if r := &c.history.Records[i]; r.Deleted.IsZero() && c.random.IntN(3) == 0 {
			r.Deleted, r.Effect = now, history.EffectLowered
		}
	}
	allowance := budget.New(c.config, c.history.Records, now)
	for range c.random.IntN(12) {
		node := fmt.Sprintf("node-%d", c.random.IntN(4))
		namespace := fmt.Sprintf("ns-%d", c.random.IntN(3))
		workload := projection.Workload{Namespace: namespace, Kind: "ReplicaSet", Name: fmt.Sprint(c.random.IntN(3))}
		pod := pod(namespace)
		if !allowance.Node(node).IsZero() || !allowance.Pod(pod, workload, node).IsZero() {
			continue
		}
		allowance.Take(pod, workload, node)
		r := history.Record{
			Pod:      history.Pod{Namespace: namespace, UID: types.UID(fmt.Sprint(len(c.history.Records), now))},
			Workload: workload, Node: node, Planned: now, Effect: history.EffectPending,
		}
		r.Window.Duration = c.duration(time.Minute)
		if c.random.IntN(4) == 0 {
			r.Failed = "refused"
		} else {
			r.Evicted = now
			c.all = append(c.all, r)
		}
		c.history.Records = append(c.history.Records, r)
	}
	c.history = c.history.Bounded()
}

// most is the largest number of evictions of one key within any window.
func most[K comparable](records []history.Record, within time.Duration, key func(*history.Record) K) int {
	largest := 0
	byKey := map[K][]time.Time{}
	for i := range records {
		k := key(&records[i])
		byKey[k] = append(byKey[k], records[i].Planned)
		count := 0
		for _, planned := range byKey[k] {
			if records[i].Planned.Sub(planned) < within {
				count++
			}
		}
		largest = max(largest, count)
	}
	return largest
}

func TestBudgetsAreNeverExceeded(t *testing.T) {
	full := 0
	for seed := range uint64(24) {
		c := &cluster{random: rand.New(rand.NewPCG(seed, 5)), config: config()}
		b := &c.config.Budgets
		for _, budget := range []*v1alpha1.Budget{b.PerNode, b.PerWorkload, b.PerNamespace, b.PerCluster} {
			budget.Evictions = 1 + c.random.Int32N(8)
			budget.Within = v1alpha1.NewDuration(c.duration(20 * time.Minute))
		}
		c.config.Cooldowns.Workload = v1alpha1.NewDuration(c.duration(5 * time.Minute))
		if seed%4 == 0 { // more than can be remembered
			for _, budget := range []*v1alpha1.Budget{b.PerNode, b.PerWorkload, b.PerNamespace, b.PerCluster} {
				budget.Evictions, budget.Within = 700, v1alpha1.NewDuration(24*time.Hour)
			}
			b.PerNamespace.Evictions = 100 + c.random.Int32N(100)
			c.config.Cooldowns.Workload = v1alpha1.NewDuration(time.Second)
			c.config.Cooldowns.MaxWorkload = v1alpha1.NewDuration(time.Second)
		}
		clock := now
		for range 400 {
			clock = clock.Add(c.duration(3 * time.Minute))
			c.plan(clock)
		}
		if len(c.all) < 20 {
			t.Errorf("seed %d: %d evictions show little", seed, len(c.all))
		}
		check := func(what string, budget *v1alpha1.Budget, got int) {
			if got > int(budget.Evictions) {
				t.Errorf("seed %d: %d evictions of one %s within %s, want %d at most", seed, got, what, budget.Within, budget.Evictions)
			}
		}
		check("node", b.PerNode, most(c.all, b.PerNode.Within.Value(), func(r *history.Record) string { return r.Node }))
		check("workload", b.PerWorkload, most(c.all, b.PerWorkload.Within.Value(), func(r *history.Record) projection.Workload { return r.Workload }))
		check("namespace", b.PerNamespace, most(c.all, b.PerNamespace.Within.Value(), func(r *history.Record) string { return r.Pod.Namespace }))
		inAll := most(c.all, b.PerCluster.Within.Value(), func(*history.Record) int { return 0 })
		check("cluster", b.PerCluster, inAll)
		if inAll == history.MaxRecords-history.MaxIdle {
			full++
		}
		if seed%4 != 0 {
			c.checkCooldowns(t, seed)
		}
	}
	if full == 0 {
		t.Error("the history was never full, which shows little of budgets beyond what it holds")
	}
}

// checkCooldowns makes sure that no workload lost pods to two plans within its base
// cooldown.
func (c *cluster) checkCooldowns(t *testing.T, seed uint64) {
	t.Helper()
	last := map[projection.Workload]time.Time{}
	for _, r := range c.all {
		gap := r.Planned.Sub(last[r.Workload])
		if gap > 0 && gap < c.config.Cooldowns.Workload.Value() {
			t.Errorf("seed %d: %v lost pods twice within %s", seed, r.Workload, gap)
		}
		last[r.Workload] = r.Planned
	}
}
