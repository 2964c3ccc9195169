// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/cli/ledger"
	"github.com/loadline-dev/loadline/pkg/cli/nodeview"
	"github.com/loadline-dev/loadline/pkg/cli/replica"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// explainNode says what is up with a node.
func (f *explainFlags) explainNode(ctx context.Context, name string, cluster *connection, streams genericiooptions.IOStreams) error {
	client, config, err := cluster.client()
	if err != nil {
		return err
	}
	asker := replica.Asker{Client: client, Config: config, Namespace: f.systemNamespace, Timeout: schedulerTimeout, Clock: clock.RealClock{}}
	scheduler, descheduler := asker, asker
	scheduler.Program, scheduler.Local = replica.Scheduler(), f.local
	descheduler.Program, descheduler.Local = replica.Descheduler(), f.localDescheduler
	view, err := nodeview.Find(ctx, nodeview.Options{
		Name: name, Client: client, Scheduler: &scheduler, Descheduler: &descheduler,
		LedgerNamespace: f.systemNamespace, Timeout: oneLook,
	})
	if err != nil {
		return err
	}
	for _, warning := range view.Warnings {
		fmt.Fprintf(streams.ErrOut, "warning: %s\n", warning)
	}
	if f.forPrograms() {
		err = printObject(streams.Out, view, f.output)
	} else {
		shown := shownView{View: view, explainFlags: f, now: time.Now()}
		err = shown.print(streams)
	}
	switch {
	case err != nil:
		return err
	case view.IsGone && view.Node == nil:
		return errFound
	case view.Scheduler == nil:
		return fmt.Errorf("how the node stands to its lines is not known: %s", view.Unknown[nodeview.LinesPart])
	default:
		return nil
	}
}

// shownView is what is known of a node, in words.
type shownView struct {
	*nodeview.View
	*explainFlags
	now time.Time
}

func (s *shownView) print(streams genericiooptions.IOStreams) error {
	out := streams.Out
	if err := printTable(out, s.head()); err != nil {
		return err
	}
	if s.Node != nil {
		if err := s.printLines(out); err != nil {
			return err
		}
	}
	if s.IsGone && s.Node == nil {
		return nil
	}
	if err := s.printPods(out); err != nil {
		return err
	}
	if err := s.printPlan(out); err != nil {
		return err
	}
	return s.printLedger(out)
}

// head are the lines before the tables.
func (s *shownView) head() heading {
	var head heading
	head.add("Node", s.Name+s.condition())
	if s.Object == nil {
		head.add("Note", s.Unknown[nodeview.NodePart])
	}
	if s.Node == nil {
		head.add("State", "not known: "+s.Unknown[nodeview.LinesPart])
		return head
	}
	table := nodeTable{nodes: &inspect.Nodes{Snapshot: s.Snapshot, RuleSets: s.RuleSets, Nodes: []inspect.Node{*s.Node}}}
	head.add("State", table.state(s.Node))
	if s.Node.Headroom != nil {
		head.add("Headroom", headroomText(s.Node.Headroom))
	}
	head.add("Effects", strings.Join(effectsOn(s.Node), ", "))
	head.add("Marks", s.marks())
	head.add("Judged", fmt.Sprintf("%s ago by %s%s", secondsText(s.Snapshot.AgeSeconds), s.Scheduler.From, leads(s.Scheduler)))
	return head
}

func leads(source *nodeview.Source) string {
	if source.Leads {
		return ", which leads"
	}
	return ""
}

// condition is what makes the node take no pods in any case.
func (s *shownView) condition() string {
	if s.Object == nil {
		return ""
	}
	var conditions []string
	if s.Object.DeletionTimestamp != nil {
		conditions = append(conditions, "being deleted")
	}
	if s.Object.Spec.Unschedulable {
		conditions = append(conditions, "cordoned")
	}
	for _, condition := range s.Object.Status.Conditions {
		if condition.Type == "Ready" && condition.Status != "True" {
			conditions = append(conditions, "not ready")
		}
	}
	if len(conditions) == 0 {
		return ""
	}
	return " (" + strings.Join(conditions, ", ") + ")"
}

// marks says which labels and taints the rules want on the node, and whether they are
// there.
func (s *shownView) marks() string {
	if s.Object == nil {
		return ""
	}
	present := map[string]bool{}
	for key, value := range s.Object.Labels {
		present[key+"="+value] = true
	}
	for i := range s.Object.Spec.Taints {
		present[s.Object.Spec.Taints[i].ToString()] = true
	}
	var texts []string
	for _, set := range s.Node.RuleSets {
		for i := range set.Rules {
			for _, mark := range marksBy(&set.Rules[i]) {
				if present[mark] {
					texts = append(texts, mark+" is on the node")
				} else {
					texts = append(texts, mark+" is not on the node yet, which is up to the descheduler")
				}
			}
		}
	}
	return strings.Join(texts, "; ")
}

// latestEvictions is the number of evictions that are shown of a node.
const latestEvictions = 5

// ledgerOf is the ledger as it is shown of a node.
func (s *shownView) ledgerOf() *shownLedger {
	return &shownLedger{Ledger: s.Ledger, query: ledger.Query{}, evictions: s.Ledger.From(s.Name), now: s.now}
}
