// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	// deschedulerName is the name of the process and of its lease.
	deschedulerName = "loadline-descheduler"
	// evictionTimeout bounds each wait for what the descheduler does.
	evictionTimeout = 30 * time.Second
	// ledgerInterval is how often a wait reads what it has written down.
	ledgerInterval = 250 * time.Millisecond
)

// startDescheduler does not wait for it to lead, which act 5 does. It is paused
// before it starts, so that it does nothing about the nodes that the acts before heat.
func (d *demo) startDescheduler() error {
	if err := d.kubectlLoadline("pause", "until act 5 of the demo"); err != nil {
		return err
	}
	var err error
	d.descheduler, err = deploy.StartDescheduler(d.ctx, d.cluster, deschedulerName, deploy.DeschedulerOptions{
		Scheduler: deploy.SchedulerName, Interval: interval, ChangeConfig: shortenTimes,
	})
	return err
}

// shortenTimes has the descheduler move pods that have just begun to run, and look
// soon at what that has brought. It may lose its lease on a busy machine if that is
// short, and there is no other one that could take it.
func shortenTimes(config map[string]any) {
	config["protections"] = map[string]any{"minAge": "5s", "settleAfter": "5s"}
	config["cooldowns"] = map[string]any{"node": "5s", "workload": "10s"}
	config["budgets"] = map[string]any{"perWorkload": map[string]any{"evictions": 5}}
	election := config["leaderElection"].(map[string]any)
	election["leaseDuration"], election["renewDeadline"], election["retryPeriod"] = "30s", "20s", "2s"
}

// kubectlLoadline runs a command as the cluster's administrator.
func (d *demo) kubectlLoadline(args ...string) error {
	command := exec.CommandContext(d.ctx, d.cluster.Binary("kubectl-loadline"), append(args, "--kubeconfig", d.cluster.Kubeconfig())...)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("running kubectl loadline %s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return nil
}

// evictions are those that the descheduler has written down, without those that it
// was to carry out and did not.
func (d *demo) evictions() ([]history.Record, error) {
	ledger, err := d.cluster.Client().CoreV1().ConfigMaps(deploy.Namespace).Get(d.ctx, history.ConfigMap, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	state, err := history.Decode(ledger.Data[history.Key])
	return slices.DeleteFunc(state.Records, func(r history.Record) bool { return r.Failed != "" }), err
}

// awaitEvictions returns when there are evictions, and a condition holds for all of
// them.
func (d *demo) awaitEvictions(what string, condition func(history.Record) bool) ([]history.Record, error) {
	var found []history.Record
	var unreadable error
	next := time.Time{}
	err := d.await(evictionTimeout, deschedulerName+" to "+what, func() bool {
		if time.Now().Before(next) {
			return false
		}
		next = time.Now().Add(ledgerInterval)
		found, unreadable = d.evictions()
		return unreadable != nil || len(found) > 0 &&
			!slices.ContainsFunc(found, func(r history.Record) bool { return !condition(r) })
	})
	if err != nil {
		err = fmt.Errorf("%w (%s)", err, d.lastWord())
	}
	return found, errors.Join(err, unreadable)
}

// tellingLines begin the messages by which the descheduler says why it does what it
// does.
var tellingLines = []string{
	"Evictions are stopped", "Evictions may go on", "Node is over a load line", "Pod evicted", "Pod not evicted", "Eviction judged", "Unable to",
}

// lastWord is the latest of them.
func (d *demo) lastWord() string {
	text, err := os.ReadFile(d.descheduler.LogFile())
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	for _, line := range slices.Backward(lines) {
		for _, message := range tellingLines {
			if bytes.Contains(line, []byte(`] "`+message)) {
				return "it logged last: " + string(line)
			}
		}
	}
	return "it has not logged why"
}
