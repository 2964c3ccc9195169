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
//	                        value > t
//	       +-----------+ ----------------> +-------+
//	       | not held  |                   | held  |
//	       +-----------+ <---------------- +-------+
//	             ^          value < c          ^
//	   value < c |       +-----------+         | value > t
//	             +------ | undecided | --------+
//	                     +-----------+
//	                           ^ start
//
//	c <= value <= t: the band, in which the state stays what it was
//
// A value that has been in the band for as long as it is known leaves open on
// which side it came in: after an edit, on a new node, or after a restart for
// which nothing is stored. Where c equals t there is no band: the condition holds
// exactly while the value is strictly above t. A sample that is missing, older
// than the metric's staleAfter, NaN or infinite makes the condition unknown, and
// keeps its state for when samples return.
//
// # The state of a rule
//
// The conditions of a rule combine by Kleene's AND: one that is known not to
// hold wins over what is missing. Of the states below, the first that fits:
//
//	OK         one condition does not hold
//	Undecided  one is undecided
//	Unknown    one is unknown
//	Pending    all hold, not yet for as long as "for" says
//	InForce    all hold, and have for that long
//
//	                all hold                 for long enough
//	+-----------+ ------------> +---------+ ----------------> +---------+
//	| OK        |               | Pending |                   | InForce |
//	|           | <------------ +---------+                   +---------+
//	| Undecided |  one does not   |  ^                         |  |
//	|           | <---------------|--|-------------------------+  |
//	+-----------+                 |  |                            |
//	   ^     |     one is unknown v  | all hold                   |
//	   |     |                  +---------+                       |
//	   |     +----------------> | Unknown | <---------------------+
//	   +----------------------- +---------+     one is unknown
//
// What is Pending or InForce never becomes Undecided. Unknown starts the time
// anew: what was seen before a gap says nothing of the gap. With no "for",
// Pending is never seen. Nodes that the rule set does not select are NotGoverned,
// and so are those that nothing can measure, where Unknown is for others.
//
// A rule refuses new pods where it is InForce and, if it says so, where it is
// Unknown. It evicts and marks nodes only where it is known to be broken:
// Undecided is as good as Unknown there.
package verdict
