// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preflight

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/nodeproxy"
	"github.com/loadline-dev/loadline/pkg/telemetry/kubelet"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// maxAhead is how far in the future data may be: clocks differ a little.
const maxAhead = 10 * time.Second

// staleAfter is the age past which data do not count, unless configured.
func staleAfter() time.Duration {
	var args v1alpha1.LoadlineArgs
	args.SetDefaults()
	return args.Telemetry.StaleAfter()
}

// askAll asks the kubelets of all nodes. The first one is asked alone, since
// nobody else needs to be where the API server does not allow it.
func askAll(ctx context.Context, kubelets *nodeproxy.Client, nodes []*corev1.Node, options Options) []Node {
	found := make([]Node, len(nodes))
	index := make(map[string]int, len(nodes))
	for i, node := range nodes {
		index[node.Name] = i
	}
	var mu sync.Mutex
	asked := 0
	ask := func(ctx context.Context, node *corev1.Node) {
		result := ask(ctx, kubelets, node, options)
		mu.Lock()
		defer mu.Unlock()
		found[index[node.Name]] = result
		asked++
		options.Asked(asked, len(nodes))
	}
	if len(nodes) == 0 {
		return found
	}
	ask(ctx, nodes[0])
	if found[0].Cause == nodeproxy.NotPermitted {
		for i, node := range nodes {
			found[i] = Node{Name: node.Name, Ready: isReady(node), Cause: found[0].Cause, Error: found[0].Error}
		}
		return found
	}
	nodeproxy.Each(ctx, nodes[1:], ask)
	return found
}

// ask asks the kubelet of one node.
func ask(ctx context.Context, kubelets *nodeproxy.Client, node *corev1.Node, options Options) Node {
	result := Node{Name: node.Name, Ready: isReady(node)}
	body, err := kubelets.Get(ctx, node.Name, kubelet.ResourcePath(node))
	now := options.Clock.Now()
	if err == nil {
		var at time.Time
		if at, err = measuredAt(body, node, now); err == nil {
			result.MeasuredAt, result.age = &at, now.Sub(at)
		}
	}
	switch {
	case err == nil && result.age <= staleAfter():
		result.Measured = true
		if result.age < -maxAhead {
			result.Cause, result.Error = Ahead, fmt.Sprintf("its data are of a time that is %s ahead", -result.age.Round(time.Second))
		}
	case verdict.Exempt(node):
		result.Exempt = true
	case err == nil:
		result.Cause, result.Error = Stale, fmt.Sprintf("its data are %s old", result.age.Round(time.Second))
	default:
		result.Cause, result.Error = nodeproxy.CauseOf(err), err.Error()
	}
	switch result.Cause {
	case "", Ahead, nodeproxy.NotPermitted, nodeproxy.Gone:
	default:
		if !result.Ready {
			result.Cause = NotReady // whatever else it is
		}
	}
	return result
}

// measuredAt is the time of the newest data about the node as a whole.
func measuredAt(body []byte, node *corev1.Node, now time.Time) (time.Time, error) {
	samples, _, err := kubelet.Parse(bytes.NewReader(body), node, kubelet.Wanted{}, kubelet.DefaultMaxSeries)
	if err != nil {
		return time.Time{}, &nodeproxy.Failure{Cause: nodeproxy.Unreadable, Text: "reading what the kubelet says: " + err.Error()}
	}
	var newest time.Time
	for _, sample := range samples {
		at := sample.Time
		if at.IsZero() {
			at = now
		}
		if at.After(newest) {
			newest = at
		}
	}
	if newest.IsZero() {
		return newest, &nodeproxy.Failure{Cause: Empty, Text: "its kubelet answers, and says nothing of the node's CPU and memory"}
	}
	return newest, nil
}

func isReady(node *corev1.Node) bool {
	return slices.ContainsFunc(node.Status.Conditions, func(condition corev1.NodeCondition) bool {
		return condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue
	})
}

// problemsOf groups the nodes that something is the matter with, by its cause.
func problemsOf(nodes []Node) []Problem {
	var problems []Problem
	index := map[nodeproxy.Cause]int{}
	for _, node := range nodes {
		if node.Cause == "" {
			continue
		}
		i, ok := index[node.Cause]
		if !ok {
			i = len(problems)
			index[node.Cause] = i
			problems = append(problems, describe(node.Cause))
			problems[i].Example = node.Error
		}
		problems[i].Nodes = append(problems[i].Nodes, node.Name)
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(severity(b)-severity(a), len(b.Nodes)-len(a.Nodes))
	})
	return problems
}

func severity(problem Problem) int {
	if problem.State == Failed {
		return 1
	}
	return 0
}

// summary counts the nodes.
func summary(report *Report) Check {
	measured, exempt := 0, 0
	var youngest, oldest time.Duration
	for _, node := range report.Nodes {
		switch {
		case node.Exempt:
			exempt++
		case node.Measured:
			if measured == 0 || node.age < youngest {
				youngest = node.age
			}
			oldest = max(oldest, node.age)
			measured++
		}
	}
	check := Check{Name: "nodes", State: OK, Text: fmt.Sprintf("%d of %d can be measured", measured, len(report.Nodes))}
	if measured > 0 {
		check.Text += fmt.Sprintf(", by data %s", ages(youngest, oldest))
	}
	if exempt > 0 {
		check.Text += fmt.Sprintf("; %d are exempt, since nobody can measure them", exempt)
	}
	for _, problem := range report.Problems {
		check.State = problem.State
		if problem.State == Failed {
			break
		}
	}
	if len(report.Nodes) == 0 {
		check.State, check.Text = Warning, "there are none"
	}
	return check
}

// ages says how old data are. Data of the future are new.
func ages(youngest, oldest time.Duration) string {
	from, to := max(0, youngest).Round(time.Second), max(0, oldest).Round(time.Second)
	if from == to {
		return fmt.Sprintf("%s old", to)
	}
	return fmt.Sprintf("%s to %s old", from, to)
}
