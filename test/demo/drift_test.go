// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/test/cluster"
)

func TestFindDrift(t *testing.T) {
	const mebibyte = 1 << 20
	d := &demo{nodes: []string{"full", "roomy", "none", "best"}, pods: &podWatch{records: map[types.UID]*podRecord{}}}
	add := func(app, node string, mebibytes int64) {
		uid := types.UID(fmt.Sprint(len(d.pods.records)))
		d.pods.records[uid] = &podRecord{pod: &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				UID: uid, Name: string(uid), Labels: map[string]string{"app": app},
				Annotations: map[string]string{cluster.UsageMemoryAnnotation: fmt.Sprintf("%dMi", mebibytes)},
			},
			Spec: corev1.PodSpec{NodeName: node},
		}}
	}
	const capacity = nodeMemory / mebibyte
	add("other", "full", capacity) // over the share already
	add("drifting", "full", 1)
	add("drifting", "roomy", 1) // would have to grow by nearly all of the node
	add("other", "none", capacity/2)
	add("other", "best", capacity/2)
	add("drifting", "best", 1)
	add("drifting", "best", 1)

	got, err := d.findDrift("drifting", 0.75)
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(capacity/4-2) * mebibyte / 2; got.node != "best" || len(got.pods) != 2 || got.growth != want {
		t.Errorf("got node %s, %d pods, growth %d, want best, 2 and %d", got.node, len(got.pods), got.growth, want)
	}
	if _, err := d.findDrift("unheard-of", 0.75); err == nil {
		t.Error("a workload without pods drifts, want an error")
	}
}
