// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

const (
	// completeTimeout bounds how long a person waits for proposals.
	completeTimeout = 3 * time.Second
	// maxProposals bounds how many are asked for: nobody reads more.
	maxProposals = 500
)

// completing proposes what could come next on a command line.
type completing = cobra.CompletionFunc

// propose asks the API server for names. Where it does not answer there are none: this
// is no place for errors.
func propose(list func(ctx context.Context, options metav1.ListOptions) ([]string, error)) completing {
	return func(command *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx := command.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, completeTimeout)
		defer cancel()
		names, err := list(ctx, metav1.ListOptions{Limit: maxProposals})
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, typed) || slices.Contains(given, name) })
		slices.Sort(names)
		return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeNodes proposes names of nodes.
func completeNodes(cluster *connection) completing {
	return propose(func(ctx context.Context, options metav1.ListOptions) ([]string, error) {
		client, _, err := cluster.client()
		if err != nil {
			return nil, err
		}
		list, err := client.CoreV1().Nodes().List(ctx, options)
		if err != nil {
			return nil, err
		}
		var names []string
		for i := range list.Items {
			names = append(names, list.Items[i].Name)
		}
		return names, nil
	})
}

// completePods proposes names of pods of the namespace.
func completePods(cluster *connection) completing {
	return propose(func(ctx context.Context, options metav1.ListOptions) ([]string, error) {
		client, _, err := cluster.client()
		if err != nil {
			return nil, err
		}
		namespace, err := cluster.namespace()
		if err != nil {
			return nil, err
		}
		list, err := client.CoreV1().Pods(namespace).List(ctx, options)
		if err != nil {
			return nil, err
		}
		var names []string
		for i := range list.Items {
			names = append(names, list.Items[i].Name)
		}
		return names, nil
	})
}

// completeRuleSets proposes names of rule sets in a namespace, by default that of the
// rules.
func completeRuleSets(cluster *connection, namespace *string) completing {
	return propose(func(ctx context.Context, options metav1.ListOptions) ([]string, error) {
		client, _, err := cluster.client()
		if err != nil {
			return nil, err
		}
		where := cluster.rulesNamespace()
		if namespace != nil {
			where = *namespace
		}
		options.LabelSelector = v1alpha1.RulesLabel + "=true"
		list, err := client.CoreV1().ConfigMaps(where).List(ctx, options)
		if err != nil {
			return nil, err
		}
		var names []string
		for i := range list.Items {
			for _, text := range list.Items[i].Data {
				if name := v1alpha1.RuleSetName([]byte(text)); name != "" {
					names = append(names, name)
				}
			}
		}
		return names, nil
	})
}

// completeExplainable proposes what can be explained, and then names of that kind.
func completeExplainable(cluster *connection) completing {
	return func(command *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(given) == 0:
			return []string{podKind, nodeKind, evictionKind}, cobra.ShellCompDirectiveNoFileComp
		case len(given) > 1:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		switch kindOf(given[0]) {
		case nodeKind:
			return completeNodes(cluster)(command, nil, typed)
		case podKind, evictionKind:
			return completePods(cluster)(command, nil, typed)
		default:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
}

// firstArgument proposes nothing after the first.
func firstArgument(complete completing) completing {
	return func(command *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(given) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(command, given, typed)
	}
}

// completeFormats proposes output formats.
func completeFormats(formats ...string) completing {
	return cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)
}

// mustComplete has a flag completed.
func mustComplete(command *cobra.Command, flag string, complete completing) {
	if err := command.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // there is no such flag
	}
}
