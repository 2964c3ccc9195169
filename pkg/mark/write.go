// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/klog/v2"
)

// write makes one request of a change: the one for labels first. It returns the
// node as it then is.
func (t *turn) write(ctx context.Context, node *corev1.Node, c change) (*corev1.Node, error) {
	written, request := label, t.applyLabels
	if c.labels == nil {
		written, request = taint, t.patchTaints
	}
	after, err := request(ctx, node, c)
	t.metrics.countWrite(err)
	if err != nil {
		return nil, fmt.Errorf("writing a %s: %w", written, err)
	}
	put, taken := c.of(written)
	t.paceOf(node).note(put, taken, t.now)
	klog.FromContext(ctx).Info("Node is marked", "node", klog.KObj(node), "put", texts(put), "takenOff", texts(taken))
	t.writeDown(node.Name, put, taken)
	return after, nil
}

// applyLabels lets go of the labels that are no longer among ours, and takes no
// other from anybody. The UID keeps the request from making a node that is gone.
func (t *turn) applyLabels(ctx context.Context, node *corev1.Node, c change) (*corev1.Node, error) {
	return t.client.CoreV1().Nodes().Apply(ctx,
		applycorev1.Node(node.Name).WithUID(node.UID).WithLabels(c.labels), metav1.ApplyOptions{FieldManager: FieldManager})
}

func (t *turn) patchTaints(ctx context.Context, node *corev1.Node, c change) (*corev1.Node, error) {
	patch, err := json.Marshal(c.taints)
	if err != nil {
		return nil, err
	}
	return t.client.CoreV1().Nodes().Patch(ctx, node.Name, types.JSONPatchType, patch, metav1.PatchOptions{FieldManager: FieldManager})
}

// isConflict tells whether a node was not as it was supposed to be. Server-side
// apply answers with a conflict; a patch with a test that fails is not valid.
func isConflict(err error) bool { return apierrors.IsConflict(err) || apierrors.IsInvalid(err) }

// of are the steps that one request makes.
func (c *change) of(k kind) (put, taken []step) {
	return stepsOf(k, c.put), stepsOf(k, c.taken)
}

func stepsOf(k kind, steps []step) []step {
	var some []step
	for _, s := range steps {
		if s.kind == k {
			some = append(some, s)
		}
	}
	return some
}

func texts(steps []step) string {
	all := make([]string, 0, len(steps))
	for _, s := range steps {
		all = append(all, s.with(s.content))
	}
	return strings.Join(all, ", ")
}
