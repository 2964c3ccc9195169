// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// Evictions are the answer of EvictionsPath: what the descheduler has written down.
type Evictions struct {
	// Known tells that there is a ledger at all.
	Known bool `json:"known"`
	// Records are the latest evictions, the oldest first.
	Records []history.Record `json:"records"`
	// Breaker is why and until when evictions have stopped because of what came of
	// them. Absent while they have not.
	Breaker *history.Breaker `json:"breaker,omitempty"`
	// Paused is why a person has stopped evictions. Absent while none has.
	Paused *reason.Reason `json:"paused,omitempty"`
	// Error is why this is not the latest.
	Error string `json:"error,omitempty"`
}

func (p *Page) evictions() http.Handler {
	ledger := &ledger{page: p}
	read := newKept(p.Clock, ledger.read)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		evictions, known, err := read.get(r.Context())
		if !known {
			unavailable(w, err)
			return
		}
		inspect.Answer(w, r, evictions.asOf(p.Clock.Now(), err))
	})
}

// asOf is without a breaker that has closed since it was written down.
func (e Evictions) asOf(now time.Time, err error) Evictions {
	e.Error = text(err)
	if e.Breaker != nil && !now.Before(e.Breaker.Until) {
		e.Breaker = nil
	}
	return e
}

// ledger is the ConfigMap that the descheduler keeps, as last read.
type ledger struct {
	page    *Page
	version string // of the object
	last    Evictions
}

// read reads the ledger. There need not be one. It is listed and not got, since the
// scheduler may list ConfigMaps in this namespace, and get none but its own.
func (l *ledger) read(ctx context.Context) (Evictions, error) {
	list, err := l.page.Client.CoreV1().ConfigMaps(l.page.Namespace).List(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, history.ConfigMap).String(),
	})
	if err != nil {
		return Evictions{}, fmt.Errorf("reading ConfigMap %s/%s, where evictions are written down: %w", l.page.Namespace, history.ConfigMap, err)
	}
	if len(list.Items) == 0 {
		l.version, l.last = "", Evictions{Records: []history.Record{}}
		return l.last, nil
	}
	object := &list.Items[0]
	if l.version != "" && l.version == object.ResourceVersion { // it takes a while to decode
		return l.last, nil
	}
	evictions, err := decode(object)
	if err != nil {
		return Evictions{}, err
	}
	l.version, l.last = object.ResourceVersion, evictions
	return evictions, nil
}

// decode shows as much as it can, unlike the descheduler, which acts by nothing that it
// does not understand wholly.
func decode(object *corev1.ConfigMap) (Evictions, error) {
	var state history.State
	if err := yaml.Unmarshal([]byte(object.Data[history.Key]), &state); err != nil {
		return Evictions{}, fmt.Errorf("reading ConfigMap %s/%s, key %s: %w", object.Namespace, object.Name, history.Key, err)
	}
	evictions := Evictions{Known: true, Records: state.Records}
	if evictions.Records == nil {
		evictions.Records = []history.Record{}
	}
	if !state.Breaker.Opened.IsZero() {
		evictions.Breaker = &state.Breaker
	}
	if why := history.PausedBy(object); !why.IsZero() {
		evictions.Paused = &why
	}
	return evictions, nil
}
