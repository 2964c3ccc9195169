// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/component-base/config"
	componentbaseconfig "k8s.io/component-base/config/v1alpha1"
	configvalidation "k8s.io/component-base/config/validation"
	"sigs.k8s.io/yaml"
)

// Bounds of a budget. More evictions than that are not remembered for certain, so
// that a greater budget would be none.
const (
	MaxBudgetEvictions = 450
	MaxBudgetWindow    = 24 * time.Hour
)

// What client-go and the API server ask of a leader election besides component-base.
const (
	minLeaseDuration = time.Second // leases are in whole seconds
	leaseJitter      = 1.2         // by which a retry may come later than retryPeriod
)

// ValidateDeschedulerConfiguration checks a configuration whose defaults are
// filled in.
func ValidateDeschedulerConfiguration(c *DeschedulerConfiguration) field.ErrorList {
	errs := validateName(c.RulesNamespace, validation.IsDNS1123Label, field.NewPath("rulesNamespace"))
	errs = append(errs, validateClientConnection(&c.ClientConnection, field.NewPath("clientConnection"))...)
	errs = append(errs, validateLeaderElection(&c.LeaderElection, field.NewPath("leaderElection"))...)
	errs = append(errs, validateTelemetry(&c.Telemetry, field.NewPath("telemetry"))...)
	errs = append(errs, validateEstimates(&c.Estimates, field.NewPath("estimates"))...)
	if c.Evictions.Disabled && c.Marks.Disabled {
		errs = append(errs, field.Invalid(field.NewPath("evictions", "disabled"), true, "together with marks.disabled leaves nothing to do: leave one of the two out"))
	}
	errs = append(errs, validateProtections(&c.Protections, field.NewPath("protections"))...)
	errs = append(errs, validateBudgets(&c.Budgets, field.NewPath("budgets"))...)
	errs = append(errs, validateCooldowns(&c.Cooldowns, field.NewPath("cooldowns"))...)
	return append(errs, validateBreaker(&c.Breaker, field.NewPath("breaker"))...)
}

func validateClientConnection(connection *componentbaseconfig.ClientConnectionConfiguration, path *field.Path) field.ErrorList {
	var converted config.ClientConnectionConfiguration
	err := componentbaseconfig.Convert_v1alpha1_ClientConnectionConfiguration_To_config_ClientConnectionConfiguration(connection, &converted, nil)
	if err != nil {
		return field.ErrorList{field.InternalError(path, err)}
	}
	return configvalidation.ValidateClientConnectionConfiguration(&converted, path)
}

func validateLeaderElection(election *componentbaseconfig.LeaderElectionConfiguration, path *field.Path) field.ErrorList {
	var converted config.LeaderElectionConfiguration
	err := componentbaseconfig.Convert_v1alpha1_LeaderElectionConfiguration_To_config_LeaderElectionConfiguration(election, &converted, nil)
	if err != nil {
		return field.ErrorList{field.InternalError(path, err)}
	}
	if !converted.LeaderElect {
		return nil
	}
	errs := configvalidation.ValidateLeaderElectionConfiguration(&converted, path)
	errs = append(errs, validateChoice(election.ResourceLock, []string{leases}, path.Child("resourceLock"))...)
	errs = append(errs, validateName(election.ResourceName, validation.IsDNS1123Subdomain, path.Child("resourceName"))...)
	errs = append(errs, validateName(election.ResourceNamespace, validation.IsDNS1123Label, path.Child("resourceNamespace"))...)
	return append(errs, validateLease(election, path)...)
}

func validateLease(election *componentbaseconfig.LeaderElectionConfiguration, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if lease := election.LeaseDuration.Duration; lease > 0 && lease < minLeaseDuration {
		errs = append(errs, field.Invalid(path.Child("leaseDuration"), lease.String(), fmt.Sprintf("must be at least %s", minLeaseDuration)))
	}
	renew, retry := election.RenewDeadline.Duration, election.RetryPeriod.Duration
	if renew > 0 && retry > 0 && float64(renew) <= leaseJitter*float64(retry) {
		errs = append(errs, field.Invalid(path.Child("renewDeadline"), renew.String(),
			fmt.Sprintf("must be greater than %v times retryPeriod (%s)", leaseJitter, retry)))
	}
	return errs
}

// faultyLeaseDurations names those durations of a leader election that do not
// decode. Their type is not ours, and its errors name no field.
func faultyLeaseDurations(data []byte) field.ErrorList {
	var carrier struct {
		LeaderElection map[string]any `json:"leaderElection"`
	}
	if err := yaml.Unmarshal(data, &carrier); err != nil {
		return nil
	}
	var errs field.ErrorList
	for _, name := range []string{"leaseDuration", "renewDeadline", "retryPeriod"} {
		value, given := carrier.LeaderElection[name]
		if !given {
			continue
		}
		text, _ := value.(string)
		if _, err := time.ParseDuration(text); err != nil {
			errs = append(errs, field.Invalid(field.NewPath("leaderElection", name), value, "must be a duration with a unit, such as 90s or 5m, or be left out"))
		}
	}
	return errs
}

func validateProtections(protections *Protections, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, list := range []struct {
		name    string
		names   []string
		check   func(string) []string
		nothing string // what no name at all would mean. Empty: what it says
	}{
		{"ownerKinds", protections.OwnerKinds, isOwnerKind, "leave it out for ReplicaSet alone"},
		{"schedulerNames", protections.SchedulerNames, isSchedulerName, "leave it out for the profiles of schedulerConfigFile that have the plugin Loadline"},
		{"storageClasses", protections.StorageClasses, validation.IsDNS1123Subdomain, ""},
	} {
		if at := path.Child(list.name); list.names != nil && len(list.names) == 0 && list.nothing != "" {
			errs = append(errs, field.Required(at, "with an empty list no pod is moved: "+list.nothing))
		} else {
			errs = append(errs, validateNames(list.names, list.check, at)...)
		}
	}
	errs = append(errs, validateDuration(protections.MinAge, path.Child("minAge"))...)
	return append(errs, validateDuration(protections.SettleAfter, path.Child("settleAfter"))...)
}

func validateNames(names []string, check func(string) []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	taken := sets.New[string]()
	for i, name := range names {
		errs = append(errs, validateUniqueName(name, check, taken, path.Index(i))...)
	}
	return errs
}

// kindPattern is how kinds of the API are written.
var kindPattern = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)

// isOwnerKind says what is wrong with the kind of a controller whose pods may be
// moved.
func isOwnerKind(kind string) []string {
	switch strings.ToLower(kind) {
	case "daemonset", "node":
		return []string{"pods of a DaemonSet, and static pods (which a Node owns), are never moved: they belong to their nodes"}
	case "deployment":
		return []string{"does not own pods itself: write ReplicaSet"}
	case "cronjob":
		return []string{"does not own pods itself: write Job"}
	}
	if !kindPattern.MatchString(kind) {
		return []string{"must be a kind as in the ownerReferences of pods, such as StatefulSet"}
	}
	return nil
}

// isSchedulerName refuses what no pod's schedulerName can be meant to be.
func isSchedulerName(name string) []string {
	if strings.TrimSpace(name) != name {
		return []string{"must not begin or end with white space"}
	}
	return nil
}

func validateBudgets(budgets *Budgets, path *field.Path) field.ErrorList {
	errs := validateBudget(budgets.PerNode, path.Child("perNode"))
	errs = append(errs, validateBudget(budgets.PerWorkload, path.Child("perWorkload"))...)
	errs = append(errs, validateBudget(budgets.PerNamespace, path.Child("perNamespace"))...)
	return append(errs, validateBudget(budgets.PerCluster, path.Child("perCluster"))...)
}

// validateBudget accepts nil, which stands for the default.
func validateBudget(budget *Budget, path *field.Path) field.ErrorList {
	if budget == nil {
		return nil
	}
	var errs field.ErrorList
	switch evictions := budget.Evictions; {
	case evictions < 1:
		errs = append(errs, field.Invalid(path.Child("evictions"), evictions,
			fmt.Sprintf("must be at least 1: to evict nothing, set dryRun; for the default, leave %s out", path)))
	case evictions > MaxBudgetEvictions:
		errs = append(errs, field.Invalid(path.Child("evictions"), evictions,
			fmt.Sprintf("must be at most %d: no more evictions are sure to be remembered", MaxBudgetEvictions)))
	}
	within := validateDuration(budget.Within, path.Child("within"))
	if len(within) == 0 && budget.Within.Value() > MaxBudgetWindow {
		within = append(within, field.Invalid(path.Child("within"), budget.Within.String(), "must be at most 24h"))
	}
	return append(errs, within...)
}

func validateCooldowns(cooldowns *Cooldowns, path *field.Path) field.ErrorList {
	errs := validateDuration(cooldowns.Node, path.Child("node"))
	bounds := append(validateDuration(cooldowns.Workload, path.Child("workload")),
		validateDuration(cooldowns.MaxWorkload, path.Child("maxWorkload"))...)
	if len(bounds) == 0 && cooldowns.Workload.Value() > cooldowns.MaxWorkload.Value() {
		bounds = append(bounds, field.Invalid(path.Child("workload"), cooldowns.Workload.String(),
			fmt.Sprintf("must not be longer than maxWorkload (%s)", cooldowns.MaxWorkload)))
	}
	return append(errs, bounds...)
}

func validateBreaker(breaker *Breaker, path *field.Path) field.ErrorList {
	errs := validateShare(breaker.MaxNodes, path.Child("maxNodes"))
	for _, limit := range []struct {
		name  string
		value *int32
	}{{"maxIneffective", breaker.MaxIneffective}, {"maxUnready", breaker.MaxUnready}} {
		if limit.value != nil {
			errs = append(errs, validatePositive(int64(*limit.value), path.Child(limit.name))...)
		}
	}
	errs = append(errs, validateDuration(breaker.ReadyWithin, path.Child("readyWithin"))...)
	return append(errs, validateDuration(breaker.OpenFor, path.Child("openFor"))...)
}
