// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package ledger finds out what is to be said of evictions: what the descheduler
// has written down of them, or why nothing is known.
package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// Ledger is what the descheduler has written down.
type Ledger struct {
	// Evictions are the latest first.
	Evictions []*Eviction
	Breaker   history.Breaker
	// Paused is why a person has stopped all evictions. Zero if none has.
	Paused reason.Reason
	// Warning is what was not understood of it, as may be written by a later version.
	Warning string

	// namespace is where it was looked for, and missing tells that there is none.
	namespace string
	missing   bool
}

// Eviction is a record as it was written down.
type Eviction struct {
	history.Record
	// Stored is all of it, also what is not known here.
	Stored json.RawMessage
}

// Read reads the ledger in the namespace of the rules. There need not be one.
func Read(ctx context.Context, client kubernetes.Interface, namespace string) (*Ledger, error) {
	object, err := client.CoreV1().ConfigMaps(namespace).Get(ctx, history.ConfigMap, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return &Ledger{namespace: namespace, missing: true}, nil
	case apierrors.IsForbidden(err):
		return nil, fmt.Errorf("reading ConfigMap %s/%s, where evictions are written down, needs the right to get it: %w", namespace, history.ConfigMap, err)
	case err != nil:
		return nil, fmt.Errorf("reading ConfigMap %s/%s: %w", namespace, history.ConfigMap, err)
	}
	return Parse(object)
}

// Parse reads the ledger in a ConfigMap. It shows as much as it can, unlike the
// descheduler, which acts by nothing that it does not understand wholly.
func Parse(object *corev1.ConfigMap) (*Ledger, error) {
	place := fmt.Sprintf("ConfigMap %s/%s, key %s", object.Namespace, object.Name, history.Key)
	text := object.Data[history.Key]
	var stored struct {
		Records []json.RawMessage `json:"records"`
		Breaker history.Breaker   `json:"breaker"`
	}
	if err := yaml.Unmarshal([]byte(text), &stored); err != nil {
		return nil, fmt.Errorf("reading %s: %w", place, err)
	}
	ledger := &Ledger{Breaker: stored.Breaker, Paused: history.PausedBy(object), namespace: object.Namespace}
	for i, record := range stored.Records {
		eviction := &Eviction{Stored: record}
		if err := json.Unmarshal(record, &eviction.Record); err != nil {
			return nil, fmt.Errorf("reading %s: records[%d]: %w", place, i, err)
		}
		ledger.Evictions = append(ledger.Evictions, eviction)
	}
	slices.Reverse(ledger.Evictions)
	slices.SortStableFunc(ledger.Evictions, func(a, b *Eviction) int { return b.Planned.Compare(a.Planned) })
	if _, err := history.Decode(text); err != nil {
		ledger.Warning = fmt.Sprintf("%s: %v; it is shown as far as this version understands it", place, err)
	}
	return ledger, nil
}

// Query says which evictions are asked for.
type Query struct {
	// Namespace is that of the pod. Empty for all.
	Namespace string
	// Name and UID are those of the pod that was evicted, or of the one that came in
	// its place. Empty for any.
	Name, UID string
}

// Find finds the evictions that are asked for, the latest first.
func (l *Ledger) Find(query Query) []*Eviction {
	var found []*Eviction
	for _, eviction := range l.Evictions {
		if query.matches(eviction) {
			found = append(found, eviction)
		}
	}
	return found
}

func (q Query) matches(e *Eviction) bool {
	return (q.Namespace == "" || q.Namespace == e.Pod.Namespace) &&
		(q.Name == "" || q.Name == e.Pod.Name || q.Name == e.Successor.Name) &&
		(q.UID == "" || q.UID == string(e.Pod.UID) || q.UID == string(e.Successor.UID))
}

// Together are the other pods that were to leave the node by the same decision.
func (l *Ledger) Together(with *Eviction) []*Eviction {
	var others []*Eviction
	for _, e := range l.Evictions {
		if e != with && e.Planned.Equal(with.Planned) && e.Node == with.Node && e.Rule == with.Rule {
			others = append(others, e)
		}
	}
	return others
}

// Going are the pods that were evicted, and are not known to have gone.
func (l *Ledger) Going() []*Eviction {
	var going []*Eviction
	for _, e := range l.Evictions {
		if e.Failed == "" && !e.DryRun && !e.Evicted.IsZero() && e.Deleted.IsZero() {
			going = append(going, e)
		}
	}
	return going
}

// Elsewhere are the other namespaces with evictions that are asked for.
func (l *Ledger) Elsewhere(query Query) []string {
	if query.Namespace == "" {
		return nil
	}
	here := query.Namespace
	query.Namespace = ""
	var namespaces []string
	for _, e := range l.Find(query) {
		if e.Pod.Namespace != here {
			namespaces = append(namespaces, e.Pod.Namespace)
		}
	}
	slices.Sort(namespaces)
	return slices.Compact(namespaces)
}

// Outcome is what came of an eviction, in one word.
func (e *Eviction) Outcome() string {
	switch {
	case e.Failed != "":
		return "NotEvicted"
	case e.Observed:
		return "Observed"
	case e.DryRun:
		return "DryRun"
	default:
		return string(cmp.Or(e.Effect, history.EffectPending))
	}
}

// From are the evictions from a node, the latest first.
func (l *Ledger) From(node string) []*Eviction {
	var found []*Eviction
	for _, e := range l.Evictions {
		if e.Node == node {
			found = append(found, e)
		}
	}
	return found
}
