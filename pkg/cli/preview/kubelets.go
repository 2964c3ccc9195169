// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/nodeproxy"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/kubelet"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// pressurePrefix begins the names of what kubelets tell at another path.
const pressurePrefix = "container_pressure_"

// probes is the number of nodes that are tried to find out whether kubelets can
// be asked at all.
const probes = 3

// Unread are nodes that could not be read, for one cause.
type Unread struct {
	Cause nodeproxy.Cause `json:"cause"`
	// Example is what was said of the first of them.
	Example string   `json:"example"`
	Nodes   []string `json:"nodes"`
}

// kubelets reads the nodes' kubelets through the API server.
type kubelets struct {
	client   *nodeproxy.Client
	database *embedded.Database
	wanted   kubelet.Wanted
	clock    clock.PassiveClock
	asked    func(asked, nodes int)
}

func newKubelets(client kubernetes.Interface, database *embedded.Database, queries map[verdict.MetricKey]telemetry.Query, options *Options) *kubelets {
	return &kubelets{
		client: nodeproxy.New(client, options.KubeletTimeout), database: database, clock: options.Clock, asked: options.Asked,
		wanted: kubelet.Wanted{Everywhere: telemetry.MetricNames(queries)},
	}
}

func (k *kubelets) source(options *Options) *source {
	return &source{
		name: Kubelets, words: "the kubelets, through the API server", growing: true,
		query: k.database.Query, builtins: options.Settings.Telemetry.Builtins, interval: kubeletInterval(options), read: k.read,
	}
}

// kubeletInterval is that of the scheduler, unless this is more than somebody who
// waits for the second reading wants to wait.
func kubeletInterval(options *Options) time.Duration {
	return min(options.Settings.Telemetry.Interval.Value(), v1alpha1.DefaultInterval)
}

// probe tells whether kubelets can be asked: whether any of a few can.
func (k *kubelets) probe(ctx context.Context, nodes []*corev1.Node) error {
	var last error
	tried := 0
	for _, node := range nodes {
		if verdict.Exempt(node) {
			continue
		}
		if _, last = k.ask(ctx, node); last == nil {
			return nil
		}
		if tried++; tried == probes || nodeproxy.CauseOf(last) == nodeproxy.NotPermitted {
			break
		}
	}
	return last
}

// read asks all kubelets. An error means that none can be asked.
func (k *kubelets) read(ctx context.Context, nodes []*corev1.Node) ([]Unread, error) {
	var mu sync.Mutex
	asked, failures, broken := 0, map[string]error{}, error(nil)
	read := func(ctx context.Context, node *corev1.Node) {
		err := k.store(ctx, node)
		mu.Lock()
		defer mu.Unlock()
		switch failure := (*nodeproxy.Failure)(nil); {
		case errors.As(err, &failure):
			failures[node.Name] = err
		case err != nil:
			broken = err
		}
		asked++
		k.asked(asked, len(nodes))
	}
	nodeproxy.Each(ctx, nodes[:min(1, len(nodes))], read)
	for _, err := range failures {
		if nodeproxy.CauseOf(err) == nodeproxy.NotPermitted {
			return nil, fmt.Errorf("asking kubelets through the API server: %w", err)
		}
	}
	nodeproxy.Each(ctx, nodes[min(1, len(nodes)):], read)
	return group(failures, nodes), errors.Join(broken, ctx.Err())
}

// store asks the kubelet of a node and stores what it says: as the scheduler
// does, also that it has said nothing.
func (k *kubelets) store(ctx context.Context, node *corev1.Node) error {
	start := k.clock.Now()
	samples, err := k.ask(ctx, node)
	up := 1.0
	if err != nil {
		up = 0
	}
	series := labels.FromStrings(model.MetricNameLabel, "up", "job", "kubelet", "node", node.Name)
	samples = append(samples, embedded.Sample{Series: series, Value: up})
	stored := k.database.Append(ctx, embedded.Scrape{Source: "kubelet of node " + node.Name, Time: start, Samples: samples})
	if verdict.Exempt(node) {
		err = nil // it was worth a try
	}
	return cmp.Or(stored, err)
}

// ask asks a kubelet for what the rules need to know.
func (k *kubelets) ask(ctx context.Context, node *corev1.Node) ([]embedded.Sample, error) {
	body, err := k.client.Get(ctx, node.Name, kubelet.ResourcePath(node))
	if err != nil {
		return nil, err
	}
	samples, _, err := kubelet.Parse(bytes.NewReader(body), node, k.wanted, kubelet.DefaultMaxSeries)
	if err != nil {
		return nil, &nodeproxy.Failure{Cause: nodeproxy.Unreadable, Text: "reading what the kubelet says: " + err.Error()}
	}
	if !k.wantsPressure() {
		return samples, nil
	}
	body, err = k.client.Get(ctx, node.Name, kubelet.CadvisorPath(node))
	if err != nil {
		return samples, err
	}
	pressure, _, err := kubelet.ParsePressure(bytes.NewReader(body), node, k.wanted, kubelet.DefaultMaxSeries)
	if err != nil {
		return samples, &nodeproxy.Failure{Cause: nodeproxy.Unreadable, Text: "reading what the kubelet says of pressure: " + err.Error()}
	}
	return append(samples, pressure...), nil
}

func (k *kubelets) wantsPressure() bool {
	for name := range k.wanted.Everywhere {
		if strings.HasPrefix(name, pressurePrefix) {
			return true
		}
	}
	return false
}

// group puts the nodes together that failed for one cause, most nodes first.
func group(failures map[string]error, nodes []*corev1.Node) []Unread {
	var groups []Unread
	for _, node := range nodes {
		err := failures[node.Name]
		if err == nil {
			continue
		}
		cause := nodeproxy.CauseOf(err)
		i := slices.IndexFunc(groups, func(group Unread) bool { return group.Cause == cause })
		if i < 0 {
			i = len(groups)
			groups = append(groups, Unread{Cause: cause, Example: err.Error()})
		}
		groups[i].Nodes = append(groups[i].Nodes, node.Name)
	}
	slices.SortStableFunc(groups, func(a, b Unread) int { return len(b.Nodes) - len(a.Nodes) })
	return groups
}
