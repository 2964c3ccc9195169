// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/test/cluster"
)

// ApplyRules writes a RuleSet of this name and spec, which is YAML, into the ConfigMap
// of the same name, made or changed.
func ApplyRules(ctx context.Context, c *cluster.Cluster, name, spec string) error {
	configMap := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: Namespace, Labels: map[string]string{v1alpha1.RulesLabel: "true"}},
		Data: map[string]string{
			"rules.yaml": fmt.Sprintf("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: %s}\nspec: %s\n", name, spec),
		},
	}
	configMaps := c.Client().CoreV1().ConfigMaps(Namespace)
	_, err := configMaps.Create(ctx, configMap, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		_, err = configMaps.Update(ctx, configMap, metav1.UpdateOptions{})
	}
	return err
}
