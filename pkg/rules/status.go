// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// retryAfter is the time between two attempts to write the status.
const retryAfter = 5 * time.Second

// restore reads the content that was in force before a restart. Whatever of it
// no object carries any more, or a valid object replaces, is dropped later.
func (s *Store) restore(ctx context.Context) error {
	status, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(ctx, v1alpha1.StatusConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading ConfigMap %s/%s: %w", s.namespace, v1alpha1.StatusConfigMap, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, text := range status.Data {
		name, ok := strings.CutPrefix(key, v1alpha1.LastGoodPrefix)
		if !ok {
			continue
		}
		rules, err := v1alpha1.DecodeRuleSet([]byte(text))
		if err != nil || rules.Name != name {
			klog.FromContext(ctx).Error(err, "Unable to restore the last good content of a rule set", "ruleSet", name)
			continue
		}
		s.lastGood[name] = rules
	}
	return nil
}

// keepStatus writes the status after each change, until the context ends.
func (s *Store) keepStatus(ctx context.Context) {
	logger := klog.FromContext(ctx)
	var retry <-chan time.Time
	for {
		select {
		case <-s.statusChanged:
		case <-retry:
		case <-ctx.Done():
			return
		}
		retry = nil
		if err := s.writeStatus(ctx); err != nil {
			logger.Error(err, "Unable to write the status of the rule sets; trying again", "after", retryAfter)
			retry = s.clock.After(retryAfter)
		}
	}
}

func (s *Store) writeStatus(ctx context.Context) error {
	data, err := s.status()
	if err != nil {
		return err
	}
	configMaps := s.client.CoreV1().ConfigMaps(s.namespace)
	written, err := configMaps.Get(ctx, v1alpha1.StatusConfigMap, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		written = &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.StatusConfigMap, Namespace: s.namespace}, Data: data}
		_, err = configMaps.Create(ctx, written, metav1.CreateOptions{})
	case err == nil && !maps.Equal(written.Data, data):
		written.Data = data
		_, err = configMaps.Update(ctx, written, metav1.UpdateOptions{})
	}
	if err != nil {
		return fmt.Errorf("writing ConfigMap %s/%s: %w", s.namespace, v1alpha1.StatusConfigMap, err)
	}
	return nil
}

// status is the data of the status ConfigMap.
func (s *Store) status() (map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data := map[string]string{}
	for name, rules := range s.lastGood {
		text, err := yaml.Marshal(rules)
		if err != nil {
			return nil, fmt.Errorf("writing rule set %q: %w", name, err)
		}
		data[v1alpha1.LastGoodPrefix+name] = string(text)
	}
	status := v1alpha1.RulesStatus{RuleSets: []v1alpha1.RuleSetStatus{}}
	for _, e := range s.entries {
		status.RuleSets = append(status.RuleSets, s.statusOf(e))
	}
	slices.SortFunc(status.RuleSets, func(a, b v1alpha1.RuleSetStatus) int {
		return strings.Compare(a.ConfigMap+"/"+a.Key, b.ConfigMap+"/"+b.Key)
	})
	text, err := yaml.Marshal(status)
	if err != nil {
		return nil, fmt.Errorf("writing the status: %w", err)
	}
	data[v1alpha1.StatusKey] = string(text)
	return data, nil
}

func (s *Store) statusOf(e *entry) v1alpha1.RuleSetStatus {
	status := v1alpha1.RuleSetStatus{
		ConfigMap: e.source.configMap, Key: e.source.key, ContentHash: v1alpha1.ContentHash(e.text), State: v1alpha1.InForce,
	}
	if len(e.names) > 0 {
		status.Name = e.names[0]
	}
	switch {
	case e.err != nil:
		status.State, status.Error = v1alpha1.Refused, e.err.Error()
		status.LastGood = slices.ContainsFunc(e.names, func(name string) bool { return s.lastGood[name] != nil })
	case e.supersededBy != source{}:
		status.State, status.SupersededBy = v1alpha1.Superseded, e.supersededBy.configMap+"/"+e.supersededBy.key
	}
	return status
}
