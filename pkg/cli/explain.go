// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/explained"
)

// schedulerTimeout bounds the wait for each answer. A scheduler answers within
// milliseconds.
const schedulerTimeout = 10 * time.Second

// explainFlags are what a person says of an explanation.
type explainFlags struct {
	systemNamespace, local, localDescheduler, uid, output string
	all, allNamespaces                                    bool
}

func newExplainCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := explainFlags{systemNamespace: v1alpha1.DefaultRulesNamespace}
	cluster := newConnection()
	command := &cobra.Command{
		Use:   "explain (pod NAME | node NAME | eviction [NAME])",
		Short: "Say why a pod was placed where it is, is pending, or was evicted, and what is up with a node",
		Long: `Say why a pod was placed where it is, why it is pending, or why it was evicted; or what
a node measures against its lines, and what is done about it.

"explain pod" says which rules refused which nodes, by which values and how old these
were, and how the other nodes were ranked. A scheduler remembers its latest decision on
each of the last 1000 pods. All of its replicas are asked, each through a
port-forward to its pod, which needs the right to create pods/portforward in the
scheduler's namespace. With --local a scheduler is asked at an address, and no
cluster is needed. What a scheduler remembers is gone when it ends: after a
restart, or once another replica leads, nothing is known of the pods that were
placed before.

"explain node" says which rules are broken on a node and for how long, which of its pods
use the most against what they request, which are about to be moved off it, and why the
others are not. The scheduler and the descheduler are asked, through port-forwards, as
for pods; the node, its pods and the ConfigMap loadline-evictions are read. If a part of
this cannot be had, that is said, and the rest is printed.

"explain eviction" says by which rule and which value a pod was evicted, why this
pod and not another, what was expected of it, and what came of it. Name the pod
that was evicted, or the one that came in its place. Without a name the latest
evictions are listed, and whether more can follow. The descheduler writes down the
latest 500 in the ConfigMap loadline-evictions; this needs the right to get it.

The exit code is 0 if there is a decision, 1 if none is known (which is explained) or
there is no such node, and 2 if no scheduler could be asked, or the ConfigMap could not
be read.`,
		Example: `  # Why is this pod pending, or where it is?
  kubectl loadline explain pod web-7d4b9c6f5-x2x8p -n shop

  # All nodes that the scheduler has kept as examples for each rule
  kubectl loadline explain pod web-7d4b9c6f5-x2x8p -n shop --all

  # How many nodes each rule refused, or would have refused
  kubectl loadline explain pod web-7d4b9c6f5-x2x8p -o json | jq -r '.refusals[]? | "\(.nodes) \(.ruleSet)/\(.rule)"'

  # What is up with this node, and why is no pod moved off it?
  kubectl loadline explain node ip-10-0-3-17

  # Of a scheduler that runs on this machine
  kubectl loadline explain pod web --local 127.0.0.1:10269

  # Why was this pod evicted, and what came of it?
  kubectl loadline explain eviction web-7d4b9c6f5-q9d2k -n shop

  # The latest evictions of all namespaces, and whether evictions are paused
  kubectl loadline explain evictions -A`,
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeExplainable(cluster),
		RunE: func(command *cobra.Command, arguments []string) error {
			kind, name, err := explainable(arguments)
			if err != nil {
				return err
			}
			if err := flags.check(kind); err != nil {
				return err
			}
			switch kind {
			case evictionKind:
				return flags.explainEvictions(command.Context(), name, cluster, streams)
			case nodeKind:
				return flags.explainNode(command.Context(), name, cluster, streams)
			default:
				return flags.explainPod(command.Context(), name, cluster, streams)
			}
		},
	}
	command.Flags().StringVarP(&cluster.overrides.Context.Namespace, "namespace", "n", "", "The pod's namespace. Default: that of the kubeconfig.")
	command.Flags().BoolVarP(&flags.allNamespaces, "all-namespaces", "A", false, "Evictions in all namespaces.")
	command.Flags().StringVar(&flags.uid, "uid", "", "Evictions of the pod with this UID, instead of its name or in addition to it.")
	command.Flags().StringVar(&flags.systemNamespace, "system-namespace", flags.systemNamespace, "The namespace that Loadline runs in.")
	command.Flags().StringVar(&flags.local, "local", "", "The address (HOST:PORT) of a scheduler to ask, instead of those in the cluster.")
	command.Flags().StringVar(&flags.localDescheduler, "local-descheduler", "", "The address (HOST:PORT) of a descheduler to ask of a node, instead of those in the cluster.")
	command.Flags().BoolVar(&flags.all, "all", false, "Print all of the nodes that the scheduler has kept as examples, all pods of a node, or all evictions.")
	command.Flags().StringVarP(&flags.output, "output", "o", "", "Output format: json, yaml or wide. Default: for people.")
	cluster.addTo(command, false)
	mustComplete(command, "output", completeFormats("json", "yaml", "wide"))
	return command
}

// What can be explained.
const (
	podKind      = "pod"
	nodeKind     = "node"
	evictionKind = "eviction"
)

// kindOf is the kind that a word stands for. Empty for none.
func kindOf(word string) string {
	switch word {
	case "pod", "pods", "po":
		return podKind
	case "node", "nodes", "no":
		return nodeKind
	case "eviction", "evictions":
		return evictionKind
	default:
		return ""
	}
}

// explainable is what arguments name as kubectl's do. Evictions need no name.
func explainable(arguments []string) (kind, name string, err error) {
	usage := errors.New("give what to explain: pod NAME, pod/NAME, node NAME, or eviction with or without a NAME")
	if len(arguments) == 0 {
		return "", "", usage
	}
	given, name, slashed := strings.Cut(arguments[0], "/")
	names := arguments[1:]
	if slashed {
		names = append([]string{name}, names...)
	}
	if kind = kindOf(given); kind == "" {
		return "", "", fmt.Errorf("there is no explanation of %q: give pod NAME, pod/NAME, node NAME, or eviction with or without a NAME", given)
	}
	switch {
	case len(names) == 1 && names[0] != "":
		return kind, names[0], nil
	case len(names) == 0 && kind == evictionKind:
		return kind, "", nil
	default:
		return "", "", usage
	}
}

func (f *explainFlags) check(kind string) error {
	switch {
	case kind == podKind && (f.uid != "" || f.allNamespaces):
		return errors.New("--uid and --all-namespaces are for evictions: give the pod's name, and its namespace by -n")
	case kind == nodeKind && (f.uid != "" || f.allNamespaces):
		return errors.New("--uid and --all-namespaces are for evictions: those of a node are told of all namespaces")
	case kind != nodeKind && f.localDescheduler != "":
		return errors.New("--local-descheduler is for nodes")
	case kind == evictionKind && f.local != "":
		return errors.New("--local is for pods and nodes: no scheduler knows of evictions")
	}
	if err := cmp.Or(checkAddress("--local", f.local), checkAddress("--local-descheduler", f.localDescheduler)); err != nil {
		return err
	}
	return checkFormat(f.output, "json", "yaml", "wide")
}

// checkAddress refuses what is not an address where one is given by a flag.
func checkAddress(flag, address string) error {
	if _, port, err := net.SplitHostPort(address); address != "" && (err != nil || port == "") {
		return fmt.Errorf("%s %q is not an address: give HOST:PORT, such as 127.0.0.1:10269", flag, address)
	}
	return nil
}

func (f *explainFlags) explainPod(ctx context.Context, name string, cluster *connection, streams genericiooptions.IOStreams) error {
	options := explained.Options{
		Name: name, SystemNamespace: f.systemNamespace, Local: f.local, Timeout: schedulerTimeout, Clock: clock.RealClock{},
	}
	var err error
	if options.Namespace, err = cluster.namespace(); err != nil {
		return err
	}
	if options.Client, options.Config, err = cluster.client(); err != nil {
		if f.local == "" {
			return err
		}
		fmt.Fprintf(streams.ErrOut, "warning: only the scheduler is asked: %v\n", err)
		options.Client = nil
	}
	result, err := explained.Find(ctx, options)
	if err != nil {
		return err
	}
	for _, warning := range result.Warnings {
		fmt.Fprintf(streams.ErrOut, "warning: %s\n", warning)
	}
	if err := f.print(streams, options.Namespace+"/"+name, result); err != nil {
		return err
	}
	switch {
	case result.Unasked != nil:
		return result.Unasked
	case result.Decision == nil:
		return errFound
	default:
		return nil
	}
}

// namespace is the one that the user works in.
func (c *connection) namespace() (string, error) {
	namespace, _, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(c.rules, c.overrides).Namespace()
	switch {
	case clientcmd.IsEmptyConfig(err):
		return cmp.Or(c.overrides.Context.Namespace, corev1.NamespaceDefault), nil
	case err != nil:
		return "", fmt.Errorf("reading the kubeconfig: %w", err)
	default:
		return namespace, nil
	}
}
