// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package fit tells where pods would be placed if they were moved. It asks
// upstream's own scheduler, with the configuration and the plugin of the Loadline
// scheduler, and never runs it: no queue is worked off, nothing is preempted, bound
// or written, and no event is recorded.
//
// What is asked is whether there is a node for the successor of a pod: for what the
// controller of the pod will make once the pod is evicted, of the template that the
// controller has now. The pod itself is still there, terminating, and so are all
// pods that the same plan moves; their successors are on the nodes where they were
// placed, and what they will use is pending there.
//
// The answer errs on the side of leaving a pod where it is. A successor that will
// have claims of its own, of ephemeral volumes or of devices, has no node, since
// these claims do not exist yet. Preemption could make room for a successor, but is
// not considered. Of extenders, those that filter and prioritize are asked as the
// scheduler asks them; they are not told of what is only supposed.
package fit
