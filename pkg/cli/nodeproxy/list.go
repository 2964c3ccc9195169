// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package nodeproxy

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/pager"
)

// Nodes lists the nodes of a cluster by name, page by page.
func Nodes(ctx context.Context, client kubernetes.Interface) ([]*corev1.Node, error) {
	return Selected(ctx, client, "")
}

// Selected lists the nodes that a selector of labels selects.
func Selected(ctx context.Context, client kubernetes.Interface, selector string) ([]*corev1.Node, error) {
	var nodes []*corev1.Node
	pages := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return client.CoreV1().Nodes().List(ctx, options)
	})
	err := pages.EachListItem(ctx, metav1.ListOptions{LabelSelector: selector}, func(object runtime.Object) error {
		nodes = append(nodes, object.(*corev1.Node))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing nodes: %w", err)
	}
	return nodes, nil
}
