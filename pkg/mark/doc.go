// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package mark puts the labels and taints of rules on the nodes where they are in
// force, and takes them off again. One process at a time does: the leader.
//
// What is ours is written on the node itself, so that whoever leads next knows it.
// A label is ours while nobody but [FieldManager] owns it by server-side apply,
// which keeps the books. Taints are one field to server-side apply, whichever of
// them it is about; so the annotation [TaintsAnnotation] lists ours, and one
// request changes both, or neither if the node has changed meanwhile. A taint is
// ours while it is what is listed, to the second at which it was added: one that
// somebody writes over belongs to them.
//
// A key under which somebody else has a label or a taint is left to them, whatever
// a rule says, and reported.
//
//	put:     once the rule is in force, but no sooner than a minute after it was
//	         last put
//	keep:    while the conditions of the rule hold, even where that is too short a
//	         time for the rule to be in force, as after a restart or a gap in the data
//	take off: once nothing has wanted it for a minute: the node has recovered, its
//	         metric is missing, or the rule is gone, only observes, is not about
//	         the node, or marks too many nodes
//
// So a node that swings around a threshold, a rule that is written anew, and a
// leader that has yet to measure change nothing within that minute. It is counted
// for each mark of a node: the taint of one rule does not wait for the label of
// another. Over the cluster there are ten writes a second on average, and at most a
// hundred in one turn; the next turn goes on.
package mark
