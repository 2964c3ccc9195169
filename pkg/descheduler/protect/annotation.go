// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package protect

import (
	"strconv"
	"strings"
	"time"

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

// doNotDisrupt is Karpenter's. Since its version 1.12 the value may also be a time,
// for which the pod is kept from its start on.
const doNotDisrupt = "karpenter.sh/do-not-disrupt"

// keepers are the annotations by which others keep pods, with the value by which
// they let them go. Any other value keeps the pod, a misspelt one among them.
var keepers = []struct {
	key string
	// release is the boolean that lets the pod go.
	release bool
}{
	{"cluster-autoscaler.kubernetes.io/safe-to-evict", true},
	{doNotDisrupt, false},
	{"karpenter.sh/do-not-evict", false},
	{"descheduler.alpha.kubernetes.io/prefer-no-eviction", false},
}

func annotated(pod *corev1.Pod, c Context) reason.Reason {
	if value, found := pod.Annotations[EvictAnnotation]; found {
		if value == EvictNever {
			return reason.New(Annotated, "it is annotated %s: %q", EvictAnnotation, value)
		}
		return reason.New(Annotated, "it is annotated %s: %q; every value of this annotation keeps the pod; write %q",
			EvictAnnotation, value, EvictNever)
	}
	for _, keeper := range keepers {
		value, found := pod.Annotations[keeper.key]
		if !found || keeper.key == doNotDisrupt && hasRunFor(pod, value, c.Now) {
			continue
		}
		if said, err := strconv.ParseBool(strings.TrimSpace(value)); err != nil || said != keeper.release {
			return reason.New(Annotated, "it is annotated %s: %q", keeper.key, value)
		}
	}
	return reason.Reason{}
}

// hasRunFor tells that a value is a time, and that the pod has run for as long.
func hasRunFor(pod *corev1.Pod, value string, now time.Time) bool {
	least, err := time.ParseDuration(value)
	start := pod.Status.StartTime
	return err == nil && least > 0 && start != nil && now.Sub(start.Time) >= least
}
