// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// operation is one of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// taintsAfter has the taints that are ours be these, and the annotation list them.
// All others are left where they are, with whatever fields they have. The positions
// are right only while the node is as it was seen, which the patch tests.
func (b books) taintsAfter(after map[mark]content, now time.Time) []operation {
	kept, operations := b.removed(after)
	added := newTaints(after, kept, now)
	if len(added) > 0 && len(b.node.Spec.Taints) == 0 {
		operations = append(operations, operation{"add", "/spec/taints", []corev1.Taint{}})
	}
	for i := range added {
		operations = append(operations, operation{"add", "/spec/taints/-", added[i]})
	}
	operations = append(operations, b.listed(append(kept, added...))...)
	if len(operations) == 0 {
		return nil
	}
	return append([]operation{{"test", "/metadata/resourceVersion", b.node.ResourceVersion}}, operations...)
}

// removed takes off the taints that are ours and not to be so any more, the last
// first, so that the positions of the others stay. The rest of ours is kept.
func (b books) removed(after map[mark]content) (kept []corev1.Taint, operations []operation) {
	for i, t := range slices.Backward(b.node.Spec.Taints) {
		if !b.owns(&t) {
			continue
		}
		if want, there := after[mark{taint, t.Key}]; there && want == contentOf(&t) {
			kept = append(kept, t)
			continue
		}
		operations = append(operations, operation{Op: "remove", Path: "/spec/taints/" + strconv.Itoa(i)})
	}
	slices.Reverse(kept)
	return kept, operations
}

// newTaints are those that are missing, by key.
func newTaints(after map[mark]content, kept []corev1.Taint, now time.Time) []corev1.Taint {
	var added []corev1.Taint
	for _, at := range slices.SortedFunc(maps.Keys(after), compareMarks) {
		isKept := func(t corev1.Taint) bool { return t.Key == at.key }
		if at.kind != taint || slices.ContainsFunc(kept, isKept) {
			continue
		}
		added = append(added, corev1.Taint{
			Key: at.key, Value: after[at].value, Effect: after[at].effect,
			TimeAdded: &metav1.Time{Time: now.Truncate(time.Second)},
		})
	}
	return added
}

// listed has the annotation list these taints.
func (b books) listed(ours []corev1.Taint) []operation {
	path := "/metadata/annotations/" + strings.ReplaceAll(TaintsAnnotation, "/", "~1")
	text, there := b.node.Annotations[TaintsAnnotation]
	if len(ours) == 0 {
		if !there {
			return nil
		}
		return []operation{{Op: "remove", Path: path}}
	}
	encoded, err := json.Marshal(ours)
	if err != nil {
		panic(err) // taints are strings and times
	}
	if text == string(encoded) {
		return nil
	}
	add := operation{"add", path, string(encoded)} // which replaces, too
	if len(b.node.Annotations) == 0 {
		return []operation{{"add", "/metadata/annotations", map[string]string{}}, add}
	}
	return []operation{add}
}
