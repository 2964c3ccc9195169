// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package nodefacts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
)

func TestScrapeUsesTheNamesOfKubeStateMetrics(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	quantities := corev1.ResourceList{
		"cpu":                            resource.MustParse("3500m"),
		"memory":                         resource.MustParse("8Gi"),
		"ephemeral-storage":              resource.MustParse("1k"),
		"pods":                           resource.MustParse("110"),
		"hugepages-2Mi":                  resource.MustParse("2Mi"),
		"attachable-volumes-example-csi": resource.MustParse("25"),
		"nvidia.com/gpu":                 resource.MustParse("2"),
	}
	want := map[string]float64{}
	for resource, value := range map[string]float64{
		`resource="cpu", unit="core"`:                            3.5,
		`resource="memory", unit="byte"`:                         8 << 30,
		`resource="ephemeral_storage", unit="byte"`:              1000,
		`resource="pods", unit="integer"`:                        110,
		`resource="hugepages_2Mi", unit="byte"`:                  2 << 20,
		`resource="attachable_volumes_example_csi", unit="byte"`: 25,
		`resource="nvidia_com_gpu", unit="integer"`:              2,
	} {
		want[`{__name__="kube_node_status_capacity", node="a", `+resource+`}`] = value
	}
	want[`{__name__="kube_node_status_allocatable", node="a", resource="cpu", unit="core"}`] = 3

	scrape := nodefacts.Scrape([]*corev1.Node{{
		ObjectMeta: metav1.ObjectMeta{Name: "a"},
		Status: corev1.NodeStatus{
			Capacity:    quantities,
			Allocatable: corev1.ResourceList{"cpu": resource.MustParse("3")},
		},
	}}, now)
	got := map[string]float64{}
	for _, sample := range scrape.Samples {
		got[sample.Series.String()] = sample.Value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !scrape.Time.Equal(now) {
		t.Errorf("got time %v, want %v", scrape.Time, now)
	}
}

func TestScrapesOfAllTimesAreOfOneSource(t *testing.T) {
	// Or the facts of a deleted node would not end.
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	with := nodefacts.Scrape([]*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "a"}}}, now)
	without := nodefacts.Scrape(nil, now.Add(time.Minute))
	if with.Source == "" || with.Source != without.Source {
		t.Errorf("got sources %q and %q, want the same", with.Source, without.Source)
	}
}
