// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explained

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/loadline-dev/loadline/pkg/cli/replica"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// SchedulerName is what pods name, as shipped.
const SchedulerName = "loadline-scheduler"

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

func (o *Options) asker() *replica.Asker {
	return &replica.Asker{
		Program: replica.Scheduler(), Client: o.Client, Config: o.Config,
		Namespace: o.SystemNamespace, Local: o.Local, Timeout: o.Timeout, Clock: o.Clock,
	}
}

// path is where a scheduler tells of the pod.
func (o *Options) path() string {
	return inspect.DecisionsPath + "?" + url.Values{"namespace": {o.Namespace}, "pod": {o.Name}}.Encode()
}

// askLocal asks the scheduler at an address.
func (o *Options) askLocal(ctx context.Context) (*schedulers, error) {
	body, err := o.asker().GetLocal(ctx, o.path())
	if err != nil {
		return nil, err
	}
	read, err := readJournal(body, o.Local)
	if err != nil {
		return nil, fmt.Errorf("asking the scheduler at %s: %w", o.Local, err)
	}
	return &schedulers{journals: []*journal{read}}, nil
}

// askAll asks all of the scheduler's replicas that are ready, since a decision is
// known to the one alone that has made it.
func (o *Options) askAll(ctx context.Context) (*schedulers, error) {
	asker := o.asker()
	ready, others, err := asker.Find(ctx)
	if err != nil {
		return nil, err
	}
	asked := &schedulers{}
	for _, other := range others {
		asked.warnings = append(asked.warnings, fmt.Sprintf("%s was not asked: it is not ready", other))
	}
	journals, errs := make([]*journal, len(ready)), make([]error, len(ready))
	var asking sync.WaitGroup
	for i, pod := range ready {
		asking.Go(func() { journals[i], errs[i] = o.ask(ctx, asker, pod) })
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
	lease := asker.Lease(ctx)
	asked.leader, asked.since = lease.Holder, lease.Since
	if silence := lease.Silence(); silence != "" && lease.Holder != "" {
		asked.warnings = append(asked.warnings, "loadline-scheduler seems not to decide anything now"+silence)
	}
	return asked, nil
}

func (o *Options) ask(ctx context.Context, asker *replica.Asker, pod string) (*journal, error) {
	body, err := asker.Get(ctx, pod, o.path())
	if err != nil {
		return nil, err
	}
	return readJournal(body, pod)
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
