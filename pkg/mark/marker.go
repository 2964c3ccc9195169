// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// writesPerSecond and burst bound what the marks cost the API server. A burst is
	// what one turn may write if those before it have written nothing.
	writesPerSecond = 10
	burst           = 100
	// turnTimeout bounds one turn where the API server is slow: it is less than any
	// interval that nodes are measured at but the shortest.
	turnTimeout = 5 * time.Second
	// maxConflicts is how often a node is looked at anew in one turn because others
	// have written it at the same time.
	maxConflicts = 5
)

// Marker keeps the marks of nodes as the rules want them. It is not safe for
// concurrent use.
type Marker struct {
	client   kubernetes.Interface
	clock    clock.PassiveClock
	limiter  flowcontrol.PassiveRateLimiter
	recorder events.EventRecorder
	audit    *audit.Log
	metrics  *markMetrics

	// paces are by the UID of the node.
	paces    map[types.UID]paces
	reported reports
	// next is the node from which the next turn goes on, if this one did not get to
	// all that were to be changed.
	next string
}

// New makes a marker. Its client may patch nodes, and get them. What keeps a rule
// from marking a node is recorded as an event on the node.
func New(client kubernetes.Interface, clock clock.PassiveClock, recorder events.EventRecorder, audit *audit.Log) *Marker {
	return &Marker{
		client:   client,
		clock:    clock,
		limiter:  flowcontrol.NewTokenBucketPassiveRateLimiterWithClock(writesPerSecond, burst, clock),
		recorder: recorder,
		audit:    audit,
		metrics:  newMarkMetrics(),
		paces:    map[types.UID]paces{},
		reported: reports{},
	}
}

// RegisterMetrics registers what the marker counts.
func (m *Marker) RegisterMetrics(register func(metrics.Registerable) error) error {
	return m.metrics.register(register)
}

// Apply brings the marks of all nodes of the cluster to what a snapshot wants, as
// far as one turn may, and no further than the context allows; the next one goes
// on from there. The nodes may be those of an informer, with their managed fields.
// Without a snapshot nothing is done. An error tells of nodes that could not be
// written, which the next turn tries again.
func (m *Marker) Apply(ctx context.Context, snapshot *verdict.Snapshot, nodes []*corev1.Node) error {
	if snapshot == nil {
		return nil
	}
	turnCtx, cancel := context.WithTimeout(ctx, turnTimeout)
	defer cancel()
	m.forget(nodes)
	t := &turn{Marker: m, snapshot: snapshot, now: m.clock.Now(), counts: map[kind]int{}}
	for _, node := range m.inTurn(nodes) {
		t.node(turnCtx, node)
	}
	m.next = t.deferred
	m.metrics.count(t.counts)
	if t.left > 0 {
		klog.FromContext(ctx).Info("Nodes are left to be marked in the next turn", "nodes", t.left)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("marking nodes: %w", err)
	}
	if t.failed > 0 {
		return fmt.Errorf("marking nodes, of which %d failed: %w", t.failed, t.firstError)
	}
	return nil
}

// inTurn are the nodes by name, beginning with the first that the turn before did
// not get to: nodes that fail, or are many, keep no others from their turn.
func (m *Marker) inTurn(nodes []*corev1.Node) []*corev1.Node {
	sorted := slices.SortedFunc(slices.Values(nodes), func(a, b *corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	first := sort.Search(len(sorted), func(i int) bool { return sorted[i].Name >= m.next })
	return slices.Concat(sorted[first:], sorted[:first])
}

// forget lets go of nodes that are gone, and of what has not been seen for long.
func (m *Marker) forget(nodes []*corev1.Node) {
	there := make(map[types.UID]bool, len(nodes))
	for _, node := range nodes {
		there[node.UID] = true
	}
	for uid := range m.paces {
		if !there[uid] {
			delete(m.paces, uid)
		}
	}
	m.reported.forget(m.clock.Now())
}

// turn is one call of Apply.
type turn struct {
	*Marker
	snapshot *verdict.Snapshot
	now      time.Time
	// counts are the marks that are on the nodes.
	counts map[kind]int
	// left is how many nodes the turn did not get to, and deferred the first.
	left     int
	deferred string
	failed   int
	// firstError stands for all.
	firstError error
}

// node brings one node to what is wanted, if that may be done in this turn.
func (t *turn) node(ctx context.Context, node *corev1.Node) {
	b := readBooks(node)
	for at := range b.ours() {
		t.counts[at.kind]++
	}
	done, err := t.reconcile(ctx, b)
	if err != nil { // whatever the node is waiting for, the next turn begins with another
		t.failed++
		if t.firstError == nil {
			t.firstError = err
		}
		return
	}
	if !done {
		t.left++
		if t.deferred == "" {
			t.deferred = node.Name
		}
	}
}

// reconcile writes a node, by one request after the other, until it is as it is
// wanted. What others write at the same time is looked at anew. It is not done where
// no more may be written now.
func (t *turn) reconcile(ctx context.Context, b books) (done bool, err error) {
	for conflicts := 0; ; {
		c := t.plan(ctx, b)
		if c.isEmpty() {
			return true, nil
		}
		if ctx.Err() != nil || !t.limiter.TryAccept() {
			return false, nil
		}
		node, err := t.write(ctx, b.node, c)
		if isConflict(err) && conflicts < maxConflicts {
			conflicts++
			node, err = t.client.CoreV1().Nodes().Get(ctx, b.node.Name, metav1.GetOptions{})
		}
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("node %q: %w", b.node.Name, err)
		}
		if node.UID != b.node.UID {
			return true, nil // another one, which the next turn will know
		}
		b = readBooks(node)
	}
}

// plan finds what is to be done to a node, and says what cannot be.
func (t *turn) plan(ctx context.Context, b books) change {
	wanted, clashes := wishesFor(t.snapshot, b.node.Name)
	known := t.paceOf(b.node)
	known.observe(wanted, b.ours(), t.now)
	c := plan(b, wanted, known, t.now)
	t.report(ctx, b, clashes, c.left)
	return c
}

func (m *Marker) paceOf(node *corev1.Node) paces {
	known := m.paces[node.UID]
	if known == nil {
		known = paces{}
		m.paces[node.UID] = known
	}
	return known
}
