// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package protect

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// EvictAnnotation keeps a pod where it is. The value to write is EvictNever, and
// any other does the same: of a key that is about being evicted and reads "false",
// one person in two thinks the opposite of the other, and none wants to find out
// by losing the pod.
const (
	EvictAnnotation = "loadline.dev/evict"
	EvictNever      = "never"
)

// keepers are the annotations by which others keep pods, with the value by which
// they let them go. Any other value keeps the pod, a misspelt one among them.
var keepers = []struct {
	key string
	// release is the boolean that lets the pod go.
	release bool
}{
	{"cluster-autoscaler.kubernetes.io/safe-to-evict", true},
	{"karpenter.sh/do-not-disrupt", false},
	{"karpenter.sh/do-not-evict", false},
	{"descheduler.alpha.kubernetes.io/prefer-no-eviction", false},
}

func annotated(pod *corev1.Pod, _ Context) reason.Reason {
	if value, found := pod.Annotations[EvictAnnotation]; found {
		if value == EvictNever {
			return reason.New(Annotated, "it is annotated %s: %q", EvictAnnotation, value)
		}
		return reason.New(Annotated, "it is annotated %s: %q, which keeps it as any value of this annotation does; write %q",
			EvictAnnotation, value, EvictNever)
	}
	for _, keeper := range keepers {
		value, found := pod.Annotations[keeper.key]
		if !found {
			continue
		}
		if said, err := strconv.ParseBool(strings.TrimSpace(value)); err != nil || said != keeper.release {
			return reason.New(Annotated, "it is annotated %s: %q", keeper.key, value)
		}
	}
	return reason.Reason{}
}
