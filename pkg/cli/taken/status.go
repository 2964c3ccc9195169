// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package taken

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// Status is what the scheduler says of the rule sets.
type Status struct {
	// missing tells that no scheduler has said anything.
	missing bool
	sets    []v1alpha1.RuleSetStatus
}

// Read reads the status in the namespace of the rules.
func Read(ctx context.Context, client kubernetes.Interface, namespace string) (*Status, error) {
	written, err := client.CoreV1().ConfigMaps(namespace).Get(ctx, v1alpha1.StatusConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return &Status{missing: true}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s/%s: %w", namespace, v1alpha1.StatusConfigMap, err)
	}
	var status v1alpha1.RulesStatus
	if err := yaml.Unmarshal([]byte(written.Data[v1alpha1.StatusKey]), &status); err != nil {
		return nil, fmt.Errorf("reading %s of ConfigMap %s/%s: %w", v1alpha1.StatusKey, namespace, v1alpha1.StatusConfigMap, err)
	}
	return &Status{sets: status.RuleSets}, nil
}

// Of is what the status says of exactly this content. False where it says
// nothing. Of several objects with the same content the one in force counts.
func (s *Status) Of(set Set) (v1alpha1.RuleSetStatus, bool) {
	var said v1alpha1.RuleSetStatus
	found := false
	for _, candidate := range s.sets {
		if set.hashes.Has(candidate.ContentHash) && (!found || candidate.State == v1alpha1.InForce) {
			said, found = candidate, true
		}
	}
	return said, found
}

// named is what the status says of any content of this name.
func (s *Status) named(name string) (v1alpha1.RuleSetStatus, bool) {
	for _, candidate := range s.sets {
		if name != "" && candidate.Name == name {
			return candidate, true
		}
	}
	return v1alpha1.RuleSetStatus{}, false
}
