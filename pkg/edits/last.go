// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package edits tells how the texts of rule sets came to be what they are: by which
// program each was edited last, and what has changed of late.
package edits

import (
	"encoding/json"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Edit is the last edit of a text. The API server writes down by which program it was
// made, and not by whom: only its audit log knows that.
type Edit struct {
	// Manager is what the program calls itself, such as kubectl-client-side-apply.
	Manager string `json:"manager"`
	// Operation is Apply or Update.
	Operation string    `json:"operation"`
	Time      time.Time `json:"time"`
}

// Last is the latest edit of a data key. Nil where that is not known.
func Last(configMap *corev1.ConfigMap, key string) *Edit {
	var last *Edit
	for i := range configMap.ManagedFields {
		entry := &configMap.ManagedFields[i]
		if entry.Time == nil || !owns(entry, key) || last != nil && !entry.Time.After(last.Time) {
			continue
		}
		last = &Edit{Manager: entry.Manager, Operation: string(entry.Operation), Time: entry.Time.Time}
	}
	return last
}

// owns tells whether an entry of the managed fields is about a data key.
func owns(entry *metav1.ManagedFieldsEntry, key string) bool {
	if entry.FieldsV1 == nil {
		return false
	}
	var fields struct {
		Data   map[string]json.RawMessage `json:"f:data"`
		Binary map[string]json.RawMessage `json:"f:binaryData"`
	}
	if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields); err != nil {
		return false
	}
	_, owned := fields.Data["f:"+key]
	_, binary := fields.Binary["f:"+key]
	return owned || binary
}
