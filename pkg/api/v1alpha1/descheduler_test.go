// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

const deschedulerHeader = "apiVersion: loadline.dev/v1alpha1\nkind: DeschedulerConfiguration\n"

// Written out in full, configurations are what a file of the test data says.
func TestDecodeDeschedulerConfiguration(t *testing.T) {
	const defaults, all = "testdata/descheduler-defaults.yaml", "testdata/descheduler-all.yaml"
	cases := map[string]struct {
		text string
		want string // the file
	}{
		"nothing given":             {text: deschedulerHeader, want: defaults},
		"defaults as they are":      {text: content(t, defaults), want: defaults},
		"everything given":          {text: content(t, all), want: all},
		"sections that are empty":   {text: deschedulerHeader + "clientConnection: {}\nleaderElection: {}\ntelemetry: {embedded: {kubelets: {}}}\nestimates: {}\nevictions: {}\nmarks: {}\nprotections: {}\nbudgets: {}\ncooldowns: {}\nbreaker: {}", want: defaults},
		"sections that are null":    {text: deschedulerHeader + "dryRun: null\nclientConnection: null\nleaderElection: null\ntelemetry: null\nestimates: null\nevictions: null\nmarks: null\nprotections: null\nbudgets: null\ncooldowns: null\nbreaker: null\nrulesNamespace: null\nschedulerConfigFile: null", want: defaults},
		"fields that are null":      {text: deschedulerHeader + "leaderElection: {leaderElect: null, resourceName: null}\ntelemetry: {interval: null, embedded: null, prometheus: null}\nestimates: {requestFactor: null, defaults: null}\nprotections: {ownerKinds: null, schedulerNames: null, minAge: null, maxPriority: null, storageClasses: null, settleAfter: null}\nbudgets: {perNode: null, perCluster: null}\ncooldowns: {node: null, workload: null, maxWorkload: null}\nbreaker: {maxNodes: null, maxIneffective: null, maxUnready: null, readyWithin: null, openFor: null}", want: defaults},
		"lists that may be empty":   {text: deschedulerHeader + "protections: {storageClasses: []}", want: defaults},
		"text that says the same":   {text: deschedulerHeader + "dryRun: yes\nleaderElection: {resourceLock: ''}\nbreaker: {maxNodes: 25%}", want: defaults},
		"budgets without windows":   {text: deschedulerHeader + "budgets: {perNode: {evictions: 5}, perWorkload: {evictions: 2, within: null}}", want: defaults},
		"a document after comments": {text: "# ours\n---\n" + deschedulerHeader, want: defaults},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			configuration, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(content(t, tc.want), written(t, configuration)); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
		})
	}
}

// The configuration that is shipped is good, and what is commented out in it is
// the default, as it says, but for two examples.
func TestShippedDeschedulerConfiguration(t *testing.T) {
	shipped := content(t, "../../../manifests/descheduler/config.yaml")
	if _, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(shipped)); err != nil {
		t.Fatal(err)
	}
	commentedOut := regexp.MustCompile(`(?m)^# ((?:clientConnection|evictions|marks|protections|budgets|cooldowns|breaker):.*|  .*)$`)
	if found := len(commentedOut.FindAllString(shipped, -1)); found < 20 {
		t.Errorf("%d lines are commented out, want all settings", found)
	}
	configuration, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(commentedOut.ReplaceAllString(shipped, "$1")))
	if err != nil {
		t.Fatal(err)
	}
	configuration.ClientConnection.Kubeconfig, configuration.Protections.MaxPriority = "", nil
	defaults, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(deschedulerHeader))
	if err != nil {
		t.Fatal(err)
	}
	sameLength := cmp.Comparer(func(a, b *v1alpha1.Duration) bool { return a.Value() == b.Value() })
	sameNumber := cmp.Comparer(func(a, b v1alpha1.Threshold) bool { return a.Value() == b.Value() })
	if diff := cmp.Diff(defaults, configuration, sameLength, sameNumber, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("configuration (-defaults +shipped):\n%s", diff)
	}
}

func content(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Defaults that depend on what is given.
func TestDeschedulerDefaults(t *testing.T) {
	cases := map[string]struct {
		text string
		got  func(c *v1alpha1.DeschedulerConfiguration) any
		want any
	}{
		"lease where the rules are": {
			text: "rulesNamespace: rules",
			got:  func(c *v1alpha1.DeschedulerConfiguration) any { return c.LeaderElection.ResourceNamespace },
			want: "rules",
		},
		"no embedded engine beside a server": {
			text: "telemetry: {prometheus: {url: 'http://p'}}",
			got:  func(c *v1alpha1.DeschedulerConfiguration) any { return c.Telemetry.Embedded == nil },
			want: true,
		},
		"data directory given": {
			text: "telemetry: {embedded: {dataDirectory: /d}}",
			got:  func(c *v1alpha1.DeschedulerConfiguration) any { return c.Telemetry.Embedded.DataDirectory },
			want: "/d",
		},
		"long cooldown": {
			text: "cooldowns: {workload: 3h}",
			got:  func(c *v1alpha1.DeschedulerConfiguration) any { return c.Cooldowns.MaxWorkload.Value() },
			want: 3 * time.Hour,
		},
		"short cooldowns at most": {
			text: "cooldowns: {maxWorkload: 5m}",
			got:  func(c *v1alpha1.DeschedulerConfiguration) any { return c.Cooldowns.Workload.Value() },
			want: 5 * time.Minute,
		},
		"no leader election": {
			text: "leaderElection: {leaderElect: no}",
			got:  func(c *v1alpha1.DeschedulerConfiguration) any { return *c.LeaderElection.LeaderElect },
			want: false,
		},
		"marks only": {
			text: "evictions: {disabled: true}",
			got:  func(c *v1alpha1.DeschedulerConfiguration) any { return c.Evictions.Disabled && !c.Marks.Disabled },
			want: true,
		},
		"evictions only": {
			text: "marks: {disabled: true}",
			got:  func(c *v1alpha1.DeschedulerConfiguration) any { return c.Marks.Disabled && !c.Evictions.Disabled },
			want: true,
		},
		"for real": {
			text: "dryRun: false",
			got:  func(c *v1alpha1.DeschedulerConfiguration) any { return *c.DryRun },
			want: false,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			configuration, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(deschedulerHeader + tc.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, tc.got(configuration)); diff != "" {
				t.Errorf("default (-want +got):\n%s", diff)
			}
		})
	}
}

// The scheduler and the descheduler may run side by side: no two processes can
// use one data directory.
func TestDataDirectoriesDiffer(t *testing.T) {
	args, err := v1alpha1.DecodeLoadlineArgs(nil)
	if err != nil {
		t.Fatal(err)
	}
	configuration, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(deschedulerHeader))
	if err != nil {
		t.Fatal(err)
	}
	if args.Telemetry.Embedded.DataDirectory == configuration.Telemetry.Embedded.DataDirectory {
		t.Errorf("both use %s", args.Telemetry.Embedded.DataDirectory)
	}
}

func TestDecodeDeschedulerConfigurationRefuses(t *testing.T) {
	cases := map[string]struct {
		text string   // follows apiVersion and kind
		want []string // parts of the error
	}{
		"unknown field":             {text: "dryrun: true", want: []string{`unknown field "dryrun"`}},
		"unknown field in depth":    {text: "budgets: {perNode: {evictions: 1, in: 5m}}", want: []string{`unknown field "budgets.perNode.in"`}},
		"unknown field of a client": {text: "clientConnection: {timeout: 5s}", want: []string{`unknown field "clientConnection.timeout"`}},
		"field given twice":         {text: "dryRun: true\ndryRun: false", want: []string{"dryRun", "already set"}},
		"all faults at once":        {text: "dryrun: true\nbreaker: {maxUnready: 0}\ncooldowns: {node: 0s}", want: []string{`unknown field "dryrun"`, "breaker.maxUnready", "cooldowns.node"}},
		"two documents":             {text: "---\n" + deschedulerHeader, want: []string{"more than one YAML document"}},
		"dry run in words":          {text: "dryRun: 'false'", want: []string{"dryRun"}},

		"namespace":             {text: "rulesNamespace: Not_One", want: []string{"rulesNamespace: Invalid"}},
		"burst":                 {text: "clientConnection: {burst: -1}", want: []string{"clientConnection.burst", "non-negative"}},
		"other lock":            {text: "leaderElection: {resourceLock: endpoints}", want: []string{"leaderElection.resourceLock: Unsupported", `"leases"`}},
		"name of the lease":     {text: "leaderElection: {resourceName: A_B}", want: []string{"leaderElection.resourceName: Invalid"}},
		"place of the lease":    {text: "leaderElection: {resourceNamespace: a.b}", want: []string{"leaderElection.resourceNamespace: Invalid"}},
		"lease too short":       {text: "leaderElection: {leaseDuration: 10s}", want: []string{"leaderElection.leaseDuration", "must be greater than `RenewDeadline`"}},
		"renewal too late":      {text: "leaderElection: {renewDeadline: 20s}", want: []string{"leaderElection.leaseDuration", "must be greater than `RenewDeadline`"}},
		"renewal too early":     {text: "leaderElection: {renewDeadline: 2s}", want: []string{"leaderElection.renewDeadline", "1.2 times retryPeriod (2s)"}},
		"retries too late":      {text: "leaderElection: {retryPeriod: 9s}", want: []string{"leaderElection.renewDeadline", "1.2 times retryPeriod (9s)"}},
		"lease below a second":  {text: "leaderElection: {leaseDuration: 900ms, renewDeadline: 800ms, retryPeriod: 100ms}", want: []string{"leaderElection.leaseDuration", "at least 1s"}},
		"negative retries":      {text: "leaderElection: {retryPeriod: -1s}", want: []string{"leaderElection.retryPeriod", "greater than zero"}},
		"lease in seconds":      {text: "leaderElection: {leaseDuration: 15}", want: []string{"leaderElection.leaseDuration: Invalid value: 15", "with a unit"}},
		"lease in words":        {text: "leaderElection: {renewDeadline: soon}", want: []string{`leaderElection.renewDeadline: Invalid value: "soon"`, "with a unit"}},
		"lease that is null":    {text: "leaderElection: {retryPeriod: null}", want: []string{"leaderElection.retryPeriod: Invalid value: null", "left out"}},
		"telemetry interval":    {text: "telemetry: {interval: 100ms}", want: []string{"telemetry.interval"}},
		"telemetry server":      {text: "telemetry: {prometheus: {url: 'ftp://p'}}", want: []string{"telemetry.prometheus.url"}},
		"telemetry of two":      {text: "telemetry: {embedded: {}, prometheus: {url: 'http://p'}}", want: []string{"telemetry.prometheus: Forbidden"}},
		"telemetry account":     {text: "telemetry: {embedded: {kubelets: {serviceAccount: A_B}}}", want: []string{"telemetry.embedded.kubelets.serviceAccount"}},
		"telemetry built-ins":   {text: "telemetry: {builtins: {memory: 'sum('}}", want: []string{"telemetry.builtins[memory]", "PromQL"}},
		"estimates":             {text: "estimates: {requestFactor: -1}", want: []string{"estimates.requestFactor", "negative"}},
		"default estimates":     {text: "estimates: {defaults: {cpu: -1}}", want: []string{"estimates.defaults[cpu]", "negative"}},
		"no kinds":              {text: "protections: {ownerKinds: []}", want: []string{"protections.ownerKinds: Required", "leave it out for ReplicaSet"}},
		"kind without a name":   {text: "protections: {ownerKinds: [ReplicaSet, '']}", want: []string{"protections.ownerKinds[1]: Required"}},
		"kind that stays":       {text: "protections: {ownerKinds: [DaemonSet]}", want: []string{"protections.ownerKinds[0]: Invalid", "never moved"}},
		"kind that stays, too":  {text: "protections: {ownerKinds: [ReplicaSet, daemonset]}", want: []string{"protections.ownerKinds[1]: Invalid", "never moved"}},
		"kind of static pods":   {text: "protections: {ownerKinds: [Node]}", want: []string{"protections.ownerKinds[0]: Invalid", "never moved"}},
		"kind that owns others": {text: "protections: {ownerKinds: [Deployment, CronJob]}", want: []string{"protections.ownerKinds[0]", "write ReplicaSet", "protections.ownerKinds[1]", "write Job"}},
		"kind as a resource":    {text: "protections: {ownerKinds: [statefulsets.apps]}", want: []string{"protections.ownerKinds[0]", "such as StatefulSet"}},
		"kind twice":            {text: "protections: {ownerKinds: [Job, Job]}", want: []string{"protections.ownerKinds[1]: Duplicate"}},
		"no schedulers":         {text: "protections: {schedulerNames: []}", want: []string{"protections.schedulerNames: Required", "leave it out"}},
		"scheduler unnamed":     {text: "protections: {schedulerNames: ['']}", want: []string{"protections.schedulerNames[0]: Required"}},
		"scheduler in space":    {text: "protections: {schedulerNames: ['a ']}", want: []string{"protections.schedulerNames[0]: Invalid", "white space"}},
		"scheduler twice":       {text: "protections: {schedulerNames: [a, b, a]}", want: []string{"protections.schedulerNames[2]: Duplicate"}},
		"storage class":         {text: "protections: {storageClasses: [ok, Not_One]}", want: []string{"protections.storageClasses[1]: Invalid"}},
		"storage unnamed":       {text: "protections: {storageClasses: ['']}", want: []string{"protections.storageClasses[0]: Required"}},
		"age":                   {text: "protections: {minAge: 0s}", want: []string{"protections.minAge", "greater than zero"}},
		"age without a unit":    {text: "protections: {minAge: 5}", want: []string{"protections.minAge", "with a unit"}},
		"settling":              {text: "protections: {settleAfter: -1m}", want: []string{"protections.settleAfter", "greater than zero"}},
		"nothing to do":         {text: "evictions: {disabled: true}\nmarks: {disabled: true}", want: []string{"evictions.disabled", "marks.disabled", "leave one of the two out"}},
		"evictions in words":    {text: "evictions: disabled", want: []string{"evictions"}},
		"budget of nothing":     {text: "budgets: {perNode: {evictions: 0, within: 10m}}", want: []string{"budgets.perNode.evictions", "at least 1", "dryRun"}},
		"budget that is empty":  {text: "budgets: {perWorkload: {}}", want: []string{"budgets.perWorkload.evictions", "leave budgets.perWorkload out"}},
		"budget without number": {text: "budgets: {perNamespace: {within: 1h}}", want: []string{"budgets.perNamespace.evictions"}},
		"budget below nothing":  {text: "budgets: {perCluster: {evictions: -1}}", want: []string{"budgets.perCluster.evictions"}},
		"budget over memory":    {text: "budgets: {perCluster: {evictions: 451}}", want: []string{"budgets.perCluster.evictions", "at most 450"}},
		"budget at once":        {text: "budgets: {perNode: {evictions: 1, within: 0s}}", want: []string{"budgets.perNode.within", "greater than zero"}},
		"budget for days":       {text: "budgets: {perNode: {evictions: 1, within: 24h1s}}", want: []string{"budgets.perNode.within", "at most 24h"}},
		"budget in minutes":     {text: "budgets: {perNode: {evictions: 1, within: 10}}", want: []string{"budgets.perNode.within", "with a unit"}},
		"cooldown of a node":    {text: "cooldowns: {node: 0s}", want: []string{"cooldowns.node", "greater than zero"}},
		"cooldowns crossed":     {text: "cooldowns: {workload: 2h, maxWorkload: 1h}", want: []string{"cooldowns.workload", "maxWorkload (1h)"}},
		"cooldown below zero":   {text: "cooldowns: {maxWorkload: -1h}", want: []string{"cooldowns.maxWorkload", "greater than zero"}},
		"cooldown in words":     {text: "cooldowns: {workload: long}", want: []string{"cooldowns.workload", "with a unit"}},
		"breaker over all":      {text: "breaker: {maxNodes: 101%}", want: []string{"breaker.maxNodes", "between 0% and 100%"}},
		"breaker as a count":    {text: "breaker: {maxNodes: 3}", want: []string{"breaker.maxNodes", "between 0% and 100%"}},
		"breaker in words":      {text: "breaker: {maxNodes: few}", want: []string{"breaker.maxNodes", "90%"}},
		"no effect at once":     {text: "breaker: {maxIneffective: 0}", want: []string{"breaker.maxIneffective", "greater than zero"}},
		"unready at once":       {text: "breaker: {maxUnready: -3}", want: []string{"breaker.maxUnready", "greater than zero"}},
		"ready at once":         {text: "breaker: {readyWithin: 0s}", want: []string{"breaker.readyWithin", "greater than zero"}},
		"open for nothing":      {text: "breaker: {openFor: 0s}", want: []string{"breaker.openFor", "greater than zero"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			configuration, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(deschedulerHeader + tc.text))
			if err == nil {
				t.Fatalf("got %+v, want an error with %q", configuration, tc.want)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
		})
	}
}

// Files that are not a DeschedulerConfiguration at all.
func TestDecodeDeschedulerConfigurationOfOthers(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"empty":         {text: " \n", want: "no YAML document"},
		"only comments": {text: "# nothing\n", want: "no YAML document"},
		"no kind":       {text: "dryRun: false", want: "apiVersion"},
		"other kind":    {text: argsHeader, want: `must be "DeschedulerConfiguration"`},
		"other version": {text: "apiVersion: descheduler/v1alpha2\nkind: DeschedulerPolicy\n", want: `must be "loadline.dev/v1alpha1"`},
		"broken":        {text: "apiVersion: [", want: "yaml"},
		"a list":        {text: "[]", want: "cannot unmarshal"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			configuration, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(tc.text))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %+v, %v, want an error with %q", configuration, err, tc.want)
			}
		})
	}
}

// A fault of the leader election is none where there is no election, as
// component-base has it.
func TestNoLeaderElection(t *testing.T) {
	text := deschedulerHeader + "leaderElection: {leaderElect: false, leaseDuration: 1s, resourceLock: endpoints}"
	if _, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(text)); err != nil {
		t.Error(err)
	}
}

// Whatever an operator writes gets an error or a configuration, never a panic, and
// what is accepted is the same after it was written and read.
func FuzzDecodeDeschedulerConfiguration(f *testing.F) {
	all, err := os.ReadFile("testdata/descheduler-all.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(all)
	f.Add([]byte(deschedulerHeader))
	f.Add([]byte(deschedulerHeader + "budgets: {perNode: {evictions: 1, within: 5m}}\nbreaker: {maxNodes: 0.25}"))
	f.Add([]byte(deschedulerHeader + "leaderElection: {leaderElect: false, leaseDuration: 5s}\ncooldowns: {workload: 5h}"))
	f.Add([]byte(deschedulerHeader + "telemetry: {embedded: {maxSize: 1Gi, metricsAPI: {}}}\nprotections: {ownerKinds: [Job]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		configuration, err := v1alpha1.DecodeDeschedulerConfiguration(data)
		if err != nil {
			return
		}
		again := rewrite(t, configuration, v1alpha1.DecodeDeschedulerConfiguration)
		if diff := cmp.Diff(written(t, configuration), written(t, again)); diff != "" {
			t.Errorf("after it was written and read (-want +got):\n%s", diff)
		}
	})
}
