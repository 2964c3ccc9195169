// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const (
	// job is the value of the label "job", the one that kubelets mostly have in a
	// Prometheus server.
	job = "kubelet"
	// exported begins the name that a label of a series gets where the name that
	// it had is taken, as in Prometheus.
	exported = "exported_"
	// DefaultMaxSeries bounds the series that are kept of one node. One with 250
	// pods of two containers has 500 for each metric of containers.
	DefaultMaxSeries = 10_000
	// rootID is the label "id" of the node as a whole at the cAdvisor endpoint.
	rootID = "/"
)

// Parse reads what a node's kubelet says at /metrics/resource. It keeps the series
// of the node as a whole, then those that are wanted, up to maxSeries, and tells
// how many more there were. The metrics that are wanted of pods alone must be so
// on this node.
//
// A malformed line fails the whole, as in Prometheus, if it could be of a series
// that is kept.
func Parse(body io.Reader, node *corev1.Node, wanted Wanted, maxSeries int) (samples []embedded.Sample, dropped int, err error) {
	return parseResources(body, identityOf(node, DefaultAddressTypes()), wanted, maxSeries)
}

// ParsePressure reads what a node's kubelet says at /metrics/cadvisor. It keeps
// the wanted pressure stall information of the node as a whole.
func ParsePressure(body io.Reader, node *corev1.Node, wanted Wanted, maxSeries int) (samples []embedded.Sample, dropped int, err error) {
	return parsePressure(body, identityOf(node, DefaultAddressTypes()), wanted, maxSeries)
}

func parseResources(body io.Reader, of identity, wanted Wanted, maxSeries int) ([]embedded.Sample, int, error) {
	choose := wanted.resources(of.node)
	chosen, err := choosing{choose: choose, max: maxSeries}.read(body)
	if err != nil {
		return nil, 0, err
	}
	keep := func(series labels.Labels) bool { return choose(series.Get(model.MetricNameLabel)) != unwanted }
	samples, err := of.parse(chosen.text(), keep)
	return samples, chosen.dropped, err
}

func parsePressure(body io.Reader, of identity, wanted Wanted, maxSeries int) ([]embedded.Sample, int, error) {
	root := []byte(`"` + rootID + `"`)
	chosen, err := choosing{
		choose: wanted.pressures,
		// There is a series for each container. Only few need a closer look.
		line: func(line []byte) bool { return bytes.Contains(line, root) },
		max:  maxSeries,
	}.read(body)
	if err != nil {
		return nil, 0, err
	}
	keep := func(series labels.Labels) bool {
		return series.Get("id") == rootID && wanted.pressures(series.Get(model.MetricNameLabel)) != unwanted
	}
	samples, err := of.parse(chosen.text(), keep)
	return samples, chosen.dropped, err
}

// identity is what tells the series of one kubelet from those of others: the
// labels that a Prometheus server gives them.
type identity struct {
	instance, node string
}

// parse reads samples in Prometheus' text format. The text may be written to.
func (i identity) parse(text []byte, keep func(labels.Labels) bool) ([]embedded.Sample, error) {
	var samples []embedded.Sample
	builder := labels.NewScratchBuilder(8)
	parser := textparse.NewPromParser(text, labels.NewSymbolTable(), false)
	for {
		kind, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return samples, nil
		}
		if err != nil {
			return nil, err
		}
		if kind != textparse.EntrySeries {
			continue
		}
		var found labels.Labels
		parser.Labels(&found)
		if !keep(found) {
			continue
		}
		if name, twice := found.HasDuplicateLabelNames(); twice {
			return nil, fmt.Errorf("a series of %s has the label %q twice", found.Get(model.MetricNameLabel), name)
		}
		_, milliseconds, value := parser.Series()
		sample := embedded.Sample{Series: i.label(&builder, found), Value: value}
		if milliseconds != nil {
			sample.Time = time.UnixMilli(*milliseconds)
		}
		samples = append(samples, sample)
	}
}

// label adds the identity to the labels that a kubelet gave a series, which it
// cannot change: a label of the same name is kept under another.
func (i identity) label(builder *labels.ScratchBuilder, found labels.Labels) labels.Labels {
	builder.Reset()
	builder.Add("instance", i.instance)
	builder.Add("job", job)
	builder.Add("node", i.node)
	found.Range(func(label labels.Label) {
		name := label.Name
		for isIdentity(name) || name != label.Name && found.Has(name) {
			name = exported + name
		}
		if label.Value != "" {
			builder.Add(name, label.Value)
		}
	})
	builder.Sort()
	return builder.Labels()
}

// series has the identity alone.
func (i identity) series(name string) labels.Labels {
	return labels.FromStrings(model.MetricNameLabel, name, "instance", i.instance, "job", job, "node", i.node)
}

func isIdentity(name string) bool { return name == "instance" || name == "job" || name == "node" }
