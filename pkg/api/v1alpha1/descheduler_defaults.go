// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"time"

	componentbaseconfig "k8s.io/component-base/config/v1alpha1"
	"k8s.io/utils/ptr"
)

// Defaults of the fields of a DeschedulerConfiguration that a person may leave
// out. Its data directory is not the scheduler's, which no other process may use.
const (
	DefaultDeschedulerName          = "loadline-descheduler" // of the lease
	DefaultDeschedulerDataDirectory = "/var/lib/loadline-descheduler"
	DefaultSchedulerConfigFile      = "/etc/loadline/scheduler.yaml"
	DefaultOwnerKind                = "ReplicaSet"
	DefaultMinAge                   = 5 * time.Minute
	DefaultSettleAfter              = 2 * time.Minute
	DefaultBudgetWindow             = 10 * time.Minute
	DefaultEvictionsPerNode         = int32(5)
	DefaultEvictionsPerWorkload     = int32(2)
	DefaultEvictionsPerNamespace    = int32(10)
	DefaultEvictionsPerCluster      = int32(20)
	DefaultNodeCooldown             = time.Minute
	DefaultWorkloadCooldown         = 10 * time.Minute
	DefaultMaxWorkloadCooldown      = 2 * time.Hour
	DefaultBreakerMaxNodes          = "25%"
	DefaultMaxIneffective           = int32(3)
	DefaultMaxUnready               = int32(3)
	DefaultReadyWithin              = 5 * time.Minute
	DefaultOpenFor                  = time.Hour
)

// leases is the only kind of lock that there still is for leader election.
const leases = "leases"

// SetDefaults fills in the fields that were left out.
func (c *DeschedulerConfiguration) SetDefaults() {
	setDefaultPointer(&c.DryRun, true)
	setDefault(&c.RulesNamespace, DefaultRulesNamespace)
	setDefault(&c.SchedulerConfigFile, DefaultSchedulerConfigFile)
	componentbaseconfig.RecommendedDefaultClientConnectionConfiguration(&c.ClientConnection)
	c.setLeaderElection()
	c.Telemetry.setDefaults(DefaultDeschedulerDataDirectory)
	c.Estimates.setDefaults()
	c.Protections.setDefaults()
	c.Budgets.setDefaults()
	c.Cooldowns.setDefaults()
	c.Breaker.setDefaults()
}

func (c *DeschedulerConfiguration) setLeaderElection() {
	setDefault(&c.LeaderElection.ResourceLock, leases)
	setDefault(&c.LeaderElection.ResourceName, DefaultDeschedulerName)
	setDefault(&c.LeaderElection.ResourceNamespace, c.RulesNamespace)
	componentbaseconfig.RecommendedDefaultLeaderElectionConfiguration(&c.LeaderElection)
}

func (p *Protections) setDefaults() {
	if p.OwnerKinds == nil {
		p.OwnerKinds = []string{DefaultOwnerKind}
	}
	setDefaultDuration(&p.MinAge, DefaultMinAge)
	setDefaultDuration(&p.SettleAfter, DefaultSettleAfter)
}

func (b *Budgets) setDefaults() {
	for _, budget := range []struct {
		of        **Budget
		evictions int32
	}{
		{&b.PerNode, DefaultEvictionsPerNode}, {&b.PerWorkload, DefaultEvictionsPerWorkload},
		{&b.PerNamespace, DefaultEvictionsPerNamespace}, {&b.PerCluster, DefaultEvictionsPerCluster},
	} {
		setDefaultPointer(budget.of, Budget{Evictions: budget.evictions})
		setDefaultDuration(&(*budget.of).Within, DefaultBudgetWindow)
	}
}

func (c *Cooldowns) setDefaults() {
	setDefaultDuration(&c.Node, DefaultNodeCooldown)
	switch {
	case c.MaxWorkload == nil:
		setDefaultDuration(&c.Workload, DefaultWorkloadCooldown)
		c.MaxWorkload = NewDuration(max(DefaultMaxWorkloadCooldown, c.Workload.Value()))
	case c.Workload == nil && c.MaxWorkload.Value() > 0:
		c.Workload = NewDuration(min(DefaultWorkloadCooldown, c.MaxWorkload.Value()))
	}
}

func (b *Breaker) setDefaults() {
	if b.MaxNodes == nil {
		share, _ := ParseThreshold(DefaultBreakerMaxNodes)
		b.MaxNodes = &share
	}
	setDefaultPointer(&b.MaxIneffective, DefaultMaxIneffective)
	setDefaultPointer(&b.MaxUnready, DefaultMaxUnready)
	setDefaultDuration(&b.ReadyWithin, DefaultReadyWithin)
	setDefaultDuration(&b.OpenFor, DefaultOpenFor)
}

func setDefaultPointer[T any](value **T, fallback T) {
	if *value == nil {
		*value = ptr.To(fallback)
	}
}

func setDefaultDuration(value **Duration, fallback time.Duration) {
	if *value == nil {
		*value = NewDuration(fallback)
	}
}
