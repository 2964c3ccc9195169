// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"
)

// Defaults of the fields that a person may leave out.
const (
	DefaultRulesNamespace    = "loadline-system"
	DefaultInterval          = 15 * time.Second
	DefaultDataDirectory     = "/var/lib/loadline"
	DefaultMaxSize           = int64(2 << 30) // bytes
	DefaultMaxSeries         = int64(1_000_000)
	DefaultKubeletReader     = "loadline-kubelet-reader"
	DefaultMaxSeriesPerNode  = int32(10_000)
	DefaultWindow            = 2 * time.Minute
	DefaultWeight            = int32(1)
	DefaultTaintPrefix       = "loadline.dev/"
	defaultStaleAfterInTicks = 6
	maxDefaultQueryTimeout   = 10 * time.Second
)

// SetDefaults fills in the fields that were left out.
func (s *RuleSet) SetDefaults() {
	setDefault(&s.Spec.Mode, Enforce)
	shared := sharedMetrics(s.Spec.Metrics)
	for i := range s.Spec.Metrics {
		s.Spec.Metrics[i].setDefaults()
	}
	for i := range s.Spec.Rules {
		s.Spec.Rules[i].setDefaults(shared)
	}
	for i := range s.Spec.Preferences {
		if preference := &s.Spec.Preferences[i]; preference.Weight == nil {
			weight := DefaultWeight
			preference.Weight = &weight
		}
	}
}

func (m *Metric) setDefaults() {
	if m.Builtin.Windowed() && m.Window == nil {
		m.Window = NewDuration(DefaultWindow)
	}
	if m.PerPod != nil {
		setDefault(&m.PerPod.PodLabel, "pod")
		setDefault(&m.PerPod.NamespaceLabel, "namespace")
	}
}

func (r *Rule) setDefaults(shared sets.Set[string]) {
	setDefault(&r.OnMissing, Allow)
	if r.Evict != nil {
		r.Evict.setDefaults(r.bringsDown(shared) != "")
	}
	if r.Taint != nil {
		setDefault(&r.Taint.Key, DefaultTaintPrefix+r.Name)
	}
}

func setDefault[T ~string](value *T, fallback T) {
	if *value == "" {
		*value = fallback
	}
}

// SetDefaults fills in the fields that were left out.
func (a *LoadlineArgs) SetDefaults() {
	setDefault(&a.RulesNamespace, DefaultRulesNamespace)
	a.Telemetry.setDefaults(DefaultDataDirectory)
	a.Estimates.setDefaults()
}

func (t *Telemetry) setDefaults(dataDirectory string) {
	if t.Interval == nil {
		t.Interval = NewDuration(DefaultInterval)
	}
	if t.Embedded == nil && t.Prometheus == nil {
		t.Embedded = &Embedded{}
	}
	if embedded := t.Embedded; embedded != nil {
		setDefault(&embedded.DataDirectory, dataDirectory)
		embedded.setLimits()
		if embedded.MetricsAPI == nil {
			embedded.Kubelets.setDefaults()
		}
	}
}

func (e *Estimates) setDefaults() {
	if e.RequestFactor == nil {
		whole, _ := ParseThreshold("100%")
		e.RequestFactor = &whole
	}
	if e.Defaults == nil {
		e.Defaults = corev1.ResourceList{
			corev1.ResourceCPU:    *resource.NewMilliQuantity(100, resource.DecimalSI),
			corev1.ResourceMemory: *resource.NewQuantity(200<<20, resource.BinarySI),
		}
	}
}

func (e *Embedded) setLimits() {
	if e.MaxSize == nil {
		e.MaxSize = resource.NewQuantity(DefaultMaxSize, resource.BinarySI)
	}
	if e.MaxSeries == nil {
		e.MaxSeries = ptr.To(DefaultMaxSeries)
	}
}

func (k *Kubelets) setDefaults() {
	setDefault(&k.ServiceAccount, DefaultKubeletReader)
	if len(k.AddressTypes) == 0 {
		k.AddressTypes = addressTypes()
	}
	if k.MaxSeriesPerNode == nil {
		k.MaxSeriesPerNode = ptr.To(DefaultMaxSeriesPerNode)
	}
}

// QueryTimeout bounds each query.
func (t *Telemetry) QueryTimeout() time.Duration {
	if t.Prometheus != nil && t.Prometheus.Timeout != nil {
		return t.Prometheus.Timeout.Value()
	}
	return min(t.Interval.Value(), maxDefaultQueryTimeout)
}

// StaleAfter is the age past which a sample counts as missing, for metrics that
// do not say it themselves.
func (t *Telemetry) StaleAfter() time.Duration {
	return defaultStaleAfterInTicks * t.Interval.Value()
}
