// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// FieldManager owns the labels that rules put on nodes.
	FieldManager = "loadline-descheduler"
	// TaintsAnnotation lists the taints that rules have put on the node, as JSON.
	TaintsAnnotation = "loadline.dev/taints"
)

// books tell what on a node is ours.
type books struct {
	node *corev1.Node
	// labels are ours alone.
	labels map[string]string
	// taints are ours and on the node.
	taints []corev1.Taint
	// unreadable is why the annotation says nothing. It is then written anew.
	unreadable error
}

// readBooks changes nothing about the node.
func readBooks(node *corev1.Node) books {
	b := books{node: node, labels: ownLabels(node)}
	text := node.Annotations[TaintsAnnotation]
	if text == "" {
		return b
	}
	var listed []corev1.Taint
	if err := json.Unmarshal([]byte(text), &listed); err != nil {
		b.unreadable = fmt.Errorf("reading annotation %s: %w", TaintsAnnotation, err)
		return b
	}
	for i := range node.Spec.Taints {
		for k := range listed {
			if same(&node.Spec.Taints[i], &listed[k]) {
				b.taints = append(b.taints, node.Spec.Taints[i])
				break
			}
		}
	}
	return b
}

// same tells whether two taints are one: put by the same hand at the same time.
func same(a, b *corev1.Taint) bool {
	return a.Key == b.Key && a.Value == b.Value && a.Effect == b.Effect && a.TimeAdded.Equal(b.TimeAdded)
}

// ownLabels are the labels that we have applied and nobody else owns as well.
func ownLabels(node *corev1.Node) map[string]string {
	var own map[string]string
	for i := range node.ManagedFields {
		if !isOurs(&node.ManagedFields[i]) {
			continue
		}
		for key := range labelsOf(&node.ManagedFields[i]) {
			if value, there := node.Labels[key]; there {
				own = with(own, key, value)
			}
		}
	}
	if len(own) == 0 {
		return nil
	}
	for i := range node.ManagedFields {
		if isOurs(&node.ManagedFields[i]) {
			continue
		}
		for key := range labelsOf(&node.ManagedFields[i]) {
			delete(own, key)
		}
	}
	return own
}

func with(labels map[string]string, key, value string) map[string]string {
	if labels == nil {
		labels = map[string]string{}
	}
	labels[key] = value
	return labels
}

func isOurs(entry *metav1.ManagedFieldsEntry) bool {
	return entry.Manager == FieldManager && entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == ""
}

// labelsOf are the keys of the labels that a manager owns. Its fields are a tree
// in which "f:" stands before each name.
func labelsOf(entry *metav1.ManagedFieldsEntry) map[string]bool {
	if entry.FieldsV1 == nil {
		return nil
	}
	var fields struct {
		Metadata struct {
			Labels map[string]json.RawMessage `json:"f:labels"`
		} `json:"f:metadata"`
	}
	if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields); err != nil {
		return nil // the API server makes no such
	}
	keys := make(map[string]bool, len(fields.Metadata.Labels))
	for name := range fields.Metadata.Labels {
		if len(name) > 2 && name[:2] == "f:" {
			keys[name[2:]] = true
		}
	}
	return keys
}

// ours are all marks of ours.
func (b books) ours() map[mark]content {
	all := make(map[mark]content, len(b.labels)+len(b.taints))
	for key, value := range b.labels {
		all[mark{label, key}] = content{value: value}
	}
	for i := range b.taints {
		at := mark{taint, b.taints[i].Key}
		if _, there := all[at]; !there {
			all[at] = contentOf(&b.taints[i])
		}
	}
	return all
}

// others is what somebody else has written at a place where nothing is ours.
func (b books) others(at mark) (found content, there bool) {
	if at.kind == label {
		value, there := b.node.Labels[at.key]
		return content{value: value}, there
	}
	for i := range b.node.Spec.Taints {
		if t := &b.node.Spec.Taints[i]; t.Key == at.key {
			return contentOf(t), true
		}
	}
	return content{}, false
}

// owns tells whether a taint of the node is ours.
func (b books) owns(t *corev1.Taint) bool {
	for i := range b.taints {
		if same(&b.taints[i], t) {
			return true
		}
	}
	return false
}
