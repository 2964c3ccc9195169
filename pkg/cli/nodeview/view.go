// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package nodeview finds out what is to be said of one node: how it stands to its
// lines, which pods make it so, and what is done about it. Each part is asked of another
// place, and what cannot be had of one is no reason to leave out the others.
package nodeview

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/loadline-dev/loadline/pkg/cli/ledger"
	"github.com/loadline-dev/loadline/pkg/cli/replica"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// Options say which node is asked about, and who is asked.
type Options struct {
	Name   string
	Client kubernetes.Interface
	// Scheduler and Descheduler are how these are asked.
	Scheduler, Descheduler *replica.Asker
	// LedgerNamespace is where evictions are written down.
	LedgerNamespace string
	// Timeout bounds the wait for each answer of the API server.
	Timeout time.Duration
}

// View is what was found out.
type View struct {
	Name string `json:"name"`
	// Scheduler is who has told Node, Snapshot and RuleSets.
	Scheduler *Source `json:"scheduler,omitempty"`
	// Node is how it stands to its lines. Nil where that is not known.
	Node     *inspect.Node     `json:"node,omitempty"`
	Snapshot inspect.Snapshot  `json:"snapshot,omitzero"`
	RuleSets []inspect.RuleSet `json:"ruleSets,omitempty"`
	// Pods are those on the node that have not ended.
	Pods []Pod `json:"pods,omitempty"`
	// Descheduler is who has told Planning.
	Descheduler *Source           `json:"descheduler,omitempty"`
	Planning    *inspect.Planning `json:"planning,omitempty"`
	// Evictions are those from the node that are written down, the latest first.
	Evictions []json.RawMessage `json:"evictions,omitempty"`
	// Unknown is why parts are missing, by part: node, lines, pods, uses, plan or
	// evictions.
	Unknown map[string]string `json:"unknown,omitempty"`

	// Object is the node. Nil where there is none, or it could not be read, and IsGone
	// tells which.
	Object *corev1.Node   `json:"-"`
	IsGone bool           `json:"-"`
	Ledger *ledger.Ledger `json:"-"`
	// Warnings are about who was asked.
	Warnings []string `json:"-"`

	mu sync.Mutex
}

// Source is who has told something.
type Source struct {
	From string `json:"from"`
	// Leads tells that it leads, as the lease says.
	Leads bool `json:"leads,omitempty"`
}

// Parts that may be missing.
const (
	NodePart      = "node"
	LinesPart     = "lines"
	PodsPart      = "pods"
	UsesPart      = "uses"
	PlanPart      = "plan"
	EvictionsPart = "evictions"
)

// Find asks for all parts at once. The error is that of the context.
func Find(ctx context.Context, o Options) (*View, error) {
	v := &View{Name: o.Name, Unknown: map[string]string{}}
	var asking sync.WaitGroup
	for part, ask := range map[string]func(context.Context, Options) error{
		NodePart: v.readNode, LinesPart: v.askScheduler, PodsPart: v.listPods, PlanPart: v.askDescheduler, EvictionsPart: v.readLedger,
	} {
		asking.Go(func() {
			if err := ask(ctx, o); err != nil {
				v.miss(part, err)
			}
		})
	}
	asking.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(v.Pods) > 0 {
		if err := v.findUses(ctx, o); err != nil {
			v.miss(UsesPart, err)
		}
	}
	return v, ctx.Err()
}

func (v *View) miss(part string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.Unknown[part] = err.Error()
}

func (v *View) warn(warnings []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.Warnings = append(v.Warnings, warnings...)
}

// readNode reads the node itself.
func (v *View) readNode(ctx context.Context, o Options) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	node, err := o.Client.CoreV1().Nodes().Get(ctx, o.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		v.IsGone = true
		return fmt.Errorf("there is no node %q", o.Name)
	case err != nil:
		return fmt.Errorf("reading the node: %w", replica.InTime(ctx, o.Timeout, err))
	}
	v.Object = node
	return nil
}

// askScheduler asks how the node stands to its lines.
func (v *View) askScheduler(ctx context.Context, o Options) error {
	answer, err := o.Scheduler.AskLeader(ctx, inspect.NodesPath+"?"+url.Values{"node": {o.Name}}.Encode())
	if err != nil {
		return err
	}
	var nodes inspect.Nodes
	if err := answer.Decode(&nodes); err != nil {
		return err
	}
	v.warn(answer.Warnings)
	v.Scheduler = &Source{From: answer.From, Leads: answer.Leads}
	v.Snapshot, v.RuleSets = nodes.Snapshot, nodes.RuleSets
	if len(nodes.Nodes) == 0 {
		return fmt.Errorf("%s knows of no node %q", answer.From, o.Name)
	}
	v.Node = &nodes.Nodes[0]
	return nil
}

// askDescheduler asks what is about to be moved.
func (v *View) askDescheduler(ctx context.Context, o Options) error {
	answer, err := o.Descheduler.AskLeader(ctx, inspect.PlanPath)
	if err != nil {
		return err
	}
	planning := &inspect.Planning{}
	if err := answer.Decode(planning); err != nil {
		return err
	}
	v.warn(answer.Warnings)
	v.Descheduler, v.Planning = &Source{From: answer.From, Leads: answer.Leads}, planning
	return nil
}

// readLedger reads what was evicted before.
func (v *View) readLedger(ctx context.Context, o Options) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	found, err := ledger.Read(ctx, o.Client, o.LedgerNamespace)
	if err != nil {
		return err
	}
	v.Ledger = found
	for _, eviction := range found.From(o.Name) {
		v.Evictions = append(v.Evictions, eviction.Stored)
	}
	return nil
}

// Planned is what the latest plan makes of the node, by rule.
func (v *View) Planned() []inspect.PlannedNode {
	var planned []inspect.PlannedNode
	if v.Planning == nil || v.Planning.Plan == nil {
		return nil
	}
	for _, node := range v.Planning.Plan.Nodes {
		if node.Node == v.Name {
			planned = append(planned, node)
		}
	}
	return planned
}
