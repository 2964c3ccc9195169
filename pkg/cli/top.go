// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/nodeproxy"
	"github.com/loadline-dev/loadline/pkg/cli/replica"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// nodesTimeout bounds the wait for an answer about all nodes, which may have
// megabytes.
const nodesTimeout = 30 * time.Second

// topFlags are what a person says of a list of nodes.
type topFlags struct {
	systemNamespace, local, selector, output string
	ruleSets                                 []string
	watch, noHeaders                         bool
}

func newTopCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := topFlags{systemNamespace: v1alpha1.DefaultRulesNamespace}
	cluster := newConnection()
	command := &cobra.Command{
		Use:   "top [nodes] [NAME...]",
		Short: "Show how far nodes are from their lines",
		Long: `Show what nodes measure against their lines, those with the least headroom first.

The numbers are those that the scheduler goes by: its replica that leads is asked,
through a port-forward to its pod, which needs the rights to list pods and to create
pods/portforward in its namespace. With --local a scheduler is asked at an address,
and a cluster is needed for --selector alone.

HEADROOM is the distance to the nearest line, as a share of its threshold. It includes
what is expected of pods that are not measured yet. Over the line it is negative: the
distance to where the line is clear again. AGE is that of the oldest value.

The exit code is 0 if all went well, 1 if a named node or rule set is not there, and 2 if
no scheduler could be asked.`,
		Example: `  # The nodes that are nearest to their lines
  kubectl loadline top | head

  # Those of one pool, by one rule set, until Ctrl-C
  kubectl loadline top -l pool=web --rule-set below-the-line -w

  # The names of all nodes that are over a line
  kubectl loadline top -o json | jq -r '.nodes[] | select(.state == "Over").name'`,
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeNodes(cluster),
		RunE: func(command *cobra.Command, arguments []string) error {
			names, err := topNames(arguments)
			if err != nil {
				return err
			}
			if err := checkFormat(flags.output, "json", "yaml", "wide"); err != nil {
				return err
			}
			t, err := flags.newTop(names, cluster, streams)
			if err != nil {
				return err
			}
			if flags.watch {
				return t.follow(command.Context())
			}
			return t.once(command.Context())
		},
	}
	command.Flags().StringVarP(&flags.selector, "selector", "l", "", "Selector (label query) of nodes, as kubectl's.")
	command.Flags().StringArrayVar(&flags.ruleSets, "rule-set", nil, "Only lines of this rule set. May be given several times.")
	command.Flags().BoolVarP(&flags.watch, "watch", "w", false, "Go on, and show what changes. In a terminal the table is drawn anew.")
	command.Flags().StringVarP(&flags.output, "output", "o", "", "Output format: json, yaml or wide. Default: for people.")
	command.Flags().BoolVar(&flags.noHeaders, "no-headers", false, "Print no headers.")
	command.Flags().StringVar(&flags.systemNamespace, "system-namespace", flags.systemNamespace, "The namespace that Loadline runs in.")
	command.Flags().StringVar(&flags.local, "local", "", "The address (HOST:PORT) of a scheduler to ask, instead of those in the cluster.")
	cluster.addTo(command, false)
	mustComplete(command, "output", completeFormats("json", "yaml", "wide"))
	mustComplete(command, "rule-set", completeRuleSets(cluster, &flags.systemNamespace))
	return command
}

// topNames are the names of nodes among the arguments, before which kubectl has the
// kind.
func topNames(arguments []string) ([]string, error) {
	if len(arguments) == 0 {
		return nil, nil
	}
	switch arguments[0] {
	case "node", "nodes", "no":
		arguments = arguments[1:]
	case "pod", "pods", "po":
		return nil, errors.New("lines are drawn for nodes: \"kubectl top pods\" has pods, and \"kubectl loadline explain node NAME\" those of a node")
	}
	names := make([]string, 0, len(arguments))
	for _, name := range arguments {
		for _, kind := range []string{"node/", "nodes/", "no/"} {
			name = strings.TrimPrefix(name, kind)
		}
		names = append(names, name)
	}
	return names, nil
}

// top asks for nodes and prints them.
type top struct {
	*topFlags
	names    []string
	selector labels.Selector
	client   kubernetes.Interface // nil where it is not needed
	asker    *replica.Asker
	streams  genericiooptions.IOStreams
	clock    clock.Clock
	// warned are the warnings that were printed.
	warned sets.Set[string]
}

func (f *topFlags) newTop(names []string, cluster *connection, streams genericiooptions.IOStreams) (*top, error) {
	if err := checkAddress("--local", f.local); err != nil {
		return nil, err
	}
	t := &top{topFlags: f, names: names, streams: streams, clock: clock.RealClock{}, warned: sets.New[string]()}
	t.asker = &replica.Asker{Program: replica.Scheduler(), Namespace: f.systemNamespace, Local: f.local, Timeout: nodesTimeout, Clock: t.clock}
	if f.selector != "" {
		if len(names) > 0 {
			return nil, errors.New("give names or --selector, not both")
		}
		var err error
		if t.selector, err = labels.Parse(f.selector); err != nil {
			return nil, fmt.Errorf("--selector: %w", err)
		}
	}
	if f.local != "" && t.selector == nil {
		return t, nil
	}
	var err error
	t.client, t.asker.Config, err = cluster.client()
	t.asker.Client = t.client
	return t, err
}

// once prints what is known now.
func (t *top) once(ctx context.Context) error {
	nodes, _, err := t.ask(ctx)
	if err != nil {
		return err
	}
	if err := t.print(t.streams.Out, nodes); err != nil {
		return err
	}
	return t.missing(nodes)
}

// ask asks for the nodes, and sorts them. from tells which replica has answered.
func (t *top) ask(ctx context.Context) (nodes *inspect.Nodes, from string, err error) {
	query := url.Values{"node": t.names, "ruleSet": t.ruleSets}
	answer, err := t.asker.AskLeader(ctx, inspect.NodesPath+"?"+query.Encode())
	if err != nil {
		return nil, "", err
	}
	for _, warning := range answer.Warnings {
		t.warn(warning)
	}
	nodes = &inspect.Nodes{}
	if err := answer.Decode(nodes); err != nil {
		return nil, "", err
	}
	if err := t.selectNodes(ctx, nodes); err != nil {
		return nil, "", err
	}
	slices.SortStableFunc(nodes.Nodes, byHeadroom)
	return nodes, answer.From, nil
}

// warn prints a warning once.
func (t *top) warn(text string) {
	if !t.warned.Has(text) {
		t.warned.Insert(text)
		fmt.Fprintf(t.streams.ErrOut, "warning: %s\n", text)
	}
}

// selectNodes leaves the nodes that the selector selects.
func (t *top) selectNodes(ctx context.Context, nodes *inspect.Nodes) error {
	if t.selector == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, nodesTimeout)
	defer cancel()
	listed, err := nodeproxy.Selected(ctx, t.client, t.selector.String())
	if err != nil {
		return err
	}
	selected := sets.New[string]()
	for _, node := range listed {
		selected.Insert(node.Name)
	}
	nodes.Nodes = slices.DeleteFunc(nodes.Nodes, func(node inspect.Node) bool { return !selected.Has(node.Name) })
	return nil
}

// missing says which of what was named is not there.
func (t *top) missing(nodes *inspect.Nodes) error {
	var missing error
	for _, name := range t.names {
		if !slices.ContainsFunc(nodes.Nodes, func(node inspect.Node) bool { return node.Name == name }) {
			fmt.Fprintf(t.streams.ErrOut, "the scheduler knows of no node %q\n", name)
			missing = errFound
		}
	}
	for _, name := range t.ruleSets {
		if !slices.ContainsFunc(nodes.RuleSets, func(set inspect.RuleSet) bool { return set.Name == name }) {
			fmt.Fprintf(t.streams.ErrOut, "no rule set %q is in force: \"kubectl loadline rules\" tells which are, and why others are not\n", name)
			missing = errFound
		}
	}
	return missing
}

// urgency orders nodes before their headroom does: over a line, all others of which
// something is known, those of which nothing is, and those that no line is for.
func urgency(node *inspect.Node) int {
	switch {
	case node.State == inspect.Exempt, node.State == inspect.Ungoverned:
		return 3
	case node.State == inspect.Over:
		return 0
	case node.Headroom == nil:
		return 2
	default:
		return 1
	}
}

func byHeadroom(a, b inspect.Node) int {
	headroom := 0
	if a.Headroom != nil && b.Headroom != nil {
		headroom = cmp.Compare(*a.Headroom, *b.Headroom)
	}
	return cmp.Or(urgency(&a)-urgency(&b), headroom, strings.Compare(a.Name, b.Name))
}
