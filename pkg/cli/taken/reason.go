// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package taken

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/replica"
)

// WhyNot says why content is not in force by a status, and what to look at. What
// it may not read it leaves out.
func (s *Status) WhyNot(ctx context.Context, client kubernetes.Interface, namespace string, set Set, now time.Time) string {
	if s.missing {
		return fmt.Sprintf("no scheduler has written ConfigMap %s in namespace %q: is loadline-scheduler running, and is this the namespace of its rules?",
			v1alpha1.StatusConfigMap, namespace)
	}
	if said, ok := s.Of(set); ok && said.State == v1alpha1.Superseded {
		return fmt.Sprintf("superseded by key %s, which is newer and holds a rule set of the same name", said.SupersededBy)
	}
	other := ""
	if said, ok := s.named(set.name); ok {
		other = fmt.Sprintf("; under this name it has other content, from ConfigMap %s, key %s (%s)", said.ConfigMap, said.Key, said.State)
	}
	source, known := find(ctx, client, namespace, set)
	switch {
	case known && source == "":
		return fmt.Sprintf("no ConfigMap in namespace %q with the label %s=true holds exactly this: was it applied?%s", namespace, v1alpha1.RulesLabel, other)
	case known:
		return fmt.Sprintf("the scheduler has not read ConfigMap %s yet: is loadline-scheduler running?%s%s", source, replica.Silence(ctx, client, namespace, now), other)
	default:
		return "the scheduler has not read it yet" + other
	}
}

// find looks for the ConfigMap that holds the content of a set. known is false
// where it may not look.
func find(ctx context.Context, client kubernetes.Interface, namespace string, set Set) (source string, known bool) {
	list, err := client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.RulesLabel + "=true"})
	if err != nil {
		return "", false
	}
	for _, configMap := range list.Items {
		for _, text := range configMap.Data {
			if set.hashes.Has(v1alpha1.ContentHash(text)) {
				return configMap.Name, true
			}
		}
	}
	return "", true
}
