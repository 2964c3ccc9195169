// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
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

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

const (
	// retryAfter is the time between two attempts to write the status.
	retryAfter = 5 * time.Second
	// writeSpacing is the least time between two versions of the status: etcd keeps
	// all of them for minutes, each as large as the whole.
	writeSpacing = time.Second
)

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
	logger, failing := klog.FromContext(ctx), ""
	var retry <-chan time.Time
	for {
		select {
		case <-s.statusChanged:
		case <-retry:
		case <-ctx.Done():
			return
		}
		if err := s.writeStatus(ctx); err != nil {
			if err.Error() != failing {
				logger.Error(err, "Unable to write the status of the rule sets; trying again until it can be", "every", retryAfter)
			}
			failing, retry = err.Error(), s.clock.After(retryAfter)
			continue
		}
		if failing != "" {
			logger.Info("The status of the rule sets is written again")
		}
		failing, retry = "", nil
		select {
		case <-s.clock.After(writeSpacing):
		case <-ctx.Done():
			return
		}
	}
}

func (s *Store) writeStatus(ctx context.Context) error {
	data, err := s.status(klog.FromContext(ctx))
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
func (s *Store) status(logger klog.Logger) (map[string]string, error) {
	contents, states := s.state()
	data, leftOut, err := keptContents(contents)
	if err != nil {
		return nil, err
	}
	s.reportLeftOut(logger, leftOut)
	room := maxData
	for _, text := range data {
		room -= len(text)
	}
	if data[v1alpha1.StatusKey], err = statesText(states, room); err != nil {
		return nil, fmt.Errorf("writing the status: %w", err)
	}
	return data, nil
}

// reportLeftOut logs the contents that are not kept, when these change.
func (s *Store) reportLeftOut(logger klog.Logger, leftOut []string) {
	if slices.Equal(leftOut, s.leftOut) {
		return
	}
	s.leftOut = leftOut
	if len(leftOut) > 0 {
		logger.Error(nil, "The content of some rule sets is not kept over a restart: it does not fit into the ConfigMap of the status",
			"configMap", klog.KRef(s.namespace, v1alpha1.StatusConfigMap), "ruleSets", abridge(leftOut), "count", len(leftOut))
	}
}

// state is what there is to be written, the contents in force and the state of
// each object.
func (s *Store) state() ([]content, []v1alpha1.RuleSetStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	refused := map[string]bool{}
	states := make([]v1alpha1.RuleSetStatus, 0, len(s.entries))
	for _, e := range s.entries {
		states = append(states, s.statusOf(e))
		for _, name := range e.names {
			refused[name] = refused[name] || e.err != nil
		}
	}
	contents := make([]content, 0, len(s.lastGood))
	for name, rules := range s.lastGood {
		contents = append(contents, content{rules: rules, needed: refused[name]})
	}
	slices.SortFunc(states, func(a, b v1alpha1.RuleSetStatus) int {
		return cmp.Or(strings.Compare(a.ConfigMap, b.ConfigMap), strings.Compare(a.Key, b.Key))
	})
	return contents, states
}

func (s *Store) statusOf(e *entry) v1alpha1.RuleSetStatus {
	status := v1alpha1.RuleSetStatus{
		ConfigMap: e.source.configMap, Key: e.source.key, ContentHash: v1alpha1.ContentHash(e.text), State: e.state(),
	}
	if len(e.names) > 0 {
		status.Name = e.names[0]
	}
	switch status.State {
	case v1alpha1.Refused:
		status.Error = e.err.Error()
		status.LastGood = slices.ContainsFunc(e.names, func(name string) bool { return s.lastGood[name] != nil })
	case v1alpha1.Superseded:
		status.SupersededBy = e.supersededBy.configMap + "/" + e.supersededBy.key
	}
	return status
}

// state tells whether the content of a source is in force.
func (e *entry) state() v1alpha1.RuleSetState {
	switch {
	case e.err != nil:
		return v1alpha1.Refused
	case e.supersededBy != source{}:
		return v1alpha1.Superseded
	}
	return v1alpha1.InForce
}
