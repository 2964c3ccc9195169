// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package verdict decides, from rules and measured samples, which nodes are
// over which load line and how nodes rank. It is pure: no clock, no client, no
// I/O. The same input always gives the same Snapshot.
//
// # The state of a condition
//
// Every condition of every rule has a state of its own on every node. With a
// threshold t and a clear value c (for "above"; "below" is the mirror image):
//
//	                    value > t
//	   +-----------+ ----------------> +-------+
//	   | not held  |                   | held  |
//	   +-----------+ <---------------- +-------+
//	                    value < c
//
//	c <= value <= t: the band, in which the state stays what it was
//
// Where c equals t there is no band: the condition holds exactly while the
// value is strictly above t. A sample that is missing, older than the metric's
// staleAfter, NaN or infinite makes the condition unknown, and keeps its state
// for when samples return.
//
// # The state of a rule
//
// The conditions of a rule combine by Kleene's AND: one that is known not to
// hold wins over what is missing.
//
//	           all hold               held for as long as "for" says
//	+----+ ----------------> +---------+ ----------------> +---------+
//	| OK |                   | Pending |                   | InForce |
//	+----+ <---------------- +---------+                   +---------+
//	  ^ ^     one does not        ^ |                         | |
//	  | +-------------------------|-|-------------------------+ |
//	  |                   all hold| |one is unknown             |
//	  | one does not            +---------+                     |
//	  +------------------------ | Unknown | <-------------------+
//	                            +---------+     one is unknown
//
// Unknown starts the time anew: what was seen before a gap says nothing of the
// gap. With no "for", Pending is never seen. Nodes that the rule set does not
// select are NotGoverned.
package verdict
