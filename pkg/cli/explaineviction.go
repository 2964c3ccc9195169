// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/cli/ledger"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

// explainEvictions says what is known of the evictions of a pod, or lists those of
// all pods where none is named.
func (f *explainFlags) explainEvictions(ctx context.Context, name string, cluster *connection, streams genericiooptions.IOStreams) error {
	namespace, err := cluster.namespace()
	if err != nil {
		return err
	}
	client, _, err := cluster.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, oneLook)
	defer cancel()
	found, err := ledger.Read(ctx, client, f.systemNamespace)
	if err != nil {
		return err
	}
	if found.Warning != "" {
		fmt.Fprintf(streams.ErrOut, "warning: %s\n", found.Warning)
	}
	shown := shownLedger{Ledger: found, query: ledger.Query{Namespace: namespace, Name: name, UID: f.uid}, now: time.Now()}
	if f.allNamespaces || f.uid != "" { // no two pods have one UID
		shown.query.Namespace = corev1.NamespaceAll
	}
	shown.evictions = found.Find(shown.query)
	if name == "" && f.uid == "" {
		return f.listEvictions(streams.Out, &shown)
	}
	if len(shown.evictions) > 0 {
		return f.printEvictions(streams.Out, &shown)
	}
	state := ""
	if name != "" && shown.query.Namespace != "" {
		state = ledger.StateOf(ctx, client, namespace, name)
	}
	return f.printNoEviction(streams, &shown, state)
}

// shownLedger is the ledger as it is shown.
type shownLedger struct {
	*ledger.Ledger
	query ledger.Query
	// evictions are those that are asked for.
	evictions []*ledger.Eviction
	now       time.Time
}

// asked names the pod that is asked for.
func (l *shownLedger) asked() string {
	name := cmp.Or(l.query.Name, "with UID "+l.query.UID)
	if l.query.Namespace == "" {
		return name
	}
	return l.query.Namespace + "/" + name
}

func (l *shownLedger) since(at time.Time) string {
	return duration.HumanDuration(max(0, l.now.Sub(at)))
}

func (f *explainFlags) forPrograms() bool { return f.output == "json" || f.output == "yaml" }

func (f *explainFlags) printNoEviction(streams genericiooptions.IOStreams, l *shownLedger, state string) error {
	if f.forPrograms() {
		fmt.Fprintf(streams.ErrOut, "eviction of pod %s: %s\n", l.asked(), l.Absence(l.now))
		return errFound
	}
	var head heading
	head.add("Pod", l.asked())
	head.add("Eviction", l.Absence(l.now))
	if elsewhere := l.Elsewhere(l.query); len(elsewhere) > 0 {
		head.add("Elsewhere", "pods of this name were evicted in namespace "+abridge(elsewhere))
	}
	head.add("Now", state)
	if err := printTable(streams.Out, head); err != nil {
		return err
	}
	return errFound
}

// evictionList is what programs read where there may be several.
type evictionList struct {
	Paused  string            `json:"paused,omitempty"`
	Breaker history.Breaker   `json:"breaker,omitzero"`
	Records []json.RawMessage `json:"records"`
}

func (l *shownLedger) list() evictionList {
	list := evictionList{Paused: l.Paused.Message, Breaker: l.Breaker, Records: []json.RawMessage{}}
	for _, eviction := range l.evictions {
		list.Records = append(list.Records, eviction.Stored)
	}
	return list
}
