// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

func TestExempt(t *testing.T) {
	cases := map[string]struct {
		labels map[string]string
		taints []corev1.Taint
		want   bool
	}{
		"an ordinary node": {
			labels: map[string]string{"kubernetes.io/hostname": "a", "type": "worker"},
			taints: []corev1.Taint{{Key: "dedicated", Value: "gpu", Effect: corev1.TaintEffectNoSchedule}},
		},
		"virtual kubelet by its label": {labels: map[string]string{"type": "virtual-kubelet"}, want: true},
		"virtual kubelet by its taint": {
			taints: []corev1.Taint{
				{Key: "dedicated", Value: "gpu", Effect: corev1.TaintEffectNoSchedule},
				{Key: "virtual-kubelet.io/provider", Value: "azure", Effect: corev1.TaintEffectNoSchedule},
			},
			want: true,
		},
		"Fargate":    {labels: map[string]string{"eks.amazonaws.com/compute-type": "fargate"}, want: true},
		"EC2 on EKS": {labels: map[string]string{"eks.amazonaws.com/compute-type": "ec2"}},
		"simulated":  {labels: map[string]string{"type": "kwok"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: tc.labels}, Spec: corev1.NodeSpec{Taints: tc.taints}}
			if got := verdict.Exempt(node); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
