// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// PausedAnnotation on the ConfigMap stops all evictions. Its value says why, for
// other people to read.
const PausedAnnotation = "loadline.dev/paused"

// Paused: a person has stopped evictions.
const Paused reason.Code = "Paused"

// PausedBy tells whether the ConfigMap, nil if there is none, stops all evictions.
// "false" does not, since whoever writes that wants them to go on.
func PausedBy(object *corev1.ConfigMap) reason.Reason {
	if object == nil {
		return reason.Reason{}
	}
	why, annotated := object.Annotations[PausedAnnotation]
	why = strings.TrimSpace(why)
	switch {
	case !annotated || strings.EqualFold(why, "false"):
		return reason.Reason{}
	case why == "" || strings.EqualFold(why, "true"):
		why = "no reason was given"
	}
	return reason.New(Paused, "evictions are paused by the annotation %s of ConfigMap %s/%s: %s",
		PausedAnnotation, object.Namespace, object.Name, why)
}
