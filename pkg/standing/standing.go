// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package standing finds out how rule sets stand: which are in force, which are not and
// why, where they are written, and who edited them last.
package standing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/edits"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// State is how the text of a rule set stands.
type State string

const (
	// InForce: its rules hold.
	InForce State = "InForce"
	// Refused: it does not decode or validate.
	Refused State = "Refused"
	// Superseded: a newer object carries the same name.
	Superseded State = "Superseded"
	// Unread: the scheduler has not said anything of this text.
	Unread State = "Unread"
	// Gone: the object is not there any more, and the scheduler has not seen that.
	Gone State = "Gone"
)

// RuleSet is one data key of a rule ConfigMap.
type RuleSet struct {
	// Name is that of the rule set. Empty where it cannot be told.
	Name string `json:"name,omitempty"`
	// Mode is that of the content that this is about: that in force, if any is.
	Mode  v1alpha1.Mode `json:"mode,omitempty"`
	State State         `json:"state"`
	// LastGood tells that earlier content is in force in place of what was refused, or
	// was not read yet.
	LastGood bool `json:"lastGood,omitempty"`
	// Error is why it is refused, or would be.
	Error string `json:"error,omitempty"`
	// SupersededBy is the ConfigMap and key of the newer object.
	SupersededBy string `json:"supersededBy,omitempty"`
	// ConfigMap and Key are where it is written.
	ConfigMap string `json:"configMap"`
	Key       string `json:"key"`
	// ResourceVersion and Created are the ConfigMap's.
	ResourceVersion string    `json:"resourceVersion,omitempty"`
	Created         time.Time `json:"created,omitzero"`
	// Edited is the last edit of the text, as far as it is known.
	Edited *edits.Edit `json:"edited,omitempty"`
	// Measured tells that Rules has the numbers of nodes, as of now.
	Measured bool `json:"measured"`
	// Rules is what the scheduler goes by, or would by this text. Nil for a text that is
	// not in force, and none of whose earlier content is.
	Rules *inspect.RuleSet `json:"rules,omitempty"`
}

// Holds tells whether content of the rule set is in force, be it this text or an
// earlier one.
func (r *RuleSet) Holds() bool { return r.State == InForce || r.LastGood }

// Report is all that there is to say of the rule sets in a namespace.
type Report struct {
	RuleSets []RuleSet `json:"ruleSets"`
	// Warnings are about what could not be found out.
	Warnings []string `json:"-"`
}

// Read reads what the ConfigMaps and the scheduler's status say.
func Read(ctx context.Context, client kubernetes.Interface, namespace string) (*Report, error) {
	list, err := client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.RulesLabel + "=true"})
	if err != nil {
		return nil, fmt.Errorf("listing rule ConfigMaps in namespace %q: %w", namespace, err)
	}
	written, err := client.CoreV1().ConfigMaps(namespace).Get(ctx, v1alpha1.StatusConfigMap, metav1.GetOptions{})
	report := &Report{RuleSets: []RuleSet{}}
	switch {
	case apierrors.IsNotFound(err):
		report.warn("no scheduler has written ConfigMap %s in namespace %q: is loadline-scheduler running, and is this the namespace of its rules?", v1alpha1.StatusConfigMap, namespace)
		written = &corev1.ConfigMap{}
	case err != nil:
		report.warn("what the scheduler says of them is not known: %v", err)
		written = &corev1.ConfigMap{}
	}
	var status v1alpha1.RulesStatus
	if err := yaml.Unmarshal([]byte(written.Data[v1alpha1.StatusKey]), &status); err != nil {
		report.warn("what the scheduler says of them is not known: reading %s of ConfigMap %s: %v", v1alpha1.StatusKey, v1alpha1.StatusConfigMap, err)
	}
	if status.Omitted > 0 {
		report.warn("ConfigMap %s has no room for the state of %d more", v1alpha1.StatusConfigMap, status.Omitted)
	}
	report.join(list.Items, status.RuleSets, written.Data)
	return report, nil
}

func (r *Report) warn(format string, values ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, values...))
}

// join puts together what is written and what the scheduler says of it.
func (r *Report) join(configMaps []corev1.ConfigMap, said []v1alpha1.RuleSetStatus, kept map[string]string) {
	type source struct{ configMap, key string }
	states := make(map[source]*v1alpha1.RuleSetStatus, len(said))
	for i := range said {
		states[source{said[i].ConfigMap, said[i].Key}] = &said[i]
	}
	for i := range configMaps {
		for key, text := range configMaps[i].Data {
			at := source{configMaps[i].Name, key}
			set := written(&configMaps[i], key)
			set.read(text, states[at], kept)
			r.RuleSets = append(r.RuleSets, set)
			delete(states, at)
		}
	}
	for at, state := range states {
		r.RuleSets = append(r.RuleSets, RuleSet{Name: state.Name, State: Gone, ConfigMap: at.configMap, Key: at.key})
	}
	slices.SortFunc(r.RuleSets, func(a, b RuleSet) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), b.Created.Compare(a.Created), strings.Compare(a.ConfigMap, b.ConfigMap), strings.Compare(a.Key, b.Key))
	})
}

func written(configMap *corev1.ConfigMap, key string) RuleSet {
	return RuleSet{
		State: Unread, ConfigMap: configMap.Name, Key: key, ResourceVersion: configMap.ResourceVersion,
		Created: configMap.CreationTimestamp.Time, Edited: edits.Last(configMap, key),
	}
}

// read judges a text by what the scheduler says of it, if it does.
func (r *RuleSet) read(text string, said *v1alpha1.RuleSetStatus, kept map[string]string) {
	rules, err := v1alpha1.DecodeRuleSet([]byte(text))
	r.Name = v1alpha1.RuleSetName([]byte(text))
	if said != nil && said.ContentHash == v1alpha1.ContentHash(text) {
		r.State, r.Error, r.LastGood, r.SupersededBy = State(said.State), said.Error, said.LastGood, said.SupersededBy
		r.Name = cmp.Or(r.Name, said.Name)
	} else {
		r.LastGood = said != nil && (said.State == v1alpha1.InForce || said.LastGood)
		if err != nil {
			r.Error = err.Error()
		}
	}
	if r.LastGood {
		rules, err = v1alpha1.DecodeRuleSet([]byte(kept[v1alpha1.LastGoodPrefix+r.Name]))
	}
	if err == nil {
		r.describe(rules)
	}
}

// describe says what the rules are.
func (r *RuleSet) describe(rules *v1alpha1.RuleSet) {
	r.Mode = rules.Spec.Mode
	if set, err := verdict.NewSet(rules, 0); err == nil {
		unjudged := inspect.Unjudged(set)
		r.Rules = &unjudged
	}
}

// Measure enters what a scheduler says that the rule sets come to.
func (r *Report) Measure(rules *inspect.Rules) {
	for i := range r.RuleSets {
		set := &r.RuleSets[i]
		if !set.Holds() {
			continue
		}
		at := slices.IndexFunc(rules.RuleSets, func(other inspect.RuleSet) bool { return other.Name == set.Name })
		if at < 0 {
			r.warn("the status says that rule set %q is in force, but the scheduler that was asked does not go by it: that may have changed just now", set.Name)
			continue
		}
		set.Rules, set.Measured = &rules.RuleSets[at], true
	}
}
